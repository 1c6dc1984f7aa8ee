"""Detector post-processing against numpy, on outputs of the shapes of a 1280×720 picture (padded to 736).

Two numpy forms: one that decodes every cell and then selects, as published decoders of this model do, and one that
selects by score first. All three must give the same faces. Rounds take turns; a figure is the median of the ratios
within rounds.
"""

import json
import statistics
import time

import numpy as np

from sophon_report.model import Faces
from sophon_report.vision.postprocess import STRIDES, decode_yunet

INPUT_HW, IMAGE_HW = (736, 1280), (720, 1280)
ROUNDS, CALLS = 60, 20


def synthetic_outputs(face_count, seed=0):
    """Outputs for that many faces of 24 to 90 px, each seen by the cells around its centre, over weak noise."""
    rng = np.random.default_rng(seed)
    outputs = {}
    for stride in STRIDES:
        cells = (INPUT_HW[0] // stride) * (INPUT_HW[1] // stride)
        outputs[f"cls_{stride}"] = rng.random((1, cells, 1), dtype=np.float32) * np.float32(0.5)
        outputs[f"obj_{stride}"] = rng.random((1, cells, 1), dtype=np.float32) ** 8 * np.float32(0.3)
        outputs[f"bbox_{stride}"] = rng.normal(0, 0.5, (1, cells, 4)).astype(np.float32)
        outputs[f"kps_{stride}"] = rng.normal(0, 1, (1, cells, 10)).astype(np.float32)
    places = rng.permutation(70)[:face_count]  # on a lattice of 10 × 7, so that faces do not hide each other
    for place in places:
        centre = np.array([64 + 128 * (place % 10), 50 + 100 * (place // 10)]) + rng.uniform(-10, 10, 2)
        add_face(outputs, centre, rng.uniform(24, 90), rng)
    return outputs


def add_face(outputs, centre, size_px, rng):
    """Let the nine cells around its centre see it: the real model lets eight see a face of 90 px."""
    stride = 8 if size_px < 60 else 16
    columns = INPUT_HW[1] // stride
    middle = (centre / stride).astype(int)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            corner = middle + np.array([dx, dy])
            cell = corner[1] * columns + corner[0]
            outputs[f"cls_{stride}"][0, cell] = outputs[f"obj_{stride}"][0, cell] = rng.uniform(0.62, 0.97)
            size = np.log(np.array([size_px, size_px * 1.25]) / stride)
            outputs[f"bbox_{stride}"][0, cell] = np.concatenate([centre / stride - corner, size])


def decode(corners, bbox, kps, stride):
    """Boxes and landmarks of some cells."""
    centre = (corners + bbox[:, :2]) * stride
    half = np.exp(bbox[:, 2:]) * (stride / 2)
    landmarks = (kps.reshape(-1, 5, 2) + corners[:, None]) * np.float32(stride)
    return np.concatenate([centre - half, centre + half], axis=1), landmarks


def corners_of(cells, stride):
    """``(x, y)`` of cells by their numbers."""
    columns = INPUT_HW[1] // stride
    return np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)


def scores_of(outputs, stride):
    """Score of every cell."""
    cls, obj = outputs[f"cls_{stride}"][0, :, 0], outputs[f"obj_{stride}"][0, :, 0]
    return np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))


def suppress(boxes, landmarks, scores, iou_max=0.3):
    """Greedy non-maximum suppression, vectorised over the rest."""
    order = np.argsort(-scores, kind="stable")
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        low, high = np.maximum(boxes[best, :2], boxes[rest, :2]), np.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        order = rest[shared / (areas[best] + areas[rest] - shared) <= iou_max]
    return Faces(boxes[kept], landmarks[kept], scores[kept])


def numpy_full(outputs):
    """Decode all 19,320 cells, then select."""
    parts = []
    for stride in STRIDES:
        scores = scores_of(outputs, stride)
        corners = corners_of(np.arange(scores.size), stride)
        parts.append((*decode(corners, outputs[f"bbox_{stride}"][0], outputs[f"kps_{stride}"][0], stride), scores))
    boxes, landmarks, scores = (np.concatenate(arrays) for arrays in zip(*parts))
    passed = scores >= 0.6
    return suppress(boxes[passed], landmarks[passed], scores[passed])


def numpy_select_first(outputs):
    """Decode only the cells whose score passes."""
    parts = []
    for stride in STRIDES:
        scores = scores_of(outputs, stride)
        cells = np.flatnonzero(scores >= 0.6)
        bbox, kps = outputs[f"bbox_{stride}"][0, cells], outputs[f"kps_{stride}"][0, cells]
        parts.append((*decode(corners_of(cells, stride), bbox, kps, stride), scores[cells]))
    return suppress(*(np.concatenate(arrays) for arrays in zip(*parts)))


def native(outputs):
    """Return what the service gets."""
    return decode_yunet(outputs, INPUT_HW, 1.0, IMAGE_HW)


def assert_same(faces, others):
    """The same faces in the same order."""
    np.testing.assert_allclose(faces.boxes, others.boxes, atol=1e-3)
    np.testing.assert_allclose(faces.landmarks, others.landmarks, atol=1e-3)
    np.testing.assert_allclose(faces.scores, others.scores, atol=1e-6)


def seconds(function, outputs):
    """Seconds for one call, over ``CALLS``."""
    start = time.perf_counter()
    for _ in range(CALLS):
        function(outputs)
    return (time.perf_counter() - start) / CALLS


def measure(face_count):
    """Results for pictures with that many faces."""
    outputs = synthetic_outputs(face_count)
    found = native(outputs)
    assert len(found) == face_count, len(found)
    for function in (numpy_full, numpy_select_first):
        assert_same(found, function(outputs))
    rounds = [
        [seconds(function, outputs) for function in (native, numpy_full, numpy_select_first)]
        for _ in range(ROUNDS)
    ]
    what = f"{face_count} faces, 1280×720"
    full, first = (statistics.median(times[i] / times[0] for times in rounds) for i in (1, 2))
    micros = statistics.median(times[0] for times in rounds) * 1e6
    return [
        {"what": f"{what}: times as fast as numpy, full decode", "value": full, "goal": 10, "unit": "x"},
        {"what": f"{what}: times as fast as numpy, select first", "value": first, "goal": 3, "unit": "x"},
        {"what": f"{what}: one call", "value": micros, "goal": None, "unit": "µs"},
    ]


def run():
    """Measure with few and with many faces."""
    return {"name": "postprocess", "results": [*measure(3), *measure(50)]}


if __name__ == "__main__":
    print(json.dumps(run(), indent=2, ensure_ascii=False))
