"""Who shows which photograph when, and where it is at any moment. Pure: functions of time.

The stage has two lanes, left and right. A photograph comes in from the side of its lane or from below, is held
up, swaying a little, and leaves. It never leaves its lane, so that no photograph ever covers another, and while it
is held all of it is in the picture::

    ┌────────────┬────────────┐
    │ ┌───────┐  │  ┌─────┐   │     lane 0 from the left, lane 1 from the right,
  ──┼►│ sheet │  │  │     │◄──┼──   both also from below
    │ └───────┘  │  └──▲──┘   │
    └────────────┴─────┼──────┘

A *sheet* is the whole photograph on white paper, in pixels of the stage as it is largest. Coming in takes
:data:`MOVE_S`: a face is half in the picture for a few frames only, so that it matters little whether a detector
sees half a face.
"""

import enum
import math
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from sophon_report.errors import BadImage, BadInput
from sophon_report.model import Box

START_S = 1.0
TAIL_S = 4.0
"""Empty end, longer than the gap after which a visit is over: the last one ends inside the film too."""
MOVE_S = 1.0
STRIDE_S = 7.0
"""From one entry to the next."""
STAY_PER_STRIDE = 10 / 7
"""Above 1, so that two are there at once; below 2, so that a lane is empty before the next one enters."""
STEP_OUT_S = 0.4
"""The one who returns steps out once more for so long, besides moving: less than a gap, the same visit."""
SHORTEST_S, LONGEST_S = 30.0, 60.0
MAX_PORTRAITS = 12

SIZES = (1.0, 0.95, 1.0, 0.85)
"""How near the four entries of a round are, relative to the largest."""
TILT_DEG = 2.5
LARGEST_FACE, SMALLEST_FACE = 200 / 1280, 60 / 1280
"""Widths of a face, relative to the stage's."""

Matrix = Tuple[Tuple[float, float, float], Tuple[float, float, float]]
"""Pixels of a sheet to pixels of the stage, as ``cv2.warpAffine`` takes it."""


