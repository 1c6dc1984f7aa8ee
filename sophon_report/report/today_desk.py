"""Today's figures for however many pages ask: counted once for all of them, and not more often than it is cheap.

A count walks its time's part of one index: a million events take a second of a thread. So hours that are over are
counted one by one and kept for :data:`PAST_KEPT_S` (an erased person counts for so long), for all the days that
they are part of. The last hours are counted anew when events have come, after :data:`KEPT_S` and twenty times as
long as it took; when none has come, after :data:`MOST_KEPT_S`.
"""

import asyncio
import time
from collections import Counter, OrderedDict
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Callable, Dict, Optional, Sequence, Tuple

from sophon_report.api.v1.today import DeviceToday, Hour, Today
from sophon_report.model import UserType
from sophon_report.store.event_index import EventIndex
from sophon_report.store.events.counting import HOUR_MS, Count, Counted

DAY_MS = 24 * HOUR_MS
KEPT_S, MOST_KEPT_S, PAST_KEPT_S = 2.0, 60.0, 600.0
SHARE = 20
OPEN_HOURS = 2
"""A visit may be as long as an hour, and its end may change who it was."""
MAX_KEPT = 256
"""Times that are kept: hours of a day in a few time zones; the one unused for longest goes."""
MAX_DEVICES = 64


@dataclass(frozen=True)
class _Kept:
    counted: Counted
    at_s: float
    took_s: float


class TodayDesk:
    """Called on the event loop.

    Args:
        index: counts, from a thread.
        threads: where it is asked.
        clock_ms: milliseconds since the epoch.
        zone_min: minutes that the box's own zone is ahead of UTC now.
        clock_s: of a clock that never jumps.
    """

    def __init__(
        self,
        index: EventIndex,
        threads: Executor,
        clock_ms: Callable[[], int],
        zone_min: Callable[[], int],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index, self._threads, self._clock_ms, self._clock_s = index, threads, clock_ms, clock_s
        self._zone_min = zone_min
        self._kept: OrderedDict[Tuple[int, int], _Kept] = OrderedDict()
        self._turn: Optional[asyncio.Lock] = None
        self.counted = 0
        """How often the index was asked."""

    async def today(self, utc_offset_min: Optional[int]) -> Today:
        """The day so far; raises ``Unavailable`` when the index cannot be asked."""
        now_ms = self._clock_ms()
        offset_ms = 60_000 * (self._zone_min() if utc_offset_min is None else utc_offset_min)
        from_ms = (now_ms + offset_ms) // DAY_MS * DAY_MS - offset_ms
        hours_over = min(24, max(0, (now_ms - from_ms) // HOUR_MS - OPEN_HOURS))
        open_ms = from_ms + hours_over * HOUR_MS
        if self._turn is None:
            self._turn = asyncio.Lock()
        async with self._turn:
            past = [
                await self._of(start_ms, start_ms + HOUR_MS, self._is_good_past)
                for start_ms in range(from_ms, open_ms, HOUR_MS)
            ]
            last = await self._of(open_ms, from_ms + DAY_MS, self._is_good)
        counts = [(hour, each) for hour, kept in enumerate(past) for each in kept.counts]
        counts += [(hours_over + each.hour, each) for each in last.counts]
        return told(counts, last.cursor, from_ms, now_ms)

    async def _of(self, from_ms: int, to_ms: int, is_good: Callable[[_Kept], bool]) -> Counted:
        key = from_ms, to_ms
        kept = self._kept.get(key)
        if kept is None or not is_good(kept):
            kept = await self._count(from_ms, to_ms)
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return kept.counted

    def _is_good(self, kept: _Kept) -> bool:
        age_s = self._clock_s() - kept.at_s
        same = kept.counted.cursor == self._index.cursor
        return age_s < (MOST_KEPT_S if same else max(KEPT_S, SHARE * kept.took_s))

    def _is_good_past(self, kept: _Kept) -> bool:
        return self._clock_s() - kept.at_s < PAST_KEPT_S

    async def _count(self, from_ms: int, to_ms: int) -> _Kept:
        began_s = self._clock_s()
        ask = partial(self._index.count, from_ms, to_ms)
        counted = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        self.counted += 1
        ended_s = self._clock_s()
        return _Kept(counted, ended_s, ended_s - began_s)


def told(counts: Sequence[Tuple[int, Count]], cursor: int, from_ms: int, now_ms: int) -> Today:
    """The figures of a day: counts with their hours, and up to which record of the journal."""
    hours = [[0, 0] for _ in range(24)]
    devices: Dict[str, Tuple[str, int, int]] = {}
    types: Counter[str] = Counter()
    for hour, each in counts:
        stranger = each.user_type is UserType.STRANGER
        hours[hour][stranger] += each.events
        _, known, strangers = devices.get(each.device_id, ("", 0, 0))
        devices[each.device_id] = (
            each.device_name,
            known + (0 if stranger else each.events),
            strangers + (each.events if stranger else 0),
        )
        types[each.user_type.value] += each.events
    busiest = sorted(devices.items(), key=lambda item: (-item[1][1] - item[1][2], item[0]))[:MAX_DEVICES]
    strangers = types[UserType.STRANGER.value]
    visits = sum(types.values())
    return Today(
        from_ms=from_ms,
        now_ms=now_ms,
        seq=cursor,
        visits=visits,
        known=visits - strangers,
        strangers=strangers,
        types=dict(types),
        hours=[Hour(known=known, strangers=unknown) for known, unknown in hours],
        devices=[
            DeviceToday(device_id=device_id, name=name, known=known, strangers=unknown)
            for device_id, (name, known, unknown) in busiest
        ],
    )
