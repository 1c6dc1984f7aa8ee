"""Faces from SCRFD's and RetinaFace's outputs: against a slow decoder that is as plain as the papers."""

import math

import numpy as np
import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.detector_outputs import FaceDecoder

INPUT_HW = (96, 160)
STRIDES = (8, 16, 32)
SIDES = {8: (16, 32), 16: (64, 128), 32: (256, 512)}


def cells(stride):
    return (INPUT_HW[0] // stride) * (INPUT_HW[1] // stride)


def scrfd_shapes(batch):
    """As InsightFace's files have them: all scores, then boxes, then landmarks."""
    return [(batch, cells(stride) * 2, width) for width in (1, 4, 10) for stride in STRIDES]


def retinaface_shapes(batch):
    count = sum(cells(stride) * 2 for stride in STRIDES)
    return [(batch, count, width) for width in (4, 2, 10)]


SHAPES = {"scrfd": scrfd_shapes, "retinaface": retinaface_shapes}


def made_up(kind, batch, seed):
    """Outputs of a model that sees a few faces: small numbers, and scores of which some pass."""
    random = np.random.default_rng(seed)
    outputs = []
    for shape in SHAPES[kind](batch):
        values = random.normal(0, 1, shape).astype(np.float32)
        if kind == "scrfd" and shape[-1] == 4:
            values = np.abs(values) * 2 + 1
        if shape[-1] == (1 if kind == "scrfd" else 2):
            values = random.uniform(0, 1, shape).astype(np.float32) ** 8
        outputs.append(values)
    return outputs


def slow_scrfd(outputs, index):
    """Every anchor, one after the other: score, box, landmarks in pixels of the input."""
    found = []
    for level, stride in enumerate(STRIDES):
        scores, boxes, points = (outputs[kind * 3 + level][index] for kind in range(3))
        place = 0
        for row in range(INPUT_HW[0] // stride):
            for column in range(INPUT_HW[1] // stride):
                for _anchor in range(2):
                    x, y = column * stride, row * stride
                    left, top, right, bottom = (float(value) * stride for value in boxes[place])
                    marks = [
                        (x + float(points[place][2 * i]) * stride, y + float(points[place][2 * i + 1]) * stride)
                        for i in range(5)
                    ]
                    found.append((float(scores[place][0]), (x - left, y - top, x + right, y + bottom), marks))
                    place += 1
    return found


def slow_retinaface(outputs, index):
    """The same by priors, as the published training code makes them."""
    loc, conf, landm = (output[index] for output in outputs)
    found = []
    for stride in STRIDES:
        for row in range(INPUT_HW[0] // stride):
            for column in range(INPUT_HW[1] // stride):
                for side in SIDES[stride]:
                    place = len(found)
                    x, y = (column + 0.5) * stride, (row + 0.5) * stride
                    middle_x, middle_y = (
                        x + float(loc[place][0]) * 0.1 * side,
                        y + float(loc[place][1]) * 0.1 * side,
                    )
                    width = side * math.exp(0.2 * float(loc[place][2]))
                    height = side * math.exp(0.2 * float(loc[place][3]))
                    box = (
                        middle_x - width / 2,
                        middle_y - height / 2,
                        middle_x + width / 2,
                        middle_y + height / 2,
                    )
                    marks = [
                        (
                            x + float(landm[place][2 * i]) * 0.1 * side,
                            y + float(landm[place][2 * i + 1]) * 0.1 * side,
                        )
                        for i in range(5)
                    ]
                    found.append((float(conf[place][1]), box, marks))
    return found


SLOW = {"scrfd": slow_scrfd, "retinaface": slow_retinaface}


def slow_faces(kind, outputs, index, scale, image_hw, score_min):
    """Scale, leave out what is outside, remove overlaps: box by box."""
    kept = []
    for score, box, marks in sorted(SLOW[kind](outputs, index), key=lambda one: -one[0]):
        x1, y1, x2, y2 = (value / scale for value in box)
        outside = x2 <= 0 or y2 <= 0 or x1 >= image_hw[1] or y1 >= image_hw[0]
        if score < score_min or outside or any(iou((x1, y1, x2, y2), other) > 0.4 for _, other, _ in kept):
            continue
        kept.append((score, (x1, y1, x2, y2), [(x / scale, y / scale) for x, y in marks]))
    return kept[:128]


def iou(a, b):
    shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return shared / (sum(areas) - shared)


@pytest.mark.parametrize("kind", ["scrfd", "retinaface"])
@pytest.mark.parametrize("seed", range(5))
def test_faces_are_those_of_a_slow_decoder(kind, seed):
    """Each picture of a batch of four, in pixels of a picture of another size."""
    outputs = made_up(kind, 4, seed)
    decoder = FaceDecoder(kind, SHAPES[kind](4), INPUT_HW, "detector x")
    for index in range(4):
        faces = decoder.faces(outputs, index, 0.4, (240, 380), 0.3)
        expected = slow_faces(kind, outputs, index, 0.4, (240, 380), 0.3)
        assert 5 < len(expected) == len(faces)
        assert np.allclose(faces.scores, [score for score, _, _ in expected], atol=1e-6)
        assert np.allclose(faces.boxes, [box for _, box, _ in expected], atol=1e-2)
        assert np.allclose(faces.landmarks, [marks for _, _, marks in expected], atol=1e-2)


@pytest.mark.parametrize("kind", ["scrfd", "retinaface"])
def test_outputs_are_found_by_their_shapes(kind):
    """A compiler may reorder them, and a model of one picture may leave the batch out."""
    outputs = made_up(kind, 1, 1)
    faces = FaceDecoder(kind, SHAPES[kind](1), INPUT_HW, "x").faces(outputs, 0, 1.0, INPUT_HW, 0.3)
    turned = [output[0] for output in reversed(outputs)]
    decoder = FaceDecoder(kind, [output.shape for output in turned], INPUT_HW, "x")
    again = decoder.faces(turned, 0, 1.0, INPUT_HW, 0.3)
    assert len(faces) > 5
    assert np.array_equal(again.boxes, faces.boxes)


@pytest.mark.parametrize("kind", ["scrfd", "retinaface"])
def test_what_is_not_finite_never_becomes_a_face(kind):
    """Neither a score, nor a side, nor a landmark; the other candidates stay what they are."""
    outputs = made_up(kind, 1, 2)
    decoder = FaceDecoder(kind, SHAPES[kind](1), INPUT_HW, "x")
    count = len(decoder.faces(outputs, 0, 1.0, INPUT_HW, 0.3))
    random = np.random.default_rng(0)
    for output in outputs:
        flat = output.reshape(-1)
        flat[random.integers(0, flat.size, flat.size // 20)] = np.nan
        flat[random.integers(0, flat.size, flat.size // 50)] = np.inf
    faces = decoder.faces(outputs, 0, 1.0, INPUT_HW, 0.3)
    assert 0 < len(faces) < count
    assert all(np.isfinite(values).all() for values in (faces.boxes, faces.landmarks, faces.scores))


def test_outputs_that_are_not_those_of_the_model_are_refused():
    """The native code reads what it is told is there."""
    outputs = made_up("scrfd", 2, 1)
    decoder = FaceDecoder("scrfd", scrfd_shapes(2), INPUT_HW, "x")
    with pytest.raises(ModelError, match="gave 2 pictures, number 2"):
        decoder.faces(outputs, 2, 1.0, INPUT_HW, 0.3)
    for wrong in (outputs[3].astype(np.float64), outputs[3][:, :-1], outputs[3][:, ::-1]):
        with pytest.raises(ModelError, match="not contiguous float32"):
            decoder.faces([*outputs[:3], wrong, *outputs[4:]], 0, 1.0, INPUT_HW, 0.3)


def test_outputs_of_another_model_are_refused_with_their_shapes():
    """One too few, one too many, an unknown kind, and an input that no grid divides."""
    shapes = scrfd_shapes(1)
    with pytest.raises(ModelError, match=r"detector x gives .*: no outputs of scrfd, it has none of 30×10"):
        FaceDecoder("scrfd", shapes[:-1], INPUT_HW, "detector x")
    with pytest.raises(ModelError, match="1 are more than that kind has"):
        FaceDecoder("scrfd", [*shapes, (1, 7)], INPUT_HW, "x")
    with pytest.raises(ModelError, match=r'decode = "ssd" is unknown'):
        FaceDecoder("ssd", shapes, INPUT_HW, "x")
    with pytest.raises(ModelError, match="no multiple of 32"):
        FaceDecoder("scrfd", shapes, (100, 160), "x")
