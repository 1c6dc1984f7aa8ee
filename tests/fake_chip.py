"""A fake SAIL for one test, and a net so small that every value of its outputs can be told."""

import contextlib
from pathlib import Path
from typing import Iterator

import numpy as np
import onnx
from onnx import TensorProto, helper

from sophon_report.testing.sail import FakeSail, Scenario, fake_sail

DEFAULT = Scenario()


@contextlib.contextmanager
def running_chip(scenario: Scenario = DEFAULT, *, expect_violations: bool = False) -> Iterator[FakeSail]:
    """A fake whose chip must not have been wronged when the test is over, unless that is the test."""
    fake = fake_sail(scenario)
    try:
        yield fake
    finally:
        fake.chip.end()
    assert bool(fake.chip.violations) == expect_violations, fake.chip.violations


def tiny_onnx(path: Path, side: int = 4) -> Path:
    """Write a net of one picture 1×3×side×side: ``zeta`` is twice the input, ``alpha`` the input less 5."""
    shape = [1, 3, side, side]
    constants = {"two": 2.0, "five": 5.0}
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "two"], ["zeta"]), helper.make_node("Sub", ["x", "five"], ["alpha"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("zeta", "alpha")],
        [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return path


def ramp(*shape: int) -> np.ndarray:
    """Values 0 to 255 that differ from their neighbours."""
    return (np.arange(int(np.prod(shape))) * 7 % 256).astype(np.float32).reshape(shape)
