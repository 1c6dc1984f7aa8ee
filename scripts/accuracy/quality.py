"""A portrait spoilt in steps: what its face measures at each, and how much of the person is left.

The limits of ``sophon_report/quality_limits.py`` and the order of ``sophon_report/vision/quality.py`` rest on this
table. It is of one portrait (Eileen Collins, NASA) and so says that a limit is not nonsense, and no more. Every
variant goes the whole way: detector, landmarks, crop, feature. What one picture cannot show is left out: a head
that turns (yaw, pitch) shows another side of itself, and no warp of a photograph does. For that there is one
picture of a side face (``camera.png``), of somebody else.

Run as ``python scripts/accuracy/quality.py`` it prints the table.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

import cv2
import numpy as np

from sophon_report.demo.pictures import COLLINS
from sophon_report.model import Box, FloatArray, ImageArray, Quality
from sophon_report.quality_limits import Level, judge_level
from sophon_report.vision.better_shot import rank
from sophon_report.vision.engines.base import FACE_SCORE, Engine
from sophon_report.vision.models.fetch import Member, fetch_archive_members
from sophon_report.vision.picture import HostPicture
from sophon_report.vision.quality import measure

SIDE_FACE = Member(
    path="skimage/data/camera.png",
    sha256="b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
    size_bytes=139_512,
)
"""A photographer from the side, grey; CC0 by the picture's author. Used as a bad picture only."""
SMALLEST_FACE_PX = 20

Spoil = Callable[[ImageArray], ImageArray]


@dataclass(frozen=True)
class Variant:
    """One way to spoil the portrait. Of one ``kind`` they are listed from the least to the most."""

    kind: str
    strength: float
    unit: str
    spoil: Spoil


@dataclass(frozen=True)
class Row:
    """What became of the face."""

    kind: str
    strength: float
    unit: str
    quality: Optional[Quality]
    """``None``: no face was found any more. So are the next three."""
    rank: Optional[float] = None
    cosine: Optional[float] = None
    """To the portrait as it is."""
    level: Optional[Level] = None
    """The highest of the vendor's levels that it reaches; the portrait's 90 px are too few for ``high``."""


@dataclass(frozen=True)
class Seen:
    """A face."""

    box: Box
    quality: Quality
    feature: FloatArray


def pictures(folder: Path) -> Tuple[ImageArray, ImageArray]:
    """The portrait and the side face, ``(H, W, 3)`` uint8 BGR; fetched into ``folder`` once."""
    paths = fetch_archive_members(COLLINS.package, [COLLINS.member, SIDE_FACE], folder)
    portrait, side = (cv2.imread(str(path)) for path in paths)
    assert portrait is not None
    assert side is not None
    return portrait, side


def look(engine: Engine, image: ImageArray, min_face_px: int = SMALLEST_FACE_PX) -> Optional[Seen]:
    """The face that the detector is surest of, ``None`` when it finds none."""
    picture = HostPicture(image)
    faces = engine.detect([picture], min_face_px)[0]
    faces = faces.select(faces.scores >= FACE_SCORE)
    if not len(faces):
        return None
    surest = faces.select(slice(0, 1))
    crops = engine.align(picture, surest.landmarks)
    x1, y1, x2, y2 = surest.boxes[0].tolist()
    quality = measure(picture, (x1, y1, x2, y2), surest.landmarks[0], crops[0])
    return Seen((x1, y1, x2, y2), quality, engine.embed(crops)[0])


def rows(
    engine: Engine,
    portrait: ImageArray,
    side_face: Optional[ImageArray] = None,
    min_face_px: int = SMALLEST_FACE_PX,
) -> List[Row]:
    """The table: the portrait as it is, every variant, and the side face if one is given.

    Args:
        engine: with the models to be measured.
        portrait: of one face from the front.
        side_face: of somebody else; its cosine is told to the portrait, too.
        min_face_px: the smallest face that is looked for, which is the scale that the detector works at.
    """
    whole = look(engine, portrait, min_face_px)
    assert whole is not None

    def row(variant: Variant, image: ImageArray) -> Row:
        return _row(variant, look(engine, variant.spoil(image), min_face_px), whole)

    found = [row(each, portrait) for each in variants(portrait, whole.box)]
    if side_face is not None:
        found.append(row(Variant("another's side face", 0, "", _as_it_is), side_face))
    return found


def level_reached(quality: Quality) -> Level:
    """The highest level at which nothing fails."""
    ordered = (Level.HIGH, Level.NORMAL, Level.LOW)
    return next((level for level in ordered if judge_level(quality, level).good), Level.NO)


def variants(portrait: ImageArray, face: Box) -> Iterator[Variant]:
    """Every way to spoil it.

    Args:
        portrait: only its size is looked at.
        face: where its face is.
    """
    yield Variant("as it is", 0, "", _as_it_is)
    yield from _each("blurred", "px", (0.5, 1, 1.5, 2, 3, 4, 5), _blurred)
    yield from _each("moved", "px", (3, 5, 9, 15, 21, 27), _moved)
    yield from _each("darkened", "x", (0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.07, 0.05), _gain)
    yield from _each("darkened by gamma", "", (2, 3, 4, 6, 8), _gamma)
    yield from _each("overexposed", "x", (1.3, 1.6, 2), _gain)
    yield from _each("raised", "of white", (0.2, 0.3, 0.4, 0.5, 0.6), _raised)
    yield from _each("without contrast", "x", (0.5, 0.3, 0.2, 0.1), _contrast)
    for name, sign in (("clockwise", 1), ("the other way", -1)):
        angles = (5, 10, 15, 20, 30, 45)
        yield from _each(
            f"rolled {name}", "degrees", angles, lambda angle, sign=sign: _rolled(portrait, face, sign * angle)
        )
    for name, cut in (("left", _cut_left), ("right", _cut_right), ("top", _cut_top), ("bottom", _cut_bottom)):
        shares = (0.1, 0.2, 0.3, 0.4, 0.5)
        yield from _each(f"cut at the {name}", "of the face", shares, lambda share, cut=cut: cut(face, share))
    widths = (80, 70, 60, 50, 40, 30, 25, 20)
    yield from _each("scaled down", "px wide", widths, lambda width: _scaled(width / (face[2] - face[0])))
    yield from _each("compressed", "JPEG quality", (90, 50, 30, 20, 10, 7, 5, 3), _compressed)
    yield from _each("noise", "grey levels", (5, 10, 20, 30), _noisy)


