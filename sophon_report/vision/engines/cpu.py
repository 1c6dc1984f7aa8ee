"""The engine of any Linux machine: onnxruntime, one picture and one face at a time (batches gain nothing there).

Costs on two cores of an EPYC, onnxruntime 1.31: detection 18 ms a 720p frame at full size and 3.4 at half, a
feature 10 ms, age and gender 9 ms, one thread each (measured).
"""

import os
from dataclasses import dataclass
from typing import AbstractSet, Dict, List, Mapping, Optional, Sequence

import cv2
import numpy as np

from sophon_report.errors import ModelError
from sophon_report.model import Attributes, Box, Faces, FloatArray, ImageArray, Jpeg
from sophon_report.vision.align import CROP_PX, align
from sophon_report.vision.engines.attributes import AttributeModels, OpenFile
from sophon_report.vision.engines.base import FAINT_SCORE, MAX_EMBEDDING_DIM, Detection, EmbedderCard
from sophon_report.vision.engines.pack import pack, packed_hw
from sophon_report.vision.models.library import ModelFile
from sophon_report.vision.models.session import OnnxSession, TensorShape
from sophon_report.vision.picture import Picture, pixels_of
from sophon_report.vision.postprocess import decode_yunet
from sophon_report.wire.pictures import encode_jpeg, narrowed

DETECTABLE_PX = 20
"""Faces this wide in the detector's input are found, all of 40; at 16 px also 40 of 40, at 12 px 25 (measured)."""
GRID_PX = 32
"""The detector's input is a multiple of its largest stride."""
FACERES_PX = 224


