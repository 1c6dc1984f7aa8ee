"""Who is online, and when that is told. Pure: time is passed in, seconds of any clock that only goes forward.

A device's state is told once it has stayed so for ``settle_s``; until then the one before is told, and of a new
device nothing. So a blip is told by nobody, and a camera that needs two seconds to open is never told offline
after a start. A report is due

 - when a device has settled in another state than the one told last: that change is told once;
 - ``period_s`` after the last report, whatever made that;
 - first ``settle_s`` after the first look, with what has settled by then, be it nothing.

A device that is removed is missing from the next report and has no report of its own; one that comes back is new.
Bounded by the devices it is shown.
"""

from dataclasses import dataclass
from typing import Dict, Mapping, Optional


@dataclass
class _Seen:
    online: bool
    since_s: float
    """When it was first seen so without a break."""
    settled: Optional[bool] = None
    """The state that is told; ``None`` for a new device."""


class StatusBook:
    """Keeps what was seen of each device and says when to report."""

    def __init__(self, period_s: float, settle_s: float) -> None:
        self._period_s, self._settle_s = period_s, settle_s
        self._seen: Dict[str, _Seen] = {}
        self._due_s: Optional[float] = None
        self._begun = False

    @property
    def begun(self) -> bool:
        """Whether the first report has been due."""
        return self._begun

    def apply(self, period_s: float, settle_s: float, now_s: float) -> None:
        """Go by other times from now on; a shorter period counts from now."""
        self._period_s, self._settle_s = period_s, settle_s
        if self._due_s is not None:
            self._due_s = min(self._due_s, now_s + period_s)

    def look(self, online: Mapping[str, bool], now_s: float) -> bool:
        """Take down which devices are online; whether a report is due, which then counts as made.

        Args:
            online: every device by its id.
            now_s: not before the look before.
        """
        self._seen = {device_id: self._with(device_id, state, now_s) for device_id, state in online.items()}
        has_changed = self._settle(now_s)
        if self._due_s is None:
            self._due_s = now_s + self._settle_s
        if not has_changed and now_s < self._due_s:
            return False
        self._begun, self._due_s = True, now_s + self._period_s
        return True

    def settled(self) -> Dict[str, bool]:
        """What a report tells: each device that has settled by the last look, and whether it is online."""
        return {device_id: seen.settled for device_id, seen in self._seen.items() if seen.settled is not None}

    def _with(self, device_id: str, online: bool, now_s: float) -> _Seen:
        seen = self._seen.get(device_id)
        if seen is None:
            return _Seen(online, now_s)
        if seen.online != online:
            seen.online, seen.since_s = online, now_s
        return seen

    def _settle(self, now_s: float) -> bool:
        changed = [
            seen
            for seen in self._seen.values()
            if seen.settled != seen.online and now_s - seen.since_s >= self._settle_s
        ]
        for seen in changed:
            seen.settled = seen.online
        return bool(changed)
