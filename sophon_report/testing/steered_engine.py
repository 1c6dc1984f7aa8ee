"""An engine whose turns end when a test says so: what is under way, in which order, with which pictures."""

# ruff: noqa: ARG002 - it takes what every engine takes, and looks at no pixel

import threading
from typing import AbstractSet, Dict, List, Optional, Sequence, Union

import numpy as np

from sophon_report.model import Attributes, Box, Faces, FloatArray, ImageArray, Jpeg
from sophon_report.vision.engines.base import Detection, EmbedderCard
from sophon_report.vision.picture import Picture

DEADLINE_S = 10.0
"""A test that forgets to let a turn end fails by its own assertion, not by hanging."""


class SteeredTurn:
    """Pictures whose faces are found as soon as :meth:`end` says which, or fail as it says."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self.pictures = list(pictures)
        self._found: Union[List[Faces], Exception] = [Faces.none() for _ in pictures]
        self._ended = threading.Event()

    def end(self, found: Optional[Union[List[Faces], Exception]] = None) -> None:
        """Let it end: with these faces, with nobody, or with an error."""
        if found is not None:
            self._found = found
        self._ended.set()

    def ready(self) -> bool:
        return self._ended.is_set()

    def faces(self) -> List[Faces]:
        if not self._ended.wait(DEADLINE_S):
            raise TimeoutError("no test has let this turn end")
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


class SteeredEngine:
    """Implements :class:`~sophon_report.vision.engines.base.Engine` without a model.

    Args:
        batch: pictures a turn.
        in_flight: turns under way at once.
        at_once: turns end as they begin, with nobody in them.
    """

    name = "steered"
    embedder = EmbedderCard("steered", 8, 0.5)

    def __init__(self, batch: int = 4, in_flight: int = 2, *, at_once: bool = False) -> None:
        self.batch, self.in_flight = batch, in_flight
        self.turns: List[SteeredTurn] = []
        self.embedded: List[int] = []
        """Crops of each call."""
        self.fails: Dict[str, Exception] = {}
        """What a method of that name raises."""
        self._at_once = at_once
        self._changed = threading.Condition()

    def until_begun(self, turns: int) -> SteeredTurn:
        """Return the turn of that number, the first being 1, once it has begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.turns) >= turns, DEADLINE_S), "no such turn began"
            return self.turns[turns - 1]

    def begin_detect(self, pictures: Sequence[Picture], min_face_px: int) -> Detection:
        self._fail("begin_detect")
        turn = SteeredTurn(pictures)
        if self._at_once:
            turn.end()
        with self._changed:
            self.turns.append(turn)
            self._changed.notify_all()
        return turn

    def detect(self, pictures: Sequence[Picture], min_face_px: int) -> List[Faces]:
        self._fail("detect")
        return [Faces.none() for _ in pictures]

    def align(self, picture: Picture, landmarks: FloatArray) -> ImageArray:
        self._fail("align")
        return np.zeros((len(landmarks), 112, 112, 3), np.uint8)

    def embed(self, crops: ImageArray) -> FloatArray:
        self.embedded.append(len(crops))
        self._fail("embed")
        return np.full((len(crops), self.embedder.dim), self.embedder.dim**-0.5, np.float32)

    def want_attributes(self, wanted: AbstractSet[str], *, wait: bool = False) -> None:
        pass

    def attributes(self, picture: Picture, faces: Faces) -> List[Attributes]:
        self._fail("attributes")
        return [Attributes()] * len(faces)

    def jpeg(self, picture: Picture, quality: int, box: Optional[Box] = None, width_px: int = 0) -> Jpeg:
        self._fail("jpeg")
        return b"\xff\xd8"

    def counts(self) -> Dict[str, int]:
        return {"odd_answers": 3}

    def close(self) -> None:
        pass

    def _fail(self, method: str) -> None:
        if method in self.fails:
            raise self.fails[method]
