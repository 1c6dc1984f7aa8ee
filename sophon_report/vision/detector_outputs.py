"""Faces from the outputs of a detector, whichever of the three known kinds it is. Pure.

A compiler renames outputs and may reorder them, so they are told apart by their shapes: for an input of ``H × W``
and each stride ``s`` of 8, 16, 32 there are ``cells = (H/s)·(W/s)``, row by row.

``yunet``
    Four outputs a stride, ``(cells, 1)`` twice, ``(cells, 4)``, ``(cells, 10)``: see
    :mod:`sophon_report.vision.postprocess`. The two of one number are multiplied, so their order does not matter.
``scrfd``
    Three outputs a stride, ``(2·cells, 1)``, ``(2·cells, 4)``, ``(2·cells, 10)``: score, distances of the box's
    sides from the cell's corner, offsets of the landmarks from it, both times ``s``; two anchors a cell, side by
    side (InsightFace's SCRFD with landmarks).
``retinaface``
    Three outputs for all strides one after the other, two priors a cell: ``(n, 4)``, ``(n, 2)``, ``(n, 10)``; the
    priors are squares of 16 and 32, 64 and 128, 256 and 512 pixels around the cell's middle (the published
    RetinaFace with MobileNet)::

        score      conf[1]
        centre     prior + loc[0:2] · 0.1 · side      size    side · exp(0.2 · loc[2:4])
        landmark   prior + landm[2i:2i+2] · 0.1 · side

A model without a batch in its outputs counts as a batch of one.
"""

from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from sophon_report._native import ffi, lib
from sophon_report.errors import ModelError
from sophon_report.model import Faces, FloatArray
from sophon_report.vision.postprocess import STRIDES, decode_yunet

IOU_MAX = {"yunet": 0.3, "scrfd": 0.4, "retinaface": 0.4}
"""Of two boxes that overlap by more the better stays; as each model is published with."""
MAX_FACES = 128
ANCHORS = 2
PRIOR_SIDES_PX = {8: (16.0, 32.0), 16: (64.0, 128.0), 32: (256.0, 512.0)}
_NO_PRIORS = (0.0, 0.0)
_FLOAT32 = np.dtype(np.float32)
Shape = Tuple[int, ...]
Outputs = Sequence[FloatArray]


@dataclass(frozen=True)
class _Level:
    """Where the values of one stride are: which outputs, and from which anchor on."""

    stride: int
    rows: int
    columns: int
    scores: int
    boxes: int
    points: int
    score_width: int
    first: int
    """Anchors of the strides before it in the same outputs."""
    anchors: int
    """Anchors a picture in these outputs."""
    prior_side: Tuple[float, float]


