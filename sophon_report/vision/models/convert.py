"""Model files as published, rewritten once at set-up into what runs fast and at every picture size.

Needs the ``onnx`` package, which the running service does not.

- **YuNet** is published for 640x640 pictures of batch 1 only. Its Reshapes are 1 x -1 x k and its Resizes go by
  scale, so naming the sizes is all it takes; free sizes cost nothing (18.0 ms against 17.9 at 1280x736, measured).
- **SFace** lists its weights as graph inputs, which forbids folding them (4 ms a face), and its PRelu is slow in
  onnxruntime 1.31 (10 ms a face); both are rewritten, with the output equal within 3e-6 (measured).
- **faceres** is a TensorFlow.js graph: ``tfjs.py``.
"""

from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence

from sophon_report.errors import ModelError
from sophon_report.vision.models.card import ATTRIBUTES, DETECTOR, EMBEDDER
from sophon_report.vision.models.tfjs import convert_faceres


def convert(role: str, sources: Sequence[Path]) -> bytes:
    """Return the ONNX file that runs, made of the source files of the default model of ``role``.

    Raises:
        ModelError: the ``onnx`` package is missing, or the sources are not what the recipe is for.
    """
    try:
        import onnx  # noqa: PLC0415 - at set-up only
    except ImportError as error:
        raise ModelError("models are converted with onnx: pip install 'sophon-report[models]'") from error
    try:
        model = _RECIPES[role](onnx, sources)
        onnx.checker.check_model(model, full_check=True)
    except (
        KeyError,
        IndexError,
        ValueError,
        TypeError,
        OSError,
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as error:
        raise ModelError(f"{sources[0].name} cannot be converted: {type(error).__name__}: {error}") from error
    return bytes(model.SerializeToString(deterministic=True))


def sface_with_prelu(sources: Sequence[Path]) -> bytes:
    """Return SFace with its PRelu as it is published, the rest as :func:`convert` writes it: for a chip.

    Raises:
        ModelError: the ``onnx`` package is missing.
    """
    try:
        import onnx  # noqa: PLC0415 - at set-up only
    except ImportError as error:
        raise ModelError("models are converted with onnx: pip install 'sophon-report[models]'") from error
    return bytes(_sface(onnx, sources, spelled_out=False).SerializeToString(deterministic=True))


def _yunet(onnx: Any, sources: Sequence[Path]) -> Any:
    """Free batch, height and width."""
    model = onnx.load(str(sources[0]))
    graph = model.graph
    _name_dims(graph.input[0], {0: "batch", 2: "height", 3: "width"})
    for output in graph.output:
        _name_dims(output, {0: "batch", 1: f"cells_{output.name.rpartition('_')[2]}"})
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for name in {node.input[1] for node in graph.node if node.op_type == "Reshape"}:
        shape = onnx.numpy_helper.to_array(weights[name]).copy()
        shape[0] = 0  # "as it comes in", where the file says 1
        weights[name].CopyFrom(onnx.numpy_helper.from_array(shape, name))
    del graph.value_info[:]
    return model


def _sface(onnx: Any, sources: Sequence[Path], *, spelled_out: bool = True) -> Any:
    """Weights as constants, free batch, PRelu in faster words where it is spelled out."""
    model = onnx.load(str(sources[0]))
    graph = model.graph
    (picture,) = [value for value in graph.input if value.name == "data"]
    _name_dims(picture, {0: "batch"})
    del graph.input[:]
    graph.input.append(picture)
    _name_dims(graph.output[0], {0: "batch"})
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes: List[Any] = []
    for node in graph.node:
        nodes += _prelu(onnx, node, weights) if spelled_out and node.op_type == "PRelu" else [node]
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    return model


def _prelu(onnx: Any, node: Any, weights: Dict[str, Any]) -> Sequence[Any]:
    """The same function: ``max(x, s*x)`` while no slope is above 1, else ``relu(x) + s*(x - relu(x))``."""
    make = onnx.helper.make_node
    (value, slope), result = node.input, node.output[0]
    scaled = f"{result}_scaled"
    if onnx.numpy_helper.to_array(weights[slope]).max() <= 1:
        return [make("Mul", [value, slope], [scaled]), make("Max", [value, scaled], [result])]
    above, below = f"{result}_above", f"{result}_below"
    return [
        make("Relu", [value], [above]),
        make("Sub", [value, above], [below]),
        make("Mul", [below, slope], [scaled]),
        make("Add", [above, scaled], [result]),
    ]


def _name_dims(value: Any, names: Dict[int, str]) -> None:
    for index, name in names.items():
        value.type.tensor_type.shape.dim[index].dim_param = name


_RECIPES: Dict[str, Callable[[Any, Sequence[Path]], Any]] = {
    DETECTOR: _yunet,
    EMBEDDER: _sface,
    ATTRIBUTES: lambda onnx, sources: convert_faceres(onnx, sources[0].read_bytes(), sources[1].read_bytes()),
}
