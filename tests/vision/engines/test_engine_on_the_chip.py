"""The engine of a box on the fake chip: the same faces and features as the CPU's, on pictures of all kinds."""

import cv2
import numpy as np
import pytest

from sophon_report.model import Faces
from sophon_report.testing.sail import Canned, Scenario
from sophon_report.vision.align import align
from sophon_report.vision.models.card import ATTRIBUTES, DETECTOR, EMBEDDER
from sophon_report.vision.picture import HostPicture
from sophon_report.wire.pictures import decode_image

pytestmark = pytest.mark.models
PROFILES = [
    Scenario(version=version, target=target) for version in ("3.7.0", "3.10.7") for target in ("BM1684", "BM1684X")
]
profiles = pytest.mark.parametrize("scenario", PROFILES, ids=lambda one: f"{one.version}-{one.target}")
PROFILES.append(Scenario(version="3.9.0"))  # pictures can be uploaded, and errors end the process
versions = pytest.mark.parametrize("version", ["3.7.0", "3.10.7"])


def iou(a, b):
    corner, far = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    shared = np.clip(far - corner, 0, None).prod()
    return shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared)


@profiles
def test_faces_and_features_are_those_of_the_cpu(sail_engine, decoded, scenario, astronaut, face, engine):
    """On both chips, with the oldest and the newest SAIL, of a frame of the decoder and of a picture in memory."""
    (expected,) = engine.embed(engine.align(HostPicture(astronaut), face.landmarks))
    with sail_engine(scenario) as chip:
        for picture in (decoded(chip.chip, astronaut), HostPicture(astronaut)):
            (found,) = chip.detect([picture], 20)
            assert len(found) == 1
            assert iou(found.boxes[0], face.boxes[0]) > 0.95
            (feature,) = chip.embed(chip.align(picture, found.landmarks))
            assert feature @ expected > 0.98
            assert np.linalg.norm(feature) == pytest.approx(1, abs=1e-5)
        assert chip.counts()["aligned_by_cpu"] == 0


@versions
def test_a_batch_is_filled_across_pictures_of_different_sizes(sail_engine, decoded, astronaut, version):
    """Six pictures in two launches; each face is told in the pixels of its own picture, in the order given."""
    large = cv2.resize(astronaut, (1536, 1536))
    wide = cv2.copyMakeBorder(astronaut, 0, 0, 700, 68, cv2.BORDER_CONSTANT)
    empty = np.zeros((480, 640, 3), np.uint8)
    images = [astronaut, large, empty, wide, astronaut, empty]
    with sail_engine(Scenario(version=version)) as chip:
        before = chip.fake.chip.counts["process"]
        found = chip.detect([decoded(chip.chip, image) for image in images], 20)
        assert chip.fake.chip.counts["process"] == before + 2
        assert [len(faces) for faces in found] == [1, 1, 0, 1, 1, 0]
        one = found[0].boxes[0]
        assert iou(found[1].boxes[0], one * 3) > 0.9
        assert iou(found[3].boxes[0], one + np.array([700, 0, 700, 0])) > 0.85
        assert np.array_equal(found[4].boxes, found[0].boxes)


def test_a_single_picture_takes_the_batch_of_one(sail_engine, decoded, chip_model, astronaut):
    """Where there is one; with a batch of four alone the rest of it is filled up."""
    with sail_engine() as chip:
        assert chip.batch == 4
        (found,) = chip.detect([decoded(chip.chip, astronaut)], 20)
    with sail_engine(detector=chip_model(DETECTOR, batches=[4])) as chip:
        (again,) = chip.detect([decoded(chip.chip, astronaut)], 20)
        assert np.allclose(again.boxes, found.boxes, atol=1e-3)
        assert len(chip.detect([HostPicture(astronaut[:12, :12])], 20)[0]) == 0
        assert chip.counts()["prepared_by_cpu"] == 1
    with sail_engine(detector=chip_model(DETECTOR, batches=[1])) as chip:
        assert chip.batch == 1
        assert [len(faces) for faces in chip.detect([decoded(chip.chip, astronaut)] * 3, 20)] == [1, 1, 1]


def test_turns_are_under_way_while_others_begin(sail_engine, decoded, astronaut):
    """More turns than there are buffers end in their order, whether or not somebody asks in between."""
    empty = np.zeros((480, 640, 3), np.uint8)
    with sail_engine() as chip:
        turns = [
            chip.begin_detect([decoded(chip.chip, image)], 20)
            for image in (astronaut, empty, astronaut, empty, empty)
        ]
        assert [len(turn.faces()[0]) for turn in turns] == [1, 0, 1, 0, 0]
        assert all(turn.ready() for turn in turns)
        assert turns[0].faces() is turns[0].faces()


