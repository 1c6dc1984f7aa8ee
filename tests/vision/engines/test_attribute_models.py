"""Models of attributes that a user adds: real ones, small enough to know the right answer."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from eye_model import DARK_EYES, SIDE_PX, eye_darkness
from structlog.testing import capture_logs

from sophon_report.config import parse_settings
from sophon_report.errors import ChipError, ModelError
from sophon_report.model import Attributes, Faces
from sophon_report.vision.engines.attributes import FAILURES, AttributeModels
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.attribute_card import AttributeCard, AttributeOutput
from sophon_report.vision.models.card import ModelCard
from sophon_report.vision.models.library import ModelFile
from sophon_report.vision.picture import HostPicture

pytestmark = pytest.mark.models


def engine_with(library, *paths, **switches):
    own = [str(path) for path in paths]
    settings = {"models": {"attributes": own}, "engine": {"attributes": True, **switches}}
    return open_engine(parse_settings(settings), library)


def the_one_reason(lines):
    [line] = [line for line in lines if line["event"] == "attributes_unknown"]
    return line["reason"]


@pytest.fixture
def in_dark_glasses(astronaut, face):
    """The portrait with a black bar over the eyes."""
    picture = astronaut.copy()
    (right, left) = face.landmarks[0][:2].astype(int)
    cv2.rectangle(picture, (right[0] - 22, right[1] - 12), (left[0] + 22, left[1] + 12), (15, 15, 15), -1)
    return HostPicture(picture)


def test_a_users_model_tells_what_it_sees_and_the_default_one_the_rest(
    library, tmp_path, astronaut, face, in_dark_glasses
):
    """Glasses by the user's model, age and gender by faceres; mask and hat, which none knows, stay unknown."""
    engine = engine_with(library, eye_darkness(tmp_path / "eyes.onnx", DARK_EYES))
    (bare,) = engine.attributes(HostPicture(astronaut), face)
    (dark,) = engine.attributes(in_dark_glasses, face)
    assert (bare.glasses, dark.glasses) == (False, True)
    assert bare.gender == "female"
    assert bare.age_years == pytest.approx(37, abs=1)
    assert (bare.mask, bare.hat, dark.mask, dark.hat) == (None,) * 4
    engine.close()


def test_between_the_marks_nothing_is_told(library, tmp_path, astronaut, face):
    """The probability is carried on, the word is not made up."""
    sure = DARK_EYES.replace("threshold = 0.8", "threshold = 0.9999")
    engine = engine_with(library, eye_darkness(tmp_path / "eyes.onnx", sure))
    (seen,) = engine.attributes(HostPicture(astronaut), face)
    assert seen.glasses is None
    assert {one.attribute for one in seen.likely} == {"glasses", "male"}
    engine.close()


def test_of_two_models_that_tell_the_same_the_first_counts(library, tmp_path, astronaut, face):
    """The second says the opposite of everything."""
    first = eye_darkness(tmp_path / "first.onnx", DARK_EYES)
    second = eye_darkness(tmp_path / "second.onnx", DARK_EYES.replace('["yes"]', '["no"]'))
    for paths, glasses in (((first, second), False), ((second, first), True)):
        engine = engine_with(library, *paths)
        assert engine.attributes(HostPicture(astronaut), face)[0].glasses is glasses
        engine.close()


def test_a_model_that_leaves_its_size_open_is_fed_at_that_of_its_card(library, tmp_path, astronaut, face):
    """Without ``input_px`` it is not loaded."""
    path = eye_darkness(tmp_path / "eyes.onnx", f"input_px = {SIDE_PX}\n" + DARK_EYES, side="open")
    engine = engine_with(library, path)
    assert engine.attributes(HostPicture(astronaut), face)[0].glasses is False
    engine.close()
    (tmp_path / "eyes.onnx.toml").write_text(DARK_EYES)
    with capture_logs() as lines:
        engine = engine_with(library, path)
    assert engine.attributes(HostPicture(astronaut), face)[0].glasses is None
    assert "input_px" in the_one_reason(lines)
    engine.close()


def test_a_model_that_is_missing_is_said_once_and_costs_nothing_else(library, tmp_path, astronaut, face):
    """A hint that is not there stops no camera; the others go on telling."""
    with capture_logs() as lines:
        engine = engine_with(library, tmp_path / "nowhere.onnx")
        answers = [engine.attributes(HostPicture(astronaut), face)[0] for _ in range(3)]
    assert [each.gender for each in answers] == ["female"] * 3
    assert "nowhere.onnx cannot be read" in the_one_reason(lines)
    engine.close()


