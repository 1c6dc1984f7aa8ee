"""How good a picture of a face is, without a model: sharp, whole, large, from the front.

What the numbers mean, measured with SFace between two portraits of a person, one of them at face widths from 20
to 232 px, sharp and blurred: under a clarity of 10 a face is lost whatever its size (cosines down to -.02),
from 40 on every one matched (.73 and more), and above 200 more clarity brought nothing. One person is not a
study.
"""

import math
from typing import List, Optional, Tuple, Union

import cv2
import numpy as np

from sophon_report.model import Box, FloatArray, ImageArray, Quality
from sophon_report.quality_limits import CLARITY_LOST
from sophon_report.vision.picture import Picture

CLARITY_ENOUGH = 200.0
"""Above it a sharper picture matches no better."""
CLARITY_STEP = 10.0
"""Clarities of one step count as equal, and the view decides: noise alone moves a clarity by a few."""
MAX_YAW_DEG = 45.0
MAX_PITCH_DEG = 40.0
"""The angles were checked up to 40; a face further away shows half of what the embedder learned."""
MAX_CUT_OFF = 0.1
"""A box may reach past the picture by so much of its area."""
POSE_TO_FILE = 0.7
"""A stranger is filed by a face whose pose score is above it (the vendor's number)."""
SIZE_TO_FILE_PX = 60.0
"""Short side above which a stranger's face is filed: the vendor's level ``low``, which it files strangers by."""
CLARITY_TO_FILE = 40.0
"""From here on every picture matched."""
SIDE_FACE_DEG = 90.0
"""The yaw of a face whose nose is not between its eyes, where the fit means nothing."""

Points = List[List[float]]
"""Five times x and y: plain numbers, since numpy takes longer to start on ten of them than to add them up."""

_FACE = np.array([[-31, -34, 30], [31, -34, 30], [0, 0, 0], [-25, 36, 24], [25, 36, 24]], np.float64)
"""Landmarks of a face in millimetres: x right, y down, z away from the camera."""
_FIT = np.linalg.pinv(_FACE - _FACE.mean(axis=0))
"""Makes a projection's two rows of landmarks, wherever the face is: each line adds up to 0."""
_PITCH_OF_FRONT_DEG = 12.0
"""What the fit says of people who look into the camera: median of six portraits, 9 to 15."""