def _row(variant: Variant, seen: Optional[Seen], whole: Seen) -> Row:
    if seen is None:
        return Row(variant.kind, variant.strength, variant.unit, None)
    return Row(
        variant.kind,
        variant.strength,
        variant.unit,
        seen.quality,
        rank(seen.quality),
        float(seen.feature @ whole.feature),
        level_reached(seen.quality),
    )


def _each(kind: str, unit: str, strengths: Sequence[float], make: Callable[[float], Spoil]) -> Iterator[Variant]:
    return (Variant(kind, strength, unit, make(strength)) for strength in strengths)


def _as_it_is(image: ImageArray) -> ImageArray:
    return image


def _blurred(sigma_px: float) -> Spoil:
    return lambda image: cv2.GaussianBlur(image, (0, 0), sigma_px)


def _moved(length_px: float) -> Spoil:
    kernel = np.full((1, int(length_px)), 1 / length_px, np.float32)
    return lambda image: cv2.filter2D(image, -1, kernel)


def _by_level(change: Callable[[FloatArray], FloatArray]) -> Spoil:
    levels = np.arange(256, dtype=np.float32) / 255
    table = np.clip(np.round(change(levels) * 255), 0, 255).astype(np.uint8)
    return lambda image: cv2.LUT(image, table)


def _gain(factor: float) -> Spoil:
    return _by_level(lambda level: level * factor)


def _gamma(exponent: float) -> Spoil:
    return _by_level(lambda level: level**exponent)


def _raised(by: float) -> Spoil:
    return _by_level(lambda level: level + by)


def _contrast(factor: float) -> Spoil:
    return _by_level(lambda level: 0.5 + (level - 0.5) * factor)


def _rolled(portrait: ImageArray, face: Box, angle_deg: float) -> Spoil:
    centre = ((face[0] + face[2]) / 2, (face[1] + face[3]) / 2)
    turn = cv2.getRotationMatrix2D(centre, -angle_deg, 1)
    size = (portrait.shape[1], portrait.shape[0])
    return lambda image: cv2.warpAffine(image, turn, size, borderMode=cv2.BORDER_REPLICATE)


def _cut_left(face: Box, share: float) -> Spoil:
    return lambda image: image[:, int(face[0] + (face[2] - face[0]) * share) :]


def _cut_right(face: Box, share: float) -> Spoil:
    return lambda image: image[:, : int(face[2] - (face[2] - face[0]) * share)]


def _cut_top(face: Box, share: float) -> Spoil:
    return lambda image: image[int(face[1] + (face[3] - face[1]) * share) :]


def _cut_bottom(face: Box, share: float) -> Spoil:
    return lambda image: image[: int(face[3] - (face[3] - face[1]) * share)]


def _scaled(factor: float) -> Spoil:
    return lambda image: cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def _compressed(jpeg_quality: float) -> Spoil:
    def spoil(image: ImageArray) -> ImageArray:
        _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(jpeg_quality)])
        return cv2.imdecode(jpeg, cv2.IMREAD_COLOR)

    return spoil


def _noisy(deviation: float) -> Spoil:
    def spoil(image: ImageArray) -> ImageArray:
        noise = np.random.default_rng(1).normal(0, deviation, image.shape)
        return np.clip(image + noise, 0, 255).astype(np.uint8)

    return spoil


def line(row: Row) -> str:
    """A row as a line of a Markdown table; see :data:`HEAD`."""
    name = f"{row.kind} {row.strength:g} {row.unit}" if row.strength else row.kind
    if row.quality is None or row.rank is None or row.cosine is None or row.level is None:
        return f"| {name.strip()} | no face found | | | | | | | |"
    it = row.quality
    angles = f"{it.yaw_deg:.0f}, {it.pitch_deg:.0f}, {it.roll_deg:.0f}"
    partial = "yes" if it.partial else ""
    return (
        f"| {name.strip()} | {it.size_px:.0f} | {it.clarity:.0f} | {it.brightness:.0f} | {angles} | {partial} "
        f"| {row.rank:.1f} | {row.cosine:.2f} | {row.level.value} |"
    )


HEAD = (
    "| variant | face, px | clarity | brightness | yaw, pitch, roll | partial | rank | cosine | level |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def main() -> None:
    """Print the table."""
    from sophon_report.config import parse_settings  # noqa: PLC0415 - loads models
    from sophon_report.vision.engines.choose import open_engine  # noqa: PLC0415 - only when it runs by itself
    from sophon_report.vision.models.library import ModelLibrary  # noqa: PLC0415 - only when it runs by itself

    folder = Path(__file__).resolve().parent.parent.parent / "var"
    engine = open_engine(parse_settings({"engine": {"kind": "cpu"}}), ModelLibrary(folder / "models"))
    print(HEAD)
    for row in rows(engine, *pictures(folder / "pictures")):
        print(line(row))
    engine.close()


if __name__ == "__main__":
    main()