@versions
@pytest.mark.parametrize("target", ["BM1684", "BM1684X"])
def test_crops_of_the_chip_equal_those_of_the_cpu(sail_engine, decoded, astronaut, face, version, target):
    """Within a grey level or two, at the picture's edge too: both repeat its border."""
    with sail_engine(Scenario(version=version, target=target)) as chip:
        picture = decoded(chip.chip, astronaut, "FORMAT_BGR_PLANAR")
        at_edge = face.landmarks - face.landmarks.min(axis=1, keepdims=True) + 3
        small = (face.landmarks - face.landmarks.mean(axis=1, keepdims=True)) * 0.2 + 300
        landmarks = np.concatenate([face.landmarks, at_edge, small]).astype(np.float32)
        crops = chip.align(picture, landmarks).astype(int)
        assert np.abs(crops - align(astronaut, landmarks)).max() <= 2
        assert chip.counts()["aligned_by_cpu"] == 0


def test_a_face_beyond_the_chips_zoom_is_aligned_by_the_cpu(sail_engine, decoded, astronaut):
    """A face of two pixels, and five times the same point: the chip is not asked."""
    tiny = np.array([[[9, 9], [10, 9], [9.5, 9.5], [9, 10], [10, 10]], [[5, 5]] * 5], np.float32)
    with sail_engine() as chip:
        crops = chip.align(decoded(chip.chip, astronaut, "FORMAT_BGR_PLANAR"), tiny)
        assert np.array_equal(crops, align(astronaut, tiny))
        assert chip.counts()["aligned_by_cpu"] == 2


@versions
@pytest.mark.parametrize("size", [(3000, 9), (12, 12), (40, 5000), (7, 3)])
def test_pictures_that_the_chip_cannot_take_are_prepared_by_the_cpu(sail_engine, astronaut, version, size):
    """Too small, too large, too narrow: looked at all the same, without a word to the chip."""
    image = cv2.resize(astronaut, size[::-1])
    with sail_engine(Scenario(version=version)) as chip:
        assert len(chip.detect([HostPicture(image), HostPicture(astronaut)], 20)[1]) == 1
        assert chip.counts()["prepared_by_cpu"] == (2 if version == "3.7.0" else 1)


def test_a_model_of_int8_inputs_and_outputs_finds_the_same_face(sail_engine, chip_model, decoded, astronaut, face):
    """Dtype and scale are read from the file, and outputs found whatever their order."""
    order = [11, 3, 7, 0, 4, 8, 1, 5, 9, 2, 6, 10]
    detector = chip_model(DETECTOR, "BM1684X", precision="int8", native_io=True, output_order=order)
    with sail_engine(Scenario(target="BM1684X"), detector=detector) as chip:
        (found,) = chip.detect([decoded(chip.chip, astronaut)], 20)
        best = found.boxes[0]
        assert iou(best, face.boxes[0]) > 0.7


def test_jpegs_are_the_chips_own(sail_engine, decoded, astronaut):
    """Whole, and of a box that reaches past the picture; sides are even, as halved colours need them."""
    for version in ("3.7.0", "3.10.7"):
        with sail_engine(Scenario(version=version)) as chip:
            picture = decoded(chip.chip, astronaut)
            whole = decode_image(chip.jpeg(picture, 80))
            assert whole.shape == astronaut.shape
            assert np.abs(whole.astype(int) - astronaut).mean() < 6
            part = decode_image(chip.jpeg(picture, 90, (-20.0, 401.5, 101.0, 700.0)))
            assert part.shape == (111 + 1, 101 + 1, 3)
            assert np.abs(part.astype(int) - astronaut[400:512, 0:102]).mean() < 8
            assert chip.counts()["encoded_by_cpu"] == 0


def test_what_the_chip_does_not_encode_the_cpu_does(sail_engine, decoded, astronaut):
    """Pictures below its smallest, and those in main memory; the first are counted."""
    with sail_engine() as chip:
        small = chip.jpeg(decoded(chip.chip, astronaut), 90, (10.0, 10.0, 15.0, 400.0))
        assert decode_image(small).shape == (390, 5, 3)
        assert chip.counts()["encoded_by_cpu"] == 1
        assert decode_image(chip.jpeg(HostPicture(astronaut[:33, :17]), 90)).shape == (33, 17, 3)
        assert chip.counts()["encoded_by_cpu"] == 1


def test_attributes_are_computed_on_the_chip(sail_engine, chip_model, decoded, astronaut, face, engine):
    """The same model, the same words; off until they are wanted."""
    files = chip_model(ATTRIBUTES, batches=[1], hw=(224, 224))
    with sail_engine(attributes=[lambda: files[0]]) as chip:
        picture = decoded(chip.chip, astronaut, "FORMAT_BGR_PLANAR")
        assert chip.attributes(picture, face)[0].age_years is None
        chip.want_attributes({"age", "gender"}, wait=True)
        (seen,) = chip.attributes(picture, face)
        (expected,) = engine.attributes(HostPicture(astronaut), face)
        assert seen.age_years == pytest.approx(expected.age_years, abs=0.01)
        assert seen.gender == expected.gender
        assert chip.attributes(picture, Faces.none()) == []


