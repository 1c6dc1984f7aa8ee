"""From a face's picture to its attributes, but for the model between: crops before it, meaning after it. Pure.

Any engine runs the model; what its numbers mean is the same on each. A probability between two marks is unknown:
nothing here tells what the model does not.
"""

from typing import FrozenSet, List, Optional, Sequence, Tuple

import cv2
import numpy as np
import numpy.typing as npt

from sophon_report.errors import ModelError
from sophon_report.model import Attributes, Faces, FloatArray, ImageArray, Likelihood
from sophon_report.vision.align import CROP_PX, align
from sophon_report.vision.models.attribute_card import AGE, GENDER, MASK, WORDS, AttributeCard, AttributeOutput
from sophon_report.vision.models.card import ModelCard

FACERES_AGES = 100
MALE_FROM, FEMALE_TO = 0.6, 0.5
"""Of the male probability; 0.6 is the training project's mark, and between the two it is not told."""
OLDEST_YEARS = 120.0
"""What is beyond it is no age."""
SUM_TOLERANCE = 0.02
_RANGE_TOLERANCE = 1e-3


def wanted_attributes(*, attributes: bool, mask: bool) -> FrozenSet[str]:
    """Return what is looked for by the two switches, which are the vendor's: there a mask is no attribute."""
    return frozenset(({AGE, *WORDS} - {MASK} if attributes else set()) | ({MASK} if mask else set()))


def bound_outputs(card: ModelCard, widths: Sequence[int], label: str) -> Tuple[AttributeOutput, ...]:
    """Return what to read out of a model with outputs of these widths.

    Args:
        card: of the model.
        widths: numbers a face of each output, in the model's order; 0 where the file does not say.
        label: what errors call the model.

    Raises:
        ModelError: the outputs are not those that the card speaks of.
    """
    if card.decode == "faceres":
        if not {1, FACERES_AGES} <= set(widths):
            raise ModelError(f"{label} gives {_widths(widths)}, must be n×1 (male) and n×{FACERES_AGES} (ages)")
        return (
            AttributeOutput(GENDER, widths.index(1), classes=("male",), yes_from=MALE_FROM, no_to=FEMALE_TO),
            # Class 0 is the age of one year.
            AttributeOutput(AGE, widths.index(FACERES_AGES), years=tuple(map(float, range(1, FACERES_AGES + 1)))),
        )
    for each in card.attributes.outputs:
        if each.output >= len(widths):
            raise ModelError(f"{label} has {len(widths)} outputs, outputs.{each.attribute} asks for {each.output}")
        width = widths[each.output]
        if width and (max(each.columns) >= width if each.columns else each.width != width):
            raise ModelError(
                f"{label} gives {_widths(widths)}, outputs.{each.attribute} explains {each.width} numbers of "
                f"output {each.output}" + (f", up to column {max(each.columns)}" if each.columns else "")
            )
    return card.attributes.outputs


def read(
    wanted: Sequence[AttributeOutput], outputs: Sequence[FloatArray], count: int, label: str
) -> List[Attributes]:
    """Return what a model's outputs say of each face.

    Args:
        wanted: from :func:`bound_outputs`.
        outputs: in the model's order, each ``(N, ...)`` float32 with a row a face.
        count: faces that were looked at, 1 or more.
        label: what errors call the model.

    Raises:
        ModelError: not a row a face, a number that is not finite, or that cannot be the probability it should be.
    """
    likely: List[List[Likelihood]] = [[] for _ in range(count)]
    ages: List[Optional[float]] = [None] * count
    for one in wanted:
        output = outputs[one.output]
        if len(output) != count:
            raise ModelError(f"{label} gave {len(output)} rows for {one.attribute} of {count} faces")
        numbers = _activated(one, output, label)
        if one.attribute == AGE:
            years = numbers @ np.array(one.years) if one.years else numbers[:, 0] * one.factor + one.offset
            ages = [float(each) if 0 <= each <= OLDEST_YEARS else None for each in years]
            continue
        word = WORDS[one.attribute][1]
        name = "male" if one.attribute == GENDER else one.attribute
        for place, row in enumerate(numbers):
            if len(one.classes) == 1:
                share = row[0] if one.classes[0] == word else 1 - row[0]
            else:
                share = row[[number for number, each in enumerate(one.classes) if each == word]].sum()
            likely[place].append(Likelihood(name, float(np.clip(share, 0, 1)), one.no_to, one.yes_from))
    return [Attributes.told(tuple(each), age) for each, age in zip(likely, ages)]


