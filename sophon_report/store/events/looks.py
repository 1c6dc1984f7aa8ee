"""What a row keeps of its picture beside the vector, as one short line of JSON, and back. Pure.

``[track, in, captured, box, landmarks, detect_score, quality, attributes, camera_quality]``: the two times are
milliseconds before the event's own, lengths are to a tenth of a pixel. About 180 bytes; with names for the keys
and every digit it would be 700.
"""

import math
from typing import Any, List

import orjson

from sophon_report.model import Attributes, Quality, Shot


def packed(shot: Shot, at_ms: int) -> str:
    """The line for ``shot`` of an event at ``at_ms``."""
    quality, face = shot.quality, shot.attributes
    values = [
        shot.track_id,
        at_ms - shot.in_ms,
        at_ms - shot.captured_ms,
        _rounded(shot.box, 1),
        _rounded((length for point in shot.landmarks for length in point), 1),
        round(float(shot.detect_score), 4),
        [
            *_rounded((quality.size_px, quality.clarity, quality.brightness), 1),
            *_rounded((quality.yaw_deg, quality.pitch_deg, quality.roll_deg), 1),
            bool(quality.partial),
        ],
        [
            face.gender,
            None if face.age_years is None else round(float(face.age_years), 1),
            face.glasses,
            face.mask,
            face.hat,
        ],
        shot.camera_quality.decode("utf-8", "replace"),
    ]
    return orjson.dumps(values).decode()


def unpacked(line: str, at_ms: int, device_id: str, embedding: bytes, embedder: str) -> Shot:
    """The shot, without pictures."""
    track_id, before_in, before_captured, box, flat, detect_score, quality, face, camera = orjson.loads(line)
    return Shot(
        device_id=device_id,
        track_id=track_id,
        in_ms=at_ms - before_in,
        captured_ms=at_ms - before_captured,
        box=(box[0], box[1], box[2], box[3]),
        landmarks=tuple(zip(flat[::2], flat[1::2])),
        detect_score=detect_score,
        quality=Quality(*quality),
        embedding=embedding,
        embedder=embedder,
        attributes=Attributes(*face),
        camera_quality=camera.encode(),
    )


def _rounded(values: Any, digits: int) -> List[float]:
    return [round(float(value), digits) if math.isfinite(value) else 0.0 for value in values]
