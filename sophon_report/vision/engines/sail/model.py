"""One bmodel on the chip: what it takes and gives, read from the file, and its answers, none believed blindly.

The promise
 * A launch that failed is found. SAIL does not report it: the outputs keep what was in memory. So where outputs
   can be made to hold what no model answers (NaN) they are, before each launch; where they cannot, an answer that
   equals the one before it, to another question, counts as odd.
 * After an odd answer the golden question is put, whose answer was recorded at the start. What is not finite is an
   error, never a face or a feature; an answer given twice counts when it comes again after the golden one.
 * After :data:`ODD_IN_A_ROW` odd answers in a row every further one is a :class:`~sophon_report.errors.ChipError`:
   only a new process may help.

Inputs and outputs are found by place and shape; their names change with the precision. The graph's name is asked
once and never made up: an unknown one ends the process. An array that is not contiguous would be overwritten.
"""

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

import numpy as np

from sophon_report.errors import ChipError, ModelError
from sophon_report.model import FloatArray
from sophon_report.vision.engines.sail.chip import TPU_ID, Chip
from sophon_report.vision.engines.sail.feeding import Feeding
from sophon_report.vision.models.card import ModelCard
from sophon_report.vision.models.chip_golden import golden_input
from sophon_report.vision.models.library import ModelFile

BATCHES = (1, 4)
ODD_IN_A_ROW = 5
"""A chance failure does not come five times; a chip or a driver that is stuck does."""
Outputs = List[FloatArray]
"""Of one launch, in the model's order, each ``(batch, ...)`` float32."""
Asked = Tuple[FloatArray, Outputs]
"""A question and its answer."""


@dataclass(frozen=True)
class ChipTensor:
    """An input or output of a bmodel."""

    name: str
    shape: Tuple[int, ...]
    dtype: str
    """SAIL's word for it, ``BM_FLOAT32``, ``BM_INT8`` or ``BM_UINT8``."""
    scale: float
    """An input is multiplied by it, an output too; 1 for floats."""

    def __str__(self) -> str:
        return "×".join(map(str, self.shape))


@dataclass(frozen=True)
class Interface:
    """What a bmodel takes and gives."""

    graph: str
    input: ChipTensor
    outputs: Tuple[ChipTensor, ...]

    @property
    def batch(self) -> int:
        """Pictures a launch."""
        return self.input.shape[0]

    @property
    def planes(self) -> Tuple[int, int, int]:
        """Planes, height and width of a picture."""
        _, planes, height, width = self.input.shape
        return planes, height, width


class OddAnswers:
    """Counts answers of one model that cannot be right."""

    def __init__(self, label: str) -> None:
        self._label, self._row = label, 0
        self.total = 0

    def good(self) -> None:
        """An answer was as it should be."""
        self._row = 0

    def error(self, why: str) -> ModelError:
        """Return what to raise for one that was not."""
        self._row += 1
        self.total += 1
        what = f"{self._label} {why}"
        if self._row >= ODD_IN_A_ROW:
            return ChipError(f"{what}, {self._row} times in a row: the chip or its driver is stuck")
        return ModelError(what)


@dataclass(frozen=True)
class Loaded:
    """A bmodel on the chip."""

    file: ModelFile
    engine: Any
    interface: Interface

    @property
    def label(self) -> str:
        """What errors call it."""
        return label_of(self.file)


def label_of(file: ModelFile) -> str:
    """Return what errors call a model."""
    return f"{file.role} {file.path.name}"


