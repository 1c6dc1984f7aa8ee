"""A picture of a camera as pages of the box get it, and what pages say to get it. Pure.

One binary message is one picture, so that nothing is encoded twice and nothing is taken apart::

    length of the text, 4 bytes, the greatest first │ JSON in UTF-8 │ JPEG

The JSON has ``device_id``, ``frame_id``, ``at_ms``, ``width``, ``height``, ``roi`` (``[]`` or four edges) and
``faces``: ``track_id``, ``box`` (four edges, in pixels of the picture), ``name`` and ``kind``: ``known``,
``stranger``, or ``""`` while nobody has been decided about.

A page says ``{"devices": ["door"], "width_px": 640}``, and the same again to see others; an empty list is none.
"""

import struct
from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple

import orjson

from sophon_report.errors import BadMessage
from sophon_report.wire.preview import TileFace, TilePicture

MAX_TILES = 16
MAX_ID = 128
WIDTHS_PX = (80, 1920)
DEVICES_KEY, WIDTH_KEY = "devices", "width_px"


@dataclass(frozen=True)
class TileWish:
    """What one page looks at."""

    device_ids: Tuple[str, ...] = ()
    width_px: int = 640


def parse_wish(raw: bytes) -> TileWish:
    """What a page says.

    Raises:
        BadMessage: with the key and what is wrong.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadMessage("message: is not JSON") from None
    if not isinstance(value, dict):
        raise BadMessage("message: must be a JSON object")
    devices, width_px = value.get(DEVICES_KEY), value.get(WIDTH_KEY, TileWish.width_px)
    if not isinstance(devices, list) or len(devices) > MAX_TILES:
        raise BadMessage(f"{DEVICES_KEY}: must be a list of at most {MAX_TILES} device ids")
    if not all(isinstance(each, str) and len(each) <= MAX_ID for each in devices):
        raise BadMessage(f"{DEVICES_KEY}: device ids are texts of at most {MAX_ID} characters")
    if not isinstance(width_px, int) or isinstance(width_px, bool):
        raise BadMessage(f"{WIDTH_KEY}: must be a whole number")
    low, high = WIDTHS_PX
    return TileWish(tuple(dict.fromkeys(devices)), min(max(width_px, low), high))


def tile_message(picture: TilePicture, faces: Sequence[TileFace], strangers: Sequence[int]) -> bytes:
    """One message.

    Args:
        picture: what it shows.
        faces: those who are followed in it.
        strangers: tracks of those who were looked for and not found.
    """
    told: Dict[str, Any] = {
        "device_id": picture.device_id,
        "frame_id": picture.frame_id,
        "at_ms": picture.captured_ms,
        "width": picture.width,
        "height": picture.height,
        "roi": list(picture.roi or ()),
        "faces": _faces(faces, strangers),
    }
    head = orjson.dumps(told)
    return struct.pack("!I", len(head)) + head + picture.jpeg


def _faces(faces: Sequence[TileFace], strangers: Sequence[int]) -> List[Dict[str, Any]]:
    return [
        {
            "track_id": face.track_id,
            "box": [round(edge) for edge in face.box],
            "name": "" if face.track_id in strangers else face.name,
            "kind": "stranger" if face.track_id in strangers else "known" if face.name else "",
        }
        for face in faces
    ]
