"""What a visit is made of: the rules in force, a face's best picture and match, the face, the open stay.

Mutable values of :mod:`sophon_report.recognition.visits`, which holds the rules of their lives.
"""

from dataclasses import dataclass, field, replace
from typing import Callable, Optional, Set, Tuple

import numpy as np

from sophon_report.config import VisitRules
from sophon_report.model import Device, Match, Recognition, Shot, Visit


@dataclass(frozen=True)
class Terms:
    """What decides, in the units of the book.

    Attributes:
        same_cosine: two unmatched faces at or above it are one person.
        rank: how good a picture is; the greatest is kept for the history.
    """

    gap_ms: int
    max_ms: int
    stranger_after_ms: int
    same_cosine: float
    rank: Callable[[Shot], float]

    @classmethod
    def of(cls, rules: VisitRules, same_cosine: float, rank: Callable[[Shot], float]) -> "Terms":
        """The rules of the settings in milliseconds."""
        return cls(
            gap_ms=round(rules.gap_s * 1000),
            max_ms=round(rules.max_s * 1000),
            stranger_after_ms=round(rules.stranger_after_s * 1000),
            same_cosine=same_cosine,
            rank=rank,
        )


@dataclass(frozen=True)
class Look:
    """What is known of a face: the picture to show, the gallery's best answer, and where."""

    device: Device
    shot: Shot
    match: Match

    def merged(self, other: "Look", rank: Callable[[Shot], float]) -> "Look":
        """The better picture and the better match of both."""
        shot = other.shot if rank(other.shot) > rank(self.shot) else self.shot
        match = other.match if _certainty(other.match) > _certainty(self.match) else self.match
        return replace(self, shot=shot, match=match)


def _certainty(match: Match) -> Tuple[bool, float]:
    return (match.identity is not None, match.score_pct)


def cosine(one: Shot, other: Shot) -> float:
    """Cosine of two pictures' embeddings; -1 when they cannot be compared."""
    if one.embedder != other.embedder or len(one.embedding) != len(other.embedding) or len(one.embedding) % 4:
        return -1.0
    value = float(np.frombuffer(one.embedding, "<f4") @ np.frombuffer(other.embedding, "<f4"))
    return value if np.isfinite(value) else -1.0


@dataclass
class Stay:
    """An open visit; ``tracks`` are those of its faces that have not ended."""

    event_id: str
    in_ms: int
    recognised_ms: int
    last_ms: int
    told_ms: int
    best: Look
    tracks: Set[int] = field(default_factory=set)

    @property
    def identity_id(self) -> Optional[str]:
        return self.best.match.identity.identity_id if self.best.match.identity else None

    def recognition(self, look: Look) -> Recognition:
        return Recognition(self.event_id, look.device, self.in_ms, self.recognised_ms, look.shot, look.match)

    def visit(self, ended_by: str) -> Visit:
        return Visit(
            event_id=self.event_id,
            device=self.best.device,
            in_ms=self.in_ms,
            recognised_ms=self.recognised_ms,
            out_ms=self.last_ms,
            shot=self.best.shot,
            match=self.best.match,
            ended_by=ended_by,
        )


@dataclass
class Face:
    """A track; ``best`` is ``None`` before its first picture, ``stay`` before its decision."""

    track_id: int
    in_ms: int
    last_ms: int
    best: Optional[Look] = None
    good: bool = False
    ended: bool = False
    stay: Optional[Stay] = None

    def touch(self, in_ms: int, last_ms: int) -> None:
        """Take times into account, whichever way round they came."""
        self.in_ms = min(self.in_ms, in_ms)
        self.last_ms = max(self.last_ms, last_ms)
        if self.stay:
            self.stay.last_ms = max(self.stay.last_ms, self.last_ms)

    def add(self, look: Look, rank: Callable[[Shot], float]) -> None:
        self.best = self.best.merged(look, rank) if self.best else look
        if self.stay:
            self.stay.best = self.stay.best.merged(look, rank)

    def settled(self, terms: Terms) -> bool:
        """Whether an unmatched face has been there long enough to be called a stranger."""
        age_ms = self.last_ms - self.in_ms
        return age_ms >= terms.max_ms or (self.good and age_ms >= terms.stranger_after_ms)
