"""A bmodel that is fed on the chip: pictures that never come into main memory, in buffers of its own.

Its outputs hold NaN before each launch where SAIL can write it (from 3.9.0 on, and floats only): a launch that
failed leaves them. Where it cannot, an answer that the same memory held before is asked for once more, into other
memory.
"""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.feeding import Feeding
from sophon_report.vision.engines.sail.model import (
    ChipTensor,
    HostFed,
    Loaded,
    Outputs,
    all_finite,
    same,
)
from sophon_report.vision.engines.sail.pictures import converted
from sophon_report.vision.engines.sail.thread import ChipThread

PIXEL_TYPES = {
    "BM_FLOAT32": "DATA_TYPE_EXT_FLOAT32",
    "BM_INT8": "DATA_TYPE_EXT_1N_BYTE_SIGNED",
    "BM_UINT8": "DATA_TYPE_EXT_1N_BYTE",
}


@dataclass(frozen=True)
class Source:
    """A picture on the chip, and how large it is to be in a model's input."""

    image: Any
    """``BMImage`` of any format, the picture in its top left corner."""
    height: int
    width: int
    to_height: int
    to_width: int


class Buffer:
    """Memory of one launch; nobody else touches it from :meth:`ChipFed.fill` to its :meth:`ChipFed.read`."""

    def __init__(self, pictures: Sequence[Any], batch: Any, given: Any, outputs: Sequence[Any]) -> None:
        self.pictures = list(pictures)
        """A ``BMImage`` for each of the batch."""
        self.batch = batch
        """Their copies one after the other, where there are several: a ``BMImageArray4D``."""
        self.input = given
        """The tensor that is put: a picture's memory, or that of the batch. It keeps neither alive."""
        self.outputs = list(outputs)
        self.held: Optional[Outputs] = None
        """What its outputs were read as last."""


