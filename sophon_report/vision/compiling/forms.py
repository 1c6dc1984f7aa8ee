"""The default models as the vendor's compiler likes them best: one operation where the chip has one.

The file that runs on a CPU is the wrong start. SFace's PRelu is spelled out there because onnxruntime is slow at
it; for a chip it is one layer, and spelled out it would be quantised three times. ReLU6 of faceres is three
operations in TensorFlow.js and one here. In fp32 the answers are those of the CPU's file (tests/emulator).
"""

from pathlib import Path
from typing import Any, List, Sequence

from sophon_report.errors import ModelError
from sophon_report.vision.models.card import ATTRIBUTES, EMBEDDER
from sophon_report.vision.models.convert import convert, sface_with_prelu


def chip_form(role: str, sources: Sequence[Path]) -> bytes:
    """Return the ONNX file to be compiled, made of the source files of the default model of ``role``.

    Raises:
        ModelError: the ``onnx`` package is missing, or the sources are not what the recipe is for.
    """
    if role == EMBEDDER:
        return sface_with_prelu(sources)
    content = convert(role, sources)
    return _with_clips(content) if role == ATTRIBUTES else content


def _with_clips(content: bytes) -> bytes:
    """Every ``Max(Min(Relu(x), top), bottom)`` as ``Clip``; the Relu adds nothing to a bottom of zero."""
    import onnx  # noqa: PLC0415 - at set-up only

    model = onnx.load_from_string(content)
    graph = model.graph
    made_by = {node.output[0]: node for node in graph.node}
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    spelled, clips = set(), {}
    for node in graph.node:
        if node.op_type != "Max":
            continue
        least, most = node, made_by[node.input[0]]
        relu = made_by[most.input[0]]
        if (most.op_type, relu.op_type) != ("Min", "Relu") or constants[least.input[1]].item() != 0:
            raise ModelError(f"{node.name or node.output[0]} is not the end of a ReLU6")
        bounds = [least.input[1], most.input[1]]
        clips[node.output[0]] = onnx.helper.make_node("Clip", [relu.input[0], *bounds], [node.output[0]])
        spelled |= {most.output[0], relu.output[0]}
    nodes: List[Any] = [clips.get(node.output[0], node) for node in graph.node if node.output[0] not in spelled]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
