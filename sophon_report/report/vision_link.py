"""The link with vision, from this side: what it says goes where it belongs; a silent one is dropped."""

import time
from pathlib import Path
from typing import Callable, Optional, Sequence

import structlog

from sophon_report.link.messages import Devices, Hello, Leaving, Message, PhotoResult, VisionSettings
from sophon_report.link.server import LinkServer
from sophon_report.model import Device
from sophon_report.report.eventflow import EventFlow
from sophon_report.report.photo_desk import PhotoDesk
from sophon_report.report.supervisor import OVERSLEPT_S, SILENCE_S, Supervisor

log = structlog.get_logger()


class VisionLink:
    """One vision process at a time, whoever started it.

    Args:
        socket: where it comes to.
        flow: takes what it sees.
        settings: what vision follows, as set at the moment.
        supervisor: is told that it lives; ``None`` when somebody else runs it.
    """

    def __init__(
        self,
        socket: Path,
        flow: EventFlow,
        settings: Callable[[], VisionSettings],
        supervisor: Optional[Supervisor],
    ) -> None:
        self._flow, self._settings, self._supervisor = flow, settings, supervisor
        self._link = LinkServer(socket, self._opened, self._said, self._closed)
        self.desk = PhotoDesk(self._link.send)
        """Has pictures looked at."""
        self._heard_s = self._looked_s = time.monotonic()

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

    def tell_devices(self, devices: Sequence[Device]) -> None:
        """Have these devices watched."""
        self._link.send(Devices(tuple(devices)))

    def tell_settings(self) -> None:
        """Have the settings of the moment used."""
        self._link.send(self._settings())

    def look(self) -> None:
        """Drop the link of a vision that says nothing: its devices must not seem watched. Asked every second."""
        now_s = time.monotonic()
        if now_s - self._looked_s > OVERSLEPT_S:
            self._heard_s = now_s  # this process stood still itself
        self._looked_s = now_s
        if self._flow.vision() is not None and now_s - self._heard_s > SILENCE_S:
            log.error("vision_silent", quiet_s=round(now_s - self._heard_s))
            self._link.drop()

    async def _opened(self, hello: Hello) -> None:
        self._heard_s = time.monotonic()
        log.info("vision_connected", pid=hello.pid, engine=hello.engine)
        await self._flow.vision_opened(hello)
        self._heard_s = time.monotonic()
        self.tell_settings()
        self.tell_devices(self._flow.devices())

    async def _said(self, message: Message) -> None:
        self._heard_s = time.monotonic()
        if self._supervisor is not None:
            self._supervisor.heard()
        if isinstance(message, PhotoResult):
            self.desk.answered(message)
            return
        if isinstance(message, Leaving):
            log.error("vision_leaves", reason=message.reason, device_id=message.device_id)
            return
        try:
            await self._flow.message(message)
        except Exception:
            # A fault in one message must not cost the link, and with it every open visit.
            log.exception("message_failed", kind=type(message).__name__)

    def _closed(self) -> None:
        log.warning("vision_gone")
        self._flow.vision_closed()
        self.desk.vision_gone()
