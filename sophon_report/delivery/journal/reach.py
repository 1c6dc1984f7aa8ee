"""How far back the journal will reach at the rate of the last day. Pure."""

from typing import Optional, Sequence

from sophon_report.delivery.journal.ages import CLOCK_SET_MS
from sophon_report.delivery.journal.catalog import Segment

DAY_MS = 86_400_000
SHORTEST_MS = 60_000
"""From less nobody can tell what a day will bring."""


def bytes_per_day(segments: Sequence[Segment], now_ms: int) -> Optional[float]:
    """Return how fast the journal grew in the last 24 hours, or as long as it tells.

    Of the segment that the time begins in, the share counts. Times before a step of the clock do not.

    Returns:
        Bytes a day; ``None`` when less than a minute is known.
    """
    since_ms, start_ms, size_bytes = now_ms, now_ms - DAY_MS, 0.0
    for segment in reversed(segments):
        if not CLOCK_SET_MS <= segment.created_ms <= since_ms or since_ms <= start_ms:
            break
        begun_ms = max(segment.created_ms, start_ms)
        part = (since_ms - begun_ms) / max(1, since_ms - segment.created_ms) if begun_ms == start_ms else 1.0
        size_bytes, since_ms = size_bytes + segment.size_bytes * part, begun_ms
    span_ms = now_ms - since_ms
    return size_bytes * DAY_MS / span_ms if span_ms >= SHORTEST_MS else None


def reach_days(rate_bytes_per_day: Optional[float], room_bytes: int, max_age_days: float) -> Optional[float]:
    """Return after how many days an event will go at this rate, ``None`` when the rate is not known.

    Args:
        rate_bytes_per_day: see :func:`bytes_per_day`.
        room_bytes: what the journal may take in all.
        max_age_days: after which it goes in any case.
    """
    if rate_bytes_per_day is None:
        return None
    return min(room_bytes / rate_bytes_per_day, max_age_days) if rate_bytes_per_day else max_age_days
