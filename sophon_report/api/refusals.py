"""What is told of callers that were turned away: enough for the installer, never a full log.

A client that is not let through asks again every second. Its first refusal is a line in the log, with the switch
that would let it in; then one line an hour with the number since. At most ``MAX_REMEMBERED`` pairs of address and
need are remembered: while all of them were told within the hour, refusals of further ones are only counted. So
no crowd of addresses writes more than that many lines an hour. Pure: times come in.
"""

from collections import OrderedDict
from typing import Dict, Mapping, Optional, Tuple

MAX_REMEMBERED = 256
REPEAT_S = 3600.0


class Refusals:
    """Counts refusals, and says which of them are worth a line."""

    def __init__(self) -> None:
        self._told: OrderedDict[Tuple[str, str], Tuple[float, int]] = OrderedDict()
        self._counts: Dict[str, int] = {}

    def note(self, peer: str, need: str, now_s: float) -> Optional[int]:
        """Count a refusal.

        Returns:
            How many there were since the last line about this peer and need, this one included, when it is time
            for a line; else ``None``.
        """
        self._counts[need] = self._counts.get(need, 0) + 1
        key = (peer, need)
        if key in self._told:
            told_s, since = self._told[key]
            if now_s - told_s < REPEAT_S:
                self._told[key] = (told_s, since + 1)
                return None
            del self._told[key]
            self._told[key] = (now_s, 0)
            return since + 1
        if len(self._told) >= MAX_REMEMBERED and not self._forget_oldest(now_s):
            return None
        self._told[key] = (now_s, 0)
        return 1

    @property
    def counts(self) -> Mapping[str, int]:
        """Refusals since the start by what was needed."""
        return dict(self._counts)

    def _forget_oldest(self, now_s: float) -> bool:
        """Make room; ``False`` while the oldest was told within the hour."""
        key = next(iter(self._told))
        if now_s - self._told[key][0] < REPEAT_S:
            return False
        del self._told[key]
        return True
