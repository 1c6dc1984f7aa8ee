"""The script painted and written as a video.

Only what moves is painted: the backdrop is made once, each photograph is reduced once to its sheet, and a frame is
the backdrop, the shadows, the sheets and then light and grain over the whole picture. Everything random comes from
one seed: the same cast gives the same frames.
"""

import contextlib
import math
import os
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Sequence, Tuple

import cv2
import numpy as np

from sophon_report.demo.scene import Matrix, Pose, Script, Sheet, Stage, moved, placement, pose
from sophon_report.errors import Unavailable
from sophon_report.model import Box, FloatArray, ImageArray

SEED = 1
GRAIN = 2.5
"""Standard deviation of the noise, in grey levels."""
GRAIN_FRAMES = 8
LIGHT = 0.06
"""How much the light comes and goes."""
SHADOW = 0.45


def backdrop(stage: Stage, random: np.random.Generator) -> ImageArray:
    """An empty hall: a wall of panels in soft light and a wooden floor, ``(H, W, 3)`` uint8 BGR."""
    height, width = stage.height_px, stage.width_px
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = columns / width, rows / height
    lamp = np.exp(-(((x - 0.5) / 0.55) ** 2) - ((y - 0.25) / 0.6) ** 2)
    plaster = _clouds(stage, random, (6, 24, 96))
    wall = (148 + 52 * lamp + 9 * plaster)[..., None] * np.array([0.97, 0.99, 1.0], np.float32)
    wall *= 1 - 0.16 * _lines(x * 8, 0.012)[..., None]
    wall *= 1 - 0.16 * _lines(y * 2.4 + 0.5, 0.006)[..., None]
    planks = _lines((x - 0.5) / (0.35 + y) * 14, 0.03) + 0.4 * _clouds(stage, random, (3, 200))
    floor = (105 + 40 * lamp - 18 * planks)[..., None] * np.array([0.62, 0.78, 0.95], np.float32)
    skirting = np.array([205, 210, 212], np.float32) * (0.75 + 0.2 * lamp[..., None])
    hall = np.where(y[..., None] < 0.83, wall, np.where(y[..., None] < 0.86, skirting, floor))
    return np.asarray(np.clip(hall, 0, 255), np.uint8)


def _clouds(stage: Stage, random: np.random.Generator, grains: Sequence[int]) -> FloatArray:
    """Soft noise of several sizes, about -1 to 1."""
    total = np.zeros((stage.height_px, stage.width_px), np.float32)
    for grain in grains:
        coarse = random.uniform(-1, 1, (grain, 2 * grain)).astype(np.float32)
        total += cv2.resize(coarse, (stage.width_px, stage.height_px), interpolation=cv2.INTER_CUBIC)
    return np.asarray(total / len(grains), np.float32)


def _lines(position: FloatArray, width: float) -> FloatArray:
    """1 on thin lines at every whole number of ``position``, else 0, with soft edges."""
    away = np.abs(position - np.round(position))
    return np.asarray(np.clip(2 - away / width, 0, 1), np.float32)


def print_sheet(image: ImageArray, sheet: Sheet) -> ImageArray:
    """The whole photograph at the sheet's size, on white paper."""
    paper = sheet.paper_px
    size = (sheet.width_px - 2 * paper, sheet.height_px - 2 * paper)
    shrinks = size[0] < image.shape[1]
    photograph = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    print_ = np.full((sheet.height_px, sheet.width_px, 3), 245, np.uint8)
    print_[paper:-paper, paper:-paper] = photograph
    return print_


class Painter:
    """Paints frames of one stage: backdrop, any sheets, light and grain."""

    def __init__(self, stage: Stage, images: Sequence[ImageArray], sheets: Sequence[Sheet]) -> None:
        random = np.random.default_rng(SEED)
        self._stage = stage
        self._sheets = sheets
        self._backdrop = backdrop(stage, random)
        self._grain = [_grain(stage, random) for _ in range(GRAIN_FRAMES)]
        self._prints = [print_sheet(image, sheet) for image, sheet in zip(images, sheets)]
        self._shadows = [_shadow(sheet) for sheet in sheets]

    def paint(self, number: int, placed: Sequence[Tuple[int, Matrix]]) -> ImageArray:
        """Frame ``number`` with the numbered sheets where they are placed, the last one in front."""
        frame = self._backdrop.copy()
        for sheet, matrix in placed:
            _darken(frame, self._shadows[sheet], self._shadow_matrix(self._sheets[sheet], matrix))
        for sheet, matrix in placed:
            _lay(frame, self._prints[sheet], matrix)
        gain = 1 + LIGHT * math.sin(2 * math.pi * self._stage.time_s(number) / 9)
        lit = cv2.addWeighted(frame, gain, self._grain[number * 5 % GRAIN_FRAMES], 1.0, -128.0)
        return np.asarray(lit, np.uint8)

    def _shadow_matrix(self, sheet: Sheet, matrix: Matrix) -> Matrix:
        """The shadow's picture is larger than the sheet all around, and falls a little below it."""
        edge = _shadow_edge(sheet)
        drop = edge / 3
        (a, b, x), (c, d, y) = matrix
        return (a, b, x - (a + b) * edge + drop / 2), (c, d, y - (c + d) * edge + drop)


