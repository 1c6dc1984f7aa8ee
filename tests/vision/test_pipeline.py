"""One device's frames through the real models: attributes only when they are wanted."""

import cv2
import pytest

from sophon_report.config import parse_settings
from sophon_report.model import Attributes, Device, DeviceType
from sophon_report.quality_limits import stream_limits
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.picture import Frame, HostPicture
from sophon_report.vision.pipeline import Pipeline
from sophon_report.vision.shots import ShotTaker

pytestmark = pytest.mark.models
DEVICE = Device("d", "d", DeviceType.FILE, "d")


def shots(models_dir, astronaut, **engine_settings):
    engine = open_engine(parse_settings({"engine": {"kind": "cpu", **engine_settings}}), ModelLibrary(models_dir))
    pipeline, taker = Pipeline(DEVICE, engine, 40), ShotTaker(engine)
    shots = []
    for number in range(5):
        frame = Frame("d", 1000 + 40 * number, HostPicture(astronaut))
        shots += taker.take(pipeline.follow(frame, engine.detect([frame.picture], 40)[0])[1])
    return shots


def test_a_track_is_looked_at_once_it_is_sure_and_not_again_while_nothing_is_better(models_dir, astronaut):
    """Five equal frames: one shot, from the third; in_ms is the first."""
    [shot] = shots(models_dir, astronaut)
    assert (shot.in_ms, shot.captured_ms) == (1000, 1080)
    assert shot.attributes == Attributes()


def test_attributes_are_computed_when_they_are_switched_on(models_dir, astronaut):
    """Age and gender come from the model; what no model computes stays unknown."""
    [shot] = shots(models_dir, astronaut, attributes=True)
    assert shot.attributes.gender in ("female", None)
    assert 25 < shot.attributes.age_years < 50
    assert shot.attributes.glasses is None


def test_a_picture_that_the_filter_of_streams_refuses_becomes_no_shot(models_dir, astronaut):
    """Blurred first, then as it is. Refused pictures are counted, and cost no embedding."""
    engine = open_engine(parse_settings({"engine": {"kind": "cpu"}}), ModelLibrary(models_dir))
    pipeline, taker = Pipeline(DEVICE, engine, 40), ShotTaker(engine)
    pipeline.limits = stream_limits(checks_quality=True, pose="high")
    blurred, told = cv2.GaussianBlur(astronaut, (0, 0), 4), []
    for number, image in enumerate([blurred] * 20 + [astronaut] * 20):
        frame = Frame("d", 1000 + 40 * number, HostPicture(image))
        told += taker.take(pipeline.follow(frame, engine.detect([frame.picture], 20)[0])[1])
    assert [shot.captured_ms >= 1800 for shot in told] == [True]
    assert pipeline.counts()["shots"] == 1
    assert pipeline.counts()["shots_filtered"] >= 2
