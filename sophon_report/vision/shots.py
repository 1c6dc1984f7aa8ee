"""The shots of a turn: of all faces that are worth one, as many as there is time for, embedded in one go.

What costs per face (an embedding, attributes, a JPEG) is bounded per turn, see
:func:`sophon_report.vision.scheduler.choose_shots`; what is put off stays due. A frame whose shots cannot be made
costs no other frame's, and its faces stay due, too.
"""

from dataclasses import dataclass, field
from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np
import structlog

from sophon_report.errors import ModelError
from sophon_report.model import Attributes, Box, Faces, FloatArray, ImageArray, Jpeg, Quality, Shot
from sophon_report.tracking.best_shot import BestShots
from sophon_report.vision.engines.base import Engine
from sophon_report.vision.picture import Frame
from sophon_report.vision.scheduler import Wish, choose_shots, shots_of_turn

FACE_MARGIN = 0.35
"""Part of the box that the face picture shows around it, on each side."""
FACE_JPEG_QUALITY = 90
SCENE_JPEG_QUALITY = 80

log = structlog.get_logger()


@dataclass(frozen=True)
class Candidate:
    """A face that is worth a shot."""

    frame: Frame
    faces: Faces
    """Those of the frame."""
    index: int
    """Which of them it is."""
    crop: ImageArray = field(repr=False)
    """The aligned face, ``(112, 112, 3)`` uint8 BGR."""
    track_id: int
    in_ms: int
    quality: Quality
    rank: float
    gain: float
    best: BestShots = field(repr=False)
    """Of its device: is told what becomes of it."""

    @property
    def wish(self) -> Wish:
        """What the choice goes by."""
        return Wish(self.frame.device_id, not self.best.has_shot(self.track_id), self.in_ms, self.gain)


class ShotTaker:
    """Makes the shots of one turn after the other."""

    def __init__(self, engine: Engine) -> None:
        self.embeddings = 0
        """Faces that were embedded."""
        self.failed = 0
        """Faces whose shot could not be made."""
        self._engine = engine

    def take(self, candidates: Sequence[Candidate]) -> List[Shot]:
        """Return the shots of a turn, in the order of ``candidates`` within each frame."""
        if not candidates:
            return []
        chosen = choose_shots([one.wish for one in candidates], shots_of_turn(self._engine.batch))
        for place in set(range(len(candidates))).difference(chosen):
            candidates[place].best.put_off(candidates[place].track_id)
        wanted = [candidates[place] for place in sorted(chosen)]
        try:
            features = self._engine.embed(np.stack([one.crop for one in wanted]))
        except (ModelError, ValueError, cv2.error) as error:
            self._fail(wanted, error)
            return []
        self.embeddings += len(wanted)
        by_frame: Dict[int, List[Tuple[Candidate, FloatArray]]] = {}
        for one, feature in zip(wanted, features):
            by_frame.setdefault(id(one.frame), []).append((one, feature))
        return [shot for group in by_frame.values() for shot in self._of_frame(group)]

    def _of_frame(self, group: Sequence[Tuple[Candidate, FloatArray]]) -> List[Shot]:
        first = group[0][0]
        picture = first.frame.picture
        try:
            seen = self._engine.attributes(picture, first.faces.select([one.index for one, _ in group]))
            scene = self._engine.jpeg(picture, SCENE_JPEG_QUALITY)
            shots = [self._shot(one, feature, look, scene) for (one, feature), look in zip(group, seen)]
        except (ModelError, ValueError, cv2.error) as error:
            self._fail([one for one, _ in group], error)
            return []
        for one, _ in group:
            one.best.told(one.track_id, one.rank)
        return shots

    def _shot(self, one: Candidate, feature: FloatArray, seen: Attributes, scene: Jpeg) -> Shot:
        frame, faces = one.frame, one.faces
        x1, y1, x2, y2 = (float(side) for side in faces.boxes[one.index])
        return Shot(
            device_id=frame.device_id,
            track_id=one.track_id,
            in_ms=one.in_ms,
            captured_ms=frame.captured_ms,
            box=(x1, y1, x2, y2),
            landmarks=tuple((float(x), float(y)) for x, y in faces.landmarks[one.index]),
            detect_score=float(faces.scores[one.index]),
            quality=one.quality,
            embedding=feature.astype("<f4").tobytes(),
            embedder=self._engine.embedder.sha256,
            attributes=seen,
            face_jpeg=self._engine.jpeg(frame.picture, FACE_JPEG_QUALITY, with_margin((x1, y1, x2, y2))),
            scene_jpeg=scene,
        )

    def _fail(self, candidates: Sequence[Candidate], error: Exception) -> None:
        for one in candidates:
            one.best.put_off(one.track_id)
        self.failed += len(candidates)
        devices = sorted({one.frame.device_id for one in candidates})
        log.error("shots_failed", devices=devices, reason=str(error))


def with_margin(box: Box) -> Box:
    """Return what the picture of a face shows: its box with some margin, which may reach past the picture."""
    x1, y1, x2, y2 = box
    margin_x, margin_y = (x2 - x1) * FACE_MARGIN, (y2 - y1) * FACE_MARGIN
    return x1 - margin_x, y1 - margin_y, x2 + margin_x, y2 + margin_y
