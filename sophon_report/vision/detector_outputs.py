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

from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from sophon_report.errors import ModelError
from sophon_report.model import Faces, FloatArray
from sophon_report.vision.postprocess import STRIDES, decode_yunet

IOU_MAX = {"yunet": 0.3, "scrfd": 0.4, "retinaface": 0.4}
"""Of two boxes that overlap by more the better stays; as each model is published with."""
MAX_FACES = 128
MAX_CANDIDATES = 1024
"""Places that compete for a face; when more reach the pass mark, those with the best scores stay."""
ANCHORS = 2
PRIOR_SIDES_PX = {8: (16.0, 32.0), 16: (64.0, 128.0), 32: (256.0, 512.0)}
CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2
FARTHEST_PX = 1e9
Shape = Tuple[int, ...]
Outputs = Sequence[FloatArray]
Raw = Tuple[FloatArray, FloatArray, FloatArray]
"""Scores ``(n,)``, boxes ``(n, 4)`` and landmarks ``(n, 5, 2)`` of candidates, in pixels of the input."""
Candidates = Callable[[Outputs, int, float], Raw]
"""From the outputs, which of the batch, and the lowest score that counts."""


class FaceDecoder:
    """Reads one model's outputs.

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
        self._kind, self._input_hw = kind, input_hw
        self._places = _Places(shapes, kind, label)
        self._yunet: Dict[str, int] = {}
        if kind == "yunet":
            self._yunet = _yunet_places(self._places, input_hw)
        elif kind == "scrfd":
            self._candidates = _scrfd(self._places, input_hw)
        else:
            self._candidates = _retinaface(self._places, input_hw)
        self._places.demand_all_found()

    def faces(
        self, outputs: Outputs, index: int, scale: float, image_hw: Tuple[int, int], score_min: float
    ) -> Faces:
        """Return the faces of one picture in its own pixels, best score first.

        Args:
            outputs: of one launch, in the model's order, float32.
            index: which picture of the batch.
            scale: input pixels per pixel of the picture, which is in the top left corner of the input.
            image_hw: height and width of the picture.
            score_min: a face has at least this score.
        """
        if self._kind == "yunet":
            named = {
                name: outputs[place].reshape((-1, *outputs[place].shape[-2:]))
                for name, place in self._yunet.items()
            }
            return decode_yunet(*(named, self._input_hw, scale, image_hw), score_min=score_min, batch_index=index)
        with np.errstate(all="ignore"):  # what is not finite is left out
            scores, boxes, landmarks = self._candidates(outputs, index, score_min)
            return chosen(scores, boxes / scale, landmarks / scale, image_hw, IOU_MAX[self._kind])


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


def _scrfd(places: _Places, input_hw: Tuple[int, int]) -> Candidates:
    grids = []
    for stride in STRIDES:
        columns = input_hw[1] // stride
        rows = (input_hw[0] // stride) * columns * ANCHORS
        grids.append((stride, columns, rows, *(places.take(rows, width) for width in (1, 4, 10))))

    def candidates(outputs: Outputs, index: int, score_min: float) -> Raw:
        found = []
        for stride, columns, rows, score, box, kps in grids:
            scores = outputs[score].reshape(-1, rows)[index]
            places = np.flatnonzero(scores >= score_min)
            cells = places // ANCHORS
            centre = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32) * stride
            sides = outputs[box].reshape(-1, rows, 4)[index][places] * stride
            points = outputs[kps].reshape(-1, rows, 5, 2)[index][places] * stride
            boxes = np.concatenate([centre - sides[:, :2], centre + sides[:, 2:]], axis=1)
            found.append((scores[places], boxes, centre[:, None] + points))
        return _joined(found)

    return candidates


def _retinaface(places: _Places, input_hw: Tuple[int, int]) -> Candidates:
    priors = retinaface_priors(input_hw)
    count = len(priors)
    loc, conf, landm = (places.take(count, width) for width in (4, 2, 10))

    def candidates(outputs: Outputs, index: int, score_min: float) -> Raw:
        scores = outputs[conf].reshape(-1, count, 2)[index, :, 1]
        chosen_ones = np.flatnonzero(scores >= score_min)
        centre, side = priors[chosen_ones, :2], priors[chosen_ones, 2:]
        moved = outputs[loc].reshape(-1, count, 4)[index][chosen_ones]
        points = outputs[landm].reshape(-1, count, 5, 2)[index][chosen_ones]
        middle = centre + moved[:, :2] * CENTRE_VARIANCE * side
        half = side * np.exp(moved[:, 2:] * SIZE_VARIANCE) / 2
        boxes = np.concatenate([middle - half, middle + half], axis=1)
        return scores[chosen_ones], boxes, centre[:, None] + points * CENTRE_VARIANCE * side[:, None]

    return candidates


def retinaface_priors(input_hw: Tuple[int, int]) -> FloatArray:
    """Return centre and side of each prior, ``(n, 3)`` as ``x, y, side`` in pixels of the input."""
    all_priors = []
    for stride in STRIDES:
        y, x, side = np.meshgrid(
            (np.arange(input_hw[0] // stride) + 0.5) * stride,
            (np.arange(input_hw[1] // stride) + 0.5) * stride,
            PRIOR_SIDES_PX[stride],
            indexing="ij",
        )
        all_priors.append(np.stack([x, y, side], axis=-1).reshape(-1, 3))
    return np.concatenate(all_priors).astype(np.float32)


def chosen(
    scores: FloatArray, boxes: FloatArray, landmarks: FloatArray, image_hw: Tuple[int, int], iou_max: float
) -> Faces:
    """Return the faces among candidates: finite, in the picture, none hidden by a better one; best first."""
    height, width = image_hw
    order = np.argsort(-scores, kind="stable")[:MAX_CANDIDATES]
    scores, boxes, landmarks = scores[order], boxes[order], landmarks[order]
    numbers = np.concatenate([boxes, landmarks.reshape(len(boxes), 10), scores[:, None]], axis=1)
    # NaN is below nothing, so that it is left out as well.
    usable = (np.abs(numbers) <= FARTHEST_PX).all(axis=1)
    usable &= (boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])
    usable &= (boxes[:, 2] > 0) & (boxes[:, 3] > 0) & (boxes[:, 0] < width) & (boxes[:, 1] < height)
    scores, boxes, landmarks = scores[usable], boxes[usable], landmarks[usable]
    kept = _kept(boxes, iou_max)
    return Faces(
        np.ascontiguousarray(boxes[kept], np.float32),
        np.ascontiguousarray(landmarks[kept], np.float32),
        np.ascontiguousarray(scores[kept], np.float32),
    )


def _kept(boxes: FloatArray, iou_max: float) -> List[int]:
    """Which boxes stay; they come best first."""
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left: npt.NDArray[np.intp] = np.arange(len(boxes))
    kept: List[int] = []
    while len(left) and len(kept) < MAX_FACES:
        first, left = int(left[0]), left[1:]
        kept.append(first)
        corner = np.maximum(boxes[first, :2], boxes[left, :2])
        far = np.minimum(boxes[first, 2:], boxes[left, 2:])
        shared = np.clip(far - corner, 0, None).prod(axis=1)
        left = left[shared <= iou_max * (areas[first] + areas[left] - shared)]
    return kept


def _joined(found: Sequence[Raw]) -> Raw:
    scores, boxes, landmarks = (np.concatenate(parts) for parts in zip(*found))
    return scores, boxes, landmarks
