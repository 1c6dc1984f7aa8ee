"""A picture of a device for whoever sets it up, made as those of the preview are: nothing is opened a second time.

A device that gives no pictures is refused at once, with the reason; one that gives some has :data:`PATIENCE_S` for
the next. All who wait for a device get the same one; at most :data:`MOST_WAITING` wait at one time, one more is
refused.
"""

import asyncio
from typing import Callable, Mapping, Sequence

from sophon_report.errors import DeviceNotFound, NoPicture, Unavailable
from sophon_report.link.messages import DeviceState
from sophon_report.model import Device, DeviceType, Jpeg
from sophon_report.report.preview_stream import PreviewStream

PATIENCE_S = 5.0
MOST_WAITING = 64


class PictureDesk:
    """Called on the event loop.

    Args:
        stream: has pictures made.
        devices: those of the moment.
        states: how they do, by id.
    """

    def __init__(
        self,
        stream: PreviewStream,
        devices: Callable[[], Sequence[Device]],
        states: Callable[[], Mapping[str, DeviceState]],
    ) -> None:
        self._stream, self._devices, self._states = stream, devices, states
        self._waiting = 0

    async def picture(self, device_id: str) -> Jpeg:
        """The device's next picture, within the preview's bounds.

        Raises:
            DeviceNotFound: no device has the id.
            NoPicture: it gives none now, and why.
            Unavailable: too many wait.
        """
        self._check(device_id)
        if self._waiting >= MOST_WAITING:
            raise Unavailable("too many pictures are asked for at one time: try again")
        self._waiting += 1
        try:
            return (await asyncio.wait_for(self._stream.next_of(device_id), PATIENCE_S)).jpeg
        except asyncio.TimeoutError:
            raise NoPicture("no picture came in time: the box is busy, or the camera is") from None
        finally:
            self._waiting -= 1

    def _check(self, device_id: str) -> None:
        device = next((each for each in self._devices() if each.device_id == device_id), None)
        if device is None:
            raise DeviceNotFound(f"no device has the id {device_id}")
        if device.type is DeviceType.PHOTO:
            raise NoPicture("a photo device sends its pictures by itself, with each event")
        state = self._states().get(device_id)
        if state is None or state.state != "online":
            words = f": {state.reason}" if state is not None and state.reason else ""
            raise NoPicture(f"the device is {state.state if state is not None else 'starting'}{words}")
