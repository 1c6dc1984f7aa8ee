"""What is compiled is the same model, and what its answers are held against is counted rightly."""

import sys

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.compiling.agreement import agreement
from sophon_report.vision.compiling.compiler import Compiler
from sophon_report.vision.compiling.forms import chip_form
from sophon_report.vision.compiling.samples import fed
from sophon_report.vision.models.card import CARDS, ModelCard
from sophon_report.vision.models.chip_golden import golden_input
from sophon_report.vision.models.session import OnnxSession

INPUT_HW = (64, 64)
CELLS = {8: 64, 16: 16, 32: 4}
WIDTHS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def yunet_outputs(faces):
    """Outputs of one picture with a face of 32 px and that score in each of the given cells of stride 8."""
    outputs = {
        (kind, s): np.zeros((1, CELLS[s], width), np.float32) for kind, width in WIDTHS.items() for s in CELLS
    }
    for cell, score in faces.items():
        outputs["cls", 8][0, cell] = outputs["obj", 8][0, cell] = score
        outputs["bbox", 8][0, cell, 2:] = np.log(4)
    return list(outputs.values())


def test_equal_answers_agree_wholly():
    """The best figures there are."""
    outputs = yunet_outputs({9: 0.9, 45: 0.8})
    agreed = agreement("detector", outputs, outputs, INPUT_HW)
    assert (agreed.faces, agreed.faces_missed, agreed.faces_added) == (2, 0, 0)
    assert (agreed.iou_min, agreed.score_off_max, agreed.cosine_min) == pytest.approx((1, 0, 1))


def test_a_face_that_the_chip_misses_and_one_that_it_makes_up_are_counted():
    """A box elsewhere is both."""
    agreed = agreement("detector", yunet_outputs({9: 0.9}), yunet_outputs({45: 0.7}), INPUT_HW)
    assert (agreed.faces, agreed.faces_missed, agreed.faces_added, agreed.iou_min) == (1, 1, 1, 0)


def test_the_worst_picture_is_told():
    """A mean would hide it."""
    right = np.eye(3, 128, dtype=np.float32)
    wrong = right.copy()
    wrong[1] = right[2]
    agreed = agreement("embedder", [right], [wrong], (112, 112))
    assert (agreed.cosine_min, agreed.cosine_median, agreed.pictures) == (0, 1, 3)


def test_age_and_gender_are_told_in_their_own_units():
    """Years of the expected age, and the probability."""
    ages = np.zeros((1, 100), np.float32)
    ages[0, 29] = 1
    older = np.roll(ages, 2, axis=1)
    features, male = np.ones((1, 1024), np.float32), np.full((1, 1), 0.7, np.float32)
    agreed = agreement("attributes", [male, features, ages], [male - 0.1, features, older], (224, 224))
    assert agreed.age_off_max_years == pytest.approx(2)
    assert agreed.male_off_max == pytest.approx(0.1)


def test_pictures_are_fed_in_the_order_and_range_of_the_card():
    """As the engines do."""
    pictures = np.zeros((1, 2, 2, 3), np.uint8)
    pictures[..., 0] = 200
    values = fed(pictures, ModelCard("feature", "rgb", (0, 0, 100), 0.5))
    assert values.shape == (1, 3, 2, 2)
    assert values[0, :, 0, 0].tolist() == [0, 0, 50]


@pytest.mark.models
@pytest.mark.parametrize(("role", "input_hw"), [("embedder", (112, 112)), ("attributes", (224, 224))])
def test_the_form_that_is_compiled_answers_as_the_model_that_runs_on_a_cpu(library, role, input_hw):
    """PRelu and ReLU6 in one operation each, and the same function."""
    form = OnnxSession(chip_form(role, library.sources(role)), "the chip's form")
    model = OnnxSession(library.open(role).path.read_bytes(), "the model")
    card = CARDS[role]
    asked = golden_input((1, 3, *input_hw), card.mean, card.scale)
    for ours, theirs in zip(model.run(asked).values(), form.run(asked).values()):
        np.testing.assert_allclose(theirs, ours, atol=2e-5)


def test_without_the_compiler_it_is_said_what_makes_it(tmp_path):
    """The environment is the script's to make."""
    with pytest.raises(ModelError, match="compile-models --setup"):
        Compiler(tmp_path / "nowhere").transform(tmp_path / "a.onnx", (1, 3, 8, 8), tmp_path, "a")


def test_a_tool_that_fails_is_told_with_its_last_words(tmp_path):
    """A status alone helps nobody."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tmp_path / "lib/python3.10/site-packages/tpu_mlir").mkdir(parents=True)
    (tools / "python").symlink_to(sys.executable)
    (tools / "model_transform.py").write_text("import sys\nprint('op Foo is unknown')\nsys.exit(3)\n")
    with pytest.raises(ModelError, match=r"(?s)status 3:.*op Foo is unknown"):
        Compiler(tmp_path).transform(tmp_path / "a.onnx", (1, 3, 8, 8), tmp_path, "a")
