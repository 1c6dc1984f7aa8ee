"""A picture of the live preview, as firmware V6R1C01 and V6R2C01 (API "2.0") send it on port 5678. Pure.

One message is one picture of one tile: UTF-8 JSON in a *binary* WebSocket frame. The vendor's table and its sample
disagree in one name; a client written from either works with this one:

- a person's name goes by ``identity_name`` (table) and ``name`` (sample), the same value in both. A stranger is
  ``stranger``; of a face that nobody has been decided about yet it is ``""``;
- ``timestamp`` is seconds with a fraction. Its unit is not stated, but its type is float, and wherever else the
  vendor tells a time as a float (``addtime`` of a device, samples of records) it is seconds; milliseconds are
  always whole numbers there;
- boxes and the region are in pixels of the picture that goes along, which may be smaller than the camera's: a
  client draws them on it as they are;
- attributes are the words of every other layout of V6, ``null`` where nothing is known; no key is ever left out;
- the picture is bare base64, unlike that of the realtime message.
"""

from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Sequence, Tuple

import orjson

from sophon_report.model import Attributes, Box, Jpeg
from sophon_report.wire.attributes import age_group, yes_no
from sophon_report.wire.images import bare

STRANGER = "stranger"


@dataclass(frozen=True)
class TileFace:
    """A face in a picture of the preview."""

    track_id: int
    box: Box
    """In pixels of the picture."""
    name: str
    attributes: Attributes = Attributes()


@dataclass(frozen=True)
class TilePicture:
    """A picture of one device."""

    device_id: str
    frame_id: int
    captured_ms: int
    width: int
    height: int
    jpeg: Jpeg = field(repr=False)
    roi: Optional[Tuple[int, int, int, int]] = None
    """The region of the device, in pixels of the picture."""


def preview_message(tile: int, picture: TilePicture, faces: Sequence[TileFace]) -> bytes:
    """One message as a JSON object in UTF-8.

    Args:
        tile: number of the tile, from 0.
        picture: what it shows.
        faces: those who are followed in it.
    """
    return orjson.dumps(
        {
            "media_device_id": picture.device_id,
            "preview_id": str(tile),
            "frame_id": picture.frame_id,
            "timestamp": picture.captured_ms / 1000,
            "frame_img": {"width": picture.width, "height": picture.height, "data": bare(picture.jpeg)},
            "preview_objs": [_object(face) for face in faces],
            "roi": list(picture.roi or ()),
        }
    )


def _object(face: TileFace) -> Dict[str, Any]:
    seen = face.attributes
    return {
        "track_id": face.track_id,
        "detect_box": [round(edge) for edge in face.box],
        "identity_name": face.name,
        "name": face.name,
        "mask": yes_no(seen.mask),
        "age": age_group(seen.age_years),
        "gender": seen.gender,
        "glasses": yes_no(seen.glasses),
    }
