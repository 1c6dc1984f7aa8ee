"""Engines and videos that are watched from outside."""

import time

import numpy as np
import pytest

from sophon_report.errors import ChipError, ModelError, SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.picture import HostPicture
from sophon_report.vision.watched import FAILURES, WatchedEngine, watched_reads

PICTURE = HostPicture(np.zeros((8, 8, 3), np.uint8))
DOOR = Device("door", "door", DeviceType.FILE, "/film.mp4")


def later(seconds):
    return time.monotonic() + seconds


class Turn:
    def __init__(self, engine):
        self._engine = engine

    def ready(self):
        return self._engine.is_ready

    def faces(self):
        if self._engine.fails:
            raise ModelError("not finite")
        return []


class Engine:
    """Fails, or is busy, as it is told; while it works it has ``look`` called."""

    name, batch, in_flight = "fake", 4, 2

    def __init__(self):
        self.fails, self.is_ready, self.look = False, False, lambda: None

    def begin_detect(self, _pictures, _min_face_px):
        return Turn(self)

    def embed(self, crops):
        self.look()
        if self.fails:
            raise ModelError("not finite")
        return crops


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def watch():
    return HangWatch()


def test_a_turn_that_never_gets_ready_hangs_although_nobody_waits_in_a_call(engine, watch):
    """It is under way from its beginning until somebody learns that it is over."""
    turn = WatchedEngine(engine, watch).begin_detect([PICTURE], 40)
    assert not turn.ready()
    assert watch.look(later(1)) is None
    for wait_s in (3, 5, 7, 9):
        watch.look(later(wait_s))
    hung = watch.look(later(11))
    assert "looking for faces did not end within 10 s" in hung.reason
    assert hung.device_id == ""
    engine.is_ready = True
    assert turn.ready()
    assert watch.look(later(11.5)) is None


def test_a_call_that_is_under_way_is_seen_from_outside(engine, watch):
    """And no longer when it came back."""
    seen = []
    engine.look = lambda: seen.append(watch.look(later(11)))
    WatchedEngine(engine, watch).embed(np.zeros((1, 112, 112, 3), np.uint8))
    assert "making features" in seen[0].reason
    assert watch.look(later(12)) is None


def test_a_model_that_only_fails_is_the_end_and_one_that_sometimes_does_is_not(engine, watch):
    """A detector that works says nothing of the embedder."""
    watched = WatchedEngine(engine, watch)
    crops = np.zeros((1, 112, 112, 3), np.uint8)

    def embed(times):
        for _ in range(times):
            engine.fails = True
            with pytest.raises(ModelError):
                watched.embed(crops)
            engine.fails = False
            watched.detect([PICTURE], 40)

    embed(FAILURES - 1)
    watched.embed(crops)
    embed(FAILURES - 1)
    assert watch.look(later(0)) is None
    embed(1)
    assert "making features failed 20 times in a row, at last with: not finite" in watch.look(later(0)).reason


def test_a_chip_that_says_itself_that_it_is_stuck_is_the_end_at_once(engine, watch):
    """It has counted by itself, and was asked its golden question."""

    def stuck():
        raise ChipError("detector: the chip or its driver is stuck")

    engine.look = stuck
    with pytest.raises(ChipError):
        WatchedEngine(engine, watch).embed(np.zeros((1, 112, 112, 3), np.uint8))
    assert "the chip or its driver is stuck" in watch.look(later(0)).reason


class Clip:
    fps, codec, skipped = 25.0, "h264", 0

    def __init__(self, watch):
        self._watch = watch

    def read(self):
        hung = self._watch.look(later(14))
        raise SourceError("" if hung is None else hung.device_id)

    def close(self):
        pass


def test_a_read_is_watched_in_the_name_of_its_device(watch):
    """The process ends for it then; an end by itself is none of the watch's business."""
    capture = watched_reads(lambda _device: Clip(watch), watch)(DOOR)
    assert (capture.fps, capture.codec) == (25.0, "h264")
    with pytest.raises(SourceError, match="door"):
        capture.read()
    assert watch.look(later(15)) is None
    capture.close()
