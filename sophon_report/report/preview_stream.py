"""From a picture of vision to what viewers are sent: the tile it belongs to, and who is on it.

Vision is asked for pictures while at least one viewer is connected, of the devices in the tiles, and told at once
when the last has left. It is asked for one picture of a device that somebody sets up, too, and for those of the
cameras that pages look at, no larger than they are shown. A picture is made into a message once for all viewers.
"""

import asyncio
from typing import Callable, Dict, Hashable, List, Mapping, Optional, Protocol, Sequence, Tuple

from sophon_report.config import Preview
from sophon_report.link.messages import PreviewFace, PreviewFrame, PreviewWanted
from sophon_report.model import Device
from sophon_report.recognition.stay import Known
from sophon_report.report.preview_choice import Ids
from sophon_report.wire.frames import binary_frame
from sophon_report.wire.page_tile import tile_message
from sophon_report.wire.preview import STRANGER, TileFace, TilePicture, preview_message


class Pages(Protocol):
    """Pages that look at cameras."""

    def wanted(self) -> Mapping[str, int]:
        """Devices, and how wide their pictures are to be."""

    def publish(self, device_id: str, frame: bytes) -> None:
        """Send a picture to those who look at the device."""


class PreviewStream:
    """Called on the event loop.

    Args:
        tiles: the device of each tile.
        devices: those of the moment.
        known: what is known of some faces before a device, by track.
        rules: how many pictures, and how large.
        publish: sends a frame to all viewers; a later one of its tile replaces it where it waits.
    """

    def __init__(
        self,
        tiles: Callable[[], Ids],
        devices: Callable[[], Sequence[Device]],
        known: Callable[[str, Sequence[int]], Mapping[int, Known]],
        rules: Callable[[], Preview],
        publish: Callable[[Hashable, bytes], None],
    ) -> None:
        self._tiles, self._devices, self._known = tiles, devices, known
        self._rules, self._publish = rules, publish
        self._pages: Optional[Pages] = None
        self._watchers = 0
        self._asked: Dict[str, List[asyncio.Future[PreviewFrame]]] = {}
        """Who waits for one picture of a device."""
        self._told = PreviewWanted()
        self.passed_over = 0
        """Pictures of devices that are in no tile any more, or that came when nobody watched any more."""
        self.tell: Callable[[], None] = lambda: None
        """Hands :meth:`wanted` to vision."""

    def wanted(self) -> PreviewWanted:
        """What vision is to send."""
        rules = self._rules()
        tiles = self._tiles() if self._watchers else ()
        whole = (*tiles, *(device_id for device_id in self._asked if device_id not in tiles))
        narrow = {
            device_id: min(width_px, rules.width_px)
            for device_id, width_px in self._looked_at().items()
            if device_id not in whole
        }
        self._told = PreviewWanted((*whole, *narrow), rules.width_px, rules.fps, rules.jpeg_quality, narrow)
        return self._told

    def show_to(self, pages: "Pages") -> None:
        """Give these pages pictures, too."""
        self._pages = pages

    def _looked_at(self) -> Mapping[str, int]:
        """What pages look at, of the devices that there are."""
        there = {each.device_id for each in self._devices()}
        wanted = self._pages.wanted() if self._pages is not None else {}
        return {device_id: width_px for device_id, width_px in wanted.items() if device_id in there}

    def count(self, watchers: int) -> None:
        """So many watch now."""
        self._watchers = watchers
        self.changed()

    def changed(self) -> None:
        """Tell vision if it is to send something else now."""
        told = self._told
        if self.wanted() != told:
            self.tell()

    async def next_of(self, device_id: str) -> PreviewFrame:
        """The next picture of a device, whether it is in a tile or not; waits until it comes."""
        future: asyncio.Future[PreviewFrame] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(device_id, []).append(future)
        self.changed()
        try:
            return await future
        finally:
            waiting = self._asked.get(device_id, [])
            if future in waiting:
                waiting.remove(future)
                if not waiting:
                    del self._asked[device_id]
                self.changed()

    def shown(self, frame: PreviewFrame) -> None:
        """Send a picture to the viewers."""
        asked, tiles = self._asked.pop(frame.device_id, []), self._tiles()
        for one in asked:
            if not one.done():
                one.set_result(frame)
        if asked:
            self.changed()
        viewed = bool(self._watchers) and frame.device_id in tiles
        looked_at = frame.device_id in self._looked_at()
        if not viewed and not looked_at:
            self.passed_over += not asked
            return
        known = self._known(frame.device_id, [face.track_id for face in frame.faces])
        faces = [_face(face, known.get(face.track_id)) for face in frame.faces]
        picture = TilePicture(
            device_id=frame.device_id,
            frame_id=frame.frame_id,
            captured_ms=frame.captured_ms,
            width=frame.width,
            height=frame.height,
            jpeg=frame.jpeg,
            roi=self._region(frame),
        )
        if viewed:
            tile = tiles.index(frame.device_id)
            self._publish(tile, binary_frame(preview_message(tile, picture, faces)))
        if looked_at and self._pages is not None:
            strangers = [track for track, each in known.items() if each.decided and each.match.identity is None]
            self._pages.publish(frame.device_id, binary_frame(tile_message(picture, faces, strangers)))

    def _region(self, frame: PreviewFrame) -> Optional[Tuple[int, int, int, int]]:
        roi = next((each.roi for each in self._devices() if each.device_id == frame.device_id), None)
        if roi is None:
            return None
        x1, y1, x2, y2 = (round(edge * frame.scale) for edge in roi)
        return x1, y1, x2, y2


def _face(face: PreviewFace, known: Optional[Known]) -> TileFace:
    if known is None:
        return TileFace(face.track_id, face.box, "")
    identity = known.match.identity
    name = identity.name if identity is not None else STRANGER if known.decided else ""
    return TileFace(face.track_id, face.box, name, known.attributes)
