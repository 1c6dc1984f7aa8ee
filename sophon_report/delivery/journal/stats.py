"""What the journal tells of itself at one moment. Pure."""

from dataclasses import dataclass
from typing import Mapping, Optional


@dataclass(frozen=True)
class JournalStats:
    """What the metrics and the page show."""

    segments: int
    size_bytes: int
    max_bytes: int
    oldest_seq: int
    last_seq: int
    appended: int
    synced_batches: int
    pending_bytes: int
    refused: int
    """Events the full queue did not take."""
    failed: int
    """Events the disk did not take."""
    failing: bool
    """The disk takes nothing at the moment."""
    gaps: int
    damaged_cursors: int
    dropped_segments: int
    dropped_undelivered: Mapping[str, int]
    """Records of its kind per destination that retention took before they were delivered, since the start."""
    dropped_bytes: int
    """What retention took since the start, delivered or not."""
    dropped_visits: int
    dropped_recognitions: int
    free_bytes: int
    """On the disk, as of the last batch or minute."""
    reserve_bytes: int
    """What stays free on the disk; for it the oldest events go."""
    oldest_ms: Optional[int]
    """Time of the oldest visit or recognition that is still there, UTC; ``None`` when there is none."""
    rate_bytes_per_day: Optional[float]
    """How fast the journal grew in the last 24 hours, or since it began; ``None`` when that is not known yet."""
    reach_days: Optional[float]
    """How long an event stays at that rate: bounds of bytes, disk and age; ``None`` when that is not known yet."""
    distrusted_segments: int
    forgotten_open_visits: int
    pictures_stripped: int = 0
    """Records that lost their pictures to their age, since the start."""
    pictures_stripped_bytes: int = 0