class FaceDecoder:
    """Reads one model's outputs; the work is native, ``native/src/postprocess.cpp`` says how.

    Args:
        kind: ``yunet``, ``scrfd`` or ``retinaface``.
        shapes: of the outputs, in the model's order.
        input_hw: height and width of the model's input, multiples of 32.
        label: what errors call the model.

    Raises:
        ModelError: the kind is unknown, or the outputs are not of its shapes.
    """

    def __init__(self, kind: str, shapes: Sequence[Shape], input_hw: Tuple[int, int], label: str) -> None:
        if kind not in IOU_MAX:
            raise ModelError(f'{label}: decode = "{kind}" is unknown, there are {", ".join(IOU_MAX)}')
        if min(input_hw) < STRIDES[-1] or any(side % STRIDES[-1] for side in input_hw):
            raise ModelError(
                f"{label} takes pictures of {input_hw[1]}×{input_hw[0]}, no multiple of {STRIDES[-1]}"
            )
        self._kind, self._input_hw, self._label = kind, input_hw, label
        self._shapes = [tuple(shape[-2:]) for shape in shapes]
        """Of a picture."""
        places = _Places(shapes, kind, label)
        self._yunet: Dict[str, int] = {}
        self._levels: List[_Level] = []
        if kind == "yunet":
            self._yunet = _yunet_places(places, input_hw)
        else:
            self._levels = (_scrfd if kind == "scrfd" else _retinaface)(places, input_hw)
        places.demand_all_found()

    def faces(
        self, outputs: Outputs, index: int, scale: float, image_hw: Tuple[int, int], score_min: float
    ) -> Faces:
        """Return the faces of one picture in its own pixels, best score first.

        What is not finite, or lies outside of the picture, never becomes a face.

        Args:
            outputs: of one launch, in the model's order, float32, contiguous; read in place.
            index: which picture of the batch.
            scale: input pixels per pixel of the picture, which is in the top left corner of the input.
            image_hw: height and width of the picture.
            score_min: a face has at least this score.

        Raises:
            ModelError: the outputs are not those the decoder was made for.
        """
        for output, shape in zip(outputs, self._shapes):
            if output.shape[-2:] != shape or output.dtype != _FLOAT32 or not output.flags.c_contiguous:
                shown = f"{output.shape} {output.dtype}"
                raise ModelError(f"{self._label} gave {shown}, not contiguous float32 {shape}")
            count = output.size // (shape[0] * shape[1])
            if not 0 <= index < count:
                raise ModelError(f"{self._label} gave {count} pictures, number {index} is not among them")
        if self._kind == "yunet":
            named = {
                name: outputs[place].reshape((-1, *outputs[place].shape[-2:]))
                for name, place in self._yunet.items()
            }
            return decode_yunet(named, self._input_hw, scale, image_hw, score_min=score_min, batch_index=index)
        request = (*self._input_hw, *image_hw, scale, score_min, IOU_MAX[self._kind], MAX_FACES)
        return self._by_anchors(outputs, index, request)

    def _by_anchors(self, outputs: Outputs, index: int, request: Tuple[Any, ...]) -> Faces:
        memory = [ffi.from_buffer("float[]", output) for output in outputs]
        grids = ffi.new("sr_anchor_grid[3]")
        for grid, level in zip(grids, self._levels):
            first = index * level.anchors + level.first
            grid.scores = memory[level.scores] + first * level.score_width
            grid.boxes = memory[level.boxes] + first * 4
            grid.points = memory[level.points] + first * 10
            grid.score_width, grid.stride, grid.prior_side = level.score_width, level.stride, level.prior_side
            grid.rows, grid.columns = level.rows, level.columns
        boxes = np.empty((MAX_FACES, 4), np.float32)
        landmarks = np.empty((MAX_FACES, 5, 2), np.float32)
        scores = np.empty(MAX_FACES, np.float32)
        targets = [ffi.from_buffer("float[]", array) for array in (boxes, landmarks, scores)]
        count = lib.sr_anchor_decode(grids, ffi.new("sr_yunet_request *", request), *targets)
        return Faces(boxes[:count], landmarks[:count], scores[:count])


class _Places:
    """Finds outputs by their shapes, each once."""

    def __init__(self, shapes: Sequence[Shape], kind: str, label: str) -> None:
        self._left: List[Tuple[int, Shape]] = [(place, tuple(shape[-2:])) for place, shape in enumerate(shapes)]
        self._all = ", ".join("×".join(map(str, shape)) for shape in shapes)
        self._kind, self._label = kind, label

    def take(self, rows: int, width: int) -> int:
        """Return the place of the first output of that shape that was not taken yet."""
        for item in self._left:
            if item[1] == (rows, width):
                self._left.remove(item)
                return item[0]
        raise self._error(f"it has none of {rows}×{width}")

    def demand_all_found(self) -> None:
        """Raise ModelError when the model has outputs beyond those of its kind."""
        if self._left:
            raise self._error(f"{len(self._left)} are more than that kind has")

    def _error(self, why: str) -> ModelError:
        return ModelError(f"{self._label} gives {self._all}: no outputs of {self._kind}, {why}")


def _yunet_places(places: _Places, input_hw: Tuple[int, int]) -> Dict[str, int]:
    found = {}
    for stride in STRIDES:
        cells = (input_hw[0] // stride) * (input_hw[1] // stride)
        for name, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            found[f"{name}_{stride}"] = places.take(cells, width)
    return found


def _scrfd(places: _Places, input_hw: Tuple[int, int]) -> List[_Level]:
    levels = []
    for stride in STRIDES:
        rows, columns = input_hw[0] // stride, input_hw[1] // stride
        anchors = rows * columns * ANCHORS
        scores, boxes, points = (places.take(anchors, width) for width in (1, 4, 10))
        levels.append(_Level(stride, rows, columns, scores, boxes, points, 1, 0, anchors, _NO_PRIORS))
    return levels


def _retinaface(places: _Places, input_hw: Tuple[int, int]) -> List[_Level]:
    sizes = [(input_hw[0] // stride, input_hw[1] // stride) for stride in STRIDES]
    anchors = sum(rows * columns for rows, columns in sizes) * ANCHORS
    boxes, scores, points = (places.take(anchors, width) for width in (4, 2, 10))
    levels, first = [], 0
    for stride, (rows, columns) in zip(STRIDES, sizes):
        sides = PRIOR_SIDES_PX[stride]
        levels.append(_Level(stride, rows, columns, scores, boxes, points, 2, first, anchors, sides))
        first += rows * columns * ANCHORS
    return levels
