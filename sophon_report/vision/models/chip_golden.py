"""What a chip model must answer to a made-up picture before it is believed.

It shows that the launch really ran, that channels, rows and batch are where they should be, and that the file is
the one its card was written for.

The input is the ramp of ``golden.py`` in every picture of the batch, normalised as the card says. Of every output,
in the model's own order, ten numbers are kept: mean, root mean square, and the values at eight even steps through
it. Names are not kept: they change with the precision (``heat_Conv`` becomes ``heat_Conv_f32``).
"""

from dataclasses import dataclass
from typing import Sequence, Tuple

import numpy as np

from sophon_report.model import FloatArray

SAMPLES = 8
SMALLEST_SCALE = 1e-2
"""An output near zero everywhere (no face in the ramp) may be off by a tolerance of this."""


@dataclass(frozen=True)
class GoldenOutput:
    """The right readings of one output of one picture."""

    shape: Tuple[int, ...]
    """Without the batch."""
    readings: Tuple[float, ...]
    """Mean, root mean square, then :data:`SAMPLES` values."""


@dataclass(frozen=True)
class ChipGolden:
    """The answers of a chip model to the ramp."""

    tolerance: float
    """A reading may be off by this share of its output's root mean square."""
    outputs: Tuple[GoldenOutput, ...]

    def problem(self, outputs: Sequence[FloatArray]) -> str:
        """Return what is wrong with the answers to :func:`golden_input`, ``""`` when nothing is.

        Args:
            outputs: all of the model, in its own order, ``(batch, ...)`` each.
        """
        if len(outputs) != len(self.outputs):
            return f"{len(outputs)} outputs, must be {len(self.outputs)}"
        for index, (output, right) in enumerate(zip(outputs, self.outputs)):
            if tuple(output.shape[1:]) != right.shape:
                return f"output {index} is {output.shape[1:]} a picture, must be {right.shape}"
            room = self.tolerance * max(abs(right.readings[1]), SMALLEST_SCALE)
            for slot, answer in enumerate(output):
                off = np.abs(np.subtract(readings(answer), right.readings)).max()
                if not off <= room:  # NaN too
                    return f"output {index} of picture {slot} is off by {off:.3g}, may be by {room:.3g}"
        return ""


def golden_input(shape: Sequence[int], mean: Sequence[float] = (0.0, 0.0, 0.0), scale: float = 1.0) -> FloatArray:
    """Return the ramp in every picture of a batch, as a model of that card is fed.

    Args:
        shape: of the model's input, ``(batch, channels, height, width)``.
        mean: of its card; a model of one channel uses the first.
        scale: of its card.
    """
    batch, channels, height, width = shape
    c, y, x = np.ogrid[:channels, :height, :width]
    pixels = ((7 * y + 13 * x + 50 * c) % 256).astype(np.float32)
    normal = (pixels - np.asarray(mean[:channels], np.float32).reshape(-1, 1, 1)) * np.float32(scale)
    return np.ascontiguousarray(np.broadcast_to(normal, (batch, channels, height, width)), np.float32)


def golden_of(outputs: Sequence[FloatArray], tolerance: float) -> ChipGolden:
    """Return what later answers are held against, from the answers to :func:`golden_input`."""
    return ChipGolden(
        tolerance,
        tuple(GoldenOutput(tuple(output.shape[1:]), readings(output[0])) for output in outputs),
    )


def readings(answer: FloatArray) -> Tuple[float, ...]:
    """Return the ten numbers of one output of one picture."""
    flat = np.asarray(answer, np.float64).ravel()
    steps = np.arange(SAMPLES) * len(flat) // SAMPLES
    return (float(flat.mean()), float(np.sqrt((flat * flat).mean())), *flat[steps].tolist())
