"""What ``doctor`` says of masks, which need a model that does not come along."""

import pytest

from sophon_report.config import parse_settings
from sophon_report.doctor.examine import examine

CARD = 'decode = "classes"\n[outputs.{}]\nclasses = ["no", "yes"]\n'


def found(root, **sections):
    settings = parse_settings({"data_dir": str(root / "d"), "engine": {"kind": "cpu"}, **sections})
    return [finding.text for finding in examine(settings) if finding.subject == "masks"]


@pytest.mark.parametrize(("attribute", "lacking"), [("mask", False), ("glasses", True)])
def test_masks_that_are_wanted_need_a_model_that_tells_them(tmp_path, attribute, lacking):
    """By its card; nothing is loaded."""
    (tmp_path / "m.onnx").write_bytes(b"never read")
    (tmp_path / "m.onnx.toml").write_text(CARD.format(attribute))
    told = found(tmp_path, engine={"kind": "cpu", "mask": True}, models={"attributes": str(tmp_path / "m.onnx")})
    assert bool(told) is lacking
    assert all("no model" in detail for detail in told)


def test_a_mark_for_masked_faces_does_nothing_while_nobody_looks_for_masks(tmp_path):
    """Said, and nothing is said where neither is wanted."""
    assert found(tmp_path) == []
    [told] = found(tmp_path, match={"masked_pass_pct": 75.0})
    assert "engine.mask is off" in told
