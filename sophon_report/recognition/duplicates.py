"""Which pushed pictures show somebody who made an event a moment ago. Pure: time is passed in.

A gate pushes a picture a second while one person stands before it. Within ``window_s`` of that person's event
(the vendor's ``GATE_DUPLICATE_REMOVAL_TIMEOUT``) no second one is made before the same device; the window is
counted from the event, so that who stays is told again after it. A known person is the same by id; strangers have
none until the library gives one: their faces are compared. Who is first a stranger and then recognised makes two
events: the second says more.

Bounds: :data:`MAX_DEVICES` devices and :data:`MAX_FACES` recent faces each; over them the oldest goes, which can
only make one event too many. Both are counted in ``forgotten``.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import List, Optional

from sophon_report.model import Shot
from sophon_report.recognition.stay import cosine

MAX_DEVICES = 256
"""As many photo devices as the settings allow."""
MAX_FACES = 32
"""Different people before one device within the window."""


@dataclass(frozen=True)
class DuplicateStats:
    """Counters since the start."""

    suppressed: int
    """Pictures that were answered and made no event of their own."""
    forgotten: int
    """Recent faces dropped before their time."""


@dataclass(frozen=True)
class _Seen:
    at_s: float
    identity_id: Optional[str]
    shot: Shot
    """Without pictures: 256 devices times 32 scenes would be gigabytes."""


class Duplicates:
    """The recent events of every photo device."""

    def __init__(self) -> None:
        self._recent: OrderedDict[str, List[_Seen]] = OrderedDict()
        self._suppressed = self._forgotten = 0

    def repeats(
        self, shot: Shot, identity_id: Optional[str], now_s: float, window_s: float, same_cosine: float
    ) -> bool:
        """Whether this picture makes no event of its own; if it does, it is remembered.

        Args:
            shot: the picture, with its device.
            identity_id: who was recognised, ``None`` for a stranger.
            now_s: of a clock that never steps back.
            window_s: how long a repeat counts as one; 0 switches this off.
            same_cosine: from here on two faces are one person.
        """
        if window_s <= 0:
            return False
        recent = [seen for seen in self._recent.pop(shot.device_id, []) if now_s - seen.at_s < window_s]
        repeat = any(_same(seen, shot, identity_id, same_cosine) for seen in recent)
        if repeat:
            self._suppressed += 1
        else:
            bare = replace(shot, face_jpeg=b"", scene_jpeg=b"", ir_jpeg=b"")
            recent.append(_Seen(now_s, identity_id, bare))
        self._forgotten += max(len(recent) - MAX_FACES, 0)
        self._recent[shot.device_id] = recent[-MAX_FACES:]
        if len(self._recent) > MAX_DEVICES:
            self._forgotten += len(self._recent.popitem(last=False)[1])
        return repeat

    def stats(self) -> DuplicateStats:
        """Counters."""
        return DuplicateStats(self._suppressed, self._forgotten)


def _same(seen: _Seen, shot: Shot, identity_id: Optional[str], same_cosine: float) -> bool:
    if identity_id is not None:
        return seen.identity_id == identity_id
    return seen.identity_id is None and cosine(seen.shot, shot) >= same_cosine