def test_a_model_whose_numbers_are_no_probabilities_costs_only_what_it_would_tell(
    library, tmp_path, astronaut, face
):
    """The card forgot the activation: said at the first face, unknown at every one, the rest is told."""
    path = eye_darkness(tmp_path / "eyes.onnx", DARK_EYES.replace('activation = "sigmoid"\n', ""))
    with capture_logs() as lines:
        engine = engine_with(library, path)
        answers = [engine.attributes(HostPicture(astronaut), face)[0] for _ in range(3)]
    assert [(each.glasses, each.gender) for each in answers] == [(None, "female")] * 3
    assert "activation" in the_one_reason(lines)
    engine.close()


def test_the_switch_works_while_the_engine_runs(library, astronaut, face):
    """Off at the start: nothing is loaded or told. On: told. Off again: nothing."""
    engine = engine_with(library, attributes=False)
    unknown = [Attributes()]
    assert engine.attributes(HostPicture(astronaut), face) == unknown
    engine.want_attributes({"age", "gender"}, wait=True)
    assert engine.attributes(HostPicture(astronaut), face)[0].gender == "female"
    assert engine.attributes(HostPicture(astronaut), Faces.none()) == []
    engine.want_attributes(set())
    assert engine.attributes(HostPicture(astronaut), face) == unknown
    engine.close()


def test_masks_have_a_switch_of_their_own(library, tmp_path, astronaut, face):
    """With it alone nothing else is told, though the model could; without it no mask is."""
    both = DARK_EYES.replace("glasses", "mask") + DARK_EYES[DARK_EYES.index("[outputs") :]
    path = eye_darkness(tmp_path / "eyes.onnx", both)
    for switches, told in (
        ({"attributes": False, "mask": True}, (False, None, None)),
        ({"attributes": True, "mask": False}, (None, False, "female")),
        ({"attributes": True, "mask": True}, (False, False, "female")),
    ):
        engine = engine_with(library, path, **switches)
        (seen,) = engine.attributes(HostPicture(astronaut), face)
        assert (seen.mask, seen.glasses, seen.gender) == told
        engine.close()


def test_masks_that_no_model_tells_are_said_once(library, astronaut, face):
    """Who switches it on without a model learns why nothing comes; the rest is told."""
    with capture_logs() as lines:
        engine = engine_with(library, mask=True)
        answers = [engine.attributes(HostPicture(astronaut), face)[0] for _ in range(3)]
    assert [(each.mask, each.gender) for each in answers] == [(None, "female")] * 3
    assert "mask" in the_one_reason(lines)
    engine.close()


class OddNet:
    """Tells glasses, but where it is to fail."""

    label, side_px, widths = "odd", 8, (1,)
    card = ModelCard("classes", attributes=AttributeCard(outputs=(AttributeOutput("glasses", classes=("yes",)),)))

    def __init__(self):
        self.looks, self.error = 0, None

    def run(self, crops):
        self.looks += 1
        if self.error:
            raise self.error
        return [np.ones((len(crops), 1), np.float32)]


@pytest.fixture
def odd():
    """Such a net, loaded, and the models with it."""
    net = OddNet()
    models = AttributeModels([lambda: ModelFile("attributes", Path("odd"), "0", net.card)], lambda _file: net)
    models.want({"glasses"}, wait=True)
    return net, models


def test_one_odd_answer_costs_one_look_and_many_in_a_row_the_model(odd, face):
    """A chip may be right again; said once, and what fails for ever is asked no more."""
    net, models = odd
    picture = HostPicture(np.zeros((300, 300, 3), np.uint8))

    def glasses():
        return models.look(picture, face)[0].glasses

    with capture_logs() as lines:
        net.error = ModelError("an odd answer")
        assert glasses() is None
        net.error = None
        assert glasses() is True
        net.error = ModelError("an odd answer")
        assert [glasses() for _ in range(9)] == [None] * 9
    assert net.looks == 2 + FAILURES
    assert "an odd answer" in the_one_reason(lines)


def test_a_chip_that_is_stuck_is_no_matter_of_attributes(odd, face):
    """It ends the process, whoever notices."""
    net, models = odd
    net.error = ChipError("stuck")
    with pytest.raises(ChipError):
        models.look(HostPicture(np.zeros((300, 300, 3), np.uint8)), face)