@dataclass(frozen=True)
class Stage:
    """The picture's size and pace."""

    width_px: int = 1280
    height_px: int = 720
    fps: int = 25

    @property
    def lane_px(self) -> float:
        """Width of a lane."""
        return self.width_px / 2

    @property
    def paper_px(self) -> int:
        """White paper around a photograph."""
        return max(2, self.height_px // 72)

    def time_s(self, frame: int) -> float:
        """When frame number ``frame`` is shown, from the start."""
        return frame / self.fps


STAGE = Stage()


class Edge(enum.Enum):
    """Where a sheet comes from or goes to."""

    SIDE = "side"
    BELOW = "below"


@dataclass(frozen=True)
class Stay:
    """One photograph held up once, wholly outside before ``enter_s`` and after ``leave_s``."""

    portrait: int
    """Number of the person in the cast."""
    lane: int
    enter_s: float
    leave_s: float
    enter_by: Edge
    leave_by: Edge
    size: float = 1.0


@dataclass(frozen=True)
class Script:
    """All stays in order of entry."""

    stays: Tuple[Stay, ...]
    duration_s: float


@dataclass(frozen=True)
class Sheet:
    """A photograph on its paper as it is largest, and where the face is on it."""

    width_px: int
    height_px: int
    paper_px: int
    face: Box


@dataclass(frozen=True)
class Pose:
    """Where a sheet is."""

    x: float
    """Of its middle."""
    y: float
    scale: float
    """Against :class:`Sheet`."""
    angle_deg: float
    """Positive: clockwise."""


def write_script(portraits: int) -> Script:
    """The film for a cast of ``portraits``: one after the other, two at once, at last the first one comes back.

    It lasts 30 to 60 s. The one who returns was away for longer than any usual gap, and steps out once for less
    than one.

    Raises:
        BadInput: nobody, or more people than a minute has room for.
    """
    if not 1 <= portraits <= MAX_PORTRAITS:
        raise BadInput(f"the film has room for 1 to {MAX_PORTRAITS} portraits, not for {portraits}")
    last_slot = max(portraits, 2)
    stride_s = min(STRIDE_S, (LONGEST_S - START_S - TAIL_S) / (last_slot + STAY_PER_STRIDE))
    stays = [_stay(portrait, portrait, stride_s) for portrait in range(portraits)]
    stays += _step_out(_stay(0, last_slot, stride_s))
    return Script(tuple(stays), max(SHORTEST_S, math.ceil(stays[-1].leave_s + TAIL_S)))


def _stay(portrait: int, slot: int, stride_s: float) -> Stay:
    enter_s = START_S + slot * stride_s
    ways = (Edge.SIDE, Edge.BELOW)
    from_side = slot % 4 in (0, 3)
    return Stay(
        portrait=portrait,
        lane=slot % 2,
        enter_s=enter_s,
        leave_s=enter_s + stride_s * STAY_PER_STRIDE,
        enter_by=ways[not from_side],
        leave_by=ways[from_side],
        size=SIZES[slot % len(SIZES)],
    )


def _step_out(stay: Stay) -> List[Stay]:
    """The same stay in two parts, with a short absence in between."""
    middle_s = (stay.enter_s + stay.leave_s) / 2
    first = {**vars(stay), "leave_s": middle_s - STEP_OUT_S / 2, "leave_by": Edge.SIDE}
    second = {**vars(stay), "enter_s": middle_s + STEP_OUT_S / 2, "enter_by": Edge.SIDE}
    return [Stay(**first), Stay(**second)]


def fit(stage: Stage, width_px: int, height_px: int, face: Box) -> Sheet:
    """The sheet of a photograph of this size with ``face`` on it: as large as its lane, or :data:`LARGEST_FACE`.

    Raises:
        BadImage: shown whole, the face would be too small to be recognised.
    """
    paper = stage.paper_px
    tilt = math.sin(math.radians(TILT_DEG))
    room = 0.96 * min(
        (stage.lane_px - 2 * paper) / (width_px + tilt * height_px),
        (stage.height_px - 2 * paper) / (height_px + tilt * width_px),
    )
    face_px = face[2] - face[0]
    scale = min(room, LARGEST_FACE * stage.width_px / face_px)
    if face_px * scale * min(SIZES) < SMALLEST_FACE * stage.width_px:
        raise BadImage("face_too_small", "the face is too small a part of the picture, which is shown whole")
    width, height = round(width_px * scale), round(height_px * scale)
    across, down = width / width_px, height / height_px
    on_sheet = (face[0] * across, face[1] * down, face[2] * across, face[3] * down)
    shifted = (on_sheet[0] + paper, on_sheet[1] + paper, on_sheet[2] + paper, on_sheet[3] + paper)
    return Sheet(width + 2 * paper, height + 2 * paper, paper, shifted)


def pose(stage: Stage, sheet: Sheet, stay: Stay, time_s: float) -> Optional[Pose]:
    """Where ``sheet`` is at ``time_s``, or ``None`` outside its stay."""
    if not stay.enter_s < time_s < stay.leave_s:
        return None
    since_s, left_s = time_s - stay.enter_s, stay.leave_s - time_s
    edge, moving_s = (stay.enter_by, since_s) if since_s < left_s else (stay.leave_by, left_s)
    away = 1 - _smooth(moving_s / MOVE_S)
    free_x, free_y = _freedom(stage, sheet, stay.size)
    outwards = -1 if stay.lane == 0 else 1
    x = stage.lane_px * (stay.lane + 0.5) + free_x * math.sin(since_s * 0.9 + stay.lane)
    y = stage.height_px / 2 + free_y * math.sin(since_s * 1.3)
    return Pose(
        x=x + (outwards * away * (stage.lane_px + free_x) if edge is Edge.SIDE else 0),
        y=y + (away * (stage.height_px + free_y) if edge is Edge.BELOW else 0),
        scale=stay.size * (0.98 + 0.02 * math.sin(since_s * 0.7)),
        angle_deg=TILT_DEG * math.sin(since_s * 1.1 + 2 * stay.lane),
    )


def _smooth(part: float) -> float:
    """0 to 1 without a jerk at either end."""
    clipped = min(max(part, 0.0), 1.0)
    return clipped * clipped * (3 - 2 * clipped)


def _freedom(stage: Stage, sheet: Sheet, size: float) -> Tuple[float, float]:
    """How far the middle of a sheet may sway from the middle of its lane, both ways."""
    tilt = math.sin(math.radians(TILT_DEG))
    across = size * (sheet.width_px + tilt * sheet.height_px)
    down = size * (sheet.height_px + tilt * sheet.width_px)
    free_x, free_y = (stage.lane_px - across) / 2, (stage.height_px - down) / 2
    return min(free_x, stage.lane_px / 12), min(free_y, stage.height_px / 12)


def placement(sheet: Sheet, at: Pose) -> Matrix:
    """The transform that puts ``sheet`` at a pose."""
    angle = math.radians(at.angle_deg)
    cosine, sine = at.scale * math.cos(angle), at.scale * math.sin(angle)
    x, y = sheet.width_px / 2, sheet.height_px / 2
    return (cosine, -sine, at.x - cosine * x + sine * y), (sine, cosine, at.y - sine * x - cosine * y)


def moved(box: Box, matrix: Matrix) -> Box:
    """The upright box around ``box`` after the transform."""
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = ([row[0] * x + row[1] * y + row[2] for x, y in corners] for row in matrix)
    return min(xs), min(ys), max(xs), max(ys)


def sheet_box(sheet: Sheet, at: Pose) -> Box:
    """The upright box around the whole sheet on the stage."""
    return moved((0, 0, sheet.width_px, sheet.height_px), placement(sheet, at))


def face_box(sheet: Sheet, at: Pose) -> Box:
    """The upright box around the face on the stage."""
    return moved(sheet.face, placement(sheet, at))


def is_whole(stage: Stage, box: Box) -> bool:
    """Whether all of ``box`` is in the picture."""
    return box[0] >= 0 and box[1] >= 0 and box[2] <= stage.width_px and box[3] <= stage.height_px


def face_span(stage: Stage, sheet: Sheet, stay: Stay) -> Tuple[int, int]:
    """First and last frame of ``stay`` in which the whole face is in the picture."""
    frames = [
        frame
        for frame in range(int(stay.enter_s * stage.fps), int(stay.leave_s * stage.fps) + 1)
        for at in [pose(stage, sheet, stay, stage.time_s(frame))]
        if at is not None and is_whole(stage, face_box(sheet, at))
    ]
    return frames[0], frames[-1]


def crossing(stage: Stage, sheets: Sequence[Sheet], part: float) -> Tuple[Pose, Pose]:
    """Two sheets that walk through each other at one height: where they are after ``part`` (0 to 1) of the way."""
    left, right = (0.8 * sheet.width_px / 2 for sheet in sheets)
    middle = stage.height_px / 2
    first = left + part * (stage.width_px - 2 * left)
    second = stage.width_px - right - part * (stage.width_px - 2 * right)
    return Pose(first, middle, 0.8, 0.0), Pose(second, middle, 0.8, 0.0)
