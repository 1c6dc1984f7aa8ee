"""What is previewed, kept and told: programs that preview set it through calls and hear of it on the control port.

A choice is on the disk when its call returns, written beside the event loop. A device that is deleted leaves the
lists at once. Whatever changes, a device or the choice, is told to everybody who listens on the control port.
"""

import asyncio
from dataclasses import replace
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Set

import structlog

from sophon_report.errors import PreviewNotFound, StoreError
from sophon_report.model import Device, PreviewChoice
from sophon_report.report import preview_choice
from sophon_report.report.preview_choice import Ids
from sophon_report.store.preview import PreviewStore
from sophon_report.wire.control import control_message, device_change
from sophon_report.wire.frames import text_frame

log = structlog.get_logger()


class PreviewDesk:
    """The :class:`~sophon_report.api.service.PreviewService` of the running service. Called on the event loop.

    Args:
        store: keeps the choice, through a connection of its own.
        devices: those of the moment.
        tell: sends a frame, under a number of its own, to whoever is connected to the control port.
        looks_for_attributes: whether ages, glasses and the like are looked for in streams.
        clock_ms: milliseconds since the epoch.
    """

    def __init__(
        self,
        store: PreviewStore,
        devices: Callable[[], Sequence[Device]],
        tell: Callable[[int, bytes], None],
        looks_for_attributes: Callable[[], bool],
        clock_ms: Callable[[], int],
    ) -> None:
        self._store, self._devices, self._send = store, devices, tell
        self._looks_for_attributes, self._clock_ms = looks_for_attributes, clock_ms
        self._choice = preview_choice.present(store.get(), devices())
        self._added_s = dict.fromkeys((each.device_id for each in devices()), clock_ms() / 1000)
        """When each device came: its adding, or the start of this process, all that is known of the others."""
        self._changing = asyncio.Lock()
        self._saving: Set[asyncio.Task[None]] = set()
        self._messages = 0
        self.on_tiles: Callable[[], None] = lambda: None
        """Called when other devices are shown."""

    def choice(self) -> PreviewChoice:
        """What is previewed, both lists there."""
        return preview_choice.told(self._choice, self._devices())

    def tiles(self) -> Ids:
        """The device of each tile."""
        return preview_choice.tiles(self._choice, self._devices())

    async def choose(self, changes: Mapping[str, Any]) -> PreviewChoice:
        """Preview otherwise from now on; returns as :meth:`choice`.

        Args:
            changes: fields of :class:`~sophon_report.model.PreviewChoice` with their new values.

        Raises:
            PreviewNotFound: a list has an id that no device has; nothing is changed.
            StoreError: it cannot be kept; nothing is changed.
        """
        async with self._changing:
            choice = replace(self._choice, **changes)
            self._check(choice)
            await asyncio.get_running_loop().run_in_executor(None, self._store.put, choice)
            # A device may have been deleted while this was written.
            self._choice = preview_choice.present(choice, self._devices())
        self.on_tiles()
        self._tell(None)
        return self.choice()

    def devices_changed(self, _devices: Sequence[Device]) -> None:
        """Go on without the devices that are gone."""
        before, self._choice = self._choice, preview_choice.present(self._choice, self._devices())
        if self._choice != before:
            saving = asyncio.get_running_loop().create_task(self._save(), name="preview")
            self._saving.add(saving)
            saving.add_done_callback(self._saving.discard)
        self.on_tiles()

    def device_changed(self, action: str, device: Device) -> None:
        """Tell the control port what became of a device; ``action`` is one of the vendor's words."""
        if action == "add":
            self._added_s[device.device_id] = self._clock_ms() / 1000
        added_s = self._added_s.get(device.device_id, 0.0)
        if action == "delete":
            self._added_s.pop(device.device_id, None)
        self._tell(device_change(action, device, added_s, attributes=self._looks_for_attributes()))

    async def stop(self) -> None:
        """Return when what changed is on the disk."""
        await asyncio.gather(*self._saving, return_exceptions=True)

    def _check(self, choice: PreviewChoice) -> None:
        there = {each.device_id for each in self._devices()}
        for device_id in (*(choice.selected or ()), *(choice.previewed or ())):
            if device_id not in there:
                raise PreviewNotFound(device_id)

    async def _save(self) -> None:
        async with self._changing:
            try:
                await asyncio.get_running_loop().run_in_executor(None, self._store.put, self._choice)
            except StoreError as error:
                # Ids that nobody has do no harm: they are left out wherever the lists are read.
                log.warning("preview_not_kept", reason=str(error))

    def _tell(self, change: Optional[Dict[str, Any]]) -> None:
        self._messages += 1
        self._send(self._messages, text_frame(control_message(self.choice(), change)))