def load(chip: Chip, file: ModelFile, mode: str) -> Loaded:
    """Return a bmodel, loaded and looked at.

    Args:
        chip: where to.
        file: a bmodel.
        mode: how it is fed and read, a member of SAIL's ``IOMode``.

    Raises:
        ModelError: no bmodel, one for another chip, or the chip has no memory for it; not one graph and one input
            of four dimensions; a batch other than 1 or 4; numbers of a type that cannot be fed.
    """
    if not file.path.is_file():  # before 3.9.1 a missing file ends the process
        raise ModelError(f"models.{file.role}: {file.path} is missing")
    sail = chip.sail
    with chip.edge(
        f"models.{file.role}: {file.path.name} cannot be loaded on this {chip.target} (it is damaged, or for "
        "another chip: `sophon-report models list` tells which there are)"
    ):
        engine = sail.Engine(str(file.path), TPU_ID, getattr(sail.IOMode, mode))
    return Loaded(file, engine, _read_interface(chip, engine, label_of(file)))


def _read_interface(chip: Chip, engine: Any, label: str) -> Interface:
    with chip.edge(f"{label} cannot be read"):
        graphs = list(engine.get_graph_names())
        if len(graphs) != 1:
            raise ModelError(f"{label} has {len(graphs)} graphs, not one")
        graph = graphs[0]
        inputs = [_input(engine, graph, name) for name in engine.get_input_names(graph)]
        outputs = tuple(_output(engine, graph, name) for name in engine.get_output_names(graph))
    for tensor in (*inputs, *outputs):
        _check(tensor, label)
    if len(inputs) != 1 or len(inputs[0].shape) != 4 or not outputs:
        raise ModelError(f"{label} takes {', '.join(map(str, inputs))}, must be one input n×C×H×W")
    interface = Interface(graph, inputs[0], outputs)
    # A detector of single pictures may leave the batch out of its outputs.
    uneven = interface.batch > 1 and any(one.shape[0] != interface.batch for one in outputs)
    if interface.batch not in BATCHES or uneven:
        raise ModelError(f"{label} takes {inputs[0]}: a batch of 1 or 4 is needed, in its outputs too")
    return interface


def _input(engine: Any, graph: str, name: str) -> ChipTensor:
    shape = tuple(int(side) for side in engine.get_input_shape(graph, name))
    return ChipTensor(
        name, shape, _type(engine.get_input_dtype(graph, name)), float(engine.get_input_scale(graph, name))
    )


def _output(engine: Any, graph: str, name: str) -> ChipTensor:
    shape = tuple(int(side) for side in engine.get_output_shape(graph, name))
    return ChipTensor(
        name, shape, _type(engine.get_output_dtype(graph, name)), float(engine.get_output_scale(graph, name))
    )


def _type(dtype: Any) -> str:
    return str(dtype).rpartition(".")[2]


def _check(tensor: ChipTensor, label: str) -> None:
    if tensor.dtype not in ("BM_FLOAT32", "BM_INT8", "BM_UINT8"):
        raise ModelError(
            f"{label}: {tensor.name} is {tensor.dtype}: inside a model may be of any precision, but its inputs "
            "and outputs must be float32 or int8"
        )
    if not tensor.shape or min(tensor.shape) < 1 or tensor.scale <= 0 or not np.isfinite(tensor.scale):
        raise ModelError(f"{label}: {tensor.name} is {tensor} with a scale of {tensor.scale}")


