"""What a visit is made of: the rules in force, a face's best picture and match, the face, the open stay.

Mutable values of :mod:`sophon_report.recognition.visits`, which holds the rules of their lives.
"""

from dataclasses import dataclass, field, replace
from typing import Callable, Optional, Set, Tuple

import numpy as np

from sophon_report.config import VisitRules
from sophon_report.model import Attributes, Device, Identity, Match, PostAction, Recognition, Shot, Visit
from sophon_report.recognition.attribute_means import AttributeMeans


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
    post_action: PostAction = PostAction.NOTHING
    seen: AttributeMeans = AttributeMeans()
    """What all its pictures say of the face's attributes."""

    @classmethod
    def at(cls, device: Device, shot: Shot, match: Match, post_action: PostAction) -> "Look":
        """That of one picture."""
        return cls(device, shot, match, post_action, AttributeMeans.of(shot.attributes))

    def merged(self, other: "Look", rank: Callable[[Shot], float]) -> "Look":
        """The better picture, the better match, the weightier action and the attributes of both."""
        shot = other.shot if rank(other.shot) > rank(self.shot) else self.shot
        match = other.match if _certainty(other.match) > _certainty(self.match) else self.match
        action = max(self.post_action, other.post_action, key=_weight)
        return replace(self, shot=shot, match=match, post_action=action, seen=self.seen.and_of(other.seen))

    def shown(self, shot: Shot) -> Shot:
        """``shot`` with the attributes that all pictures tell."""
        return replace(shot, attributes=self.seen.told()) if self.seen != AttributeMeans() else shot

    def renamed(self, former_id: str, now: Identity) -> "Look":
        """The same of who has another id now; that they were filed under the former one is told to nobody."""
        if self.match.identity is None or self.match.identity.identity_id != former_id:
            return self
        return replace(self, match=replace(self.match, identity=now), post_action=PostAction.NOTHING)

    def action(self, match: Match) -> str:
        """What an event with this match asks of the platform: nothing unless it tells a filed stranger."""
        return (self.post_action if _is_filed(match) else PostAction.NOTHING).value


def _is_filed(match: Match) -> bool:
    return match.identity is not None and match.identity.filed_s is not None


def _certainty(match: Match) -> Tuple[int, float]:
    """A registered person beats a filed stranger, and they beat nobody, whatever the scores."""
    return (0 if match.identity is None else 1 if _is_filed(match) else 2, match.score_pct)


def _weight(action: PostAction) -> int:
    return (PostAction.NOTHING, PostAction.NEW_PHOTO, PostAction.NEW_STRANGER).index(action)


def cosine(one: Shot, other: Shot) -> float:
    """Cosine of two pictures' embeddings; -1 when they cannot be compared."""
    if one.embedder != other.embedder or len(one.embedding) != len(other.embedding) or len(one.embedding) % 4:
        return -1.0
    value = float(np.frombuffer(one.embedding, "<f4") @ np.frombuffer(other.embedding, "<f4"))
    return value if np.isfinite(value) else -1.0


@dataclass(frozen=True)
class Known:
    """What is known of a face that is there now."""

    match: Match
    attributes: Attributes
    decided: bool
    """Whether it is an event already; before that nobody may be called a stranger."""


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

    def may_be(self, match: Match) -> bool:
        """Whether a face with this match, of no visit of its own, may be this one's if it is near enough.

        Either has to be unknown, and the other no registered person.
        """
        if match.identity is None:
            return self.best.match.identity is None or _is_filed(self.best.match)
        return self.best.match.identity is None and _is_filed(match)

    def recognition(self, look: Look) -> Recognition:
        return Recognition(
            event_id=self.event_id,
            device=look.device,
            in_ms=self.in_ms,
            recognised_ms=self.recognised_ms,
            shot=self.best.shown(look.shot),
            match=look.match,
            post_action=self.best.action(look.match),
        )

    def visit(self, ended_by: str) -> Visit:
        return Visit(
            event_id=self.event_id,
            device=self.best.device,
            in_ms=self.in_ms,
            recognised_ms=self.recognised_ms,
            out_ms=self.last_ms,
            shot=self.best.shown(self.best.shot),
            match=self.best.match,
            post_action=self.best.action(self.best.match),
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

    def known(self) -> Optional[Known]:
        """What its visit, or its own pictures say; ``None`` before the first."""
        look = self.stay.best if self.stay else self.best
        return None if look is None else Known(look.match, look.shown(look.shot).attributes, self.stay is not None)

    def decided_by(self, look: Look) -> bool:
        """Whether this picture decides at once: of a person, or a stranger who was filed before this face came."""
        if look.match.identity is None or self.best is None:
            return False
        return not (_is_filed(look.match) and self.best.post_action is PostAction.NEW_STRANGER)

    def settled(self, terms: Terms) -> bool:
        """Whether an unmatched face has been there long enough to be called a stranger."""
        age_ms = self.last_ms - self.in_ms
        return age_ms >= terms.max_ms or (self.good and age_ms >= terms.stranger_after_ms)