def test_any_number_of_crops_is_embedded_in_fours_and_what_is_left(
    sail_engine, chip_model, face, engine, astronaut
):
    """Features come in the order of their crops; none at all is none."""
    crops = np.stack(
        [cv2.convertScaleAbs(align(astronaut, face.landmarks)[0], alpha=1 - n / 10) for n in range(6)]
    )
    with sail_engine(embedder=chip_model(EMBEDDER)) as chip:
        before = chip.fake.chip.counts["process"]
        assert np.allclose(chip.embed(crops), engine.embed(crops), atol=1e-4)
        assert chip.fake.chip.counts["process"] == before + 2
        assert chip.embed(crops[:0]).shape == (0, 128)


def test_canned_models_pass_for_models(sail_engine, decoded):
    """Benchmarks run the engine on models that compute nothing: what is odd to it is not in their answers."""
    blank = np.zeros((720, 1280, 3), np.uint8)
    with sail_engine(Scenario(canned=(Canned(ms=0.1),))) as chip:
        turns = [chip.begin_detect([decoded(chip.chip, blank)] * 4, 40) for _ in range(6)]
        assert [[len(faces) for faces in turn.faces()] for turn in turns] == [[0] * 4] * 6
        assert chip.embed(np.stack([np.full((112, 112, 3), n, np.uint8) for n in range(5)])).shape == (5, 128)
        assert chip.counts()["odd_answers"] == 0


def test_an_uploaded_picture_of_any_width_is_looked_at_as_it_is(sail_engine, astronaut, engine):
    """Its rows get what the chip wants behind them, and faces come to lie where they are."""
    narrow = HostPicture(astronaut[:401, 150:427])
    (expected,) = engine.detect([narrow], 20)
    with sail_engine() as chip:
        (found,) = chip.detect([narrow], 20)
        assert len(found) == 1
        assert iou(found.boxes[0], expected.boxes[0]) > 0.98
        assert chip.counts()["prepared_by_cpu"] == 0


@pytest.mark.parametrize("width", [352, 448])
def test_a_frame_of_any_width_is_looked_at_again_after_its_colours_were_needed(
    sail_engine, decoded, astronaut, width
):
    """Planes are rows back to back, and the older chip resizes only from rows of multiples of 64."""
    with sail_engine() as chip:
        picture = decoded(chip.chip, astronaut[:, 20 : 20 + width], "FORMAT_NV12")
        picture.planar()
        assert len(chip.detect([picture], 20)[0]) == 1


def test_a_picture_that_the_chip_refuses_costs_the_others_of_its_turn_nothing(sail_engine, decoded, astronaut):
    """Rows that the older chip cannot read: the CPU prepares that picture."""
    with sail_engine() as chip:
        odd = decoded(chip.chip, astronaut[:, 20:372], "FORMAT_NV12", aligned=False)
        good = decoded(chip.chip, astronaut)
        assert [len(faces) for faces in chip.detect([odd, good, odd, good], 20)] == [1, 1, 1, 1]
        assert chip.counts()["prepared_by_cpu"] == 2
        assert [len(faces) for faces in chip.detect([odd], 20)] == [1]


@profiles
def test_a_picture_for_viewers_is_shrunk_on_the_chip(sail_engine, decoded, astronaut, scenario):
    """Whatever form the decoder gave; even sides, and one that is narrow enough stays as it is."""
    wide = cv2.resize(astronaut, (1280, 720))
    with sail_engine(scenario) as chip:
        for form in ("FORMAT_NV12", "FORMAT_BGR_PLANAR"):
            picture = decoded(chip.chip, wide, form)
            small = decode_image(chip.jpeg(picture, 80, width_px=641))
            assert small.shape == (360, 640, 3)
            assert np.abs(small.astype(int) - cv2.resize(wide, (640, 360))).mean() < 6
            assert decode_image(chip.jpeg(picture, 80, width_px=1280)).shape == wide.shape
        assert chip.counts()["encoded_by_cpu"] == 0
        assert decode_image(chip.jpeg(HostPicture(wide), 80, width_px=640)).shape == (360, 640, 3)


def test_a_picture_beyond_the_chips_zoom_is_shrunk_by_the_cpu(sail_engine, decoded, astronaut):
    """Counted as every other that the CPU encodes in its place."""
    flat = cv2.resize(astronaut, (4000, 64))
    with sail_engine() as chip:
        assert decode_image(chip.jpeg(decoded(chip.chip, flat), 80, width_px=160)).shape == (3, 160, 3)
        assert chip.counts()["encoded_by_cpu"] == 1