class ChipFed:
    """See the module. Filled, launched and read in three threads, each buffer in one of them at a time.

    The chip waits for whatever its thread does between two launches, so that does nothing else.

    Args:
        chip: where it runs.
        loaded: the bmodel, in mode ``SYSO``.
        host: the same file, or its sister of another batch, fed from main memory: knows the golden answer.
        thread: the one that launches.

    Raises:
        ModelError: the chip cannot make its input.
    """

    def __init__(self, chip: Chip, loaded: Loaded, host: HostFed, thread: ChipThread) -> None:
        self._chip, self._host, self._engine, self._thread = chip, host, loaded.engine, thread
        self.label, self.card, self.interface = loaded.label, loaded.file.card, loaded.interface
        planes, self.height, self.width = self.interface.planes
        if planes != 3:
            raise ModelError(f"{self.label} takes {self.interface.input}, must be n×3×H×W")
        longest_px = chip.limits.tensor_side_max_px
        if max(self.height, self.width) > longest_px:
            raise ModelError(f"{self.label} takes {self.interface.input}: sides have {longest_px} px at most")
        self.batch = self.interface.batch
        self._feeding = Feeding(self.card, planes, self.label)
        self._factors = self._feeding.factors(self.interface.input.scale)
        self._pixels = PIXEL_TYPES[self.interface.input.dtype]
        self.tells_failure = hasattr(chip.sail.Tensor, "memory_set") and any(
            output.dtype == "BM_FLOAT32" for output in self.interface.outputs
        )
        """Whether a launch that failed leaves numbers that are not finite."""
        self._spare = Buffer((), None, None, self._outputs())

    def new_buffer(self) -> Buffer:
        """Return memory for a launch."""
        sail, handle = self._chip.sail, self._chip.handle
        form, pixels = getattr(sail.Format, self._feeding.form), getattr(sail.ImgDtype, self._pixels)
        with self._chip.edge(f"{self.label}: no memory on the chip"):
            pictures = [sail.BMImage(handle, self.height, self.width, form, pixels) for _ in range(self.batch)]
            batch = sail.BMImageArray4D(handle, self.height, self.width, form, pixels) if self.batch > 1 else None
            buffer = Buffer(pictures, batch, self._tensor(self.interface.input, owned=False), self._outputs())
        if not self.tells_failure:
            self._read(buffer)  # what no launch has written yet is no answer either
        return buffer

    def _outputs(self) -> List[Any]:
        """In both memories, as the mode demands."""
        return [self._tensor(one, owned=True) for one in self.interface.outputs]

    def _tensor(self, one: ChipTensor, *, owned: bool) -> Any:
        sail = self._chip.sail
        return sail.Tensor(self._chip.handle, list(one.shape), getattr(sail.Dtype, one.dtype), owned, owned)

    def fill(self, buffer: Buffer, count: int) -> None:
        """Make the input of a buffer of its first ``count`` pictures; the rest of the batch is the first again."""
        with self._chip.edge(f"{self.label}: a batch cannot be filled"):
            if buffer.batch is None:
                self._chip.bmcv.bm_image_to_tensor(buffer.pictures[0], buffer.input)
            else:
                # In this order: an array without pictures puts the first one first, wherever it is sent.
                for place in range(self.batch):
                    buffer.batch[place] = buffer.pictures[place if place < count else 0].data()
                self._chip.bmcv.bm_image_to_tensor(buffer.batch, buffer.input)
            self._spoil(buffer)

    def prepare(self, source: Source, buffer: Buffer, place: int) -> None:
        """Put a picture into a place of a buffer that nobody uses: resized, top left, black around it.

        Raises:
            ModelError: the chip cannot do that with this picture.
        """
        sail, bmcv = self._chip.sail, self._chip.bmcv
        padding = sail.PaddingAtrr()
        padding.set_stx(0)
        padding.set_sty(0)
        padding.set_w(source.to_width)
        padding.set_h(source.to_height)
        padding.set_r(0)
        padding.set_g(0)
        padding.set_b(0)
        with self._chip.edge(f"{self.label}: a picture cannot be resized"):
            resized = bmcv.vpp_crop_and_resize_padding(
                source.image,
                0,
                0,
                source.width,
                source.height,
                self.width,
                self.height,
                padding,
                sail.bmcv_resize_algorithm.BMCV_INTER_LINEAR,
            )
        if resized.format() != getattr(sail.Format, self._feeding.form):
            resized = converted(self._chip, resized, self._feeding.form)
        with self._chip.edge(f"{self.label}: a picture cannot be made its input"):
            rc = bmcv.convert_to(resized, buffer.pictures[place], self._factors)
        self._chip.demand(rc, f"{self.label}: convert_to")

    def launch(self, buffer: Buffer) -> None:
        """Compute what is in a buffer, in the thread that launches; other threads run meanwhile.

        Raises:
            ModelError: the chip failed, and said so.
        """
        self._compute(buffer.input, buffer)

    def read(self, buffer: Buffer) -> Outputs:
        """Return copies of the outputs of a launch that has ended: the buffer is free after it.

        Raises:
            ModelError: the launch failed, its outputs are not finite, or a repeated one gave something else.
        """
        held, answer = buffer.held, self._read(buffer)
        if not all_finite(answer):
            self._thread.run(self._host.check_golden)
            raise self._host.odd.error("gave numbers that are not finite: the launch failed")
        if not self.tells_failure and held is not None and same(answer, held):
            self._thread.run(self._host.check_golden)
            self._thread.run(lambda: self._compute(buffer.input, self._spare))
            if not same(answer, self._read(self._spare)):
                raise self._host.odd.error("gave a former answer: the launch failed")
        self._host.odd.good()
        return answer

    def _compute(self, given: Any, into: Buffer) -> None:
        inputs = {self.interface.input.name: given}
        outputs: Dict[str, Any] = {one.name: tensor for one, tensor in zip(self.interface.outputs, into.outputs)}
        try:
            with self._chip.edge("failed"):
                self._engine.process(self.interface.graph, inputs, outputs)
        except ModelError as error:
            raise self._host.odd.error(str(error)) from error

    def _read(self, buffer: Buffer) -> Outputs:
        try:
            with self._chip.edge("failed"):
                buffer.held = [self._floats(*one) for one in zip(buffer.outputs, self.interface.outputs)]
        except ModelError as error:
            raise self._host.odd.error(str(error)) from error
        return buffer.held

    def _spoil(self, buffer: Buffer) -> None:
        """Have the outputs hold what no model answers."""
        if not self.tells_failure:
            return
        for tensor, output in zip(buffer.outputs, self.interface.outputs):
            if output.dtype == "BM_FLOAT32":
                tensor.memory_set(float("nan"))
                tensor.sync_s2d()

    def _floats(self, tensor: Any, output: ChipTensor) -> FloatArray:
        values = np.asarray(tensor.asnumpy())
        if values.shape != output.shape:
            raise ModelError(f"{self.label} gave {values.shape} for an output of {output}")
        if output.dtype != "BM_FLOAT32":
            return np.asarray(values.astype(np.float32) * np.float32(output.scale), np.float32)
        return np.ascontiguousarray(values, np.float32)
