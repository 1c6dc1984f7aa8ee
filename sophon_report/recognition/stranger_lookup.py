"""What the stranger library goes by and answers: its marks, ids, who is on a picture, how it does."""

import secrets
from dataclasses import dataclass
from typing import Optional

from sophon_report.config import Settings, Strangers
from sophon_report.model import Identity, Match, PostAction


@dataclass(frozen=True)
class StrangerStats:
    """What the library holds, and what it counted since the start."""

    filed: int
    """Strangers in the library; 0 before it was switched on and read."""
    capacity: int
    other_embedder: int
    """Filed by another embedding model: not compared, gone in their turn."""
    unfiled: int
    """Faces that were not seen often enough yet."""
    registered: int
    improved: int
    """Photos that a better one replaced."""
    merged: int
    taken_back: int
    """Filed, and known by the gallery a moment later."""
    evicted: int
    refused_by_quality: int
    """Unknown faces whose picture was not worth filing."""
    writes_waiting: int
    """Changes that are not on the disk yet."""
    writes_dropped: int
    """Filings, photos and merges that did not happen because the disk was behind."""
    write_failures: int
    """Times that the disk refused."""
    writes_failing: bool
    """It refused the last time; until it takes them, changes wait."""


@dataclass(frozen=True)
class Near:
    """A filed stranger whose score passes."""

    stranger_id: str
    score_pct: float


@dataclass(frozen=True)
class Renamed:
    """Somebody has another id from now on."""

    former_id: str
    now: Identity


@dataclass(frozen=True)
class Lookup:
    """What the library makes of a picture."""

    match: Match
    post_action: PostAction = PostAction.NOTHING
    renamed: Optional[Renamed] = None


def stranger_settings(settings: Settings) -> Strangers:
    """Return the library's settings with a mark that is not below that of people.

    The SE3 report tells whose score is above theirs, and a stranger must not be easier to be than a person.
    """
    mark = max(settings.strangers.pass_pct, settings.match.pass_pct)
    return settings.strangers.model_copy(update={"pass_pct": mark})


def new_stranger_id(at_ms: int) -> str:
    """An id: the second of the filing and nine random digits, as the vendor's sample of a stranger looks."""
    return f"{max(at_ms, 0) // 1000}.{secrets.randbelow(10**9):09d}"