def measure(picture: Picture, box: Union[Box, FloatArray], landmarks: FloatArray, crop: ImageArray) -> Quality:
    """Return the quality of one face.

    Args:
        picture: the one it is in; only its size is looked at.
        box: the detector's, which may reach past the picture.
        landmarks: ``(5, 2)``, in pixels of the picture.
        crop: the aligned face, ``(112, 112, 3)`` uint8 BGR.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    x1, y1, x2, y2 = (float(value) for value in box)
    yaw, pitch, roll = angles_deg(landmarks)
    return Quality(
        size_px=min(x2 - x1, y2 - y1),
        clarity=float(deviation[0, 0]) ** 2,
        brightness=cv2.mean(grey)[0],
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        partial=_is_partial(picture, (x1, y1, x2, y2), landmarks.tolist()),
    )


def angles_deg(landmarks: FloatArray) -> Tuple[float, float, float]:
    """Return yaw, pitch and roll of a face in degrees.

    Positive yaw: the nose points to the picture's left. Positive pitch: looking down. Positive roll: clockwise.
    Five points of an average face are laid on the landmarks without perspective: on projected points with 0.3 px
    of noise that is within 1.5 degrees up to a yaw of 40 (measured); how far it is off on people was not measured.
    """
    (ax, ay, az), (dx, dy, dz) = (_FIT @ landmarks).T.tolist()
    # Across and down are turned and stretched in their own plane to a right angle and length 1, as little as can
    # be: their polar factor, (A·Aᵀ)^-½·A. Away is across that plane, and angles need no lengths.
    away_x, away_y, away_z = ay * dz - az * dy, az * dx - ax * dz, ax * dy - ay * dx
    area = math.hypot(away_x, away_y, away_z)
    across, down, both = ax * ax + ay * ay + az * az, dx * dx + dy * dy + dz * dz, ax * dx + ay * dy + az * dz
    yaw = math.degrees(math.atan2(-away_x, math.hypot(away_y, away_z)))
    pitch = math.degrees(math.atan2(away_y, away_z)) - _PITCH_OF_FRONT_DEG
    roll = math.degrees(math.atan2((across + area) * dx - both * ax, (down + area) * ax - both * dx))
    side = not _nose_between_eyes(landmarks.tolist())
    return (math.copysign(SIDE_FACE_DEG, yaw) if side else yaw), pitch, roll


def refusal(quality: Quality, min_face_px: float) -> Optional[str]:
    """Return why a face is not good enough to be known by, a word of :data:`IMAGE_REASONS`; ``None``: it is."""
    if quality.size_px < min_face_px:
        return "face_too_small"
    if quality.partial:
        return "face_partial"
    turned = abs(quality.yaw_deg) > MAX_YAW_DEG or abs(quality.pitch_deg) > MAX_PITCH_DEG
    return "low_quality" if turned or quality.clarity < CLARITY_LOST else None


def good_enough(quality: Quality, min_face_px: float) -> bool:
    """Whether a person may be recognised, or registered, by such a picture."""
    return refusal(quality, min_face_px) is None


def pose_score(quality: Quality) -> float:
    """Return how much a face looks into the camera: 1 from the front, 0 from the side.

    The vendor writes of a ``pose_score`` from 0 to 1 and not what it is. Here it is the cosine of the angle
    between the face's direction and the camera's, without roll: an aligned face has none. 0.7 is 45 degrees to a
    side.
    """
    return max(math.cos(math.radians(quality.yaw_deg)) * math.cos(math.radians(quality.pitch_deg)), 0.0)


def worth_filing(quality: Quality, min_face_px: float) -> bool:
    """Whether a stranger may be filed by such a picture, and known again by it for years."""
    return (
        good_enough(quality, min_face_px)
        and pose_score(quality) > POSE_TO_FILE
        and quality.size_px > SIZE_TO_FILE_PX
        and quality.clarity >= CLARITY_TO_FILE
    )


def rank(quality: Quality) -> float:
    """Return the rank of a shot, higher is better: whole before partial, then clarity in steps, then the view.

    The view is size and angle in one number below a step: it decides between pictures equally clear, and from
    :data:`CLARITY_ENOUGH` on all are.
    """
    clear = math.floor(min(quality.clarity, CLARITY_ENOUGH) / CLARITY_STEP)
    view = pose_score(quality) * quality.size_px / (quality.size_px + 100.0)
    partial = CLARITY_ENOUGH / CLARITY_STEP + 1 if quality.partial else 0.0
    return clear + view - partial


def better(a: Quality, b: Quality) -> bool:
    """Whether ``a`` makes the better shot."""
    return rank(a) > rank(b)


def _is_partial(picture: Picture, box: Box, points: Points) -> bool:
    height, width = picture.height, picture.width
    if not all(0 <= x < width and 0 <= y < height for x, y in points):
        return True
    inside_x = min(box[2], width) - max(box[0], 0)
    inside_y = min(box[3], height) - max(box[1], 0)
    area = (box[2] - box[0]) * (box[3] - box[1])
    return bool(max(inside_x, 0) * max(inside_y, 0) < (1 - MAX_CUT_OFF) * area)


def _nose_between_eyes(points: Points) -> bool:
    (left_x, left_y), (right_x, right_y), (nose_x, nose_y) = points[:3]
    eyes_x, eyes_y = right_x - left_x, right_y - left_y
    along = (nose_x - left_x) * eyes_x + (nose_y - left_y) * eyes_y
    return 0 < along < eyes_x * eyes_x + eyes_y * eyes_y
