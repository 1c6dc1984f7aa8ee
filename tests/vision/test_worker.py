"""The vision process's loop on a real socket with the real models: what the report process is told."""

import socket
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from sophon_report.config import parse_settings
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import (
    Counters,
    Devices,
    DeviceState,
    Hello,
    Photo,
    PhotoResult,
    ShotTaken,
    TrackEnded,
    VisionSettings,
)
from sophon_report.model import Attributes, Device, DeviceType
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.photo import look_at
from sophon_report.vision.worker import Worker

pytestmark = pytest.mark.models
NOW_MS = 1_760_000_000_000


@pytest.fixture(scope="module")
def engine(models_dir):
    return open_engine(parse_settings({"engine": {"kind": "cpu"}}), ModelLibrary(models_dir))


@pytest.fixture(scope="module")
def film(astronaut, tmp_path_factory):
    """Two seconds of empty wall, three with the portrait held up, one of empty wall again."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (640, 512))
    wall = np.full((512, 640, 3), 120, np.uint8)
    for index in range(150):
        frame = wall.copy()
        if 50 <= index < 125:
            frame[:, 64:576] = astronaut
        writer.write(frame)
    writer.release()
    return path


class Desk:
    """The report process's end of a worker's link."""

    def __init__(self, engine):
        here, there = socket.socketpair()
        self.link, self.worker = LinkClient(here), Worker(engine, LinkClient(there), 40, lambda: NOW_MS)
        self._stream = self.link.messages()
        self._thread = threading.Thread(target=self.worker.run, args=(4711,))
        self.heard = []
        self._thread.start()

    def until(self, wanted):
        """Read on until a message is as wanted; returns it."""
        while True:
            message = next(self._stream)
            self.heard.append(message)
            if wanted(message):
                return message

    def all(self, kind):
        return [message for message in self.heard if isinstance(message, kind)]

    def leave(self):
        self.link.close()
        self._thread.join(10)
        return not self._thread.is_alive()


@pytest.fixture
def desk(engine):
    made = Desk(engine)
    yield made
    assert made.leave(), "the worker leaves when its link closes"


def fast(device_id, path):
    return Device(device_id, device_id, DeviceType.FILE, str(path), speed="fast")


def test_the_first_word_is_hello(desk, engine):
    """Who vision is and whose vectors it makes."""
    hello = desk.until(lambda _message: True)
    assert isinstance(hello, Hello)
    assert (hello.pid, hello.engine, hello.dimension) == (4711, "cpu", 128)
    assert hello.embedder == engine.embedder.sha256


def test_a_film_becomes_one_track_with_its_times(desk, film):
    """In is the first frame with the face, out the last; shots come in between, the device ends."""
    desk.link.send(Devices((fast("a", film),)))
    desk.until(lambda message: isinstance(message, DeviceState) and message.state == "ended")
    desk.until(
        lambda message: isinstance(message, DeviceState) and message.state == "ended" and not message.tracks
    )
    [ended] = desk.all(TrackEnded)
    assert abs(ended.track.in_ms - (NOW_MS + 2000)) <= 40
    assert abs(ended.track.out_ms - (NOW_MS + 4960)) <= 40
    shots = desk.all(ShotTaken)
    assert shots
    assert all(ended.track.in_ms <= shot.shot.captured_ms <= ended.track.out_ms for shot in shots)
    assert all(shot.shot.face_jpeg[:2] == shot.shot.scene_jpeg[:2] == b"\xff\xd8" for shot in shots)
    last = desk.all(DeviceState)[-1]
    assert (last.frames, last.frames_skipped, last.width) == (150, 0, 640)


def test_a_broken_file_costs_the_others_nothing(desk, film, tmp_path):
    """Its state says why; the good one is seen to its end."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video at all")
    desk.link.send(Devices((fast("bad", broken), fast("good", film))))
    desk.until(lambda message: isinstance(message, TrackEnded))
    states = {(message.device_id, message.state) for message in desk.all(DeviceState)}
    assert ("bad", "failed") in states
    assert any(message.reason for message in desk.all(DeviceState) if message.device_id == "bad")


def test_a_device_that_is_removed_ends_its_tracks(desk, film):
    """Removed while a face is in front of it: the track ends, nothing more comes."""
    desk.link.send(Devices((Device("a", "a", DeviceType.FILE, str(film), loop=True, speed="fast"),)))
    desk.until(lambda message: isinstance(message, ShotTaken))
    desk.link.send(Devices(()))
    desk.until(lambda message: isinstance(message, TrackEnded))