class HostFed:
    """A bmodel that is fed from main memory. For one thread at a time.

    Quantised inputs and outputs are scaled by SAIL here. What is put is padded to the model's batch, and the
    answers are cut.

    Args:
        chip: where it runs.
        file: the bmodel and its card.

    Raises:
        ModelError: it cannot be loaded, is not of one input n×C×H×W, or answers its golden question wrongly.
    """

    def __init__(self, chip: Chip, file: ModelFile) -> None:
        loaded = load(chip, file, "SYSIO")
        self._chip, self._engine = chip, loaded.engine
        self.label, self.interface = loaded.label, loaded.interface
        self.feeding = Feeding(file.card, self.interface.planes[0], self.label)
        self.odd = OddAnswers(self.label)
        """Counts odd answers, also of who computes the same file in another way."""
        self._golden = self._learn_golden(file.card)
        self._last = self._golden[-1]

    @property
    def batch(self) -> int:
        """Pictures a launch."""
        return self.interface.batch

    def run(self, pictures: FloatArray) -> Outputs:
        """Return every output, in the model's order, for ``(N, C, H, W)`` pictures, N from 1 to the batch.

        Raises:
            ModelError: the answer is odd, or the chip failed; a ChipError after several in a row.
        """
        question = self._padded(pictures)
        answer = self._ask(question)
        if not all_finite(answer):
            self.check_golden()
            raise self.odd.error("gave numbers that are not finite")
        if self._is_stale(question, answer):
            self.check_golden()
            answer = self._ask(question)
            if self._is_stale(question, answer):
                raise self.odd.error("gave the answer to another question: its launches fail")
        self._last = question, answer
        self.odd.good()
        return [output[: len(pictures)] if len(output) == self.batch else output for output in answer]

    def check_golden(self) -> None:
        """Put the golden question again, upside down and as it is: a launch that fails can seem to answer one.

        Raises:
            ModelError: it is not answered as at the start.
        """
        for question, right in self._golden:
            if not same(self._ask(question), right):
                raise self.odd.error("does not answer its golden question as at the start")
        self._last = self._golden[-1]

    def _learn_golden(self, card: ModelCard) -> Tuple[Asked, Asked]:
        question = golden_input(self.interface.input.shape, card.mean, card.scale)
        upside_down = np.ascontiguousarray(question[:, :, ::-1])
        right, other = self._ask(question), self._ask(upside_down)
        demand_answer(self.label, right)
        if same(right, other):
            raise ModelError(f"{self.label} answers the same to two questions: its launches fail")
        if not same(right, self._ask(question)):
            raise ModelError(f"{self.label} answers the same question differently")
        problem = card.golden.problem(right) if card.golden is not None else ""
        if problem:
            raise ModelError(f"{self.label} answers its golden question wrongly: {problem}")
        return (upside_down, other), (question, right)

    def _padded(self, pictures: FloatArray) -> FloatArray:
        count, shape = len(pictures), self.interface.input.shape
        if not 1 <= count <= self.batch or pictures.shape[1:] != shape[1:]:
            raise ModelError(f"{self.label} takes {self.interface.input}, got {pictures.shape}")
        question = np.zeros(shape, np.float32)
        question[:count] = pictures
        return question

    def _ask(self, question: FloatArray) -> Outputs:
        given = {self.interface.input.name: np.ascontiguousarray(question, np.float32)}
        try:
            with self._chip.edge("failed"):
                answer: Dict[str, Any] = self._engine.process(self.interface.graph, given)
        except ModelError as error:
            raise self.odd.error(str(error)) from error
        # By name: the dictionary is sorted by it, not in the model's order.
        return [self._output(answer, output) for output in self.interface.outputs]

    def _output(self, answer: Dict[str, Any], output: ChipTensor) -> FloatArray:
        values = np.asarray(answer.get(output.name, ()))
        if values.shape != output.shape:
            raise self.odd.error(f"gave {values.shape} for an output of {output}")
        return np.ascontiguousarray(values, np.float32)

    def _is_stale(self, question: FloatArray, answer: Outputs) -> bool:
        last_question, last_answer = self._last
        return same(answer, last_answer) and not np.array_equal(question, last_question)


def all_finite(outputs: Outputs) -> bool:
    """Whether every number is one."""
    return all(bool(np.isfinite(output).all()) for output in outputs)


def demand_answer(label: str, answer: Outputs) -> None:
    """Raise ModelError when an answer can be none to a picture in which no two pixels are the same."""
    if not all_finite(answer):
        raise ModelError(f"{label} answers its golden question with numbers that are not finite")
    if all(float(output.min()) == float(output.max()) for output in answer):
        raise ModelError(f"{label} answers its golden question with one and the same number everywhere")


def same(answer: Outputs, other: Outputs) -> bool:
    """Whether two answers are equal to the last bit."""
    return all(np.array_equal(one, another) for one, another in zip(answer, other))
