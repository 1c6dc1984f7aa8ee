"""The wall clock."""

import time


def clock_ms() -> int:
    """UTC milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
