"""How a model is fed and read, for the models of the catalogue and for those a user brings."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Tuple

import pydantic
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sophon_report.errors import ModelError
from sophon_report.vision.models.attribute_card import AttributeCard, AttributeKeys

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DETECTOR, EMBEDDER, ATTRIBUTES = "detector", "embedder", "attributes"
MAX_SIDE_FILE_BYTES = 64 << 10


@dataclass(frozen=True)
class ModelCard:
    """What the pixels become before the model, and what its outputs mean after it."""

    decode: str
    """Form of the outputs: ``yunet`` (detector), ``feature`` (embedder), ``faceres``, ``classes`` (attributes)."""
    colour: str = "bgr"
    """Order of the input's channels, ``bgr`` or ``rgb``."""
    mean: Tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Per channel, in the order of ``colour``: the input is ``(pixel - mean) * scale``, pixels being 0 to 255."""
    scale: float = 1.0
    pass_cosine: float = 0.0
    """Embedder only: from this cosine on two faces count as one person. Another model has another mark."""
    attributes: AttributeCard = AttributeCard()
    """Attributes only: what of a face the model sees, and what it tells."""


CARDS: Dict[str, ModelCard] = {
    DETECTOR: ModelCard("yunet"),
    # LFW, 6,000 pairs: TAR 98.03 % at FAR 1e-5 (measured). The input's normalisation is inside the graph.
    EMBEDDER: ModelCard("feature", colour="rgb", pass_cosine=0.489),
    # The mean of the VGG faces it was trained on; fed plain RGB it takes a man of 51 for 21 (measured).
    ATTRIBUTES: ModelCard("faceres", mean=(103.939, 116.779, 123.68)),
}
"""The default model of each role; a user's own model is fed the same way where its side file says nothing."""
CLASSES = "classes"
"""Decoding of any model of attributes but faceres: its card says what its numbers mean."""
_DECODES = {DETECTOR: ("yunet",), EMBEDDER: ("feature",), ATTRIBUTES: ("faceres", CLASSES)}


class _SideFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    decode: str
    colour: str = Field(pattern="^(bgr|rgb)$")
    mean: Tuple[float, float, float]
    scale: float = Field(gt=0, allow_inf_nan=False)
    pass_cosine: float = Field(ge=0, lt=1)

    @field_validator("mean", mode="before")
    @classmethod
    def _three(cls, value: Any) -> Any:
        return (
            (value,) * 3 if isinstance(value, (int, float)) else tuple(value) if isinstance(value, list) else value
        )


class _AttributesSideFile(_SideFile, AttributeKeys):
    @model_validator(mode="after")
    def _explained(self) -> "_AttributesSideFile":
        if (self.decode == CLASSES) != bool(self.outputs):
            raise ValueError(f'[outputs.<attribute>] is needed with decode = "{CLASSES}", and goes with it only')
        return self


def card_beside(model: Path, role: str) -> ModelCard:
    """Return the card of a user's own model: the role's, changed by what ``<model>.toml`` says.

    The side file may set ``colour``, ``mean`` (one number or three), ``scale``, ``decode`` and ``pass_cosine``,
    for attributes also what :mod:`~sophon_report.vision.models.attribute_card` shows.

    Raises:
        ModelError: a side file that is there and cannot be used.
    """
    side_file = model.with_name(model.name + ".toml")
    if not side_file.exists():
        return CARDS[role]
    try:
        with side_file.open("rb") as file:
            values = tomllib.loads(file.read(MAX_SIDE_FILE_BYTES).decode("utf-8"))
        card = _card(role, values)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ModelError(f"{side_file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{side_file} cannot be read: {error}") from error
    if card.decode not in _DECODES[role]:
        known = ", ".join(f'"{each}"' for each in _DECODES[role])
        raise ModelError(f'{side_file}: decode: "{card.decode}" is unknown, {role}: {known}')
    return card


def _card(role: str, values: Dict[str, Any]) -> ModelCard:
    default = ModelCard(CLASSES) if values.get("decode") == CLASSES and role == ATTRIBUTES else CARDS[role]
    shared = {key: value for key, value in vars(default).items() if key != "attributes"}
    if role != ATTRIBUTES:
        checked = _SideFile.model_validate({**shared, **values})
        return ModelCard(**checked.model_dump())
    told = _AttributesSideFile.model_validate({**shared, **values})
    return ModelCard(**told.model_dump(include=set(shared)), attributes=told.card())
