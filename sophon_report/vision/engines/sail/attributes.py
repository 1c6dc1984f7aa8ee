"""Models of attributes on the chip; their crops are made in main memory, from one copy of the picture."""

from typing import Callable, List, Sequence, Tuple

from sophon_report.model import FloatArray, ImageArray
from sophon_report.vision.engines.attributes import OpenFile
from sophon_report.vision.engines.sail.batches import HostBatches
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.thread import ChipThread
from sophon_report.vision.models.card import ATTRIBUTES
from sophon_report.vision.models.library import ModelFile, ModelLibrary


class ChipAttributes:
    """Implements :class:`~sophon_report.vision.engines.attributes.AttributeNet`.

    Args:
        chip: where it runs.
        file: a bmodel of square pictures.
        thread: launches it.

    Raises:
        ModelError: it cannot be loaded, or its pictures are not square.
    """

    def __init__(self, chip: Chip, file: ModelFile, thread: ChipThread) -> None:
        self._batches = HostBatches(chip, [file], thread)
        self.label, self.card = self._batches.label, file.card
        _, self.side_px, _ = self._batches.planes
        self._batches.demand_input(self.side_px, self.side_px)
        self.widths: Sequence[int] = self._batches.output_widths

    def run(self, crops: ImageArray) -> List[FloatArray]:
        return self._batches.run(crops)


def chip_attribute_files(library: ModelLibrary, target: str, own_paths: Sequence[str]) -> Tuple[OpenFile, ...]:
    """Return what opens the user's bmodels, and the compiled one behind them, in its smallest batch."""

    def opener(path: str) -> Callable[[], ModelFile]:
        return lambda: library.open_chip(ATTRIBUTES, target, path)[-1]

    return tuple(opener(path) for path in (*own_paths, ""))
