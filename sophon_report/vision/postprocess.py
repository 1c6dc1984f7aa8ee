"""Faces from the raw outputs of the YuNet detector; the work is native, ``native/src/postprocess.cpp`` says how.

For an input of ``H × W`` pixels and each stride ``s`` of 8, 16, 32 the model gives ``cls_s`` and ``obj_s``
``(batch, cells, 1)``, ``bbox_s`` ``(batch, cells, 4)`` and ``kps_s`` ``(batch, cells, 10)``, where ``cells`` is
``(H/s)·(W/s)``, row by row (YuNet 2023mar, read from the model file and checked against OpenCV's own decoder)::

    score      sqrt(clip(cls, 0, 1) · clip(obj, 0, 1))
    centre     (cell + bbox[0:2]) · s          size     exp(bbox[2:4]) · s
    landmark   (cell + kps[2i:2i+2]) · s
"""

from typing import Any, Mapping, Tuple

import numpy as np

from sophon_report._native import ffi, lib
from sophon_report.errors import ModelError
from sophon_report.model import Faces, FloatArray

STRIDES = (8, 16, 32)
MAX_CANDIDATES: int = lib.SR_YUNET_MAX_CANDIDATES
"""Cells that compete for a face; when more reach the pass mark, those with the best scores stay."""
_FLOAT32 = np.dtype(np.float32)
_FLOATS = ffi.typeof("float[]")


def decode_yunet(
    outputs: Mapping[str, FloatArray],
    input_hw: Tuple[int, int],
    scale: float,
    image_hw: Tuple[int, int],
    *,
    score_min: float = 0.6,
    iou_max: float = 0.3,
    max_faces: int = 128,
    batch_index: int = 0,
) -> Faces:
    """Return the faces of one picture in its own pixels, best score first.

    A box may reach past the picture, but some of it is inside. Outputs that are not finite never become faces.

    Args:
        outputs: the twelve arrays by name (``cls_8`` … ``kps_32``), C-contiguous float32; read in place.
        input_hw: height and width of the detector's input, multiples of 32.
        scale: input pixels per image pixel, 0.5 when the picture was halved. Padding is right and below.
        image_hw: height and width of the picture.
        score_min: a face has at least this score, 0 to 1.
        iou_max: of two boxes that overlap by more, the better stays.
        max_faces: the best so many are returned, the rest dropped.
        batch_index: which picture of a batch.

    Raises:
        ModelError: an output is missing or not of the shape and type that the input's size demands.
    """
    grids = ffi.new("sr_yunet_grid[3]")
    for grid, stride in zip(grids, STRIDES):
        cells = (input_hw[0] // stride) * (input_hw[1] // stride)
        grid.cls = _pointer(outputs, f"cls_{stride}", cells, 1, batch_index)
        grid.obj = _pointer(outputs, f"obj_{stride}", cells, 1, batch_index)
        grid.bbox = _pointer(outputs, f"bbox_{stride}", cells, 4, batch_index)
        grid.kps = _pointer(outputs, f"kps_{stride}", cells, 10, batch_index)
    room = min(max_faces, MAX_CANDIDATES)
    request = ffi.new("sr_yunet_request *", (*input_hw, *image_hw, scale, score_min, iou_max, room))
    boxes = np.empty((room, 4), np.float32)
    landmarks = np.empty((room, 5, 2), np.float32)
    scores = np.empty(room, np.float32)
    targets = [ffi.from_buffer("float[]", array) for array in (boxes, landmarks, scores)]
    count = lib.sr_yunet_decode(grids, request, *targets)
    return Faces(boxes[:count], landmarks[:count], scores[:count])


def _pointer(outputs: Mapping[str, FloatArray], name: str, cells: int, width: int, batch_index: int) -> Any:
    """Return where the values of one picture begin; ``outputs`` keeps them alive."""
    array = outputs.get(name)
    if array is None:
        raise ModelError(f"the detector has no output {name}")
    shape = array.shape
    if len(shape) != 3 or shape[1] != cells or shape[2] != width or not 0 <= batch_index < shape[0]:
        raise ModelError(f"detector output {name} is {shape}, not (> {batch_index}, {cells}, {width})")
    if array.dtype != _FLOAT32 or not array.flags.c_contiguous:
        raise ModelError(f"detector output {name} is not contiguous float32")
    values = ffi.from_buffer(_FLOATS, array)
    return values + batch_index * cells * width if batch_index else values