def test_a_device_with_another_name_is_not_opened_anew(desk, film):
    """While another comes, its frames are counted on: a source that was opened anew would begin at nought."""
    device = Device("a", "a", DeviceType.FILE, str(film), loop=True, speed="fast")
    desk.link.send(Devices((device,)))
    desk.until(lambda message: isinstance(message, DeviceState) and message.frames >= 20)
    del desk.heard[:]
    renamed = replace(device, name="b", permission_id="p", vendor_json='{"group_id":"g"}')
    desk.link.send(Devices((renamed, fast("b", film))))
    desk.until(lambda message: isinstance(message, DeviceState) and message.device_id == "b")
    desk.until(lambda message: isinstance(message, DeviceState) and message.device_id == "a")
    states = [message for message in desk.all(DeviceState) if message.device_id == "a"]
    assert all(state.frames >= 20 and state.state == "online" for state in states)


def test_a_region_counts_from_the_next_frame_on(desk, film):
    """The face is outside of it now: its track ends, the film goes on."""
    device = Device("a", "a", DeviceType.FILE, str(film), loop=True, speed="fast")
    desk.link.send(Devices((device,)))
    desk.until(lambda message: isinstance(message, ShotTaken))
    frames = desk.until(lambda message: isinstance(message, DeviceState)).frames
    desk.link.send(Devices((replace(device, roi=(0, 0, 8, 8)),)))
    desk.until(lambda message: isinstance(message, TrackEnded))
    assert desk.until(lambda message: isinstance(message, DeviceState)).frames >= frames


def test_a_device_that_shows_something_else_begins_anew_with_new_track_numbers(desk, film, tmp_path):
    """Its old track ends first; no number comes twice under one device."""
    other = tmp_path / "other.mp4"
    other.write_bytes(film.read_bytes())
    desk.link.send(Devices((Device("a", "a", DeviceType.FILE, str(film), loop=True, speed="fast"),)))
    first = desk.until(lambda message: isinstance(message, ShotTaken)).shot.track_id
    desk.link.send(Devices((fast("a", other),)))
    old = desk.until(lambda message: isinstance(message, TrackEnded))
    assert old.track.track_id == first
    desk.until(lambda message: isinstance(message, TrackEnded) and message.track.track_id > first)


def test_a_gb28181_device_fails_with_a_plain_reason(desk):
    """Once, and nothing is tried again."""
    desk.link.send(Devices((Device("g", "g", DeviceType.GB28181, "gb28181://u:pw@10.0.0.1:5060/34020000"),)))
    state = desk.until(lambda message: isinstance(message, DeviceState))
    assert state.state == "failed"
    assert "GB28181, which is not supported yet" in state.reason
    assert "pw" not in state.reason


def test_photos_are_answered_while_films_run(desk, film, astronaut):
    """Faces largest first with vectors, or a word why not."""
    desk.link.send(Devices((Device("a", "a", DeviceType.FILE, str(film), loop=True),)))
    desk.link.send(VisionSettings(min_face_px=40))
    jpeg = cv2.imencode(".jpg", astronaut)[1].tobytes()
    for request_id, image in ((1, jpeg), (2, b"text"), (3, jpeg[:1000])):
        desk.link.send(Photo(request_id, image, 40))
    desk.until(lambda message: isinstance(message, PhotoResult) and message.request_id == 3)
    good, text, cut = desk.all(PhotoResult)
    assert len(good.faces) == 1
    assert len(good.faces[0].embedding) == 512
    assert good.portrait_jpeg[:2] == b"\xff\xd8"
    assert text.refused == "not_an_image"
    assert cut.refused in ("not_an_image", "no_face")


def test_counters_are_a_sign_of_life(desk):
    """They come without any device."""
    counters = desk.until(lambda message: isinstance(message, Counters))
    assert counters.values["frames"] == 0


def test_a_face_too_small_is_told_with_its_size(engine, astronaut):
    """The word for programs and the size for people."""
    small = cv2.imencode(".png", cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA))[1].tobytes()
    result = look_at(engine, Photo(1, small, 40))
    assert result.refused in ("face_too_small", "no_face")
    assert result.faces == ()


def test_attributes_are_switched_on_and_off_while_films_play(desk, film):
    """From a moment after the word on shots tell them, from the next word on no more; nothing is opened anew."""
    desk.link.send(Devices((Device("a", "a", DeviceType.FILE, str(film), loop=True, speed="fast"),)))
    first = desk.until(lambda message: isinstance(message, ShotTaken))
    assert first.shot.attributes == Attributes()
    desk.link.send(VisionSettings(40, attributes=True))
    desk.until(lambda message: isinstance(message, ShotTaken) and message.shot.attributes.age_years)
    desk.link.send(VisionSettings(40, attributes=False))
    desk.until(lambda message: isinstance(message, ShotTaken) and message.shot.attributes == Attributes())
    assert not [state for state in desk.all(DeviceState) if state.state not in ("starting", "online")]
