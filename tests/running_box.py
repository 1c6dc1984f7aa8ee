"""The running service as outside programs meet it: the report process on real ports, on a loop in a thread.

Vision is scripted: it sees in a picture whom the picture's bytes name, and people come before a device when a test
says so. All else is real: ports, journal, store, gallery, delivery. A test talks to it by blocking sockets, as the
vendor's sample programs do.
"""

import asyncio
import contextlib
import json
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import Any, Dict, NamedTuple

import numpy as np
from full_events import full_shot
from samples import PHOTO_JPEG
from waiting import until
from websocket import WebSocket

from sophon_report.app import ReportProcess
from sophon_report.config import parse_settings
from sophon_report.errors import LinkClosed
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import (
    LINK_VERSION,
    Counters,
    Devices,
    DeviceState,
    Hello,
    Photo,
    PhotoFace,
    PhotoResult,
    PreviewFace,
    PreviewFrame,
    PreviewWanted,
    ShotTaken,
    TrackEnded,
    VisionSettings,
)
from sophon_report.model import Person, PersonFace, Quality, Track
from sophon_report.ops.data_dir import DataDir

HOST = "127.0.0.1"
DEADLINE_S = 30.0
PORTS = ("event_port", "api_port", "preview_port", "control_port", "system_port")
MODEL, DIM, PASS_COSINE = "sha", 512, 0.489
START_MS = 1_760_000_000_000
VISIT_MS = 10_000
FACES = ("ada", "bob", "eve", "mallory")
"""Whom vision can tell apart."""
REFUSED = {
    "wall": "no_face",
    "tiny": "face_too_small",
    "text": "not_an_image",
    "poster": "too_large",
    "crowd": "busy",
}
"""What else a picture may name, and why vision does not use it."""
QUALITY = Quality(120, 300, 120, 0, 0, 0, partial=False)


def picture(of, size_bytes=0):
    """Bytes in which the scripted vision sees ``of``, a word of ``FACES`` or ``REFUSED``."""
    return b"\xff\xd8\xff\xe0 " + of.encode() + bytes(size_bytes)


def vector(of, cosine=1.0):
    """The face of ``of``, or one so near to it."""
    values = np.zeros(DIM, "<f4")
    at = 2 * FACES.index(of)
    values[at], values[at + 1] = cosine, np.sqrt(1 - cosine**2)
    return values.tobytes()


