"""Whose face was this: the stored faces of past events, looked through in windows. Pure but for the reading.

The promise: *whoever goes on where the last window ended, until there is no more, gets every event whose face is
near enough, once each, in order* - also when many events share a millisecond, since the place to go on from is
one, and the vendor's interface has nothing finer. So a window always ends between two milliseconds::

    records   ··  12 12 12 │ 13 │ 14 14 14 14 │ 15 ··          one call may look at six:
                           └────┘ └─ 14 is not whole ─┘          it has seen 12 and 13, goes on at 14

===================  ===========================  =====================================================
what                 bound                        over it
===================  ===========================  =====================================================
records a window     ``Bounds.records``           the window ends before the millisecond that would not
                                                  fit; one that alone is larger is looked at whole
events it finds      ``Bounds.found``             likewise, by the events that were found
records in memory    ``Bounds.at_once``           read in turns
records of one       ``Bounds.one_ms``            the rest of that millisecond is passed over; nothing
millisecond                                       makes so many
===================  ===========================  =====================================================
"""

from dataclasses import dataclass
from typing import Callable, List, Optional, Tuple

import numpy as np
import numpy.typing as npt

from sophon_report.model import FloatArray

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class StoredFaces:
    """Faces of events in order of their times, the newest first when that was asked for.

    Attributes:
        numbers: ``(n,)``, the rows of the index; within a millisecond in any order.
        times_ms: ``(n,)``, when each was recognised.
        vectors: ``(n, dim)`` float32, each of length 1.
        more: whether there are further ones behind the limit that was asked for.
    """

    numbers: Numbers
    times_ms: Numbers
    vectors: FloatArray
    more: bool

    def __len__(self) -> int:
        return len(self.numbers)

    def first(self, count: int) -> "StoredFaces":
        """The first ``count`` of them."""
        return StoredFaces(self.numbers[:count], self.times_ms[:count], self.vectors[:count], self.more)


ReadFaces = Callable[[int, int, int], StoredFaces]
"""``read(from_ms, to_ms, limit)``: the first faces of the times from one to the other, both included."""


@dataclass(frozen=True)
class Bounds:
    """What one window may cost."""

    records: int = 50_000
    """The vendor's."""
    found: int = 1000
    """The vendor's."""
    at_once: int = 10_000
    """Of 512 numbers: 20 MB."""
    one_ms: int = 50_000


@dataclass(frozen=True)
class WantedFaces:
    """Which faces of which time."""

    face: FloatArray
    """``(dim,)``, of length 1."""
    mark: float
    """Cosine that a face must be above."""
    from_ms: int
    to_ms: int
    newest_first: bool


@dataclass(frozen=True)
class FoundFace:
    """A face that is near enough."""

    number: int
    at_ms: int
    cosine: float


@dataclass(frozen=True)
class Window:
    """What was found, and where to go on."""

    found: Tuple[FoundFace, ...]
    next_ms: int
    """The first time that was not looked at: from here on, or back from here when the newest go first."""
    have_more: bool
    """Whether there are events from there on within the times asked for."""
    scanned: int


def look_through(
    read: ReadFaces,
    wanted: WantedFaces,
    bounds: Optional[Bounds] = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Window:
    """Return the next window of near faces.

    Args:
        read: gives stored faces, in the order that ``wanted`` asks for.
        wanted: what is looked for.
        bounds: what it may cost.
        stopped: asked between turns; then the window ends early.
    """
    return _Walk(read, wanted, bounds or Bounds()).window(stopped)


class _Walk:
    def __init__(self, read: ReadFaces, wanted: WantedFaces, bounds: Bounds) -> None:
        self._read, self._wanted, self._bounds = read, wanted, bounds
        self._step = -1 if wanted.newest_first else 1
        self._at_ms = wanted.to_ms if wanted.newest_first else wanted.from_ms
        self._scanned = 0
        self._found: List[FoundFace] = []

    def window(self, stopped: Callable[[], bool]) -> Window:
        """Turn by turn until a bound is reached or nothing is left."""
        have_more = True
        while have_more and self._scanned < self._bounds.records and not stopped():
            limit = min(self._bounds.at_once, self._bounds.records - self._scanned)
            faces = self._rest(limit)
            have_more = faces.more
            if have_more:
                faces = self._whole(faces)
                if not len(faces):
                    break  # the next millisecond is for a window of its own
            self._take(faces)
            if len(self._found) > self._bounds.found:
                self._cut()
                have_more = True
                break
        if have_more:
            have_more = len(self._rest(1)) > 0
        self._found.sort(key=lambda face: (face.at_ms, face.number), reverse=self._wanted.newest_first)
        return Window(tuple(self._found), self._at_ms, have_more, self._scanned)

    def _rest(self, limit: int) -> StoredFaces:
        if self._wanted.newest_first:
            return self._read(self._wanted.from_ms, self._at_ms, limit)
        return self._read(self._at_ms, self._wanted.to_ms, limit)

    def _whole(self, faces: StoredFaces) -> StoredFaces:
        """``faces`` without those of the last millisecond, of which there may be more; nothing of a later one."""
        last_ms = int(faces.times_ms[-1])
        whole = int(np.count_nonzero(faces.times_ms != last_ms))
        if whole or self._scanned:
            return faces.first(whole)
        return self._read(last_ms, last_ms, self._bounds.one_ms)

    def _take(self, faces: StoredFaces) -> None:
        if not len(faces):
            return
        cosines = faces.vectors @ self._wanted.face
        for at in np.flatnonzero(cosines > self._wanted.mark):
            self._found.append(FoundFace(int(faces.numbers[at]), int(faces.times_ms[at]), float(cosines[at])))
        self._scanned += len(faces)
        self._at_ms = int(faces.times_ms[-1]) + self._step

    def _cut(self) -> None:
        """End before the millisecond of the first event that is too many; if that is the first one, behind it."""
        edge_ms = self._found[self._bounds.found].at_ms
        before = [face for face in self._found[: self._bounds.found] if face.at_ms != edge_ms]
        if before:
            self._found, self._at_ms = before, edge_ms
        else:
            self._found = [face for face in self._found if face.at_ms == edge_ms]
            self._at_ms = edge_ms + self._step
