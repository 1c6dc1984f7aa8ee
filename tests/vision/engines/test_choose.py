"""Which engine runs, and why: the TPU where everything is there, the CPU with a reason where not."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from sophon_report.config import parse_settings
from sophon_report.errors import ModelError
from sophon_report.testing.sail import Scenario, install, write_fake_bmodel
from sophon_report.vision.engines.choose import Choice, Tpu, choose, look_at_tpu
from sophon_report.vision.engines.sail.probe import ProbedChip
from sophon_report.vision.models.card import DETECTOR, EMBEDDER, card_text
from sophon_report.vision.models.chip_files import chip_path, write_record
from sophon_report.vision.models.library import ModelLibrary

pytestmark = pytest.mark.models
BM1684 = ProbedChip("BM1684", "3.10.7", errors_raise=True)
TPU = Tpu(Path("/dev/bm-tpu0"), permitted=True, has_sail=True, chip=BM1684, missing="")
NO_TPU = Tpu(None, permitted=False, has_sail=False, chip=None, missing="no TPU: there is no /dev/bm-tpu0")
ASK = """
import sys, json, cv2
from pathlib import Path
from sophon_report.config import parse_settings
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.picture import HostPicture

engine = open_engine(parse_settings({"engine": {"kind": "sail"}}), ModelLibrary(Path(sys.argv[1])))
(faces,) = engine.detect([HostPicture(cv2.imread(sys.argv[2]))], 20)
print(json.dumps([engine.name, len(faces)]))
"""


def kind(name, **models):
    return parse_settings({"engine": {"kind": name}, "models": models})


@pytest.fixture
def box_models(library, tmp_path):
    """A models folder with fake bmodels and their cards for the BM1684."""
    for role, hw in ((DETECTOR, (640, 640)), (EMBEDDER, (112, 112))):
        source = library.open(role)
        for batch in (1, 4):
            path = chip_path(tmp_path / "models", "BM1684", role, "fp32", batch)
            write_fake_bmodel(path, source.path, "BM1684", batch, input_hw=hw)
            card = dataclasses.replace(source.card, identity=source.sha256)
            path.with_name(path.name + ".toml").write_text(card_text(card))
            write_record(path)
    return tmp_path / "models"


def child(tmp_path, scenario, *arguments):
    """Run Python with the fake as its SAIL."""
    environment = {**os.environ, **install(tmp_path / "fake", scenario)}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_auto_takes_the_tpu_where_everything_is_there(box_models):
    """Node, package, chip and models for it."""
    choice = choose(kind("auto"), ModelLibrary(box_models), TPU)
    assert choice.kind == "sail"
    assert [file.path.name for file in choice.detector] == ["detector_fp32_4b.bmodel", "detector_fp32_1b.bmodel"]
    assert "BM1684" in choice.reason


def test_auto_takes_the_cpu_and_says_what_the_tpu_lacks(box_models, tmp_path):
    """No node, or no models for the chip that is there."""
    assert choose(kind("auto"), ModelLibrary(box_models), NO_TPU) == Choice("cpu", NO_TPU.missing)
    other = dataclasses.replace(TPU, chip=ProbedChip("BM1684X", "3.10.7", errors_raise=True))
    choice = choose(kind("auto"), ModelLibrary(box_models), other)
    assert choice.kind == "cpu"
    assert "BM1684X" in choice.reason
    own = choose(kind("auto", detector="mine.onnx"), ModelLibrary(box_models), TPU)
    assert own == Choice("cpu", "models.detector is mine.onnx: the TPU takes a .bmodel file")


def test_sail_that_is_demanded_and_missing_is_refused_with_what_is_missing(box_models):
    """Nobody believes to run on the TPU who does not."""
    with pytest.raises(ModelError, match=r'engine.kind is "sail", but no TPU'):
        choose(kind("sail"), ModelLibrary(box_models), NO_TPU)


def test_the_cpu_that_is_asked_for_looks_at_no_chip(box_models):
    """A broken TPU does not stand in its way."""
    assert choose(kind("cpu"), ModelLibrary(box_models)).kind == "cpu"


def test_a_node_without_the_vendors_package_is_told(tmp_path):
    """A box whose Python is another than the wheel's; the chip is not asked."""
    node = tmp_path / "bm-tpu0"
    node.touch()
    tpu = look_at_tpu([tmp_path / "none", node], lambda: pytest.fail("the chip was asked"))
    assert (tpu.node, tpu.chip) == (node, None)
    assert "sophon.sail is not installed" in tpu.missing
    assert "no TPU" in look_at_tpu([tmp_path / "none"]).missing


@pytest.mark.parametrize("version", ["3.7.0", "3.10.7"])
def test_a_process_of_its_own_opens_the_chip_and_finds_faces(tmp_path, box_models, astronaut, version):
    """The way of the vision process: the package is imported, the chip asked, models loaded, a face found."""
    violations = tmp_path / "violations"
    cv2.imwrite(str(tmp_path / "astronaut.png"), astronaut)
    scenario = Scenario(version=version, violations=str(violations))
    done = child(tmp_path, scenario, "-c", ASK, str(box_models), str(tmp_path / "astronaut.png"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["sail", 1]
    assert not violations.exists()


@pytest.mark.parametrize(
    ("scenario", "level", "said"),
    [
        (Scenario(), "ok", "sail (engine.kind = sail): BM1684, SAIL 3.10.7"),
        (Scenario(target="BM1684X"), "error", "BM1684X has no detector"),
        (Scenario(tpus=0), "error", "TPU 0 cannot be opened: bm_dev_request(0) failed"),
        (Scenario(version="3.7.0", tpus=0), "error", "SAIL ended the process with status 1"),
    ],
)
def test_doctor_tells_which_engine_runs_and_why(tmp_path, box_models, scenario, level, said):
    """With both families of SAIL; what ends a process ends none of ours."""
    (tmp_path / "config.toml").write_text(f'data_dir = "{box_models.parent}"\n[engine]\nkind = "sail"\n')
    done = child(
        tmp_path, scenario, "-m", "sophon_report", "doctor", "--json", "--config", str(tmp_path / "config.toml")
    )
    rows = {row["subject"]: row for row in json.loads(done.stdout)}
    assert rows["engine"]["level"] == level, rows["engine"]
    assert said in rows["engine"]["text"]
    assert ("chip models" in rows) == (level == "ok")
    if level == "ok":
        assert rows["smallest face"]["level"] == "warning"
        assert "from 60 px on (match.min_face_px = 40)" in rows["smallest face"]["text"]