class Vision:
    """The other process, scripted: answers pictures, and has people come and go."""

    def __init__(self, place: DataDir):
        self.link = LinkClient.connect(place.vision_socket)
        self.link.send(Hello(LINK_VERSION, 1, "script", MODEL, DIM, PASS_COSINE))
        self._visits = 0
        self.last_ms = 0
        """When the picture of the last visit was taken."""
        self.devices = None
        """What it was last told to watch."""
        self.settings = None
        """What it was last told to go by."""
        self.sight = sight
        """What it sees in a picture; a test may have it see otherwise."""
        self.wanted = None
        """Whose pictures those who watch want."""
        self._frames = 0
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def visit(self, who, device_id="door", cosine=0.75, then=(), **shown):
        """``who`` comes before a device and leaves: one recognition, one visit.

        ``then`` are further pictures of the track, each somebody's; ``shown`` is what differs in all of them.
        """
        self.stands(who, device_id, cosine, then, **shown)
        self.leaves(device_id)

    def stands(self, who, device_id="door", cosine=0.75, then=(), **shown):
        """``who`` comes before a device."""
        self._visits += 1
        start_ms = START_MS + self._visits * VISIT_MS
        self.last_ms = start_ms + 123
        for each in (who, *then):
            values = {
                "device_id": device_id,
                "track_id": self._visits,
                "in_ms": start_ms,
                "captured_ms": self.last_ms,
                "embedding": vector(each, cosine),
                "embedder": MODEL,
                "quality": QUALITY,
                "ir_jpeg": b"",
                "camera_quality": b"",
                **shown,
            }
            self.link.send(ShotTaken(full_shot(**values)))

    def leaves(self, device_id="door"):
        """Who came last leaves."""
        start_ms = START_MS + self._visits * VISIT_MS
        self.link.send(TrackEnded(device_id, Track(self._visits, start_ms, start_ms + 1000)))
        self.online(device_id, start_ms + VISIT_MS - 1)

    def preview(self, device_id="door", *faces, jpeg=PHOTO_JPEG, scale=0.5):
        """A picture for those who watch, ``faces`` being (track, box); returns its number."""
        self._frames += 1
        shown = tuple(PreviewFace(track_id, box) for track_id, box in faces)
        self.link.send(
            PreviewFrame(device_id, self._frames, START_MS + self._frames, 960, 540, scale, jpeg, shown)
        )
        return self._frames

    def arrives(self, who, device_id="door", cosine=0.75, **shown):
        """``who`` comes before a device and stays; returns the track."""
        self._visits += 1
        start_ms = START_MS + self._visits * VISIT_MS
        values = {
            "device_id": device_id,
            "track_id": self._visits,
            "in_ms": start_ms,
            "captured_ms": start_ms + 123,
            "embedding": vector(who, cosine),
            "embedder": MODEL,
            "quality": QUALITY,
            "ir_jpeg": b"",
            "camera_quality": b"",
            **shown,
        }
        self.link.send(ShotTaken(full_shot(**values)))
        return self._visits

    def stays(self, track_id, for_ms, device_id="door"):
        """Who has arrived has been there for so long now."""
        start_ms = START_MS + track_id * VISIT_MS
        tracks = (Track(track_id, start_ms, start_ms + for_ms),)
        self.link.send(DeviceState(device_id, "online", now_ms=start_ms + for_ms, tracks=tracks))

    def online(self, device_id="door", now_ms=START_MS):
        """The device gives pictures, and its clock shows this."""
        self.link.send(DeviceState(device_id, "online", now_ms=now_ms))

    @contextmanager
    def alive(self):
        """It gives its sign of life meanwhile: one that says nothing for long is taken for dead."""
        over = threading.Event()

        def beat():
            with contextlib.suppress(LinkClosed):
                while not over.wait(1.0):
                    self.link.send(Counters({}))

        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def close(self):
        self.link.close()
        self._thread.join()

    def _listen(self):
        with contextlib.suppress(LinkClosed):
            for message in self.link.messages():
                if isinstance(message, Devices):
                    self.devices = [device.device_id for device in message.devices]
                elif isinstance(message, VisionSettings):
                    self.settings = message
                elif isinstance(message, PreviewWanted):
                    self.wanted = message
                elif isinstance(message, Photo):
                    self.link.send(self.sight(message))


def sight(photo: Photo) -> PhotoResult:
    """What vision sees in a picture."""
    word = next((word for word in (*FACES, *REFUSED) if word.encode() in photo.image[:32]), "text")
    if word in REFUSED:
        return PhotoResult(photo.request_id, refused=REFUSED[word], detail=f"shows: {word}")
    shot = full_shot()
    face = PhotoFace(shot.box, shot.landmarks, 0.9, QUALITY, vector(word, 0.75))
    return PhotoResult(
        photo.request_id,
        (face,),
        portrait_jpeg=PHOTO_JPEG,
        face_jpeg=shot.face_jpeg,
        scene_jpeg=shot.scene_jpeg,
        ir_jpeg=photo.infrared,
    )


