"""A model fed from main memory, for any number of pictures: fours first, then what is left, in the best batch."""

from typing import List, Sequence, Tuple

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray, ImageArray
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.model import HostFed
from sophon_report.vision.engines.sail.thread import ChipThread
from sophon_report.vision.models.library import ModelFile


class HostBatches:
    """One model in one or two bmodels.

    Args:
        chip: where they run.
        files: a batch of 1, of 4, or both.
        thread: launches them.

    Raises:
        ModelError: a file that cannot be loaded, or two that are not the same model.
    """

    def __init__(self, chip: Chip, files: Sequence[ModelFile], thread: ChipThread) -> None:
        self._thread = thread
        self._models = sorted((HostFed(chip, file) for file in files), key=lambda model: model.batch)
        self.label = self._models[0].label
        shapes = {(one.interface.planes, widths_of(one)) for one in self._models}
        if len(shapes) > 1 or len({one.batch for one in self._models}) < len(self._models):
            names = ", ".join(f"{one.label} ({one.interface.input})" for one in self._models)
            raise ModelError(f"{names}: one model in batches of 1 and 4 is needed")
        (self.planes, self.output_widths), *_ = shapes
        """Planes, height and width of a picture; numbers a picture of each output."""

    @property
    def odd_answers(self) -> int:
        """Answers that could not be right."""
        return sum(model.odd.total for model in self._models)

    def demand_input(self, height: int, width: int) -> None:
        """Raise ModelError unless pictures of that size are what it takes."""
        if self.planes[1:] != (height, width):
            shape = "×".join(map(str, self.planes))
            raise ModelError(f"{self.label} takes n×{shape}, must be {height}×{width}")

    def run(self, crops: ImageArray) -> List[FloatArray]:
        """Return each output, ``(N, width)`` float32, for ``(N, H, W, 3)`` uint8 BGR.

        Raises:
            ModelError: the crops are of another size, or an answer is odd.
        """
        outputs = [np.empty((len(crops), width), np.float32) for width in self.output_widths]
        begin = 0
        while begin < len(crops):
            model = self._model_for(len(crops) - begin)
            part = slice(begin, min(begin + model.batch, len(crops)))
            for whole, output in zip(outputs, self._run(model, crops[part])):
                whole[part] = output.reshape(part.stop - part.start, -1)
            begin = part.stop
        return outputs

    def _model_for(self, left: int) -> HostFed:
        return next((model for model in self._models if model.batch >= left), self._models[-1])

    def _run(self, model: HostFed, crops: ImageArray) -> List[FloatArray]:
        if crops.shape[1:] != (*self.planes[1:], 3):
            raise ModelError(f"{self.label} takes crops of {self.planes[1:]}, got {crops.shape}")
        question = np.empty((len(crops), *self.planes), np.float32)
        for planes, crop in zip(question, crops):
            model.feeding.put(crop, planes)
        return self._thread.run(lambda: model.run(question))


def widths_of(model: HostFed) -> Tuple[int, ...]:
    """Return how many numbers a picture each output has."""
    return tuple(int(np.prod(one.shape)) // model.batch for one in model.interface.outputs)
