"""Features from upright crops, computed on the chip; a crop is in main memory anyway, to be measured."""

from typing import Sequence

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray, ImageArray
from sophon_report.vision.align import CROP_PX
from sophon_report.vision.engines.base import MAX_EMBEDDING_DIM, EmbedderCard
from sophon_report.vision.engines.sail.batches import HostBatches
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.thread import ChipThread
from sophon_report.vision.models.library import ModelFile

SHORTEST = 1e-6
"""A feature shorter than this has no direction."""


class ChipEmbedder:
    """An embedding model in one or both batches.

    Args:
        chip: where it runs.
        files: one model, in one or both batches.
        thread: launches it.

    Raises:
        ModelError: a file that cannot be loaded, or that gives no feature of at most 512 numbers.
    """

    def __init__(self, chip: Chip, files: Sequence[ModelFile], thread: ChipThread) -> None:
        self._batches = HostBatches(chip, files, thread)
        self._batches.demand_input(CROP_PX, CROP_PX)
        widths = self._batches.output_widths
        if len(widths) != 1 or not 1 <= widths[0] <= MAX_EMBEDDING_DIM:
            shown = ", ".join(f"n×{width}" for width in widths)
            raise ModelError(
                f"{self._batches.label} gives {shown}, must be one feature n×D, D ≤ {MAX_EMBEDDING_DIM}"
            )
        self.card = EmbedderCard(files[0].sha256, widths[0], files[0].card.pass_cosine)

    @property
    def odd_answers(self) -> int:
        """Answers that could not be right."""
        return self._batches.odd_answers

    def embed(self, crops: ImageArray) -> FloatArray:
        """Return ``(N, D)`` float32, each of length 1, for ``(N, 112, 112, 3)`` uint8 BGR."""
        (features,) = self._batches.run(crops)
        lengths = np.linalg.norm(features, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths < SHORTEST).any():
            raise ModelError(f"{self._batches.label} gave a feature that is not finite, or zero")
        return np.asarray(features / lengths, np.float32)
