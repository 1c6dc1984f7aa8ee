"""Of more rows than faces the first was believed, and an answer without rows was no error that is caught."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from sophon_report.errors import ModelError
from sophon_report.model import Attributes, Faces
from sophon_report.vision.engines.attributes import AttributeModels, check_net
from sophon_report.vision.engines.cpu import CpuAttributes
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.picture import HostPicture

CARD = """
decode = "classes"

[outputs.hat]
columns = [3]
classes = ["yes"]
activation = "sigmoid"
"""
FACE = Faces(np.float32([[2, 2, 30, 30]]), np.zeros((1, 5, 2), np.float32), np.ones(1, np.float32))


def model(path, *nodes):
    """Takes 8×8 pixels; the file does not say how many numbers come out."""
    graph = helper.make_graph(
        nodes,
        "odd",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("hat", TensorProto.FLOAT, None)],
        [
            helper.make_tensor("rows", TensorProto.INT64, [2], [2, 96]),
            helper.make_tensor("none", TensorProto.INT64, [1], [0]),
        ],
    )
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)]), str(path))
    path.with_name(path.name + ".toml").write_text(CARD)
    return path


@pytest.mark.parametrize(
    "nodes",
    [
        [helper.make_node("Reshape", ["face", "rows"], ["hat"])],
        [helper.make_node("Slice", ["face", "none", "none"], ["hat"])],
        [helper.make_node("ReduceMean", ["face"], ["hat"], keepdims=0)],
        [helper.make_node("ReduceMean", ["face"], ["hat"], axes=[2, 3], keepdims=0)],
    ],
    ids=["two rows", "no row", "one number for all", "too few columns"],
)
def test_an_attribute_model_with_odd_outputs_ends_no_shot_and_no_vision(tmp_path, nodes):
    """It is refused as any model that does not fit: what it would tell is unknown."""
    path = model(tmp_path / "odd.onnx", *nodes)
    file = ModelLibrary(tmp_path).open("attributes", str(path))
    models = AttributeModels([lambda: file], CpuAttributes)
    models.want({"hat"}, wait=True)
    picture = HostPicture(np.zeros((40, 40, 3), np.uint8))
    assert models.look(picture, FACE) == [Attributes()]
    with pytest.raises(ModelError):
        check_net(CpuAttributes(file))
    models.close()
