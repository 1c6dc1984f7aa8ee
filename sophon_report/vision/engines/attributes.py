"""The models of attributes of an engine: loaded when they are first wanted, beside the work, and never its end.

Attributes are a hint. So a model that is missing, does not fit or fails costs what it would have told and is said
once; one that fails again and again is left out until attributes are switched on anew. The pictures go on; only a
chip that is stuck ends them, as everywhere.

Which model tells what: of those the user names the first that tells an attribute counts, the default one, which
knows age and gender, comes last. One that would tell nothing that is wanted and still lacking is not loaded.
"""

import threading
from typing import AbstractSet, Callable, FrozenSet, List, Optional, Protocol, Sequence, Tuple

import numpy as np
import structlog

from sophon_report.errors import ChipError, ModelError
from sophon_report.model import Attributes, Faces, FloatArray, ImageArray
from sophon_report.vision.attributes import bound_outputs, face_crops, joined, read
from sophon_report.vision.models.attribute_card import AGE, GENDER, MASK
from sophon_report.vision.models.card import ATTRIBUTES, ModelCard
from sophon_report.vision.models.library import ModelFile, ModelLibrary
from sophon_report.vision.picture import Picture

log = structlog.get_logger()


class AttributeNet(Protocol):
    """A loaded model of attributes, on whichever chip."""

    @property
    def label(self) -> str:
        """What errors call it."""

    @property
    def card(self) -> ModelCard:
        """How it is fed and read."""

    @property
    def side_px(self) -> int:
        """Side of its square input."""

    @property
    def widths(self) -> Sequence[int]:
        """Numbers a face of each output, in the model's order; 0 where the file does not say."""

    def run(self, crops: ImageArray) -> Sequence[FloatArray]:
        """The outputs in the model's order, a row a crop, for ``(N, side_px, side_px, 3)`` uint8 BGR.

        Raises:
            ModelError: it failed.
        """


FAILURES = 5
"""So many looks in a row that fail, and a model is left out. A chip may fail once and be right again."""

OpenFile = Callable[[], ModelFile]
Load = Callable[[ModelFile], AttributeNet]


class AttributeModels:
    """What faces look like, by every model there is for it.

    Args:
        files: give the checked files, each may raise ModelError; in the order in which they count.
        load: makes a model of a file; called from a thread of its own.

    :meth:`look` and :meth:`want` belong to the engine's thread.
    """

    def __init__(self, files: Sequence[OpenFile], load: Load) -> None:
        self._files, self._load = files, load
        self._loaded: Optional[_Loaded] = None

    def want(self, wanted: AbstractSet[str], *, wait: bool = False) -> None:
        """Begin to load the models that tell any of this, and let the others go.

        Args:
            wanted: attributes as cards name them; empty: nothing is to be told.
            wait: for a start, where nothing goes on beside it: return when they are there.
        """
        if not wanted:
            self._loaded = None  # what is still being loaded goes when it is done
        elif self._loaded is None or self._loaded.wanted != wanted:
            self._loaded = _Loaded(self._files, self._load, frozenset(wanted))
        if wait and self._loaded is not None:
            self._loaded.join()

    def look(self, picture: Picture, faces: Faces) -> List[Attributes]:
        """Return what each face looks like; what no model tells, or none that is loaded yet, is unknown.

        Raises:
            ChipError: the chip is stuck.
        """
        models = self._loaded.models if self._loaded is not None and len(faces) else ()
        told = [model.look(picture, faces) for model in models if model.failures < FAILURES]
        return [joined([of_model[place] for of_model in told]) for place in range(len(faces))]

    def close(self) -> None:
        """Give memory back, after what is being loaded."""
        if self._loaded is not None:
            self._loaded.join()
        self._loaded = None


class _Loaded:
    """Models that are being loaded, or are there."""

    def __init__(self, files: Sequence[OpenFile], load: Load, wanted: FrozenSet[str]) -> None:
        self.wanted = wanted
        self.models: Tuple[_Model, ...] = ()
        """None before all are there."""
        self._thread = threading.Thread(target=self._run, args=(files, load), name="attributes", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for them."""
        self._thread.join()

    def _run(self, files: Sequence[OpenFile], load: Load) -> None:
        models: List[_Model] = []
        lacking = set(self.wanted)
        for opened in files:
            try:
                file = opened()
                tells = _told_by(file.card) & lacking
                if tells:
                    models.append(_Model(load(file), tells))
                    lacking -= tells
            except ModelError as error:
                log.error("attributes_unknown", reason=str(error))
        if MASK in lacking:
            log.warning("attributes_unknown", reason="no model of models.attributes tells whether a mask is worn")
        self.models = tuple(models)


def check_net(net: AttributeNet) -> None:
    """Have a model look at a grey square.

    Raises:
        ModelError: it and its card do not fit, or its answer is not what the card says.
    """
    grey = np.full((1, net.side_px, net.side_px, 3), 127, np.uint8)
    read(bound_outputs(net.card, net.widths, net.label), net.run(grey), 1, net.label)


def attribute_files(library: ModelLibrary, own_paths: Sequence[str]) -> Tuple[OpenFile, ...]:
    """Return what opens the user's models, and the default one behind them."""

    def opener(path: str) -> OpenFile:
        return lambda: library.open(ATTRIBUTES, path)

    return tuple(opener(path) for path in (*own_paths, ""))


class _Model:
    """A loaded model and what is read out of it."""

    def __init__(self, net: AttributeNet, tells: AbstractSet[str]) -> None:
        self.failures = 0
        """In a row."""
        self._said = False
        self._net = net
        bound = bound_outputs(net.card, net.widths, net.label)
        self._outputs = tuple(each for each in bound if each.attribute in tells)

    def look(self, picture: Picture, faces: Faces) -> List[Attributes]:
        """What each face looks like; unknown where it fails. Raises ChipError."""
        try:
            told = self._read(picture, faces)
        except ChipError:
            raise
        except ModelError as error:
            self.failures += 1
            if not self._said:
                log.error("attributes_unknown", reason=str(error))
            self._said = True
            return [Attributes()] * len(faces)
        self.failures = 0
        return told

    def _read(self, picture: Picture, faces: Faces) -> List[Attributes]:
        crops = face_crops(self._net.card.attributes, self._net.side_px, picture.bgr(), faces)
        return read(self._outputs, self._net.run(crops), len(faces), self._net.label)


def _told_by(card: ModelCard) -> AbstractSet[str]:
    return {each.attribute for each in card.attributes.outputs} or {AGE, GENDER}
