"""One device's way from frame to shots: tracker, quality, best shot, embedding.

Stepped with frames and the faces found in them; knows no thread and no clock.
"""

from dataclasses import asdict
from typing import Dict, List, Sequence

import numpy as np

from sophon_report.link.messages import ShotTaken, TrackEnded, Up
from sophon_report.model import (
    Attributes,
    Box,
    Device,
    Faces,
    FloatArray,
    Jpeg,
    Quality,
    Shot,
    Track,
)
from sophon_report.tracking.best_shot import BestShots
from sophon_report.tracking.tracker import Step, Tracker, TrackerParams
from sophon_report.vision.engines.base import FACE_SCORE, FAINT_SCORE, Engine
from sophon_report.vision.picture import Frame
from sophon_report.vision.quality import measure, rank

FACE_MARGIN = 0.35
"""Part of the box that the face picture shows around it, on each side."""
FACE_JPEG_QUALITY = 90
SCENE_JPEG_QUALITY = 80


class Pipeline:
    """Turns the frames of one device into shots and ended tracks.

    ``device`` and ``min_face_px`` may be changed between two frames; faces that are followed go on.

    Args:
        device: whose frames come.
        engine: computes the models.
        min_face_px: smallest face.
        first_id: of the first track.
    """

    def __init__(self, device: Device, engine: Engine, min_face_px: int, first_id: int = 1) -> None:
        self.device, self.min_face_px = device, min_face_px
        self.next_id = first_id
        """Greater than the id of every track that has ended."""
        self._engine = engine
        self._tracker = Tracker(TrackerParams(high_score=FACE_SCORE, low_score=FAINT_SCORE), first_id)
        self._best = BestShots()
        self._shots_told = 0

    def step(self, frame: Frame, faces: Faces) -> List[Up]:
        """Return what this frame brings; ``faces`` are those found in it, frames come in order of time."""
        faces = self._wanted(faces)
        step = self._tracker.step(frame.captured_ms, faces)
        return [*self._ended(step.ended), *self._shots(frame, faces, step)]

    def finish(self) -> List[Up]:
        """Return the end of all tracks: the source has stopped."""
        return self._ended(self._tracker.finish())

    def tracks(self) -> Sequence[Track]:
        """Faces being followed now, each with when it was last seen."""
        return self._tracker.open_tracks()

    def counts(self) -> Dict[str, int]:
        """Counters since the beginning, by their name in the link's counters."""
        return {"shots": self._shots_told, **asdict(self._tracker.stats())}

    def _wanted(self, faces: Faces) -> Faces:
        roi = self.device.roi
        if roi is None or not len(faces):
            return faces
        centre = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
        inside = np.all((centre >= roi[:2]) & (centre <= roi[2:]), axis=1)
        return faces.select(inside)

    def _ended(self, tracks: Sequence[Track]) -> List[Up]:
        for track in tracks:
            self._best.forget(track.track_id)
            self.next_id = max(self.next_id, track.track_id + 1)
        return [TrackEnded(self.device.device_id, track) for track in tracks]

    def _shots(self, frame: Frame, faces: Faces, step: Step) -> List[Up]:
        looked_at = self._due(frame.captured_ms, faces, step)
        if not looked_at:
            return []
        crops = self._engine.align(frame.picture, faces.landmarks[looked_at])
        chosen: List[int] = []
        qualities: List[Quality] = []
        for place, index in enumerate(looked_at):
            quality = measure(frame.picture, faces.boxes[index], faces.landmarks[index], crops[place])
            if self._best.improves(int(step.track_ids[index]), rank(quality)):
                chosen.append(place)
                qualities.append(quality)
        if not chosen:
            return []
        embeddings = self._engine.embed(crops[chosen])
        attributes = self._engine.attributes(frame.picture, faces.select([looked_at[place] for place in chosen]))
        scene = self._engine.jpeg(frame.picture, SCENE_JPEG_QUALITY)
        self._shots_told += len(chosen)
        return [
            ShotTaken(self._shot(frame, faces, step, looked_at[place], quality, embedding, seen, scene))
            for place, quality, embedding, seen in zip(chosen, qualities, embeddings, attributes)
        ]

    def _due(self, now_ms: int, faces: Faces, step: Step) -> List[int]:
        """Faces large enough, of a confirmed track, and not measured a moment ago."""
        due = []
        for index, (track_id, (x1, y1, x2, y2)) in enumerate(zip(step.track_ids.tolist(), faces.boxes.tolist())):
            large = min(x2 - x1, y2 - y1) >= self.min_face_px
            if track_id > 0 and large and self._best.due(track_id, now_ms):
                due.append(index)
        return due

    def _shot(
        self,
        frame: Frame,
        faces: Faces,
        step: Step,
        index: int,
        quality: Quality,
        embedding: FloatArray,
        attributes: Attributes,
        scene: Jpeg,
    ) -> Shot:
        box = faces.boxes[index]
        x1, y1, x2, y2 = (float(side) for side in box)
        return Shot(
            device_id=frame.device_id,
            track_id=int(step.track_ids[index]),
            in_ms=int(step.in_ms[index]),
            captured_ms=frame.captured_ms,
            box=(x1, y1, x2, y2),
            landmarks=tuple((float(x), float(y)) for x, y in faces.landmarks[index]),
            detect_score=float(faces.scores[index]),
            quality=quality,
            embedding=embedding.astype("<f4").tobytes(),
            embedder=self._engine.embedder.sha256,
            attributes=attributes,
            face_jpeg=self._engine.jpeg(frame.picture, FACE_JPEG_QUALITY, with_margin((x1, y1, x2, y2))),
            scene_jpeg=scene,
        )


def with_margin(box: Box) -> Box:
    """Return what the picture of a face shows: its box with some margin, which may reach past the picture."""
    x1, y1, x2, y2 = box
    margin_x, margin_y = (x2 - x1) * FACE_MARGIN, (y2 - y1) * FACE_MARGIN
    return x1 - margin_x, y1 - margin_y, x2 + margin_x, y2 + margin_y
