"""The CPU engine on the real models: golden answers, and clear words for models that do not fit."""

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from sophon_report.config import Settings, parse_settings
from sophon_report.errors import ModelError
from sophon_report.model import Attributes, Faces
from sophon_report.vision.engines.choose import open_engine
from sophon_report.vision.engines.cpu import CpuEngine
from sophon_report.vision.models.golden import ramp
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.picture import HostPicture

pytestmark = pytest.mark.models


def picture(array):
    """A golden input ``(1, 3, H, W)`` as a picture ``(H, W, 3)``."""
    return np.ascontiguousarray(array[0].transpose(1, 2, 0).astype(np.uint8))


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.fixture
def own_model(tmp_path):
    """Make a small ONNX file that averages its picture into ``outputs``, each ``(name, width)``."""

    def make(name, outputs, side=112, batch=1):
        inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [batch, 3, side, side])]
        nodes, weights = [helper.make_node("ReduceMean", ["picture"], ["mean"], axes=[2, 3], keepdims=0)], []
        for output, width in outputs:
            weights.append(helper.make_tensor(f"{output}_w", TensorProto.FLOAT, [3, width], [1.0] * (3 * width)))
            nodes.append(helper.make_node("MatMul", ["mean", f"{output}_w"], [output]))
        values = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, width]) for name, width in outputs
        ]
        graph = helper.make_graph(nodes, "own", inputs, values, weights)
        model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
        path = tmp_path / name
        onnx.save(model, str(path))
        return path

    return make


def with_own(library, **own):
    """An engine with some of its models replaced by the given files."""
    paths = {role: str(path) for role, path in own.items()}
    return open_engine(parse_settings({"models": paths}), library)


def test_the_portraits_face_is_where_it_is_known_to_be(face):
    """Golden detection: one face, its score, box and landmarks, as OpenCV's own detector gives them."""
    assert len(face) == 1
    assert face.scores[0] == pytest.approx(0.9323, abs=1e-4)
    assert np.allclose(face.boxes[0], [178.17, 62.91, 268.07, 176.24], atol=0.01)
    points = [(200.12, 101.82), (247.13, 102.62), (220.37, 124.54), (198.61, 142.77), (239.67, 143.64)]
    assert np.allclose(face.landmarks[0], points, atol=0.01)


def test_a_larger_smallest_face_costs_less_and_finds_the_same(engine, astronaut, face):
    """Halved for faces from 40 px on, the face of 90 px is the same one in the same place."""
    (halved,) = engine.detect([HostPicture(astronaut)], 40)
    assert len(halved) == 1
    assert np.abs(halved.landmarks - face.landmarks).max() < 6
    crops = [engine.align(HostPicture(astronaut), faces.landmarks)[0] for faces in (face, halved)]
    full, half = engine.embed(np.stack(crops))
    assert cosine(full, half) > 0.9


def test_faces_of_twenty_pixels_are_found_at_full_size(engine, astronaut):
    """What ``min_face_px`` promises: a face of that width, at an odd place of a picture of an odd size."""
    scale = 20.5 / 89.9
    small = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    scene = np.full((333, 517, 3), 90, np.uint8)
    scene[150 : 150 + len(small), 301 : 301 + len(small)] = small
    (found,) = engine.detect([HostPicture(scene)], 20)
    assert len(found) == 1
    expected = np.array([178.17, 62.91, 268.07, 176.24]) * scale + [301, 150, 301, 150]
    assert np.abs(found.boxes[0] - expected).max() < 3


def test_pictures_of_different_sizes_go_in_one_call(engine, astronaut):
    """A list in, a list of the same length out, in its order."""
    empty = np.zeros((40, 70, 3), np.uint8)
    assert [
        len(faces) for faces in engine.detect([HostPicture(image) for image in (empty, astronaut, empty)], 20)
    ] == [0, 1, 0]
    assert engine.detect([], 20) == []


def test_features_are_those_of_the_golden_input_in_rgb(engine):
    """The embedder sees red first: fed blue first nothing would fail, and the cosines would be wrong."""
    rgb = picture(ramp(112, 112))
    feature = engine.embed(np.stack([rgb[..., ::-1], rgb]))
    golden = np.array([0.22843, 0.57279, -0.09876, 0.48466]) / 4.98501
    assert feature.shape == (2, 128)
    assert feature.dtype == np.float32
    assert np.allclose(feature[0, :4], golden, atol=1e-5)
    assert np.allclose(np.linalg.norm(feature, axis=1), 1, atol=1e-6)
    assert not np.allclose(feature[1, :4], golden, atol=1e-2)


def test_a_face_equals_the_feature_of_opencvs_own_recogniser(models_dir, engine, astronaut, face):
    """End to end against ``FaceRecognizerSF``: detect, align, embed."""
    recogniser = cv2.FaceRecognizerSF.create(
        str(models_dir / "sources" / "face_recognition_sface_2021dec.onnx"), ""
    )
    row = np.concatenate([face.boxes[0], face.landmarks[0].ravel(), face.scores])
    theirs = recogniser.feature(recogniser.alignCrop(astronaut, row))[0]
    (ours,) = engine.embed(engine.align(HostPicture(astronaut), face.landmarks))
    assert cosine(ours, theirs) > 0.99999


