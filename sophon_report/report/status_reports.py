"""Tells which devices are online, and how the box does, to who wants to know: the status reports of a box.

A camera or a file is online while it gives pictures. A photo device cannot be asked: it speaks when somebody
stands before it, so it is told as online. When to report decides :mod:`sophon_report.delivery.status_book`; a new
address is told at once, unless the service has just started and knows nothing yet.
"""

import asyncio
import time
from typing import Callable, List, Mapping, Optional, Sequence, Tuple

import structlog

from sophon_report.condition import BoxState, DeviceStatus
from sophon_report.config import BoxStatus, Status
from sophon_report.delivery.reach import Reach
from sophon_report.delivery.status_book import StatusBook
from sophon_report.delivery.status_post import StatusPosts, StatusPostStats
from sophon_report.link.messages import DeviceState
from sophon_report.model import Device, DeviceType
from sophon_report.ops.ending import ended
from sophon_report.wire.status import LAYOUTS, box_report, device_report

TICK_S = 1.0

log = structlog.get_logger()


class StatusReports:
    """Both reports; nothing happens before :meth:`start`.

    Args:
        devices: all of them.
        states: what vision told of each.
        read_box: looks at the machine; called on a thread, by one at a time.
        clock_s: seconds of a clock that only goes forward.
        tick_s: how often is looked.
        reach: where may be posted to.
    """

    def __init__(
        self,
        devices: Callable[[], Sequence[Device]],
        states: Callable[[], Mapping[str, DeviceState]],
        read_box: Callable[[], BoxState],
        clock_s: Callable[[], float] = time.monotonic,
        tick_s: float = TICK_S,
        reach: Optional[Reach] = None,
    ) -> None:
        self._devices, self._states, self._read_box = devices, states, read_box
        self._clock_s, self._tick_s = clock_s, tick_s
        self._status, self._box_status, self._license_key = Status(), BoxStatus(), ""
        self._book = StatusBook(self._status.period_s, self._status.settle_s)
        self._device_posts, self._box_posts = (StatusPosts(report, reach=reach) for report in ("devices", "box"))
        self._box_due_s = clock_s()
        self._wake = asyncio.Event()
        self._task: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Begin to look and to tell."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="status reports")

    async def stop(self) -> None:
        """Tell nothing more; what is under way is dropped."""
        if self._task is not None:
            await ended(self._task)
        await asyncio.gather(self._device_posts.stop(), self._box_posts.stop())

    def apply(self, status: Status, box_status: BoxStatus, license_key: str) -> None:
        """Go by these from now on; returns at once."""
        now_s = self._clock_s()
        self._status, self._box_status, self._license_key = status, box_status, license_key
        self._book.apply(status.period_s, status.settle_s, now_s)
        self._box_due_s = min(self._box_due_s, now_s + box_status.period_s)
        self._device_posts.apply(status.urls)
        self._box_posts.apply(box_status.urls)
        self._wake.set()

    def stats(self) -> Tuple[StatusPostStats, ...]:
        """How each address does."""
        return (*self._device_posts.stats(), *self._box_posts.stats())

    async def _run(self) -> None:
        while True:
            try:
                await self._tick()
            except Exception:
                log.exception("status_reports_failed")
            try:
                await asyncio.wait_for(self._wake.wait(), self._tick_s)
            except asyncio.TimeoutError:
                pass  # time for the next look
            self._wake.clear()

    async def _tick(self) -> None:
        now_s = self._clock_s()
        devices, states = self._devices(), self._states()
        is_due = self._book.look({each.device_id: is_online(each, states) for each in devices}, now_s)
        box_is_due = now_s >= self._box_due_s
        if box_is_due:
            self._box_due_s = now_s + self._box_status.period_s
        tells_devices = self._device_posts.wants(is_due) and self._book.begun
        tells_box = self._box_posts.wants(box_is_due)
        looks = tells_box or (tells_devices and LAYOUTS[self._status.layout].tells_box)
        box = await self._look_at_box() if looks else BoxState()
        if tells_devices:
            layout = LAYOUTS[self._status.layout]  # of now: address and layout may have changed together meanwhile
            body = device_report(layout, box, self._told(devices), self._license_key)
            self._device_posts.put(body, only_new=not is_due)
        if tells_box:
            self._box_posts.put(box_report(box, self._box_status.reporter_id), only_new=not box_is_due)

    async def _look_at_box(self) -> BoxState:
        # The board's controller answers slowly: not on the event loop.
        return await asyncio.get_running_loop().run_in_executor(None, self._read_box)

    def _told(self, devices: Sequence[Device]) -> List[DeviceStatus]:
        settled = self._book.settled()
        return [DeviceStatus(each, settled[each.device_id]) for each in devices if each.device_id in settled]


def is_online(device: Device, states: Mapping[str, DeviceState]) -> bool:
    """Whether a device gives pictures, as far as can be known."""
    if device.type is DeviceType.PHOTO:
        return True
    state = states.get(device.device_id)
    return state is not None and state.state == "online"
