"""The link with vision, from this side: what it says goes where it belongs; a silent one is dropped.

Vision knows nothing of its former lives. Why it left, and which devices made it leave, is remembered here: a
device that hangs again and again is kept from vision for a while (:mod:`~sophon_report.report.hold_back`).
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Optional, Sequence, Tuple

import structlog

from sophon_report.link.messages import (
    Devices,
    DeviceState,
    Hello,
    Leaving,
    Message,
    PhotoResult,
    PreviewFrame,
    VisionSettings,
)
from sophon_report.link.server import LinkServer
from sophon_report.model import Device, DeviceType
from sophon_report.report.eventflow import EventFlow
from sophon_report.report.hold_back import HoldBack
from sophon_report.report.photo_desk import PhotoDesk
from sophon_report.report.preview_stream import PreviewStream
from sophon_report.report.supervisor import OVERSLEPT_S, SILENCE_S, Supervisor

log = structlog.get_logger()


@dataclass(frozen=True)
class Departures:
    """How often vision left on purpose, and why."""

    why_away: str = ""
    """Why it is away now, as far as it could say; ``""`` while it is there."""
    count: int = 0
    hangs: Tuple[Tuple[str, int], ...] = ()
    """How often because of which device."""
    waiting: Tuple[str, ...] = ()
    """Devices that are held back for it."""


class VisionLink:
    """One vision process at a time, whoever started it.

    Args:
        socket: where it comes to.
        flow: takes what it sees.
        settings: what vision follows, as set at the moment.
        supervisor: is told that it lives; ``None`` when somebody else runs it.
        preview: takes the pictures for those who watch.
    """

    def __init__(
        self,
        socket: Path,
        flow: EventFlow,
        settings: Callable[[], VisionSettings],
        supervisor: Optional[Supervisor],
        preview: Optional[PreviewStream] = None,
    ) -> None:
        self._preview = preview
        self._flow, self._settings, self._supervisor = flow, settings, supervisor
        self._link = LinkServer(socket, self._opened, self._said, self._closed)
        self.desk = PhotoDesk(self._link.send)
        """Has pictures looked at."""
        self._heard_s = self._looked_s = time.monotonic()
        self._hold_back = HoldBack()
        self._waiting: Dict[str, str] = {}
        self._why_away = ""
        self._departures = 0
        self._resting = ""

    @property
    def connected(self) -> bool:
        """Whether vision is there."""
        return self._link.connected

    async def start(self) -> None:
        """Open the socket."""
        await self._link.start()

    async def stop(self) -> None:
        """Let go of vision."""
        await self._link.stop()

    def departures(self) -> Departures:
        """How often vision left on purpose, and why."""
        return Departures(self._why_away, self._departures, self._hold_back.times(), tuple(self._waiting))

    def tell_devices(self, devices: Sequence[Device]) -> None:
        """Have these devices watched, but for cameras that rest and those that are held back."""
        waiting = self._held_back(devices)
        watched = [device for device in self._awake(devices) if device.device_id not in waiting]
        self._link.send(Devices(tuple(watched)))
        self._show_waiting(waiting)

    def rest(self, reason: str) -> None:
        """Have no camera watched, for ``reason``; ``""``: watch them. Films play on, who pushes pictures may."""
        if reason == self._resting:
            return
        self._resting = reason
        self._flow.rest(reason)
        log.info("cameras_rest" if reason else "cameras_watched", **({"reason": reason} if reason else {}))
        self.tell_devices(self._flow.devices())

    def tell_settings(self) -> None:
        """Have the settings of the moment used."""
        self._link.send(self._settings())

    def tell_preview(self) -> None:
        """Have pictures sent to those who watch, or none any more."""
        if self._preview is not None:
            self._link.send(self._preview.wanted())

    def look(self) -> None:
        """Drop the link of a vision that says nothing: its devices must not seem watched. Asked every second."""
        now_s = time.monotonic()
        if now_s - self._looked_s > OVERSLEPT_S:
            self._heard_s = now_s  # this process stood still itself
        self._looked_s = now_s
        if self._flow.vision() is not None and now_s - self._heard_s > SILENCE_S:
            log.error("vision_silent", quiet_s=round(now_s - self._heard_s))
            self._link.drop()
        devices = self._flow.devices()
        if self._held_back(devices).keys() != self._waiting.keys():
            self.tell_devices(devices)

    def _awake(self, devices: Sequence[Device]) -> Sequence[Device]:
        return [each for each in devices if not (self._resting and each.type is DeviceType.RTSP)]

    def _held_back(self, devices: Sequence[Device]) -> Dict[str, str]:
        """Those that would be watched but for their hangs; of one that rests these are not forgotten."""
        waiting = self._hold_back.waiting(devices, time.monotonic())
        return {
            each.device_id: waiting[each.device_id] for each in self._awake(devices) if each.device_id in waiting
        }

    async def _opened(self, hello: Hello) -> None:
        self._heard_s = time.monotonic()
        self._why_away = ""
        log.info("vision_connected", pid=hello.pid, engine=hello.engine)
        await self._flow.vision_opened(hello)
        self._heard_s = time.monotonic()
        self.tell_settings()
        self.tell_devices(self._flow.devices())
        self.tell_preview()

    async def _said(self, message: Message) -> None:
        self._heard_s = time.monotonic()
        if self._supervisor is not None:
            self._supervisor.heard()
        if isinstance(message, PhotoResult):
            self.desk.answered(message)
            return
        if isinstance(message, PreviewFrame):
            if self._preview is not None:
                self._preview.shown(message)
            return
        if isinstance(message, Leaving):
            self._leaves(message)
            return
        try:
            await self._flow.message(message)
        except Exception:
            # A fault in one message must not cost the link, and with it every open visit.
            log.exception("message_failed", kind=type(message).__name__)

    def _leaves(self, leaving: Leaving) -> None:
        self._departures += 1
        self._why_away = leaving.reason
        self._expect_another()
        device = next((each for each in self._flow.devices() if each.device_id == leaving.device_id), None)
        if device is not None:
            self._why_away = f"device {device.device_id}: {leaving.reason}"
            pause_s = self._hold_back.hung(device, leaving.reason, time.monotonic())
            log.error("device_hung", device_id=device.device_id, reason=leaving.reason, waits_s=pause_s)
        else:
            log.error("vision_leaves", reason=leaving.reason)

    def _expect_another(self) -> None:
        if self._supervisor is not None:
            self._supervisor.begins_anew()

    def _show_waiting(self, waiting: Dict[str, str]) -> None:
        """Vision says nothing of a device that it does not know of."""
        for device_id in self._waiting.keys() - waiting.keys():
            self._flow.device_state(DeviceState(device_id, "starting"))
        for device_id, reason in waiting.items():
            self._flow.device_state(DeviceState(device_id, "offline", reason, reason_code="decoder_hangs"))
        self._waiting = waiting

    def _closed(self) -> None:
        log.warning("vision_gone")
        if self._why_away:
            self._expect_another()
        words = f"vision is being restarted: {self._why_away}" if self._why_away else "vision is being restarted"
        self._flow.vision_closed(words)
        self.desk.vision_gone()
