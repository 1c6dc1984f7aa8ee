"""Turns that are under way, and when the engine will be through with them. Knows no clock: times are given in.

Turns end in the order in which they began, so frames of one camera are followed in order of time. Bound: the
engine's ``in_flight``; while it is full no turn begins, and newer frames replace older ones in the intake.
"""

from collections import deque
from dataclasses import dataclass
from typing import Deque, Generic, List, TypeVar

from sophon_report.vision.engines.base import Detection

LEARN = 0.125
"""Part of a longer time that is believed at once; a shorter one is believed whole, since waiting adds to times."""
EARLY = 1.5
"""A turn begins so many times its preparation before it is needed."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Turn(Generic[Item]):
    """Frames whose faces are being looked for."""

    detection: Detection
    items: List[Item]
    """What the detection's pictures belong to, in their order."""
    begun_s: float


class Turns(Generic[Item]):
    """The turns of one engine.

    Args:
        most: turns under way at once.
    """

    def __init__(self, most: int) -> None:
        self.begun = 0
        """Turns since the beginning."""
        self.busy_s = 0.0
        """Time in which at least one was under way, as far as it has ended."""
        self._most = max(1, most)
        self._under_way: Deque[Turn[Item]] = deque()
        self._turn_s = self._prepare_s = 0.0
        self._runs_since_s = 0.0

    @property
    def places(self) -> int:
        """Turns that may be begun now."""
        return self._most - len(self._under_way)

    def __len__(self) -> int:
        return len(self._under_way)

    def items(self) -> List[Item]:
        """What is under way, in order."""
        return [item for turn in self._under_way for item in turn.items]

    def begin(self, detection: Detection, items: List[Item], prepare_s: float, now_s: float) -> None:
        """A turn is under way, after ``prepare_s`` of work on it."""
        if not self._under_way:
            self._runs_since_s = now_s - prepare_s
        self._prepare_s = _learned(self._prepare_s, prepare_s)
        self._under_way.append(Turn(detection, items, now_s))
        self.begun += 1

    def oldest(self) -> Turn[Item]:
        """Return the one that ends next."""
        return self._under_way[0]

    def end(self, now_s: float) -> None:
        """The oldest one has ended."""
        self._under_way.popleft()
        took_s = now_s - self._runs_since_s
        self._turn_s = _learned(self._turn_s, took_s)
        self.busy_s += took_s
        self._runs_since_s = now_s

    def next_end_s(self) -> float:
        """Return when the oldest one will end, as far as one can tell."""
        return self._runs_since_s + self._turn_s

    def busy_until_s(self) -> float:
        """Return when a turn should begin so that the engine does not run dry; in the past when it is idle."""
        if not self._under_way:
            return 0.0
        return self._runs_since_s + self._turn_s * len(self._under_way) - EARLY * self._prepare_s


def _learned(known_s: float, seen_s: float) -> float:
    return known_s + (seen_s - known_s) * LEARN if 0.0 < known_s < seen_s else seen_s
