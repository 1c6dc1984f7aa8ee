"""Engines and videos whose calls are watched from outside: see :mod:`sophon_report.vision.hang_watch`."""

import time
from contextlib import contextmanager
from typing import AbstractSet, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from sophon_report.errors import ChipError, ModelError
from sophon_report.link.messages import Leaving
from sophon_report.model import Attributes, Box, Device, Faces, FloatArray, ImageArray, Jpeg
from sophon_report.vision.engines.base import Detection, EmbedderCard, Engine
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.picture import Picture
from sophon_report.vision.sources.capture import Capture, OpenCapture

ENGINE_LIMIT_S = 10.0
"""No call of an engine takes this long on the slowest box; the report process kills a silent vision at 15."""
READ_LIMIT_S = 13.0
"""A read on the CPU gives up by itself after eight seconds."""
DETECTION = "looking for faces"
FAILURES = 20
"""So many calls of one kind that fail in a row, and none that works: the chip computes nothing any more."""


@contextmanager
def watched(watch: HangWatch, limit_s: float, reason: str, device_id: str = "") -> Iterator[None]:
    """Have the block ended within ``limit_s``, or the process for ``reason``."""
    ticket = watch.began(time.monotonic(), limit_s, Leaving(reason, device_id))
    try:
        yield
    finally:
        watch.ended(ticket)


def watched_reads(open_capture: OpenCapture, watch: HangWatch, limit_s: float = READ_LIMIT_S) -> OpenCapture:
    """Return an opener whose videos are watched while they are read."""

    def open_watched(device: Device) -> Capture:
        return _WatchedCapture(open_capture(device), device.device_id, watch, limit_s)

    return open_watched


class _WatchedCapture:
    def __init__(self, capture: Capture, device_id: str, watch: HangWatch, limit_s: float) -> None:
        self._capture, self._device_id, self._watch, self._limit_s = capture, device_id, watch, limit_s

    @property
    def fps(self) -> float:
        return self._capture.fps

    @property
    def codec(self) -> str:
        return self._capture.codec

    @property
    def skipped(self) -> int:
        return self._capture.skipped

    def read(self) -> Optional[Tuple[int, Picture]]:
        reason = f"a picture did not come within {self._limit_s:g} s: reading hangs"
        with watched(self._watch, self._limit_s, reason, self._device_id):
            return self._capture.read()

    def close(self) -> None:
        self._capture.close()


class WatchedEngine:
    """An engine whose calls end within ``limit_s``, or the process does; nor may a model fail for ever.

    A turn of detection is under way from its beginning until it is over, whether anybody asks for it or not: who
    would ask may wait for a report process that does not read.
    """

    def __init__(self, engine: Engine, watch: HangWatch, limit_s: float = ENGINE_LIMIT_S) -> None:
        self._engine, self._watch, self._limit_s = engine, watch, limit_s
        self._failures: Dict[str, int] = {}
        """In a row, by what failed: a detector that works says nothing of the embedder."""

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def embedder(self) -> EmbedderCard:
        return self._engine.embedder

    @property
    def batch(self) -> int:
        return self._engine.batch

    @property
    def in_flight(self) -> int:
        return self._engine.in_flight

    def begin_detect(self, pictures: Sequence[Picture], min_face_px: int) -> Detection:
        with self._call(DETECTION), self.judged(DETECTION, is_over=False):
            return _WatchedDetection(self, self._engine.begin_detect(pictures, min_face_px))

    def detect(self, pictures: Sequence[Picture], min_face_px: int) -> List[Faces]:
        return self.begin_detect(pictures, min_face_px).faces()

    def align(self, picture: Picture, landmarks: FloatArray) -> ImageArray:
        with self._call("turning faces upright"):
            return self._engine.align(picture, landmarks)

    def embed(self, crops: ImageArray) -> FloatArray:
        with self._call("making features"), self.judged("making features"):
            return self._engine.embed(crops)

    def want_attributes(self, wanted: AbstractSet[str], *, wait: bool = False) -> None:
        self._engine.want_attributes(wanted, wait=wait)

    def attributes(self, picture: Picture, faces: Faces) -> List[Attributes]:
        with self._call("looking for attributes"), self.judged("looking for attributes"):
            return self._engine.attributes(picture, faces)

    def jpeg(self, picture: Picture, quality: int, box: Optional[Box] = None, width_px: int = 0) -> Jpeg:
        with self._call("making a JPEG"):
            return self._engine.jpeg(picture, quality, box, width_px)

    def counts(self) -> Mapping[str, int]:
        return self._engine.counts()

    def close(self) -> None:
        with self._call("closing"):
            self._engine.close()

    def began(self, what: str, is_over: Callable[[], bool] = lambda: False) -> int:
        """Note that ``what`` is under way, unless ``is_over`` says that it has ended; returns its ticket."""
        reason = f"{self.name}: {what} did not end within {self._limit_s:g} s, the engine hangs"
        return self._watch.began(time.monotonic(), self._limit_s, Leaving(reason), is_over)

    def ended(self, ticket: int) -> None:
        """It came back."""
        self._watch.ended(ticket)

    @contextmanager
    def judged(self, what: str, *, is_over: bool = True) -> Iterator[None]:
        """Count failures of ``what`` in a row: too many end this process. Success is known when it is over."""
        try:
            yield
        except ModelError as error:
            failures = self._failures[what] = self._failures.get(what, 0) + 1
            if failures >= FAILURES or isinstance(error, ChipError):
                words = f"{self.name}: {what} failed {failures} times in a row, at last with: {error}"
                self._watch.give_up(Leaving(words))
            raise
        if is_over:
            self._failures[what] = 0

    @contextmanager
    def _call(self, what: str) -> Iterator[None]:
        ticket = self.began(what)
        try:
            yield
        finally:
            self.ended(ticket)


class _WatchedDetection:
    def __init__(self, engine: WatchedEngine, detection: Detection) -> None:
        self._engine, self._detection = engine, detection
        self._ticket = engine.began(DETECTION, detection.ready)

    def ready(self) -> bool:
        ready = self._detection.ready()
        if ready:
            self._engine.ended(self._ticket)
        return ready

    def faces(self) -> List[Faces]:
        try:
            with self._engine.judged(DETECTION):
                return self._detection.faces()
        finally:
            self._engine.ended(self._ticket)
