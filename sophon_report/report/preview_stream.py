"""From a picture of vision to what viewers are sent: the tile it belongs to, and who is on it.

Vision is asked for pictures while at least one viewer is connected, of the devices in the tiles, and told at once
when the last has left. A picture is made into a message once for all viewers.
"""

from typing import Callable, Hashable, Mapping, Optional, Sequence, Tuple

from sophon_report.config import Preview
from sophon_report.link.messages import PreviewFace, PreviewFrame, PreviewWanted
from sophon_report.model import Device
from sophon_report.recognition.stay import Known
from sophon_report.report.preview_choice import Ids
from sophon_report.wire.frames import binary_frame
from sophon_report.wire.preview import STRANGER, TileFace, TilePicture, preview_message


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
        self._watchers = 0
        self._told = PreviewWanted()
        self.passed_over = 0
        """Pictures of devices that are in no tile any more, or that came when nobody watched any more."""
        self.tell: Callable[[], None] = lambda: None
        """Hands :meth:`wanted` to vision."""

    def wanted(self) -> PreviewWanted:
        """What vision is to send."""
        rules = self._rules()
        device_ids = self._tiles() if self._watchers else ()
        self._told = PreviewWanted(device_ids, rules.width_px, rules.fps, rules.jpeg_quality)
        return self._told

    def count(self, watchers: int) -> None:
        """So many watch now."""
        self._watchers = watchers
        self.changed()

    def changed(self) -> None:
        """Tell vision if it is to send something else now."""
        told = self._told
        if self.wanted() != told:
            self.tell()

    def shown(self, frame: PreviewFrame) -> None:
        """Send a picture to the viewers."""
        tiles = self._tiles()
        if not self._watchers or frame.device_id not in tiles:
            self.passed_over += 1
            return
        tile = tiles.index(frame.device_id)
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
        self._publish(tile, binary_frame(preview_message(tile, picture, faces)))

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
