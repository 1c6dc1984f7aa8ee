"""Looking for faces on the chip: the caller prepares a batch while the chip computes the one before.

::

    begin()   resize on the chip, fill a buffer          in the caller's thread
              launch                                     in the chip's thread, which does nothing else
              copy and check the answer                  in the reader's thread, while the chip computes the next
    faces()   wait, decode, remove overlaps              in the caller's thread

Bound: :data:`BUFFERS` batches; who begins more waits until the chip is through with one. Buffers are free as soon
as their outputs were copied, whether or not anybody asks for the faces.

The model's input has one size, read from the file. A picture is shrunk to fit, never enlarged. One that the chip's
picture units cannot take (too small, too large, too narrow) or refuse is prepared on the CPU, and so is one in
main memory when this SAIL cannot upload pictures: it costs itself a launch, and those of its turn nothing.
"""

import math
import queue
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Set, Tuple

import cv2
import numpy as np
import structlog

from sophon_report.errors import ModelError
from sophon_report.model import Faces
from sophon_report.vision.detector_outputs import FaceDecoder
from sophon_report.vision.engines.base import FAINT_SCORE
from sophon_report.vision.engines.sail.chip import Chip
from sophon_report.vision.engines.sail.chip_fed import Buffer, ChipFed, Source
from sophon_report.vision.engines.sail.fallback import Fallback
from sophon_report.vision.engines.sail.model import HostFed, Outputs, load
from sophon_report.vision.engines.sail.pictures import ChipPicture, upload
from sophon_report.vision.engines.sail.thread import ChipThread
from sophon_report.vision.models.library import ModelFile
from sophon_report.vision.picture import Picture

BUFFERS = 2
DETECTABLE_PX = 20
"""Faces this wide in the model's input are found; measured for YuNet on the CPU, 40 of 40."""
LOG_SIZES = 16
"""Sizes of pictures whose smallest face is told in the log, each once; of more nothing is said."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Fit:
    """How a picture lies in the model's input: in the top left corner, shrunk by ``scale``."""

    scale: float
    height: int
    width: int


@dataclass(frozen=True)
class _Place:
    """Where the answer of one picture will be."""

    picture: int
    row: int
    fit: Fit
    image_hw: Tuple[int, int]


@dataclass(frozen=True)
class _Launch:
    answer: "Future[Outputs]"
    decoder: FaceDecoder
    places: Tuple[_Place, ...]


class ChipDetection:
    """Implements :class:`~sophon_report.vision.engines.base.Detection`; for the thread that began it."""

    def __init__(self, count: int, launches: Sequence[_Launch]) -> None:
        self._count, self._launches = count, launches
        self._found: Optional[List[Faces]] = None

    def ready(self) -> bool:
        return all(launch.answer.done() for launch in self._launches)

    def faces(self) -> List[Faces]:
        if self._found is None:
            found = [Faces.none()] * self._count
            for launch in self._launches:
                outputs = launch.answer.result()
                for place in launch.places:
                    found[place.picture] = launch.decoder.faces(
                        outputs, place.row, place.fit.scale, place.image_hw, FAINT_SCORE
                    )
            self._found = found
        return self._found


@dataclass(frozen=True)
class _Waiting:
    """A picture that the chip is to prepare."""

    place: _Place
    picture: Picture
    source: Source


