"""When cameras are watched: a decision on the time of the day. Pure.

Two periods of the box's local time, each with its switch, as the vendor has them. None switched on: always. Else
while at least one of them lasts; both their ends are inside, to the second. A period whose end is before its begin
goes over midnight.

It is asked once a second with the time of that moment and remembers nothing. So summer time, a step of the clock
or another setting never leave cameras switched on or off: the next second decides anew. An hour that summer time
repeats is inside or outside twice, one that it leaves out not at all.
"""

import time
from typing import Tuple

from sophon_report.config import ActiveHours

DAY_S = 86_400


def rest_reason(hours: ActiveHours, local: time.struct_time) -> str:
    """Say why no camera is watched at ``local``; ``""`` while they are."""
    periods = _periods(hours)
    second = min(local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec, DAY_S - 1)  # 60 is a leap second
    if not periods or any(_lasts(period, second) for period in periods):
        return ""
    return f"outside of its active hours ({' and '.join(period.replace(',', '-') for period in periods)})"


def _periods(hours: ActiveHours) -> Tuple[str, ...]:
    parts = ((hours.part1, hours.part1_switch), (hours.part2, hours.part2_switch))
    return tuple(part for part, is_on in parts if is_on)


def _lasts(period: str, second: int) -> bool:
    begin, end = (_second(text) for text in period.split(","))
    return begin <= second <= end if begin <= end else second >= begin or second <= end


def _second(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds
