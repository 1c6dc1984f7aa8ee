"""What chip models are calibrated on and asked: the demo's film, as the service would feed it to them.

INT8 needs to know how large values get between the layers, and learns it from pictures like those that will come.
Every tenth frame is for learning; asked are others, between them, and the sample photographs. Both show the same
few people: a figure of agreement says how well the chip repeats the model, not how well the model knows people.

The crops live in memory and in a scratch folder of one run; none is kept.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import FloatArray, ImageArray
from sophon_report.vision.align import align
from sophon_report.vision.attributes import square_crop
from sophon_report.vision.engines.cpu import CpuEngine
from sophon_report.vision.models.card import ATTRIBUTES, DETECTOR, EMBEDDER, ModelCard
from sophon_report.vision.picture import HostPicture

STEP = 10
"""Every tenth frame is learnt from: 90 of the film's 900, neighbours differ little."""
ASKED_STEP = 150
"""Of the frames between, one in 6 s is asked: another face each time."""
MIN_FACE_PX = 40
ATTRIBUTES_PX = 224
ZOOM_OUT = 2
"""A frame more than twice the detector's input is not shrunk whole: a window around each face is."""
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Samples:
    """Pictures for one model, ``(N, H, W, 3)`` uint8 BGR at its input's size."""

    learnt: ImageArray
    asked: ImageArray


class SampleMaker:
    """Finds faces in the film and the photographs once, then cuts for any model.

    Args:
        engine: finds the faces.
        film: the demo's.
        photographs: folder of the sample photographs.

    Raises:
        ModelError: the film cannot be read, or shows nobody.
    """

    def __init__(self, engine: CpuEngine, film: Path, photographs: Path) -> None:
        self._engine = engine
        learnt, between = _frames(film)
        pictures = [_read(path) for path in sorted(photographs.glob("*")) if _is_picture(path)]
        self._learnt = [self._seen(frame) for frame in learnt]
        self._asked = [self._seen(image) for image in [*pictures, *between]]
        if not sum(len(faces) for _, faces in self._learnt) or not sum(len(faces) for _, faces in self._asked):
            raise ModelError(f"{film} shows nobody: there is nothing to calibrate on")

    def samples(self, role: str, input_hw: Tuple[int, int]) -> Samples:
        """Return the pictures for a model of ``role`` with an input of that height and width."""
        return Samples(self._cut(role, input_hw, self._learnt), self._cut(role, input_hw, self._asked))

    def _seen(self, image: ImageArray) -> "Seen":
        faces = self._engine.detect([HostPicture(image)], MIN_FACE_PX)[0]
        return image, [(box, points) for box, points in zip(faces.boxes, faces.landmarks)]

    @staticmethod
    def _cut(role: str, input_hw: Tuple[int, int], seen: Sequence["Seen"]) -> ImageArray:
        cut: List[ImageArray] = []
        for image, faces in seen:
            if role == DETECTOR:
                cut += _views(image, [box for box, _ in faces], input_hw)
            elif role == EMBEDDER:
                cut += [align(image, points[np.newaxis])[0] for _, points in faces]
            else:
                cut += [square_crop(image, box, ATTRIBUTES_PX) for box, _ in faces]
        return np.stack(cut)


Seen = Tuple[ImageArray, List[Tuple[FloatArray, FloatArray]]]
"""A picture, and the boxes and landmarks of its faces."""


def fed(pictures: ImageArray, card: ModelCard) -> FloatArray:
    """Return pictures as a model of that card takes them, ``(N, 3, H, W)``."""
    ordered = pictures[..., ::-1] if card.colour == "rgb" else pictures
    normal = (ordered.astype(np.float32) - np.asarray(card.mean, np.float32)) * np.float32(card.scale)
    return np.ascontiguousarray(normal.transpose(0, 3, 1, 2), np.float32)


def input_hw_of(role: str, detector_hw: Tuple[int, int]) -> Tuple[int, int]:
    """Return height and width of the input of a role's default model."""
    fixed: Dict[str, Tuple[int, int]] = {EMBEDDER: (112, 112), ATTRIBUTES: (ATTRIBUTES_PX, ATTRIBUTES_PX)}
    return fixed.get(role, detector_hw)


def _views(image: ImageArray, boxes: Sequence[FloatArray], input_hw: Tuple[int, int]) -> List[ImageArray]:
    """The whole picture when it is not much larger than the input, else a part around each face."""
    if _shrink(image, input_hw) * ZOOM_OUT >= 1:
        return [_fit(image, input_hw)]
    height, width = input_hw
    views = []
    for box in boxes:
        # As wide as a face that fills a third of the view, at least the zoom that is allowed.
        factor = max(ZOOM_OUT, 3 * float(max(box[2] - box[0], box[3] - box[1])) / min(height, width))
        rows, columns = round(factor * height), round(factor * width)
        top = int(np.clip((box[1] + box[3] - rows) / 2, 0, max(image.shape[0] - rows, 0)))
        left = int(np.clip((box[0] + box[2] - columns) / 2, 0, max(image.shape[1] - columns, 0)))
        views.append(_fit(image[top : top + rows, left : left + columns], input_hw))
    return views


def _shrink(image: ImageArray, input_hw: Tuple[int, int]) -> float:
    return float(min(1.0, input_hw[0] / image.shape[0], input_hw[1] / image.shape[1]))


def _fit(image: ImageArray, input_hw: Tuple[int, int]) -> ImageArray:
    """The picture in the top left corner, the rest black, as the engines feed it."""
    scale = _shrink(image, input_hw)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    fitted = np.zeros((*input_hw, 3), np.uint8)
    fitted[: small.shape[0], : small.shape[1]] = small[: input_hw[0], : input_hw[1]]
    return fitted


def _frames(film: Path) -> Tuple[List[ImageArray], List[ImageArray]]:
    """Every tenth frame, and one in 150 of those that lie midway between two of them."""
    capture = cv2.VideoCapture(str(film))
    learnt: List[ImageArray] = []
    between: List[ImageArray] = []
    index = 0
    while capture.grab():
        kept = learnt if index % STEP == 0 else between if index % ASKED_STEP == ASKED_STEP // 2 + 5 else None
        there, image = capture.retrieve() if kept is not None else (False, None)
        if there and kept is not None:
            kept.append(np.asarray(image, np.uint8))
        index += 1
    capture.release()
    if not learnt:
        raise ModelError(f"{film} cannot be read: make it with `sophon-report demo-media {film.parent}`")
    return learnt, between


def _read(path: Path) -> ImageArray:
    image = cv2.imread(str(path))
    if image is None:
        raise ModelError(f"{path} is not a picture that can be read")
    return np.asarray(image, np.uint8)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_ENDINGS