def joined(of_models: Sequence[Attributes]) -> Attributes:
    """Return what several models say of one face; of two that tell the same the first one counts."""
    likely = {one.attribute: one for each in reversed(of_models) for one in each.likely}
    ages = [each.age_years for each in of_models if each.age_years is not None]
    return Attributes.told(tuple(likely.values()), ages[0] if ages else None)


def face_crops(card: AttributeCard, side_px: int, image: ImageArray, faces: Faces) -> ImageArray:
    """Return what the model is to see of each face: ``(N, side_px, side_px, 3)`` uint8 BGR."""
    if card.crop == "aligned":
        crops = align(image, faces.landmarks)
        if side_px == CROP_PX:
            return crops
        method = cv2.INTER_AREA if side_px < CROP_PX else cv2.INTER_LINEAR
        resized = [cv2.resize(crop, (side_px, side_px), interpolation=method) for crop in crops]
    else:
        resized = [square_crop(image, box, side_px, card.crop_factor) for box in faces.boxes]
    return np.asarray(resized, np.uint8).reshape(len(faces), side_px, side_px, 3)


def square_crop(image: ImageArray, box: FloatArray, side_px: int, factor: float = 1.0) -> ImageArray:
    """Return the square around a box, ``factor`` times its longer side, at ``side_px``; black outside the picture.

    Only what is inside the picture is resized, so that no box, however large, costs more than the picture.
    """
    height, width = image.shape[:2]
    x1, y1, x2, y2 = (float(value) for value in box)
    exact = max(x2 - x1, y2 - y1, 1.0) * factor
    left, top = round((x1 + x2 - exact) / 2), round((y1 + y2 - exact) / 2)
    side = max(round(exact), 1)
    crop = np.zeros((side_px, side_px, 3), np.uint8)
    inside = [max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)]
    to = [round((at - begin) * side_px / side) for at, begin in zip(inside, (left, top, left, top))]
    if inside[0] < inside[2] and inside[1] < inside[3] and to[0] < to[2] and to[1] < to[3]:
        part = image[inside[1] : inside[3], inside[0] : inside[2]]
        method = cv2.INTER_AREA if side > side_px else cv2.INTER_LINEAR
        crop[to[1] : to[3], to[0] : to[2]] = cv2.resize(part, (to[2] - to[0], to[3] - to[1]), interpolation=method)
    return crop


def _activated(one: AttributeOutput, output: FloatArray, label: str) -> "npt.NDArray[np.float64]":
    """The numbers of one attribute as they are to be read, ``(N, width)``."""
    rows = output.reshape(len(output), -1).astype(np.float64)
    if one.columns and max(one.columns) < rows.shape[1]:
        rows = rows[:, list(one.columns)]
    elif one.columns:
        raise ModelError(f"{label} has no column {max(one.columns)} for {one.attribute}, only {rows.shape[1]}")
    if rows.shape[1] != one.width or not np.isfinite(rows).all():
        raise ModelError(f"{label} gave an answer for {one.attribute} that is not finite, or of another width")
    if one.activation == "softmax":
        raised = np.exp(rows - rows.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))
    if one.activation == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-np.clip(rows, -60, 60))))
    if one.classes or one.years:
        _check_probabilities(rows, one, label)
    return rows


def _check_probabilities(rows: "npt.NDArray[np.float64]", one: AttributeOutput, label: str) -> None:
    outside = rows.min(initial=0) < -_RANGE_TOLERANCE or rows.max(initial=0) > 1 + _RANGE_TOLERANCE
    if outside or (one.width > 1 and (abs(rows.sum(axis=1) - 1) > SUM_TOLERANCE).any()):
        raise ModelError(
            f"{label}: the numbers for {one.attribute} are no probabilities: its activation is missing"
        )


def _widths(widths: Sequence[int]) -> str:
    return ", ".join(f"n×{width or '?'}" for width in widths)