def _grain(stage: Stage, random: np.random.Generator) -> ImageArray:
    grey = 128 + GRAIN * random.standard_normal((stage.height_px, stage.width_px), np.float32)
    return np.asarray(cv2.merge([grey.astype(np.uint8)] * 3), np.uint8)


def _shadow_edge(sheet: Sheet) -> int:
    return 3 * sheet.paper_px


def _shadow(sheet: Sheet) -> ImageArray:
    """What is left of the light around and under a sheet, 255 for all of it."""
    edge = _shadow_edge(sheet)
    dark = np.zeros((sheet.height_px + 2 * edge, sheet.width_px + 2 * edge), np.float32)
    dark[edge:-edge, edge:-edge] = SHADOW
    soft = cv2.blur(cv2.blur(dark, (edge, edge)), (edge, edge))
    return np.asarray(cv2.merge([(255 * (1 - soft)).astype(np.uint8)] * 3), np.uint8)


def _lay(frame: ImageArray, image: ImageArray, matrix: Matrix) -> None:
    """Paint ``image`` into ``frame``, only where it falls."""
    area, inside = _area(frame, image, matrix)
    if area.size:
        size = (area.shape[1], area.shape[0])
        cv2.warpAffine(image, inside, size, dst=area, borderMode=cv2.BORDER_TRANSPARENT)


def _darken(frame: ImageArray, light: ImageArray, matrix: Matrix) -> None:
    """Leave as much of ``frame`` as ``light`` says, only where it falls."""
    area, inside = _area(frame, light, matrix)
    if area.size:
        size = (area.shape[1], area.shape[0])
        cast = cv2.warpAffine(light, inside, size, borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255))
        cv2.multiply(area, cast, dst=area, scale=1 / 255)


def _area(frame: ImageArray, image: ImageArray, matrix: Matrix) -> Tuple[ImageArray, FloatArray]:
    """The part of ``frame`` that ``image`` reaches (a view), and the transform into that part."""
    box: Box = moved((0, 0, image.shape[1], image.shape[0]), matrix)
    left, top = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    right, bottom = max(left, math.ceil(box[2])), max(top, math.ceil(box[3]))
    inside = np.array(matrix, np.float32)
    inside[:, 2] -= left, top
    return frame[top:bottom, left:right], inside


def frames(
    stage: Stage, script: Script, images: Sequence[ImageArray], sheets: Sequence[Sheet]
) -> Iterator[ImageArray]:
    """All frames of the film; ``images`` and ``sheets`` in the order of the cast."""
    painter = Painter(stage, images, sheets)
    for number in range(round(script.duration_s * stage.fps)):
        placed: List[Tuple[int, Matrix]] = []
        for stay in script.stays:
            at = pose(stage, sheets[stay.portrait], stay, stage.time_s(number))
            if at is not None:
                placed.append((stay.portrait, placement(sheets[stay.portrait], at)))
        yield painter.paint(number, placed)


def posed_frames(
    stage: Stage, poses: Sequence[Sequence[Pose]], images: Sequence[ImageArray], sheets: Sequence[Sheet]
) -> Iterator[ImageArray]:
    """A frame for each element of ``poses``, which has a pose for every sheet, the last one in front."""
    painter = Painter(stage, images, sheets)
    for number, at in enumerate(poses):
        placed = [(sheet, placement(sheets[sheet], each)) for sheet, each in enumerate(at)]
        yield painter.paint(number, placed)


def write_video(path: Path, stage: Stage, pictures: Iterable[ImageArray]) -> None:
    """Write ``pictures`` as MPEG-4: ``path`` is there whole, or not at all.

    OpenCV writes it without any other program.

    Raises:
        Unavailable: it cannot be written: no room, no rights, or an OpenCV that writes no video.
    """
    part = path.with_name(f".{path.stem}.part.mp4")
    size = (stage.width_px, stage.height_px)
    try:
        count = _encode(part, stage, size, pictures)
        # The writer does not tell that a disk is full; the index at the end of the file does.
        if _frames_in(part) != count:
            raise Unavailable(f"{path} could not be written whole: is the disk full?")
        os.replace(part, path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _encode(part: Path, stage: Stage, size: Tuple[int, int], pictures: Iterable[ImageArray]) -> int:
    fourcc: Any = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(part), fourcc, stage.fps, size)
    try:
        if not writer.isOpened():
            raise Unavailable(f"{part.parent} cannot be written to, or OpenCV cannot write MPEG-4")
        count = 0
        for picture in pictures:
            writer.write(picture)
            count += 1
        return count
    finally:
        writer.release()


def _frames_in(path: Path) -> int:
    video = cv2.VideoCapture(str(path))
    try:
        return int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    finally:
        video.release()
