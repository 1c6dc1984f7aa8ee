"""The models of attributes of an engine: loaded when they are first wanted, beside the work, and never its end.

Attributes are a hint. So a model that is missing, does not fit or fails costs what it would have told, is said
once and left out until attributes are switched on anew; the pictures go on meanwhile.

Which model tells what: of those the user names the first that tells an attribute counts, the default one, which
knows age and gender, comes last and is not loaded where those tell both.
"""

import threading
from typing import AbstractSet, Callable, List, Optional, Protocol, Sequence, Tuple

import numpy as np
import structlog

from sophon_report.errors import ModelError
from sophon_report.model import Attributes, Faces, FloatArray, ImageArray
from sophon_report.vision.attributes import bound_outputs, face_crops, joined, read
from sophon_report.vision.models.attribute_card import AGE, GENDER
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

    def want(self, wanted: bool, *, wait: bool = False) -> None:
        """Begin to load the models, or let them go.

        Args:
            wanted: whether :meth:`look` is to tell anything.
            wait: for a start, where nothing goes on beside it: return when they are there.
        """
        if not wanted:
            self._loaded = None  # what is still being loaded goes when it is done
        elif self._loaded is None:
            self._loaded = _Loaded(self._files, self._load)
        if wait and self._loaded is not None:
            self._loaded.join()

    def look(self, picture: Picture, faces: Faces) -> List[Attributes]:
        """Return what each face looks like; what no model tells, or none that is loaded yet, is unknown."""
        models = self._loaded.models if self._loaded is not None and len(faces) else ()
        told: List[List[Attributes]] = []
        for model in models:
            try:
                told.append(model.look(picture, faces))
            except ModelError as error:
                assert self._loaded is not None
                self._loaded.models = tuple(each for each in self._loaded.models if each is not model)
                log.error("attributes_unknown", reason=str(error))
        return [joined([of_model[place] for of_model in told]) for place in range(len(faces))]

    def close(self) -> None:
        """Give memory back, after what is being loaded."""
        if self._loaded is not None:
            self._loaded.join()
        self._loaded = None


class _Loaded:
    """Models that are being loaded, or are there."""

    def __init__(self, files: Sequence[OpenFile], load: Load) -> None:
        self.models: Tuple[_Model, ...] = ()
        """None before all are there."""
        self._thread = threading.Thread(target=self._run, args=(files, load), name="attributes", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for them."""
        self._thread.join()

    def _run(self, files: Sequence[OpenFile], load: Load) -> None:
        models: List[_Model] = []
        for opened in files:
            try:
                model = _open_model(opened(), load, {each for one in models for each in one.tells})
            except ModelError as error:
                log.error("attributes_unknown", reason=str(error))
                continue
            if model is not None:
                models.append(model)
        self.models = tuple(models)


def check_net(net: AttributeNet) -> None:
    """Have a model look at a grey square.

    Raises:
        ModelError: it and its card do not fit, or its answer is not what the card says.
    """
    grey = np.full((1, net.side_px, net.side_px, 3), 127, np.uint8)
    read(bound_outputs(net.card, net.widths, net.label), net.run(grey), net.label)


def attribute_files(library: ModelLibrary, own_paths: Sequence[str]) -> Tuple[OpenFile, ...]:
    """Return what opens the user's models, and the default one behind them."""

    def opener(path: str) -> OpenFile:
        return lambda: library.open(ATTRIBUTES, path)

    return tuple(opener(path) for path in (*own_paths, ""))


class _Model:
    """A loaded model and what is read out of it."""

    def __init__(self, net: AttributeNet) -> None:
        self._net = net
        self._outputs = bound_outputs(net.card, net.widths, net.label)
        self.tells = frozenset(each.attribute for each in self._outputs)

    def look(self, picture: Picture, faces: Faces) -> List[Attributes]:
        crops = face_crops(self._net.card.attributes, self._net.side_px, picture.bgr(), faces)
        return read(self._outputs, self._net.run(crops), self._net.label)


def _open_model(file: ModelFile, load: Load, told_already: AbstractSet[str]) -> Optional[_Model]:
    """The model of a file; ``None`` when others tell all that it would."""
    card = file.card
    tells = {each.attribute for each in card.attributes.outputs} or {AGE, GENDER}
    return None if tells <= told_already else _Model(load(file))
