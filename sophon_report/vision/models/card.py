"""How a model is fed and read, for the models of the catalogue and for those a user brings.

A user's ONNX file may have a side file ``<model>.toml`` that says where it differs from the default model of its
role. A ``.bmodel`` for the chip must have one, a *card*: nothing of it can be guessed, and a wrong colour or scale
gives answers that look like answers. ``scripts/compile-models`` writes the cards of what it compiles.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

import pydantic
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sophon_report.errors import ModelError
from sophon_report.vision.models.attribute_card import AttributeCard, AttributeKeys
from sophon_report.vision.models.chip_golden import SAMPLES, ChipGolden, GoldenOutput

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DETECTOR, EMBEDDER, ATTRIBUTES = "detector", "embedder", "attributes"
MAX_SIDE_FILE_BYTES = 64 << 10
MAX_FACTOR = 1e6
"""What a mean or a scale may be at most, and the latter's inverse: beyond it a pixel is no number to a model."""

CLASSES = "classes"
"""Decoding of any model of attributes but faceres: its card says what its numbers mean."""
DECODES: Dict[str, Tuple[str, ...]] = {
    DETECTOR: ("yunet", "scrfd", "retinaface"),
    EMBEDDER: ("feature",),
    ATTRIBUTES: ("faceres", CLASSES),
}
"""Known forms of outputs by role, the default model's first."""
ONLY_ON_CHIP: Dict[str, Tuple[str, ...]] = {"decode": ("scrfd", "retinaface"), "colour": ("grey",)}
"""What the CPU engine does not do."""


@dataclass(frozen=True)
class ModelCard:
    """What the pixels become before the model, and what its outputs mean after it."""

    decode: str
    """Form of the outputs, one of :data:`DECODES`."""
    colour: str = "bgr"
    """The input's channels: ``bgr``, ``rgb``, or ``grey`` for one channel."""
    mean: Tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Per channel, in the order of ``colour``: the input is ``(pixel - mean) * scale``, pixels being 0 to 255."""
    scale: float = 1.0
    pass_cosine: float = 0.0
    """Embedder only: from this cosine on two faces count as one person. Another model has another mark."""
    identity: str = ""
    """Names what the features may be compared with, 64 hex digits: files with one identity share a gallery. Empty:
    the file's own hash."""
    golden: Optional[ChipGolden] = None
    """Chip models only: what the file must answer to the ramp."""
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

_EXAMPLES = {
    DETECTOR: """decode = "scrfd"                  # form of the outputs: {decodes}
colour = "rgb"                    # the input's channels: bgr, rgb, grey
mean = [127.5, 127.5, 127.5]      # the input is (pixel - mean) * scale, pixels being 0 to 255
scale = 0.0078125
""",
    EMBEDDER: """decode = "feature"                # form of the outputs: {decodes}
colour = "rgb"                    # the input's channels: bgr, rgb, grey
mean = [127.5, 127.5, 127.5]      # the input is (pixel - mean) * scale, pixels being 0 to 255
scale = 0.0078125
pass_cosine = 0.4                 # from this cosine on two faces are one person: measured, another for each model
# identity = "..."                # SHA-256 of the model whose features these may be compared with; else its own
""",
    ATTRIBUTES: """decode = "classes"                # form of the outputs: {decodes}
colour = "rgb"                    # the input's channels: bgr, rgb, grey
mean = [127.5, 127.5, 127.5]      # the input is (pixel - mean) * scale, pixels being 0 to 255
scale = 0.0078125
crop_factor = 1.2                 # side of the square around the face, in longer sides of its box

[outputs.glasses]                 # glasses, mask, hat, gender or age
classes = ["no", "yes"]           # what its numbers stand for
activation = "softmax"            # what is still to be done: softmax, sigmoid, none
""",
}


