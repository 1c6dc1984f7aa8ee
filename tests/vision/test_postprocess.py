"""Detector outputs become faces: against a slow decoder that does one cell at a time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sophon_report.errors import ModelError
from sophon_report.vision.postprocess import MAX_CANDIDATES, STRIDES, decode_yunet

HW = (96, 160)
WIDTHS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def empty_outputs(input_hw=HW, batch=1):
    """Outputs of a detector that sees nothing."""
    return {
        f"{name}_{stride}": np.zeros((batch, (input_hw[0] // stride) * (input_hw[1] // stride), width), np.float32)
        for name, width in WIDTHS.items()
        for stride in STRIDES
    }


def put_face(outputs, stride, cell, score=0.9, size_px=(40.0, 50.0), batch=0):
    """Make one cell see a face around its own corner."""
    outputs[f"cls_{stride}"][batch, cell] = outputs[f"obj_{stride}"][batch, cell] = score
    outputs[f"bbox_{stride}"][batch, cell] = (0, 0, *(math.log(size / stride) for size in size_px))
    outputs[f"kps_{stride}"][batch, cell] = np.arange(10) / 10


def random_outputs(seed, share, spoiled):
    """Outputs where about ``share`` of the cells pass, scores in steps so that many are equal, some not finite."""
    rng = np.random.default_rng(seed)
    outputs = empty_outputs()
    for name, array in outputs.items():
        if name[:3] in ("cls", "obj"):
            array[:] = np.where(rng.random(array.shape) < share, rng.integers(4, 13, array.shape) / 10, 0.1)
        else:
            array[:] = rng.normal(0.5, 0.8, array.shape)
        array[rng.random(array.shape) < spoiled] = rng.choice([np.nan, np.inf, -np.inf, 1e30, -1e30])
    return outputs


def slow_iou(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(areas) - width * height)


def slow_faces(outputs, input_hw, scale, image_hw, score_min=0.6, iou_max=0.3, max_faces=128):
    """``(score, box, landmarks)`` by the formulas, everything decoded first."""
    found = []
    for stride in STRIDES:
        columns = input_hw[1] // stride
        for cell in range((input_hw[0] // stride) * columns):
            cls, obj, bbox, kps = (outputs[f"{name}_{stride}"][0, cell].astype(float) for name in WIDTHS)
            if not all(np.isfinite(values).all() for values in (cls, obj, bbox, kps)):
                continue
            score = np.sqrt(np.float32(np.clip(cls[0], 0, 1)) * np.float32(np.clip(obj[0], 0, 1)))
            corner = np.array([cell % columns, cell // columns])
            centre = (corner + bbox[:2]) * stride
            size = np.exp(np.minimum(bbox[2:], 100)) * stride
            box = np.concatenate([centre - size / 2, centre + size / 2]) / scale
            landmarks = (kps.reshape(5, 2) + corner) * stride / scale
            inside = box[0] < image_hw[1] and box[1] < image_hw[0] and box[2] > 0 and box[3] > 0
            left, top, right, bottom = box.clip(-1e30, 1e30).astype(np.float32)
            inside = inside and left < right and top < bottom
            usable = np.abs(np.concatenate([box, landmarks.ravel()])).max() <= 1e9
            if score >= np.float32(score_min) and inside and usable:
                found.append((float(score), box, landmarks))
    kept = []
    for face in sorted(found, key=lambda one: -one[0])[:MAX_CANDIDATES]:
        if all(slow_iou(face[1], other[1]) <= iou_max for other in kept):
            kept.append(face)
    return kept[:max_faces]


def assert_same(faces, expected):
    assert len(faces) == len(expected)
    for box, landmarks, score, (slow_score, slow_box, slow_landmarks) in zip(
        faces.boxes, faces.landmarks, faces.scores, expected
    ):
        assert score == pytest.approx(slow_score, abs=1e-6)
        np.testing.assert_allclose(box, slow_box, rtol=1e-4, atol=1e-2)
        np.testing.assert_allclose(landmarks, slow_landmarks, rtol=1e-4, atol=1e-2)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    share=st.sampled_from([0.0, 0.01, 0.2, 1.0]),
    spoiled=st.sampled_from([0.0, 0.02]),
    scale=st.sampled_from([1.0, 0.5, 1.7]),
    score_min=st.sampled_from([0.0, 0.6, 0.7, 1.0]),
)
def test_faces_equal_those_of_the_slow_decoder(seed, share, spoiled, scale, score_min):
    """Random outputs, with equal scores, NaN, infinities and sizes out of range, decode as the formulas say."""
    outputs = random_outputs(seed, share, spoiled)
    image_hw = (int(90 / scale), int(150 / scale))
    faces = decode_yunet(outputs, HW, scale, image_hw, score_min=score_min)
    assert_same(faces, slow_faces(outputs, HW, scale, image_hw, score_min=score_min))


def test_a_face_is_given_in_pixels_of_the_picture():
    """A cell's values times its stride, divided by how much the picture was shrunk."""
    outputs = empty_outputs()
    put_face(outputs, 16, cell=2 * 10 + 3)
    faces = decode_yunet(outputs, HW, 0.5, (192, 320))
    np.testing.assert_allclose(faces.boxes, [[56, 14, 136, 114]], atol=1e-3)
    np.testing.assert_allclose(faces.landmarks[0, :2], [[96, 67.2], [102.4, 73.6]], atol=1e-3)
    assert faces.scores == pytest.approx(0.9)


