"""Which devices are previewed, and in which tile. Pure.

A preview program tells two lists, and the vendor's pages do not say how they go together: here the devices on the
screen (``preview_device_list``) are shown, and while there are none the chosen ones (``selected_device_list``), in
both cases as many as ``preview_mode`` has tiles. While nobody has ever said, the first devices that give pictures
are: who connects then sees something.
"""

from dataclasses import replace
from typing import Optional, Sequence, Tuple

from sophon_report.model import Device, DeviceType, PreviewChoice

STREAMS = (DeviceType.RTSP, DeviceType.FILE)
"""What gives pictures to preview: a photo device sends single ones, GB28181 is not supported yet."""
Ids = Tuple[str, ...]


def present(choice: PreviewChoice, devices: Sequence[Device]) -> PreviewChoice:
    """``choice`` without the devices that are gone."""
    return replace(choice, selected=_of(choice.selected, devices), previewed=_of(choice.previewed, devices))


def told(choice: PreviewChoice, devices: Sequence[Device]) -> PreviewChoice:
    """What programs are told of ``choice``: both lists there, as far as nobody said by what is shown."""
    now = present(choice, devices)
    if now.selected is None and now.previewed is None:
        first = tuple(each.device_id for each in devices if each.type in STREAMS)[: now.mode]
        return replace(now, selected=first, previewed=first)
    if now.previewed is None:
        return replace(now, previewed=(now.selected or ())[: now.mode])
    return now if now.selected is not None else replace(now, selected=now.previewed)


def tiles(choice: PreviewChoice, devices: Sequence[Device]) -> Ids:
    """The device of each tile, from tile 0 on."""
    now = told(choice, devices)
    return (now.previewed or now.selected or ())[: now.mode]


def _of(device_ids: Optional[Ids], devices: Sequence[Device]) -> Optional[Ids]:
    there = {each.device_id for each in devices}
    return None if device_ids is None else tuple(each for each in dict.fromkeys(device_ids) if each in there)
