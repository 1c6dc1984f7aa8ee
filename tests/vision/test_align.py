"""Upright crops: the right similarity, the right border."""

import cv2
import numpy as np
import pytest

from sophon_report.vision.align import TEMPLATE, align, similarity

TURNED = TEMPLATE @ np.array([[1.6, 0.9], [-0.9, 1.6]], np.float32) + np.float32([40, 25])


def test_landmarks_that_are_a_similarity_of_the_template_land_on_it():
    """Turned, scaled and shifted points come back exactly."""
    matrix = similarity(TURNED)
    assert np.abs(TURNED @ matrix[:, :2].T + matrix[:, 2] - TEMPLATE).max() < 1e-4


def test_no_other_turn_and_size_fits_better():
    """The residual grows in whichever direction the similarity is changed."""
    points = TURNED + np.random.default_rng(7).normal(0, 3, (5, 2))
    matrix = similarity(points)

    def residual(cosine, sine, x, y):
        turn = np.array([[cosine, -sine], [sine, cosine]])
        return float(((points @ turn.T + (x, y) - TEMPLATE) ** 2).sum())

    best = np.array([matrix[0, 0], matrix[1, 0], matrix[0, 2], matrix[1, 2]])
    for step in np.vstack([np.eye(4), -np.eye(4)]) * [0.01, 0.01, 1, 1]:
        assert residual(*(best + step)) > residual(*best)


def test_a_mirrored_face_is_not_mirrored_back():
    """Left and right exchanged give a poor fit, never a reflection."""
    matrix = similarity(TEMPLATE * np.float32([-1, 1]))
    assert np.linalg.det(matrix[:, :2]) > 0


def test_outside_the_picture_its_border_is_repeated():
    """A face over the edge meets the edge's colour and not black."""
    image = np.full((100, 100, 3), 200, np.uint8)
    assert align(image, (TEMPLATE - np.float32([60, 0]))[np.newaxis]).min() == 200


def test_five_times_the_same_point_gives_a_flat_crop():
    """Landmarks without extent are no reason to fail: such a crop has no clarity and is never chosen."""
    crop = align(np.full((50, 50, 3), 7, np.uint8), np.full((1, 5, 2), 20, np.float32))
    assert (crop == 7).all()


def test_no_faces_give_no_crops():
    """The shape stays the agreed one."""
    assert align(np.zeros((10, 10, 3), np.uint8), np.empty((0, 5, 2), np.float32)).shape == (0, 112, 112, 3)


@pytest.mark.models
def test_crops_equal_those_of_opencvs_own_recogniser(models_dir, astronaut, face):
    """The reference is ``FaceRecognizerSF.alignCrop``: at most one grey level apart on a whole face."""
    recogniser = cv2.FaceRecognizerSF.create(
        str(models_dir / "sources" / "face_recognition_sface_2021dec.onnx"), ""
    )
    row = np.concatenate([face.boxes[0], face.landmarks[0].ravel(), face.scores])
    theirs = recogniser.alignCrop(astronaut, row).astype(int)
    assert np.abs(align(astronaut, face.landmarks)[0].astype(int) - theirs).max() <= 1