class _GoldenOutput(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    shape: Tuple[int, ...]
    readings: Tuple[float, ...] = Field(min_length=2 + SAMPLES, max_length=2 + SAMPLES)


class _Golden(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tolerance: float = Field(gt=0, le=1)
    output: Tuple[_GoldenOutput, ...] = Field(min_length=1)


class _SideFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    decode: str
    colour: str = Field(pattern="^(bgr|rgb|grey)$")
    mean: Tuple[float, float, float]
    scale: float = Field(ge=1 / MAX_FACTOR, le=MAX_FACTOR)
    pass_cosine: float = Field(ge=0, lt=1)
    identity: str = Field(pattern="^([0-9a-f]{64})?$")
    golden: Optional[_Golden] = Field(None, strict=False)

    @field_validator("mean", mode="before")
    @classmethod
    def _three(cls, value: Any) -> Any:
        return (
            (value,) * 3 if isinstance(value, (int, float)) else tuple(value) if isinstance(value, list) else value
        )

    @field_validator("mean")
    @classmethod
    def _in_reach(cls, mean: Tuple[float, float, float]) -> Tuple[float, float, float]:
        if max(map(abs, mean)) > MAX_FACTOR:
            raise ValueError(f"must be numbers from {-MAX_FACTOR:g} to {MAX_FACTOR:g}")
        return mean


class _AttributesSideFile(_SideFile, AttributeKeys):
    @model_validator(mode="after")
    def _explained(self) -> "_AttributesSideFile":
        if (self.decode == CLASSES) != bool(self.outputs):
            raise ValueError(f'[outputs.<attribute>] is needed with decode = "{CLASSES}", and goes with it only')
        return self


def card_beside(model: Path, role: str) -> ModelCard:
    """Return the card of a user's own model: the role's, changed by what ``<model>.toml`` says.

    The side file may set every field of :class:`ModelCard` (``mean`` may be one number), for attributes in the
    words that :mod:`~sophon_report.vision.models.attribute_card` shows.

    Raises:
        ModelError: a side file that is there and cannot be used, or asks what the CPU engine does not do.
    """
    side_file = card_path(model)
    if not side_file.exists():
        return CARDS[role]
    card = _checked(side_file, role, _values(side_file))
    for key, values in ONLY_ON_CHIP.items():
        if getattr(card, key) in values:
            raise ModelError(f'{side_file}: {key}: "{getattr(card, key)}" works on the TPU only, with a .bmodel')
    return card


def chip_card_beside(model: Path, role: str) -> ModelCard:
    """Return the card of a ``.bmodel``, which must say all that is not known of it.

    Raises:
        ModelError: no card, with an example of a whole one; or a card that cannot be used or leaves a key out.
    """
    side_file = card_path(model)
    if not side_file.exists():
        raise ModelError(
            f"{model} has no card: write {side_file.name} beside it, for example\n\n{example_card(role)}"
        )
    values = _values(side_file)
    needed = ["decode", "colour", "mean", "scale", *(["pass_cosine"] if role == EMBEDDER else [])]
    missing = [key for key in needed if key not in values]
    if missing:
        raise ModelError(f"{side_file}: {', '.join(missing)}: missing. A whole one:\n\n{example_card(role)}")
    return _checked(side_file, role, values)


def card_path(model: Path) -> Path:
    """Where the card of a model lies."""
    return model.with_name(model.name + ".toml")


def example_card(role: str) -> str:
    """Return a whole card of ``role`` for a person to change."""
    return _EXAMPLES[role].format(decodes=", ".join(DECODES[role]))


def card_text(card: ModelCard) -> str:
    """Return a card as the file that :func:`chip_card_beside` reads."""
    lines = [
        f'decode = "{card.decode}"',
        f'colour = "{card.colour}"',
        f"mean = {list(card.mean)}",
        f"scale = {card.scale!r}",
    ]
    lines += [f"pass_cosine = {card.pass_cosine!r}"] if card.pass_cosine else []
    lines += [f'identity = "{card.identity}"'] if card.identity else []
    if card.golden:
        lines += ["", "[golden]", f"tolerance = {card.golden.tolerance!r}"]
        for output in card.golden.outputs:
            values = ", ".join(f"{reading:.7g}" for reading in output.readings)
            lines += ["", "[[golden.output]]", f"shape = {list(output.shape)}", f"readings = [{values}]"]
    return "\n".join(lines) + "\n"


def _values(side_file: Path) -> Dict[str, Any]:
    try:
        with side_file.open("rb") as file:
            return tomllib.loads(file.read(MAX_SIDE_FILE_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{side_file} cannot be read: {error}") from error


def _checked(side_file: Path, role: str, values: Mapping[str, Any]) -> ModelCard:
    try:
        card = _card(role, values)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ModelError(f"{side_file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if card.decode not in DECODES[role]:
        known = ", ".join(f'"{decode}"' for decode in DECODES[role])
        raise ModelError(f'{side_file}: decode: "{card.decode}" is unknown, {role}: {known}')
    return card


def _card(role: str, values: Mapping[str, Any]) -> ModelCard:
    default = ModelCard(CLASSES) if values.get("decode") == CLASSES and role == ATTRIBUTES else CARDS[role]
    shared = {key: value for key, value in vars(default).items() if key != "attributes"}
    form = _AttributesSideFile if role == ATTRIBUTES else _SideFile
    told = form.model_validate({**shared, **values})
    fields = {key: getattr(told, key) for key in shared if key != "golden"}
    attributes = told.card() if isinstance(told, _AttributesSideFile) else AttributeCard()
    return ModelCard(**fields, golden=_golden(told.golden), attributes=attributes)


def _golden(read: Optional[_Golden]) -> Optional[ChipGolden]:
    if read is None:
        return None
    return ChipGolden(read.tolerance, tuple(GoldenOutput(one.shape, one.readings) for one in read.output))
