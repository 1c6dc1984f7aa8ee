"""Times of past events, as callers write them and as replies tell them. Pure.

The vendor's pages disagree with themselves: the text of firmware V6 says milliseconds, its samples and the example
of a filter are seconds, some with a fraction, and V5 says seconds. So a time that comes in is read by its size:
one below :data:`SECONDS_END` is seconds, any other milliseconds (the least of those is in March of 1973). What
goes out is milliseconds as the text of V6 has it, unless the settings ask for its samples' seconds; the older
calls always tell seconds. Either form comes back as exactly the millisecond that went out.
"""

from typing import Union

SECONDS_END = 1e11
LAST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: no time is later."""


def read_ms(time: float) -> int:
    """The milliseconds since the epoch that a caller means."""
    return round(time * 1000) if time < SECONDS_END else round(time)


def told(time_ms: int, unit: str) -> Union[int, float]:
    """A time as a reply has it.

    Args:
        time_ms: milliseconds since the epoch; 0 stays 0.
        unit: ``ms``, or ``s`` for seconds with a fraction.
    """
    return time_ms / 1000 if unit == "s" else time_ms
