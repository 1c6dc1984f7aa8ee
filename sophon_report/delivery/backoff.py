"""When to try again: exponential back-off with full jitter, and what becomes of an event that keeps failing.

Full jitter (anywhere between nothing and the ceiling) because every box of a site loses its platform at the
same moment: with less, they would all come back at the same moment too. Ceilings are 1, 2, 4, ... 60 s.
"""

import math
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Callable, Optional, Union

from sophon_report.delivery.outcome import Accepted, Outcome, Pause, Rejected

Random = Callable[[], float]
"""Returns a number from 0 up to, not including, 1."""


@dataclass(frozen=True)
class Pace:
    """How patient a sender is."""

    first_s: float = 1.0
    """Ceiling of the first delay."""
    cap_s: float = 60.0
    """Ceiling of every delay."""
    retry_after_cap_s: float = 3600.0
    """The longest a receiver may ask for: a wrong ``Retry-After`` must not silence a destination for years."""
    probe_s: float = 60.0
    """How often a paused destination is looked at again."""
    rejections: int = 5
    """An event refused so often is set aside."""


@dataclass(frozen=True)
class Advance:
    """Done; the next event."""


@dataclass(frozen=True)
class SetAside:
    """Keep this event for a person to look at; the next event."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """The same event again, later."""

    reason: str
    delay_s: Optional[float]
    """``None``: only when somebody says so."""
    paused: bool = False


Step = Union[Advance, SetAside, Wait]


def delay_s(failures: int, after_s: Optional[float], pace: Pace, random: Random) -> float:
    """Seconds to wait after the ``failures``-th failure in a row (from 1); ``after_s`` is the receiver's wish."""
    if after_s is not None:
        return min(max(after_s, pace.first_s), pace.retry_after_cap_s)
    ceiling_s = min(pace.cap_s, pace.first_s * 2.0 ** min(failures - 1, 30))
    return random() * ceiling_s


def retry_after_s(text: Optional[str], now_s: float) -> Optional[float]:
    """Seconds that a ``Retry-After`` header asks for; ``None`` without one, or when it cannot be read.

    Args:
        text: a number of seconds or an HTTP date.
        now_s: seconds since the epoch.
    """
    if text is None:
        return None
    if text.strip().isdecimal():
        return _finite(float(text))
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=timezone.utc)
        return _finite(max(0.0, date.timestamp() - now_s))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _finite(value: float) -> Optional[float]:
    return value if math.isfinite(value) else None


class Attempts:
    """The attempts at one event, from the first to the one that settles it."""

    def __init__(self, pace: Pace, random: Random) -> None:
        self._pace = pace
        self._random = random
        self._failures = 0
        self._rejections = 0
        self.made = 0
        """How many there were."""

    def after(self, outcome: Outcome) -> Step:
        """What to do now that an attempt ended with ``outcome``."""
        self.made += 1
        if isinstance(outcome, Accepted):
            return Advance()
        if isinstance(outcome, Pause):
            return Wait(outcome.reason, None if outcome.until_resumed else self._pace.probe_s, paused=True)
        self._failures += 1
        if isinstance(outcome, Rejected):
            self._rejections += 1
            if self._rejections >= self._pace.rejections:
                return SetAside(outcome.reason)
            return Wait(outcome.reason, self._delay_s(None))
        return Wait(outcome.reason, self._delay_s(outcome.after_s))

    def _delay_s(self, after_s: Optional[float]) -> float:
        return delay_s(self._failures, after_s, self._pace, self._random)
