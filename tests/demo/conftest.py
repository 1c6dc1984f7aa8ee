"""What the demo's tests share: a small stage, and portraits of nobody."""

import cv2
import numpy as np
import pytest

from sophon_report.demo.scene import Stage

COLOURS = {"red": (30, 30, 220), "green": (30, 200, 30), "blue": (220, 60, 30), "white": (250, 250, 250)}
FACE = (60.0, 40.0, 120.0, 110.0)
"""Where the plate that stands for a face is on a portrait of :func:`portrait`."""


def portrait(colour):
    """A picture of 180×240 px: grey, with a plate of one colour where the face would be."""
    image = np.full((240, 180, 3), 128, np.uint8)
    cv2.rectangle(image, (60, 40), (120, 110), COLOURS[colour], -1)
    return image


@pytest.fixture
def find_plate():
    """Finds the plate of a picture of :func:`portrait`, as a detector finds a face."""
    return lambda image: FACE if image.shape == (240, 180, 3) else None


@pytest.fixture
def stage():
    return Stage(width_px=320, height_px=180, fps=10)


@pytest.fixture
def portraits(tmp_path):
    """A folder of the user's own portraits; call it with colours, one a person."""

    def folder(*colours):
        path = tmp_path / "own"
        path.mkdir(exist_ok=True)
        for number, colour in enumerate(colours):
            cv2.imwrite(str(path / f"V-{number}__{colour}.png"), portrait(colour))
        return path

    return folder