def test_a_quiet_detector_gives_no_faces():
    """No cell at the pass mark, no face."""
    assert len(decode_yunet(empty_outputs(), HW, 1.0, HW)) == 0


def test_faces_come_best_first_and_the_best_are_kept():
    """``max_faces`` drops the worst scores."""
    outputs = empty_outputs()
    for number, score in enumerate((0.7, 0.9, 0.8, 0.95)):
        put_face(outputs, 8, cell=20 + 5 * number, score=score, size_px=(10.0, 10.0))
    faces = decode_yunet(outputs, HW, 1.0, HW, max_faces=3)
    np.testing.assert_allclose(faces.scores, [0.95, 0.9, 0.8], rtol=1e-6)


def test_when_too_many_cells_pass_the_best_scores_compete():
    """More candidates than the bound: the later, better ones displace the earlier, worse ones."""
    hw = (384, 640)
    outputs = empty_outputs(hw)
    cells = outputs["cls_8"].shape[1]
    assert cells > 2 * MAX_CANDIDATES
    for cell in range(cells):
        put_face(outputs, 8, cell, score=0.7 + 0.25 * cell / cells, size_px=(4.0, 4.0))
    faces = decode_yunet(outputs, hw, 1.0, hw, max_faces=cells)
    assert len(faces) == MAX_CANDIDATES
    assert faces.scores.min() >= 0.7 + 0.25 * (cells - MAX_CANDIDATES) / cells - 1e-6


def test_a_box_without_a_point_of_the_picture_is_no_face():
    """What lies in the padding is dropped; what reaches out of the picture is kept whole."""
    outputs = empty_outputs()
    put_face(outputs, 8, cell=11 * 20 + 19, size_px=(4.0, 4.0))
    put_face(outputs, 32, cell=0)
    faces = decode_yunet(outputs, HW, 1.0, (64, 96))
    np.testing.assert_allclose(faces.boxes, [[-20, -25, 20, 25]], atol=1e-3)


def test_each_picture_of_a_batch_has_its_own_faces():
    """``batch_index`` chooses the picture."""
    outputs = empty_outputs(batch=3)
    put_face(outputs, 16, cell=23, batch=1)
    put_face(outputs, 32, cell=7, score=0.8, batch=2)
    found = [decode_yunet(outputs, HW, 1.0, HW, batch_index=index).scores.round(3).tolist() for index in range(3)]
    assert found == [[], [pytest.approx(0.9)], [pytest.approx(0.8)]]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda outputs: outputs.pop("obj_16"), id="missing"),
        pytest.param(lambda outputs: outputs.update(cls_8=outputs["cls_8"][:, :-1]), id="cells"),
        pytest.param(lambda outputs: outputs.update(kps_8=outputs["bbox_8"]), id="width"),
        pytest.param(lambda outputs: outputs.update(cls_8=outputs["cls_8"][0]), id="rank"),
        pytest.param(lambda outputs: outputs.update(cls_8=outputs["cls_8"].astype(np.float16)), id="type"),
        pytest.param(lambda outputs: outputs.update(bbox_8=np.asfortranarray(outputs["bbox_8"])), id="order"),
        pytest.param(lambda outputs: outputs.update(cls_32=outputs["cls_32"][:0]), id="batch"),
    ],
)
def test_outputs_that_are_not_the_detectors_are_refused(spoil):
    """A wrong shape, type or layout is named, never read past its end."""
    outputs = empty_outputs()
    spoil(outputs)
    with pytest.raises(ModelError, match=r"(obj|cls|bbox|kps)_(8|16|32)"):
        decode_yunet(outputs, HW, 1.0, HW)
