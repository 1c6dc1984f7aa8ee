"""How a model of the chip wants its pixels: colours, mean and scale, in main memory and on the chip."""

from typing import Tuple

import cv2
import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray, ImageArray
from sophon_report.vision.engines.pack import pack
from sophon_report.vision.models.card import ModelCard

Factors = Tuple[Tuple[float, float], Tuple[float, float], Tuple[float, float]]
"""``a`` and ``b`` of ``a·x + b``, a pair a plane."""


class Feeding:
    """What becomes of pixels.

    Args:
        card: of the model.
        planes: of its input, 3, or 1 for a grey one.
        label: what errors call the model.

    Raises:
        ModelError: the card's colour does not go with the planes.
    """

    def __init__(self, card: ModelCard, planes: int, label: str) -> None:
        if planes != (1 if card.colour == "grey" else 3):
            raise ModelError(f'{label} takes {planes} planes a picture, its card says colour = "{card.colour}"')
        self._planes, self._swap = planes, card.colour == "rgb"
        self._mean = np.array(card.mean[:planes], np.float32).reshape(planes, 1, 1)
        self._scale = np.float32(card.scale)
        self.form = "FORMAT_RGB_PLANAR" if self._swap else "FORMAT_BGR_PLANAR"
        """The chip's word for the order of the planes."""

    def put(self, image: ImageArray, planes: FloatArray) -> None:
        """Write a BGR picture into the top left corner of ``(C, H, W)`` float32, black around it, normalised."""
        if self._planes == 1:
            planes[:] = 0
            planes[0, : image.shape[0], : image.shape[1]] = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        else:
            pack(image, planes, halve=False, swap=self._swap)
        self.normalise(planes)

    def normalise(self, planes: FloatArray) -> None:
        """Make of pixel values, 0 to 255, what the model wants; ``(..., C, H, W)``, in place."""
        planes -= self._mean
        planes *= self._scale

    def factors(self, input_scale: float) -> Factors:
        """Return what the chip is to do with each plane; ``input_scale`` is that of a quantised input, else 1."""
        a = float(self._scale) * input_scale
        first, second, third = ((a, -float(mean) * a) for mean in np.resize(self._mean, 3))
        return first, second, third
