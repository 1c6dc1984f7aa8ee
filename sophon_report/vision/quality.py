"""How good a picture of a face is, without a model: sharp, whole, large, lit, from the front.

Here is what a face measures; which of two pictures is better says :mod:`sophon_report.vision.better_shot`.
Whatever comes in (landmarks that are no numbers, a face wholly outside the picture, a crop of one pixel), a
quality holds finite numbers, and nothing is raised: what cannot be measured counts as bad.
"""

import math
from typing import Any, List, Tuple, Union

import cv2
import numpy as np
import numpy.typing as npt

from sophon_report.model import Box, FloatArray, ImageArray, Quality
from sophon_report.vision.align import CROP_PX, similarity
from sophon_report.vision.picture import Picture

MAX_CUT_OFF = 0.1
"""A box may reach past the picture by so much of its area."""
MAX_MISSING = 0.3
"""So much of what the embedder looks at may lie outside the picture. Of a portrait that was cut at one side up to
30 % of the crop were missing while the cosine to the whole one was .80 and more; at 46 % it was .61, and the
detector had moved box and landmarks into what was left (measured on one portrait)."""
SIDE_FACE_DEG = 90.0
"""The yaw of a face whose nose is not between its eyes, where the fit means nothing."""
FARTHEST_PX = 1e6
"""Landmarks beyond it are no landmarks."""

_CROP_CORNERS = (0j, complex(CROP_PX, 0), complex(CROP_PX, CROP_PX), complex(0, CROP_PX))

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
    x1, y1, x2, y2 = (float(value) if math.isfinite(value) else 0.0 for value in box)
    points = landmarks.tolist()
    known = all(math.isfinite(value) and abs(value) < FARTHEST_PX for point in points for value in point)
    yaw, pitch, roll = angles_deg(landmarks) if known else (SIDE_FACE_DEG, 0.0, 0.0)
    clarity, brightness = _clarity_and_brightness(crop)
    return Quality(
        size_px=max(min(x2 - x1, y2 - y1), 0.0),
        clarity=clarity,
        brightness=brightness,
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        partial=not known or _is_partial(picture, (x1, y1, x2, y2), landmarks),
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


def _clarity_and_brightness(crop: ImageArray) -> Tuple[float, float]:
    """Variance of the Laplacian, bounded by the blurrier direction; mean grey.

    A picture that moved to the side is sharp up and down, and the Laplacian adds both. Where both directions are
    alike its variance is at most four times that of one: over that, only one of them is sharp.
    """
    if not crop.size:
        return 0.0, 0.0
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    across, down = cv2.Sobel(grey, cv2.CV_16S, 2, 0, ksize=1), cv2.Sobel(grey, cv2.CV_16S, 0, 2, ksize=1)
    both = cv2.add(across, down)  # the Laplacian
    clarity = min(_variance(both), 4 * _variance(across), 4 * _variance(down))
    return clarity, float(cv2.mean(grey)[0])


def _variance(image: "npt.NDArray[Any]") -> float:
    # Of sums: an eighteenth of the time of cv2.meanStdDev.
    mean = cv2.sumElems(image)[0] / image.size
    return max(cv2.norm(image, cv2.NORM_L2) ** 2 / image.size - mean * mean, 0.0)


def _is_partial(picture: Picture, box: Box, landmarks: FloatArray) -> bool:
    height, width = picture.height, picture.width
    if not all(0 <= x < width and 0 <= y < height for x, y in landmarks.tolist()):
        return True
    inside_x = min(box[2], width) - max(box[0], 0)
    inside_y = min(box[3], height) - max(box[1], 0)
    area = (box[2] - box[0]) * (box[3] - box[1])
    if area <= 0 or max(inside_x, 0) * max(inside_y, 0) < (1 - MAX_CUT_OFF) * area:
        return True
    return _missing(landmarks, height, width) > MAX_MISSING


def _missing(landmarks: FloatArray, height: int, width: int) -> float:
    """Which share of the aligned crop lies outside the picture; 0 when all landmarks are one point."""
    to_crop = similarity(landmarks)
    (turn_x, _, shift_x), (turn_y, _, shift_y) = to_crop.tolist()
    turn, shift = complex(turn_x, turn_y), complex(shift_x, shift_y)
    if not turn or all(_is_inside((corner - shift) / turn, height, width) for corner in _CROP_CORNERS):
        return 0.0
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    whole = np.array([[0, 0], [CROP_PX, 0], [CROP_PX, CROP_PX], [0, CROP_PX]], np.float32)
    seen, _ = cv2.intersectConvexConvex((corners @ to_crop.T).astype(np.float32), whole)
    return 1.0 - float(seen) / CROP_PX**2


def _is_inside(point: complex, height: int, width: int) -> bool:
    return 0 <= point.real <= width and 0 <= point.imag <= height


def _nose_between_eyes(points: Points) -> bool:
    (left_x, left_y), (right_x, right_y), (nose_x, nose_y) = points[:3]
    eyes_x, eyes_y = right_x - left_x, right_y - left_y
    along = (nose_x - left_x) * eyes_x + (nose_y - left_y) * eyes_y
    return 0 < along < eyes_x * eyes_x + eyes_y * eyes_y
