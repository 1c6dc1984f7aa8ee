"""One device's way from frame to faces worth a shot: tracker, quality, best shot.

Stepped with frames and the faces found in them; knows no thread and no clock.
"""

from dataclasses import asdict, dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from sophon_report.link.messages import TrackEnded, Up
from sophon_report.model import Box, Device, Faces, Track
from sophon_report.quality_limits import Limits, judge
from sophon_report.tracking.best_shot import BestShots
from sophon_report.tracking.tracker import Step, Tracker, TrackerParams
from sophon_report.vision.better_shot import rank
from sophon_report.vision.engines.base import FACE_SCORE, FAINT_SCORE, Engine
from sophon_report.vision.picture import Frame
from sophon_report.vision.quality import measure
from sophon_report.vision.region import within
from sophon_report.vision.shots import Candidate

MEASURES_A_FRAME = 8
"""Faces of a frame that are turned upright and measured, some 0.1 ms each; in a crowd the others wait."""


@dataclass(frozen=True)
class Followed:
    """A face of a frame that belongs to a track."""

    track_id: int
    box: Box


class Pipeline:
    """Turns the frames of one device into faces worth a shot and ended tracks.

    ``device``, ``min_face_px`` and ``limits`` may be changed between two frames; faces that are followed go on.

    Args:
        device: whose frames come.
        engine: computes the models.
        min_face_px: smallest face.
        first_id: of the first track.
    """

    def __init__(self, device: Device, engine: Engine, min_face_px: int, first_id: int = 1) -> None:
        self.device, self.min_face_px = device, min_face_px
        self.limits = Limits()
        """What a picture must be to become a shot."""
        self.next_id = first_id
        """Greater than the id of every track that has ended."""
        self._engine = engine
        self._tracker = Tracker(TrackerParams(high_score=FACE_SCORE, low_score=FAINT_SCORE), first_id)
        self._best = BestShots()
        self._filtered = 0
        self._size = (0, 0)
        self._last: Optional[Tuple[Faces, Step]] = None
        self.somebody = False
        """Whether the last frame had a face, or one is not given up yet."""

    def follow(self, frame: Frame, faces: Faces) -> Tuple[List[Up], List[Candidate]]:
        """Return whose track this frame ends, and the faces in it that are worth a shot.

        Where pictures have another size than before, everybody is somewhere else in them: their tracks end.

        Args:
            frame: the next one in order of time.
            faces: those found in it.
        """
        size, faces = (frame.picture.width, frame.picture.height), within(self.device.roi, faces)
        moved = self.finish() if size != self._size else []
        self._size = size
        step = self._tracker.step(frame.captured_ms, faces)
        self._last = faces, step
        self.somebody = len(faces) > 0 or len(self._tracker.open_tracks()) > 0
        return [*moved, *self._ended(step.ended)], self._candidates(frame, faces, step)

    def finish(self) -> List[Up]:
        """Return the end of all tracks: the source has stopped."""
        return self._ended(self._tracker.finish())

    def followed(self) -> List[Followed]:
        """Return the faces of the last frame that belong to a confirmed track, each with its box there."""
        if self._last is None:
            return []
        faces, step = self._last
        return [
            Followed(track_id, (x1, y1, x2, y2))
            for track_id, (x1, y1, x2, y2) in zip(step.track_ids.tolist(), faces.boxes.tolist())
            if track_id > 0
        ]

    def tracks(self) -> Sequence[Track]:
        """Faces being followed now, each with when it was last seen."""
        return self._tracker.open_tracks()

    def counts(self) -> Dict[str, int]:
        """Counters since the beginning, by their name in the link's counters."""
        best = self._best
        return {
            "shots": best.shots,
            "shots_filtered": self._filtered,
            "shots_deferred": best.shots_deferred,
            "measures_deferred": best.measures_deferred,
            **asdict(self._tracker.stats()),
        }

    def _ended(self, tracks: Sequence[Track]) -> List[Up]:
        for track in tracks:
            self._best.forget(track.track_id)
            self.next_id = max(self.next_id, track.track_id + 1)
        return [TrackEnded(self.device.device_id, track) for track in tracks]

    def _candidates(self, frame: Frame, faces: Faces, step: Step) -> List[Candidate]:
        looked_at = self._due(frame.captured_ms, faces, step)
        if not looked_at:
            return []
        crops = self._engine.align(frame.picture, faces.landmarks[looked_at])
        found: List[Candidate] = []
        for index, crop in zip(looked_at, crops):
            quality = measure(frame.picture, faces.boxes[index], faces.landmarks[index], crop)
            if not judge(quality, self.limits).good:
                self._filtered += 1
                continue
            track_id, in_ms, place = int(step.track_ids[index]), int(step.in_ms[index]), rank(quality)
            gain = self._best.gain(track_id, place)
            if gain is not None:
                found.append(
                    Candidate(frame, faces, index, crop, track_id, in_ms, quality, place, gain, self._best)
                )
        return found

    def _due(self, now_ms: int, faces: Faces, step: Step) -> List[int]:
        """Faces large enough, of a confirmed track, and not measured a moment ago; so many as are bearable."""
        # Plain numbers: of a handful of faces numpy takes longer to begin than to compare.
        track_ids = step.track_ids.tolist()
        followed = [
            index
            for index, (track_id, (x1, y1, x2, y2)) in enumerate(zip(track_ids, faces.boxes.tolist()))
            if track_id > 0 and min(x2 - x1, y2 - y1) >= self.min_face_px
        ]
        due = self._best.due([track_ids[index] for index in followed], now_ms, MEASURES_A_FRAME)
        return [followed[place] for place in due]
