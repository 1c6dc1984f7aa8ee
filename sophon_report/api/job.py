"""Long work as a value: how far it is, and what came of it."""

import enum
from dataclasses import dataclass, field
from typing import Any, Dict, Optional


class JobState(str, enum.Enum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class JobProgress:
    """How far a job is."""

    done: int = 0
    total: Optional[int] = None
    """``None`` while nobody knows."""
    unit: str = ""
    """Of both: ``people``, ``bytes``."""
    step: str = ""
    """What is being done, in a word or two."""


@dataclass(frozen=True)
class Job:
    """A piece of long work."""

    job_id: str
    kind: str
    """What is done; at most one of a kind runs at a time."""
    actor: str
    """Who asked for it."""
    created_ms: int
    state: JobState = JobState.QUEUED
    cancellable: bool = False
    cancel_asked: bool = False
    """It leaves off at its next safe moment."""
    started_ms: Optional[int] = None
    finished_ms: Optional[int] = None
    progress: JobProgress = JobProgress()
    result: Optional[Dict[str, Any]] = field(default=None)
    """What came of it, when it is done; of one that was cancelled what was done until then."""
    problem: str = ""
    """Why it failed."""

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state in ENDED
