"""How far the answers of a chip model are from those of the model it was made of. Pure.

Both get the same pictures, so what differs is the chip's arithmetic alone.
"""

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from sophon_report.model import Faces, FloatArray
from sophon_report.vision.models.card import ATTRIBUTES, DETECTOR
from sophon_report.vision.postprocess import decode_yunet

SCORE_MIN = 0.6
NEAR_IOU = 0.5
"""Two boxes of one face overlap by at least so much."""
AGES = 100


@dataclass(frozen=True)
class Agreement:
    """Figures over the asked pictures; what a role does not have is ``None``."""

    pictures: int
    cosine_min: float
    """Of all that the model says of one picture, as one vector; an embedder's is its feature."""
    cosine_median: float
    faces: Optional[int] = None
    """Detector: how many the model itself finds."""
    faces_missed: Optional[int] = None
    faces_added: Optional[int] = None
    iou_min: Optional[float] = None
    iou_median: Optional[float] = None
    score_off_max: Optional[float] = None
    landmark_off_max_pct: Optional[float] = None
    """Of the longer side of the face's box."""
    male_off_max: Optional[float] = None
    """Attributes: of the probability."""
    age_off_max_years: Optional[float] = None


def agreement(
    role: str, ours: Sequence[FloatArray], theirs: Sequence[FloatArray], input_hw: Tuple[int, int]
) -> Agreement:
    """Compare outputs in the model's order, ``(N, ...)`` each; ``theirs`` are the chip's."""
    cosines = _cosines(_flat(ours), _flat(theirs))
    common = len(cosines), float(cosines.min()), float(np.median(cosines))
    if role == DETECTOR:
        return _boxes(common, ours, theirs, input_hw)
    if role == ATTRIBUTES:
        male_a, male_b = (_of_width(each, 1)[:, 0] for each in (ours, theirs))
        age_a, age_b = (_of_width(each, AGES) @ np.arange(1, AGES + 1) for each in (ours, theirs))
        return Agreement(
            *common,
            male_off_max=float(np.abs(male_a - male_b).max()),
            age_off_max_years=float(np.abs(age_a - age_b).max()),
        )
    return Agreement(*common)


def _boxes(
    common: Tuple[int, float, float],
    ours: Sequence[FloatArray],
    theirs: Sequence[FloatArray],
    input_hw: Tuple[int, int],
) -> Agreement:
    ious: List[float] = []
    scores: List[float] = []
    landmarks: List[float] = []
    faces = missed = added = 0
    for index in range(common[0]):
        right, found = _decoded(ours, index, input_hw), _decoded(theirs, index, input_hw)
        faces += len(right.boxes)
        added += sum(max((_iou(box, one) for one in right.boxes), default=0.0) < NEAR_IOU for box in found.boxes)
        for box, points, score in zip(right.boxes, right.landmarks, right.scores):
            overlaps = [_iou(box, other) for other in found.boxes]
            best = int(np.argmax(overlaps)) if overlaps else -1
            if best < 0 or overlaps[best] < NEAR_IOU:
                missed += 1
                continue
            ious.append(overlaps[best])
            scores.append(abs(float(score - found.scores[best])))
            off = np.linalg.norm(points - found.landmarks[best], axis=1).max()
            landmarks.append(100 * float(off) / float(max(box[2] - box[0], box[3] - box[1])))
    return Agreement(
        *common,
        faces=faces,
        faces_missed=missed,
        faces_added=added,
        iou_min=min(ious, default=0.0),
        iou_median=float(np.median(ious)) if ious else 0.0,
        score_off_max=max(scores, default=0.0),
        landmark_off_max_pct=max(landmarks, default=0.0),
    )


def _decoded(outputs: Sequence[FloatArray], index: int, input_hw: Tuple[int, int]) -> Faces:
    names = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)]
    arrays: Dict[str, FloatArray] = {
        name: np.ascontiguousarray(output, np.float32) for name, output in zip(names, outputs)
    }
    return decode_yunet(arrays, input_hw, 1.0, input_hw, score_min=SCORE_MIN, batch_index=index)


def _flat(outputs: Sequence[FloatArray]) -> npt.NDArray[np.float64]:
    return np.concatenate([np.asarray(one, np.float64).reshape(len(one), -1) for one in outputs], axis=1)


def _cosines(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(axis=1) / np.maximum(lengths, 1e-12))


def _of_width(outputs: Sequence[FloatArray], width: int) -> npt.NDArray[np.float64]:
    (output,) = [one for one in outputs if one.shape[1:] == (width,)]
    return np.asarray(output, np.float64)


def _iou(a: FloatArray, b: FloatArray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    inside = max(float(width), 0.0) * max(float(height), 0.0)
    areas = sum(float((box[2] - box[0]) * (box[3] - box[1])) for box in (a, b))
    return inside / max(areas - inside, 1e-9)
