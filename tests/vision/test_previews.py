"""Of which frame a picture for viewers is made, and when none is: recognition goes first."""

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.link.messages import PreviewWanted
from sophon_report.testing.steered_engine import SteeredEngine
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.picture import Frame, HostPicture
from sophon_report.vision.pipeline import Followed
from sophon_report.vision.preview import PREVIEW_SHARE, Previews
from sophon_report.wire.pictures import encode_jpeg, narrowed


class Encoding(SteeredEngine):
    """An engine whose JPEGs are real."""

    def jpeg(self, picture, quality, box=None, width_px=0):
        super().jpeg(picture, quality)
        return encode_jpeg(narrowed(picture.bgr(), width_px), quality)


def frame(device_id, width=1920, height=1080):
    return Frame(device_id, 1000, HostPicture(np.zeros((height, width, 3), np.uint8)))


@pytest.fixture
def engine():
    return Encoding()


@pytest.fixture
def previews(engine: Engine):
    made = Previews(engine)
    made.want(PreviewWanted(("a", "b"), 960, 5.0, 75))
    return made


def chosen(previews, frames, now_s, late=False, is_read=True):
    place = previews.choose(frames, now_s, late=late, is_read=is_read)
    return None if place is None else frames[place].device_id


def test_nobody_watches_and_nothing_is_made(previews):
    """Nor of a device that is not shown; not even a counter moves."""
    assert chosen(previews, [frame("c")], 1) is None
    previews.want(PreviewWanted())
    assert chosen(previews, [frame("a")], 1, late=True, is_read=False) is None
    assert previews.skipped == 0


def test_a_turn_makes_one_picture_of_who_waits_longest(previews):
    """The others have theirs in the turns after it, however many there are."""
    turn = [frame("a"), frame("b"), frame("c")]
    seen = []
    for number in range(6):
        device_id = chosen(previews, turn, number)
        previews.done(device_id, number, number + 0.001)
        seen.append(device_id)
    assert seen == ["a", "b", "a", "b", "a", "b"]


def test_a_device_has_as_many_a_second_as_were_asked_for(previews):
    """From a camera of any rate; a pause is not made up for."""
    for rate in (25, 30, 60):
        made = 0
        for number in range(rate * 10):
            now_s = 100 * rate + number / rate
            if chosen(previews, [frame("a")], now_s):
                previews.done("a", now_s, now_s)
                made += 1
        assert 49 <= made <= 52, rate


def test_while_frames_wait_pictures_get_their_share_of_the_time(previews):
    """After one that took 10 ms none for the 70 that are recognition's; an idle engine waits for nothing."""
    previews.done("a", 1.0, 1.01)
    pause_s = 0.01 * (1 / PREVIEW_SHARE - 1)
    assert chosen(previews, [frame("b")], 1.01 + pause_s - 0.001, late=True) is None
    assert previews.skipped == 1
    assert chosen(previews, [frame("b")], 1.02) == "b"
    assert chosen(previews, [frame("b")], 1.01 + pause_s + 0.001, late=True) == "b"


def test_nothing_is_made_for_a_report_process_that_is_behind(previews):
    """It has not read what it was sent: one more would have recognition wait at the socket."""
    assert chosen(previews, [frame("a")], 1, is_read=False) is None
    assert previews.skipped == 1
    assert chosen(previews, [frame("a")], 1) == "a"


def test_boxes_are_in_pixels_of_the_picture_that_is_sent(previews):
    """Half as wide here; one that is narrow enough is sent as it is."""
    made = previews.make(frame("a"), [Followed(7, (100, 200, 300, 401))])
    assert (made.width, made.height, made.scale, made.frame_id) == (960, 540, 0.5, 1)
    assert [(face.track_id, face.box) for face in made.faces] == [(7, (50, 100, 150, 200.5))]
    small = previews.make(frame("a", 640, 360), [Followed(7, (100, 200, 300, 401))])
    assert (small.width, small.height, small.scale, small.frame_id) == (640, 360, 1.0, 2)
    assert small.faces[0].box == (100, 200, 300, 401)


def test_a_picture_that_fails_costs_itself(previews, engine):
    """It is counted, and the next one is made when it is due."""
    engine.fails["jpeg"] = ModelError("no")
    assert previews.make(frame("a"), []) is None
    engine.fails.clear()
    assert previews.make(frame("a"), []).frame_id == 1
    assert (previews.made, previews.failed) == (1, 1)
