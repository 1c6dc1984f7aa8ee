"""The bounds of the segments, and what was counted when they were reached."""

from dataclasses import dataclass, field
from typing import Dict


@dataclass(frozen=True)
class Limits:
    """Bounds of what is kept."""

    max_bytes: int
    max_age_ms: int
    segment_bytes: int
    pictures_max_age_ms: int = 0
    """0: pictures stay as long as their records."""
    reserve_bytes: int = 0
    """What is to stay free on the disk."""


@dataclass
class LogCounters:
    """What happened since the start; written by the owning thread only."""

    synced_batches: int = 0
    dropped_segments: int = 0
    dropped_undelivered: Dict[str, int] = field(default_factory=dict)
    """Per destination the records of its kind that retention took before they were delivered."""
    dropped_bytes: int = 0
    dropped_visits: int = 0
    dropped_recognitions: int = 0
    distrusted_segments: int = 0
    cut_bytes: int = 0
    """Torn tail found at the start."""