def test_boxes_equal_those_of_opencvs_own_detector(models_dir, astronaut, face):
    """The reference is ``FaceDetectorYN`` on the published file."""
    path = models_dir / "sources" / "face_detection_yunet_2023mar.onnx"
    detector = cv2.FaceDetectorYN.create(str(path), "", (512, 512), 0.6, 0.3)
    row = detector.detect(astronaut)[1][0]
    x, y, width, height = row[:4]
    assert np.allclose(face.boxes[0], [x, y, x + width, y + height], atol=1e-3)
    assert np.allclose(face.landmarks[0].ravel(), row[4:14], atol=1e-3)


def test_age_and_gender_of_the_portrait(engine, astronaut, face):
    """As fed by the recipe: a woman, 37; one answer per box."""
    first, second = engine.attributes(HostPicture(astronaut), face.select([0, 0]))
    assert first.gender == "female"
    assert first.age_years == pytest.approx(37, abs=1)
    assert second == first
    assert (first.glasses, first.mask, first.hat) == (None, None, None)


def test_no_faces_cost_nothing(engine, astronaut):
    """Empty in, empty out, in the agreed shapes."""
    assert engine.embed(np.empty((0, 112, 112, 3), np.uint8)).shape == (0, 128)
    assert engine.attributes(HostPicture(astronaut), Faces.none()) == []


def test_the_card_names_the_published_file_and_its_pass_mark(engine):
    """Features stay comparable when the conversion changes: the name is that of the source."""
    assert engine.embedder.sha256.startswith("0ba9fbfa")
    assert (engine.embedder.dim, engine.embedder.pass_cosine) == (128, 0.489)


def test_without_an_attribute_model_all_is_unknown(library, astronaut, face):
    """Never a guess."""
    engine = CpuEngine(library.open("detector"), library.open("embedder"))
    engine.want_attributes({"age", "gender", "mask"}, wait=True)
    assert engine.attributes(HostPicture(astronaut), face) == [Attributes()]


def test_an_own_embedder_of_512_numbers_drops_in(library, own_model):
    """Size and fixed batch are read from the file."""
    engine = with_own(library, embedder=own_model("wide.onnx", [("feature", 512)]))
    feature = engine.embed(np.full((2, 112, 112, 3), 9, np.uint8))
    assert feature.shape == (2, 512)
    assert engine.embedder.dim == 512


@pytest.mark.parametrize(
    ("role", "shape", "complaint"),
    [
        ("embedder", {"outputs": [("feature", 513)]}, "1×513"),
        ("embedder", {"outputs": [("feature", 128), ("more", 3)]}, "1×128, 1×3"),
        ("embedder", {"outputs": [("feature", 128)], "side": 96}, "must be 1×3×112×112"),
        ("embedder", {"outputs": [("feature", 128)], "batch": 4}, "not one picture"),
    ],
)
def test_an_own_model_that_does_not_fit_is_refused_by_its_shapes(library, own_model, role, shape, complaint):
    """The message has the file and what is wrong with it, at start and not at the first face."""
    with pytest.raises(ModelError, match=complaint) as error:
        with_own(library, **{role: own_model("own.onnx", **shape)})
    assert "own.onnx" in str(error.value)


def test_an_own_detector_without_the_outputs_is_refused_at_the_first_picture(library, own_model):
    """Its outputs are read by name."""
    engine = with_own(library, detector=own_model("own.onnx", [("cls_8", 1)], side=64))
    with pytest.raises(ModelError, match="cls_8"):
        engine.detect([HostPicture(np.zeros((64, 64, 3), np.uint8))], 20)


def test_the_published_detector_runs_at_its_one_size(models_dir, library, astronaut, face):
    """A fixed input is a letterbox: the same face, from the file before its rewrite."""
    engine = with_own(library, detector=models_dir / "sources" / "face_detection_yunet_2023mar.onnx")
    (found,) = engine.detect([HostPicture(cv2.resize(astronaut, (1024, 1024)))], 20)
    assert len(found) == 1
    assert np.abs(found.boxes / 2 - face.boxes).max() < 3


def test_a_zero_feature_is_an_error_and_no_face(library, own_model):
    """Nothing to compare with is never compared."""
    engine = with_own(library, embedder=own_model("own.onnx", [("feature", 4)]))
    with pytest.raises(ModelError, match="not finite, or zero"):
        engine.embed(np.zeros((1, 112, 112, 3), np.uint8))


@pytest.mark.parametrize(("name", "content"), [("own.onnx", b"\x00junk"), ("own.bmodel", b"")])
def test_a_file_that_is_no_onnx_model_is_told(library, tmp_path, name, content):
    """Junk, or a model of the TPU."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=name):
        with_own(library, detector=tmp_path / name)


def test_missing_models_say_what_to_run(tmp_path):
    """The first start without a network."""
    with pytest.raises(ModelError, match="sophon-report models fetch"):
        open_engine(Settings(), ModelLibrary(tmp_path))
