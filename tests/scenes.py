"""A door and the people before it, in few words: what the tests of visits say happens."""

from typing import List, Optional, Tuple

import numpy as np

from sophon_report.config import VisitRules
from sophon_report.model import (
    Device,
    DeviceType,
    Identity,
    Match,
    PostAction,
    Progress,
    Quality,
    Recognition,
    Shot,
    Track,
    UserType,
    Visit,
)
from sophon_report.recognition.visits import Entry, VisitBook

T0 = 1_760_000_000_000
DOOR = Device("door", "front door", DeviceType.RTSP, "rtsp://10.0.0.21/ch1")
SAME_COSINE = 0.489
RULES = VisitRules(gap_s=3, max_s=60, stranger_after_s=1.5)


def face_of(number: int) -> bytes:
    """A unit vector that no other number comes near."""
    vector = np.zeros(16, "<f4")
    vector[number] = 1
    return vector.tobytes()


def shot(
    track: int, at: float, *, since: float = 0, face: int = 0, clarity: float = 100, door: str = "door"
) -> Shot:
    """A picture of ``track`` taken ``at`` seconds, first seen ``since`` seconds."""
    quality = Quality(100, clarity, 120, 0, 0, 0, partial=False)
    box, points = (0.0, 0.0, 100.0, 120.0), ((1.0, 1.0),) * 5
    return Shot(door, track, ms(since), ms(at), box, points, 0.9, quality, face_of(face), "sha")


def known(name: str, score: float = 90.0) -> Match:
    """The gallery's answer when it is ``name``."""
    return Match(Identity(name, name.title(), UserType.EMPLOYEE), score)


def nobody(score: float = 30.0) -> Match:
    """The gallery's answer when nobody passes."""
    return Match(None, score)


def filed(number: int, score: float = 95.0) -> Match:
    """The stranger library's answer when it knows its stranger of that number."""
    return Match(Identity(f"1760000000.{number:09d}", "stranger", UserType.STRANGER), score)


def ms(seconds: float) -> int:
    """Seconds of the scene as a time of the day."""
    return T0 + round(seconds * 1000)


class Scene:
    """A book, and the clock and open tracks of one door."""

    def __init__(self, rules: VisitRules = RULES) -> None:
        self.ids: List[str] = []
        self.book = VisitBook(rules, SAME_COSINE, lambda picture: picture.quality.clarity, self._next_id)
        self.told: List[Entry] = []

    def _next_id(self) -> str:
        self.ids.append(f"e{len(self.ids) + 1}")
        return self.ids[-1]

    def shot(
        self, picture: Shot, match: Match, good: bool = True, action: PostAction = PostAction.NOTHING
    ) -> List[Entry]:
        return self._tell(self.book.shot(DOOR, picture, match, good, action))

    def seen(self, now: float, *tracks: Tuple[int, float, float]) -> List[Entry]:
        """Device time ``now``; tracks as (number, in, out) in seconds."""
        return self._tell(self.book.seen("door", ms(now), [Track(n, ms(i), ms(o)) for n, i, o in tracks]))

    def end(self, track: int, since: float, out: float) -> List[Entry]:
        return self._tell(self.book.track_end("door", Track(track, ms(since), ms(out))))

    def _tell(self, entries: List[Entry]) -> List[Entry]:
        self.told += entries
        return entries


def brief(entries: List[Entry]) -> List[Tuple[str, str, Optional[str]]]:
    """Kind, event and person (or why it ended) of each entry."""
    words = []
    for entry in entries:
        if isinstance(entry, Progress):
            words.append(("progress", entry.event_id, None))
            continue
        person = entry.match.identity.identity_id if entry.match.identity else "stranger"
        kind = "recognition" if isinstance(entry, Recognition) else f"visit:{entry.ended_by}"
        assert isinstance(entry, (Recognition, Visit))
        words.append((kind, entry.event_id, person))
    return words