def default_threads() -> int:
    """Cores for a model when the settings leave it open: all but one, which stays free for reporting."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


class CpuEngine:
    """Implements :class:`~sophon_report.vision.engines.base.Engine`.

    Args:
        detector, embedder: checked model files.
        attributes: give the files of models of attributes when they are wanted; none: all stays unknown.
        threads: cores a model may use, 0 for :func:`default_threads`.

    Raises:
        ModelError: onnxruntime is missing, a file cannot be loaded, or a model is not what its role needs.
    """

    name = "cpu"
    batch = 1
    in_flight = 1

    def __init__(
        self, detector: ModelFile, embedder: ModelFile, attributes: Sequence[OpenFile] = (), threads: int = 0
    ) -> None:
        cores = threads or default_threads()
        self._detector = _Detector(detector, cores)
        self._embedder = _Embedder(embedder, cores)
        self._attributes = AttributeModels(attributes, lambda file: CpuAttributes(file, cores))
        self.embedder = self._embedder.card

    def begin_detect(self, pictures: Sequence[Picture], min_face_px: int) -> Detection:
        return _Detected(self.detect(pictures, min_face_px))

    def detect(self, pictures: Sequence[Picture], min_face_px: int) -> List[Faces]:
        return [self._detector.detect(picture.bgr(), min_face_px) for picture in pictures]

    def align(self, picture: Picture, landmarks: FloatArray) -> ImageArray:
        return align(picture.bgr(), landmarks)

    def embed(self, crops: ImageArray) -> FloatArray:
        return self._embedder.embed(crops)

    def want_attributes(self, wanted: AbstractSet[str], *, wait: bool = False) -> None:
        self._attributes.want(wanted, wait=wait)

    def attributes(self, picture: Picture, faces: Faces) -> List[Attributes]:
        return self._attributes.look(picture, faces)

    def jpeg(self, picture: Picture, quality: int, box: Optional[Box] = None, width_px: int = 0) -> Jpeg:
        image = picture.bgr()
        if box is not None:
            left, top, right, bottom = pixels_of(box, picture.height, picture.width)
            image = image[top:bottom, left:right]
        return encode_jpeg(narrowed(image, width_px), quality)

    def counts(self) -> Mapping[str, int]:
        return {}

    def close(self) -> None:
        self._attributes.close()
        del self._detector, self._embedder


@dataclass(frozen=True)
class _Detected:
    """Faces that were looked for at once."""

    found: List[Faces]

    def ready(self) -> bool:
        return True

    def faces(self) -> List[Faces]:
        return self.found


class _Model:
    """A loaded model that takes one picture, and how it wants its pixels."""

    def __init__(self, file: ModelFile, threads: int) -> None:
        if file.path.suffix == ".bmodel":
            raise ModelError(f"models.{file.role}: {file.path} is for the TPU: the CPU engine needs an ONNX file")
        try:
            content = file.path.read_bytes()
        except OSError as error:
            raise ModelError(f"models.{file.role}: {file.path} cannot be read: {error.strerror}") from error
        self._session = OnnxSession(content, f"{file.role} {file.path.name}", threads)
        self.label = self._session.label
        self.outputs = self._session.outputs
        dims = [dim if isinstance(dim, int) else None for dim in self._session.input.dims]
        if len(dims) != 4 or dims[0] not in (1, None) or dims[1] not in (3, None):
            raise ModelError(f"{self.label} takes {_shape(self._session.input)}, not one picture 1×3×H×W")
        self.height, self.width = dims[2:]
        """``None`` where the file leaves the size open."""
        self._swap = file.card.colour == "rgb"
        self._mean = np.array(file.card.mean, np.float32).reshape(3, 1, 1)
        self._scale = np.float32(file.card.scale)
        self._plain = not self._mean.any() and self._scale == 1
        # Kept from picture to picture: a fresh one costs more in page faults than filling it.
        self._batch: FloatArray = np.empty((1, 3, 0, 0), np.float32)

    def demand_input(self, side_px: int) -> None:
        """Raise ModelError unless square pictures of that side are what the model takes."""
        if self.height not in (side_px, None) or self.width not in (side_px, None):
            raise ModelError(f"{self.label} takes {_shape(self._session.input)}, must be 1×3×{side_px}×{side_px}")

    def run(self, picture: ImageArray, height: int, width: int, *, halve: bool = False) -> Dict[str, FloatArray]:
        """The outputs for a BGR picture in the top left corner of an input of that size, the rest black."""
        if self._batch.shape[2:] != (height, width):
            self._batch = np.empty((1, 3, height, width), np.float32)
        pack(picture, self._batch[0], halve=halve, swap=self._swap)
        if not self._plain:
            return self._session.run((self._batch - self._mean) * self._scale)
        return self._session.run(self._batch)


class _Detector:
    """YuNet, or a model with its outputs, at the size the smallest face asks for."""

    def __init__(self, file: ModelFile, threads: int) -> None:
        self._model = _Model(file, threads)

    def detect(self, image: ImageArray, min_face_px: int) -> Faces:
        height, width = image.shape[:2]
        model = self._model
        scale = min(
            1.0, DETECTABLE_PX / min_face_px, (model.height or height) / height, (model.width or width) / width
        )
        halve = scale == 0.5
        if scale < 1 and not halve:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        rows, columns = (-(-side // GRID_PX) * GRID_PX for side in packed_hw(image, halve=halve))
        input_hw = model.height or rows, model.width or columns
        outputs = model.run(image, *input_hw, halve=halve)
        return decode_yunet(outputs, input_hw, scale, (height, width), score_min=FAINT_SCORE)


class _Embedder:
    def __init__(self, file: ModelFile, threads: int) -> None:
        self._model = _Model(file, threads)
        self._model.demand_input(CROP_PX)
        features = [output for output in self._model.outputs if len(output.dims) == 2]
        dim = features[0].dims[1] if len(features) == len(self._model.outputs) == 1 else None
        if not isinstance(dim, int) or not 1 <= dim <= MAX_EMBEDDING_DIM:
            shapes = ", ".join(map(_shape, self._model.outputs))
            raise ModelError(
                f"{self._model.label} gives {shapes}, must be one feature 1×D, D ≤ {MAX_EMBEDDING_DIM}"
            )
        self._output = features[0].name
        self.card = EmbedderCard(file.sha256, dim, file.card.pass_cosine)

    def embed(self, crops: ImageArray) -> FloatArray:
        features = np.empty((len(crops), self.card.dim), np.float32)
        for feature, crop in zip(features, crops):
            feature[:] = self._model.run(crop, CROP_PX, CROP_PX)[self._output][0]
        lengths = np.linalg.norm(features, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
            raise ModelError(f"{self._model.label} gave a feature that is not finite, or zero")
        return np.asarray(features / lengths, np.float32)


class CpuAttributes:
    """A model of attributes, :class:`~sophon_report.vision.engines.attributes.AttributeNet`.

    Raises:
        ModelError: it cannot be loaded, or takes no square picture of a known size.
    """

    def __init__(self, file: ModelFile, threads: int = 1) -> None:
        self._model = _Model(file, threads)
        self.card = file.card
        self.label = self._model.label
        self.side_px = self._model.height or self._model.width or file.card.attributes.input_px
        if not self.side_px:
            raise ModelError(f"{self.label} leaves its size open: its card must say input_px")
        if file.card.decode == "faceres":
            self._model.demand_input(FACERES_PX)
        self._model.demand_input(file.card.attributes.input_px or self.side_px)
        self.widths = tuple(_width(output) for output in self._model.outputs)

    def run(self, crops: ImageArray) -> Sequence[FloatArray]:
        answers = [list(self._model.run(crop, self.side_px, self.side_px).values()) for crop in crops]
        try:
            return [np.concatenate(rows) for rows in zip(*answers)]
        except ValueError as error:
            raise ModelError(f"{self.label} has an output that is no row of one width a face") from error


def _width(output: TensorShape) -> int:
    """Numbers a face; 0 where the file does not say."""
    numbers = 1
    for dim in output.dims[1:]:
        numbers *= dim if isinstance(dim, int) else 0
    return numbers


def _shape(tensor: TensorShape) -> str:
    return "×".join(str(dim) for dim in tensor.dims)