class Answer(NamedTuple):
    """Of one HTTP call; the body was JSON, or none."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self):
        """Of the error: a word of API 2.0, an older number, or a word of our own."""
        return self.body["code"] if "code" in self.body else self.body["error"]["code"]


class RunningBox:
    """One service; every method may be called from the test's thread."""

    def __init__(self, loop, place, process):
        self._loop, self.place, self.process = loop, place, process
        self._faces = 0
        self.vision_comes()

    def run(self, coroutine):
        """Have it run on the service's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(DEADLINE_S)

    def call(self, function, *arguments):
        """Call it on the service's loop."""

        async def called():
            return function(*arguments)

        return self.run(called())

    @property
    def api(self):
        return f"http://{HOST}:{self.process.api_port}"

    def ask(self, method, path, body=None, headers=None, port=None) -> Answer:
        """One call; a ``body`` that is no bytes goes as JSON. The answer must be JSON, whatever it says."""
        at = self.api if port is None else f"http://{HOST}:{port}"
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(at + path, body, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_S) as reply:
                return _answer(reply)
        except urllib.error.HTTPError as refused:
            with refused:
                return _answer(refused)

    def raw(self, method, path, headers=None, body=None) -> Answer:
        """One call whose answer may be anything: its body as bytes."""
        request = urllib.request.Request(self.api + path, body, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_S) as reply:
                return Answer(reply.status, reply.read(), reply.headers)
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.status, refused.read(), refused.headers)

    def post(self, path, body):
        return self.ask("POST", path, body)

    def register(self, identity_id, name, face, permission_ids=()):
        """Make a person known, without any interface."""
        self._faces += 1
        shown = PersonFace(f"f{self._faces}", f"p{self._faces}", PHOTO_JPEG, vector(face), MODEL)
        person = Person(identity_id, name, permission_ids=permission_ids)
        self.call(lambda: self.process.people.add(person, [shown]))

    def clients(self):
        """Rows of the realtime clients."""
        return self.call(self.process.events.stats).clients

    def subscribed(self):
        return sum(row.dialect != "" for row in self.clients())

    def connect(self) -> WebSocket:
        """A client of the documented kind that has not yet sent its configuration."""
        client = WebSocket()
        client.connect(f"ws://{HOST}:{self.process.events.port}", timeout=DEADLINE_S)
        return client

    def watch(self, path="/preview", **options) -> WebSocket:
        """A viewer of the documented kind."""
        viewer = WebSocket()
        port = self.process.preview.viewers.port
        viewer.connect(f"ws://{HOST}:{port}{path}", timeout=DEADLINE_S, **options)
        until(lambda: self.vision.wanted is not None and self.vision.wanted.device_ids, "vision is asked")
        return viewer

    def listen(self) -> WebSocket:
        """A client of the control port, of the documented kind."""
        listener = WebSocket()
        listener.connect(f"ws://{HOST}:{self.process.preview.control.port}", timeout=DEADLINE_S)
        return listener

    def journaled(self):
        """Records that are safely on disk."""
        return self.call(lambda: self.process.journal.count_after(0))

    def indexed(self):
        """Wait until the history has all that is on disk."""
        until(lambda: not self.call(self.process.history.feed.stats).lag, "rows of all events")

    def backlogs(self) -> Dict[str, int]:
        """Events that wait, by destination."""
        return {row.destination: row.backlog for row in self.call(self.process.destinations.stats)}

    def vision_goes(self, leaving=None):
        """The process of vision ends; ``leaving`` is its last word."""
        if leaving is not None:
            self.vision.link.send(leaving)
        self.vision.close()
        until(lambda: self.call(self.process.flow.vision) is None, "vision's end")

    def vision_comes(self):
        """And begins anew."""
        self.vision = Vision(self.place)
        until(lambda: self.call(self.process.flow.vision) is not None, "vision's hello")


def _answer(reply) -> Answer:
    if reply.status == 304:
        return Answer(reply.status, None, reply.headers)
    assert reply.headers.get_content_type() in ("application/json", "application/problem+json"), reply.headers
    return Answer(reply.status, json.loads(reply.read()), reply.headers)


@contextmanager
def running_box(root, child=None, **settings):
    """A service on the folder ``root`` (a short path: sockets live in it) with two devices, and no people.

    ``child``: what it starts for vision, a program of Python; what it hears of vision is the test's in any case.
    """
    wanted = {
        "data_dir": str(root),
        "license_key": "LICENCE-0001",
        "device": [
            {"id": "door", "name": "front door", "url": "rtsp://10.0.0.21/ch1"},
            {"id": "yard", "name": "back yard", "url": "rtsp://10.0.0.22/ch1"},
        ],
        **settings,
        "server": {"host": HOST, **dict.fromkeys(PORTS, 0), **settings.get("server", {})},
    }
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    stack, process = contextlib.AsyncExitStack(), ReportProcess(parse_settings(wanted), child)

    async def stop():
        await stack.aclose()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=DEADLINE_S)

    try:
        asyncio.run_coroutine_threadsafe(process.start(stack), loop).result(DEADLINE_S)
        box = RunningBox(loop, DataDir(root), process)
        try:
            yield box
        finally:
            box.vision.close()
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(2 * DEADLINE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
