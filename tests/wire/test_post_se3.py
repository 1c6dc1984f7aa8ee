"""The realtime POST of an SE3."""

import orjson
import pytest
from full_events import full_recognition
from samples import recognition

from sophon_report.config import Compat
from sophon_report.model import Content, Recognition
from sophon_report.wire.layouts import body, find
from sophon_report.wire.telling import Telling
from sophon_report.wire.ws_v1 import encode

SE3 = find("se3")


def told(event, **telling):
    content, header = body(SE3, event, Telling(**telling), "json")
    assert header == "application/json"
    return orjson.loads(content)


def test_it_tells_what_realtime_v1_tells():
    """One receiver reads both; only the numbers of the stream are missing."""
    stream = orjson.loads(encode(full_recognition(), True, True, Compat()))
    del stream["video_id"], stream["seq"]
    assert told(full_recognition()) == stream


def test_it_is_told_at_the_decision_and_of_known_people_only():
    """Whoever did not pass goes out with the history alone."""
    assert SE3.tells is Recognition
    assert SE3.wants(recognition())
    assert not SE3.wants(recognition(known=False))


def test_every_other_layout_wants_everything():
    """History covers strangers."""
    assert find("g2").wants(recognition(known=False))


@pytest.mark.parametrize(
    ("content", "table", "key"),
    [
        (Content(scene=False), "ext_data", "spot_pic"),
        (Content(face=False), "ext_data", "recognize_face"),
    ],
)
def test_a_live_picture_that_is_switched_off_is_left_out(content, table, key):
    """It is there with the defaults."""
    assert told(full_recognition())[table][key].startswith("/9j/")
    assert key not in told(full_recognition(), content=content)[table]


def test_the_gallery_photo_can_be_switched_off():
    """It is then empty, as in the stream."""
    assert told(recognition())["reg_pic"].startswith("/9j/")
    assert told(recognition(), content=Content(register_photo=False))["reg_pic"] == ""


def test_the_readings_of_the_settings_are_followed():
    """Scale of the score, and greeter mode."""
    assert told(recognition())["score"] == 0.78125
    assert told(recognition(), compat=Compat(v1_score="pct"))["score"] == 91.25
    assert "spot_pic" not in told(recognition(), compat=Compat(greeter_mode=True))["ext_data"]
