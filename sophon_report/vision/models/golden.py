"""What each default model must answer to one made-up picture, before its conversion counts.

The input is a ramp, ``pixel[c, y, x] = (7y + 13x + 50c) mod 256``: it needs no file, and no two channels, rows or
columns are the same, so that swapped ones show. The answers are those of the published files on onnxruntime 1.19.2
and 1.31.1; the detector's, at 160x96, of the rewritten file, which equals the published one at 640x640 bit by bit.
"""

from dataclasses import dataclass
from typing import Callable, Dict, Mapping, Tuple

import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray
from sophon_report.vision.models.card import ATTRIBUTES, DETECTOR, EMBEDDER
from sophon_report.vision.models.session import OnnxSession

Outputs = Mapping[str, FloatArray]


@dataclass(frozen=True)
class Golden:
    """A size to ask at, what to read of the outputs, and the right readings."""

    height: int
    width: int
    read: Callable[[Outputs], Tuple[float, ...]]
    expected: Tuple[float, ...]


def ramp(height: int, width: int) -> FloatArray:
    """Return the made-up picture, ``(1, 3, height, width)``."""
    c, y, x = np.ogrid[:3, :height, :width]
    picture: FloatArray = ((7 * y + 13 * x + 50 * c) % 256).astype(np.float32)
    return picture[np.newaxis]


def check_golden(role: str, session: OnnxSession) -> None:
    """Run the golden input of the default model of ``role``.

    Raises:
        ModelError: an answer is off by more than a hundred-thousandth of it, plus as much.
    """
    golden = GOLDENS[role]
    try:
        answer = golden.read(session.run(ramp(golden.height, golden.width)))
    except (KeyError, IndexError, ValueError) as error:
        raise ModelError(f"{session.label} has other outputs than the {role} it should be: {error!r}") from error
    if not np.allclose(answer, golden.expected, rtol=1e-5, atol=1e-5):
        raise ModelError(f"{session.label} answers {answer} to the golden input, must be {golden.expected}")


def _sums(outputs: Outputs) -> Tuple[float, ...]:
    names = [f"{kind}_{stride}" for kind in ("cls", "bbox", "kps") for stride in (8, 16, 32)]
    return tuple(float(outputs[name].sum(dtype=np.float64)) for name in names)


def _feature(outputs: Outputs) -> Tuple[float, ...]:
    feature = outputs["fc1"][0].astype(np.float64)
    return (*feature[:4], float(np.linalg.norm(feature)))


def _gender_and_age(outputs: Outputs) -> Tuple[float, ...]:
    ages = outputs["age_pred/Softmax"][0].astype(np.float64)
    features = outputs["global_pooling/Mean"][0].sum(dtype=np.float64)
    gender = float(outputs["gender_pred/Sigmoid"][0, 0])
    return gender, float(ages.argmax()), float(ages @ np.arange(1, 101)), float(features)


GOLDENS: Dict[str, Golden] = {
    DETECTOR: Golden(
        96,
        160,
        _sums,
        (160.75941, 32.68313, 8.74408, 826.65302, 63.28000, 53.07953, 1270.77131, 264.78105, 113.69388),
    ),
    EMBEDDER: Golden(112, 112, _feature, (0.22843, 0.57279, -0.09876, 0.48466, 4.98501)),
    ATTRIBUTES: Golden(224, 224, _gender_and_age, (0.868692, 29.0, 31.71004, 23.95547)),
}
