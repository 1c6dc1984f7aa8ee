"""The engine of a box: see the modules beside it for what each part promises."""

from typing import AbstractSet, List, Mapping, Optional, Sequence

from sophon_report.model import Attributes, Box, Faces, FloatArray, ImageArray, Jpeg
from sophon_report.vision.align import align
from sophon_report.vision.engines.attributes import AttributeModels, OpenFile
from sophon_report.vision.engines.base import Detection
from sophon_report.vision.engines.sail.aligner import ChipAligner
from sophon_report.vision.engines.sail.attributes import ChipAttributes
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.detector import BUFFERS, ChipDetector
from sophon_report.vision.engines.sail.embedder import ChipEmbedder
from sophon_report.vision.engines.sail.jpeg import ChipJpeg
from sophon_report.vision.engines.sail.pictures import ChipPicture
from sophon_report.vision.engines.sail.thread import ChipThread
from sophon_report.vision.models.library import ModelFile
from sophon_report.vision.picture import Picture


class SailEngine:
    """Implements :class:`~sophon_report.vision.engines.base.Engine` on the TPU.

    What lies on the chip is resized, warped and encoded there; what lies in main memory is uploaded to be looked
    for faces in, all else of it is the CPU's.

    Args:
        chip: opened; also what decodes for it.
        detector: checked bmodels: one model in a batch of 1, of 4, or both.
        embedder: the same.
        attributes: give the bmodels of attributes, when they are wanted.

    Raises:
        ModelError: a file cannot be loaded, is not what its role needs, or answers its golden question wrongly.
    """

    name = "sail"
    in_flight = BUFFERS

    def __init__(
        self,
        chip: Chip,
        detector: Sequence[ModelFile],
        embedder: Sequence[ModelFile],
        attributes: Sequence[OpenFile] = (),
    ) -> None:
        self.chip = chip
        self._thread = ChipThread()
        self._detector = ChipDetector(chip, detector, self._thread)
        self._embedder = ChipEmbedder(chip, embedder, self._thread)
        self._attributes = AttributeModels(attributes, lambda file: ChipAttributes(chip, file, self._thread))
        self._aligner, self._jpeg = ChipAligner(chip), ChipJpeg(chip)
        self.embedder = self._embedder.card
        self.batch = self._detector.batch

    def begin_detect(self, pictures: Sequence[Picture], min_face_px: int) -> Detection:
        return self._detector.begin(pictures, min_face_px)

    def detect(self, pictures: Sequence[Picture], min_face_px: int) -> List[Faces]:
        return self._detector.begin(pictures, min_face_px).faces()

    def align(self, picture: Picture, landmarks: FloatArray) -> ImageArray:
        if isinstance(picture, ChipPicture):
            return self._aligner.align(picture, landmarks)
        return align(picture.bgr(), landmarks)

    def embed(self, crops: ImageArray) -> FloatArray:
        return self._embedder.embed(crops)

    def want_attributes(self, wanted: AbstractSet[str], *, wait: bool = False) -> None:
        self._attributes.want(wanted, wait=wait)

    def attributes(self, picture: Picture, faces: Faces) -> List[Attributes]:
        return self._attributes.look(picture, faces)

    def jpeg(self, picture: Picture, quality: int, box: Optional[Box] = None, width_px: int = 0) -> Jpeg:
        return self._jpeg.encode(picture, quality, box, width_px)

    def counts(self) -> Mapping[str, int]:
        return {
            "odd_answers": self._detector.odd_answers + self._embedder.odd_answers,
            "prepared_by_cpu": self._detector.by_cpu.count,
            "aligned_by_cpu": self._aligner.by_cpu.count,
            "encoded_by_cpu": self._jpeg.by_cpu.count,
        }

    def close(self) -> None:
        self._attributes.close()
        self._detector.close()
        self._thread.close()
        del self._detector, self._embedder, self._aligner, self._jpeg