class ChipDetector:
    """A detector of one or two bmodels: a batch of four for turns, one of one for a single picture.

    Args:
        chip: where it runs.
        files: one model, in one or both batches.
        thread: launches it.

    Raises:
        ModelError: a file that cannot be loaded, or whose outputs are not those that its card speaks of.
    """

    def __init__(self, chip: Chip, files: Sequence[ModelFile], thread: ChipThread) -> None:
        self._chip, self._thread = chip, thread
        loaded = sorted((load(chip, file, "SYSO") for file in files), key=lambda one: one.interface.batch)
        if len({one.interface.planes for one in loaded}) > 1 or len({one.interface.batch for one in loaded}) < len(
            loaded
        ):
            names = ", ".join(f"{one.file.path.name} ({one.interface.input})" for one in loaded)
            raise ModelError(f"models.detector: {names}: one model in batches of 1 and 4 is needed")
        self._host = HostFed(chip, loaded[0].file)
        self._reader = ChipThread("reader")
        self._lanes = [_Lane(ChipFed(chip, one, self._host, thread), thread, self._reader) for one in loaded]
        _, self.height, self.width = self._host.interface.planes
        self.batch = self._lanes[-1].fed.batch
        self._uploads = True
        self._told: Set[Tuple[int, int, int]] = set()
        self.by_cpu = Fallback("a picture of the detector")

    @property
    def odd_answers(self) -> int:
        """Answers that could not be right."""
        return self._host.odd.total

    def begin(self, pictures: Sequence[Picture], min_face_px: int) -> ChipDetection:
        """Begin to look for faces; waits for a free buffer."""
        launches = []
        waiting: List[_Waiting] = []
        for number, picture in enumerate(pictures):
            fit = fit_into(picture.height, picture.width, self.height, self.width)
            self._tell_smallest(picture, min_face_px)
            place = _Place(number, 0, fit, (picture.height, picture.width))
            source = self._source(picture, fit)
            if source is None:
                self.by_cpu.note(f"of {picture.width}×{picture.height}, which the chip cannot take")
                launches.append(self._by_cpu(place, picture))
                continue
            waiting.append(_Waiting(place, picture, source))
            if len(waiting) == self.batch:
                launches += self._by_chip(waiting)
                waiting = []
        if waiting:
            launches += self._by_chip(waiting)
        return ChipDetection(len(pictures), launches)

    def close(self) -> None:
        """Let what was begun end."""
        self._reader.close()

    def _source(self, picture: Picture, fit: Fit) -> Optional[Source]:
        """The picture on the chip; ``None``: its units cannot take it."""
        limits = self._chip.limits
        if not (limits.zoom_fits(picture.height, fit.height) and limits.zoom_fits(picture.width, fit.width)):
            return None
        if isinstance(picture, ChipPicture):
            image = picture.source()
        else:
            image = upload(self._chip, picture.bgr()) if self._uploads else None
            self._uploads = image is not None
        if image is None:
            return None
        return Source(image, picture.height, picture.width, fit.height, fit.width)

    def _by_chip(self, waiting: Sequence["_Waiting"]) -> List["_Launch"]:
        lane = next(lane for lane in self._lanes if lane.fed.batch >= len(waiting))
        fed, buffer = lane.fed, lane.free.get()
        places: List[_Place] = []
        refused: List[_Waiting] = []
        try:
            for one in waiting:
                try:
                    fed.prepare(one.source, buffer, len(places))
                    places.append(replace(one.place, row=len(places)))
                except ModelError as error:
                    self.by_cpu.note(str(error))
                    refused.append(one)
            if places:
                fed.fill(buffer, len(places))
        except BaseException:
            lane.free.put(buffer)
            raise
        if not places:
            lane.free.put(buffer)
        launches = [_Launch(lane.launch(buffer), lane.decoder, tuple(places))] if places else []
        return launches + [self._by_cpu(one.place, one.picture) for one in refused]

    def _by_cpu(self, place: _Place, picture: Picture) -> "_Launch":
        image = picture.bgr()
        fit = place.fit
        method = cv2.INTER_AREA if fit.scale < 1 else cv2.INTER_NEAREST
        small = np.asarray(cv2.resize(image, (fit.width, fit.height), interpolation=method), np.uint8)
        question = np.empty((1, *self._host.interface.planes), np.float32)
        self._host.feeding.put(small, question[0])
        return _Launch(self._thread.begin(lambda: self._host.run(question)), self._lanes[0].decoder, (place,))

    def _tell_smallest(self, picture: Picture, min_face_px: int) -> None:
        """Say once what is missed: a face that is as small as it may be, and too small for the model."""
        smallest_px = smallest_face_px(picture.height, picture.width, self.height, self.width)
        told = (picture.height, picture.width, min_face_px)
        if smallest_px <= min_face_px or told in self._told or len(self._told) >= LOG_SIZES:
            return
        self._told.add(told)
        log.warning(
            "small_faces_are_missed",
            picture=f"{picture.width}x{picture.height}",
            wanted_px=min_face_px,
            found_from_px=math.ceil(smallest_px),
            model=f"{self.width}x{self.height}",
        )


def smallest_face_px(height: int, width: int, input_height: int, input_width: int) -> float:
    """Return from which width on a face is found in a picture of that size."""
    return DETECTABLE_PX / fit_into(height, width, input_height, input_width).scale


class _Lane:
    """One batch size: its bmodel, its buffers, how its outputs are read."""

    def __init__(self, fed: ChipFed, thread: ChipThread, reader: ChipThread) -> None:
        self.fed, self._thread, self._reader = fed, thread, reader
        self.decoder = FaceDecoder(
            fed.card.decode, [one.shape for one in fed.interface.outputs], (fed.height, fed.width), fed.label
        )
        self.free: queue.Queue[Buffer] = queue.Queue(BUFFERS)
        for _ in range(BUFFERS):
            self.free.put(fed.new_buffer())

    def launch(self, buffer: Buffer) -> "Future[Outputs]":
        """Begin to compute what is in a buffer; it is free again when the answer is there."""
        launched = self._thread.begin(lambda: self.fed.launch(buffer))
        return self._reader.begin(lambda: self._answer(buffer, launched))

    def _answer(self, buffer: Buffer, launched: "Future[None]") -> Outputs:
        try:
            launched.result()
            return self.fed.read(buffer)
        finally:
            self.free.put(buffer)


def fit_into(height: int, width: int, input_height: int, input_width: int) -> Fit:
    """Return how a picture lies in an input of that size."""
    scale = min(1.0, input_height / height, input_width / width)
    return Fit(
        scale,
        min(max(round(height * scale), 1), input_height),
        min(max(round(width * scale), 1), input_width),
    )
