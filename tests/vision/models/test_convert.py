"""Conversions: the golden inputs notice what went wrong, and a graph that is not the known one is refused."""

import json

import onnx
import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.models.convert import convert
from sophon_report.vision.models.golden import check_golden
from sophon_report.vision.models.session import OnnxSession
from sophon_report.vision.models.tfjs import convert_faceres

pytestmark = pytest.mark.models


@pytest.fixture
def faceres(models_dir):
    """The published graph and its weights."""
    sources = models_dir / "sources"
    return json.loads((sources / "faceres.json").read_bytes()), (sources / "faceres.bin").read_bytes()


def converted(topology, weights):
    return convert_faceres(onnx, json.dumps(topology).encode(), weights)


def test_one_wrong_weight_is_noticed_by_the_golden_input(faceres):
    """A conversion counts only when the model answers as the published one."""
    topology, weights = faceres
    session = OnnxSession(converted(topology, weights).SerializeToString(), "right")
    check_golden("attributes", session)
    # The age head's first bias, 256*100 float16 weights in: 1.0 more for the age of one year.
    place = 256 * 100 * 2
    broken = weights[:place] + b"\x00\x42" + weights[place + 2 :]
    with pytest.raises(ModelError, match="golden"):
        check_golden("attributes", OnnxSession(converted(topology, broken).SerializeToString(), "wrong"))


def test_another_models_file_is_noticed_by_its_outputs(library):
    """The detector, which takes pictures of that size too, in the place of another."""
    session = OnnxSession(library.open("detector").path.read_bytes(), "detector")
    with pytest.raises(ModelError, match="other outputs"):
        check_golden("attributes", session)


def test_an_unknown_operation_stops_with_its_name(faceres):
    """Nothing is converted by guessing."""
    topology, weights = faceres
    next(node for node in topology["modelTopology"]["node"] if node["op"] == "Relu")["op"] = "Relu6"
    with pytest.raises(ValueError, match="Relu6"):
        converted(topology, weights)


def test_nodes_out_of_order_are_refused(faceres):
    """The order is checked and not repaired."""
    topology, weights = faceres
    topology["modelTopology"]["node"].reverse()
    with pytest.raises(ValueError, match="before it is made"):
        converted(topology, weights)


@pytest.mark.parametrize("change", [b"\x00\x00", None])
def test_weights_must_fill_their_file(faceres, change):
    """A byte too many or too few means that every number is another one's."""
    topology, weights = faceres
    with pytest.raises(ValueError, match=r"weights end|buffer is smaller"):
        converted(topology, weights + change if change else weights[:-2])


def test_a_source_of_another_kind_is_an_error_of_the_model(models_dir):
    """The edge speaks in this package's errors."""
    source = models_dir / "sources" / "face_detection_yunet_2023mar.onnx"
    with pytest.raises(ModelError, match="cannot be converted"):
        convert("embedder", [source])
