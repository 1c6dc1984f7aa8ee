"""What a card says of a model of attributes: which picture it wants, and what its numbers mean. Pure.

::

    decode = "classes"
    colour = "rgb"              # with mean and scale as for every model
    crop = "box"                # a square around the face's box; or "aligned": the upright face of the embedder
    crop_factor = 1.2           # side of that square, in longer sides of the box
    input_px = 64               # only where the file leaves its size open

    [outputs.glasses]           # glasses, mask, hat: yes and no; gender: male and female
    output = 0                  # which output of the model, counted from 0
    columns = [0, 1, 2]         # which of its numbers; left out: all
    classes = ["no", "yes", "yes"]      # what they stand for; of a word that stands twice both count
    activation = "softmax"      # what is still to be done; sigmoid: for one number; none: they are probabilities
    threshold = 0.6             # told from this probability on, for either word; less is unknown

    [outputs.age]
    output = 1
    years = [3, 10, 25, 50, 75]         # the age each number stands for; left out: one number, the age itself,
    factor = 1.0                        # times factor plus offset

What no output tells stays unknown: a card adds attributes, it never fills one in.
"""

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Tuple

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

AGE, GENDER, MASK = "age", "gender", "mask"
WORDS: Mapping[str, Tuple[str, str]] = {
    GENDER: ("female", "male"),
    "glasses": ("no", "yes"),
    MASK: ("no", "yes"),
    "hat": ("no", "yes"),
}
"""The attributes that are told by words; the second is the one whose probability is carried on."""
THRESHOLD = 0.6
MAX_COLUMNS = 200


@dataclass(frozen=True)
class AttributeOutput:
    """One attribute in the outputs of a model."""

    attribute: str
    """A key of :data:`WORDS`, or ``age``."""
    output: int = 0
    columns: Tuple[int, ...] = ()
    """Which numbers of it; empty: all."""
    activation: str = "none"
    classes: Tuple[str, ...] = ()
    """A word a number; empty for an age."""
    yes_from: float = THRESHOLD
    """From this probability of the second word on it is told."""
    no_to: float = 1 - THRESHOLD
    """Up to this one the first word is told."""
    years: Tuple[float, ...] = ()
    """Age: what each number stands for; empty: one number is the age, by ``factor`` and ``offset``."""
    factor: float = 1.0
    offset: float = 0.0

    @property
    def width(self) -> int:
        """How many numbers it reads."""
        return len(self.classes) or len(self.years) or 1


@dataclass(frozen=True)
class AttributeCard:
    """How faces are cut out for a model of attributes, and what it tells of them."""

    crop: str = "box"
    """``box``: the square around the box; ``aligned``: the upright crop of the embedder."""
    crop_factor: float = 1.0
    input_px: int = 0
    """Side of the input where the file leaves it open; 0: the file says it."""
    outputs: Tuple[AttributeOutput, ...] = ()
    """Empty for ``faceres``, whose outputs are known by their widths."""


class OutputKeys(BaseModel):
    """``[outputs.<attribute>]`` of a card."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    output: int = Field(0, ge=0, le=63)
    columns: Tuple[int, ...] = Field((), max_length=MAX_COLUMNS)
    classes: Tuple[str, ...] = Field((), max_length=MAX_COLUMNS)
    activation: str = Field("none", pattern="^(softmax|sigmoid|none)$")
    threshold: Optional[float] = Field(None, ge=0.5, le=1)
    years: Tuple[float, ...] = Field((), max_length=MAX_COLUMNS)
    factor: Optional[float] = None
    offset: Optional[float] = None

    @field_validator("columns", "classes", "years", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    def checked(self, attribute: str) -> AttributeOutput:
        """What this says of ``attribute``.

        Raises:
            ValueError: keys that do not go together.
        """
        given = (self.years if attribute == AGE else self.classes) or (0,)
        if self.columns and len(self.columns) != len(given):
            raise ValueError(f"{attribute}: columns names {len(self.columns)} numbers, {len(given)} are explained")
        if len(set(self.columns)) != len(self.columns) or any(not 0 <= each < 1 << 16 for each in self.columns):
            raise ValueError(f"{attribute}: columns must be different numbers from 0 on")
        return self._age() if attribute == AGE else self._words(attribute)

    def _age(self) -> AttributeOutput:
        self._refuse(AGE, "classes", "threshold", *(("factor", "offset") if self.years else ()))
        if self.activation != "none" and (not self.years or self.activation == "sigmoid"):
            raise ValueError("age: activation must be none for one number, softmax or none with years")
        return AttributeOutput(
            AGE,
            self.output,
            self.columns,
            self.activation,
            years=self.years,
            factor=1.0 if self.factor is None else self.factor,
            offset=self.offset or 0.0,
        )

    def _words(self, attribute: str) -> AttributeOutput:
        self._refuse(attribute, "years", "factor", "offset")
        words = WORDS[attribute]
        if not self.classes or set(self.classes) - set(words):
            raise ValueError(f'{attribute}: classes must be words of "{words[0]}" and "{words[1]}"')
        if len(self.classes) > 1 and (set(self.classes) != set(words) or self.activation == "sigmoid"):
            raise ValueError(f"{attribute}: classes must have both words, and sigmoid takes one class only")
        if len(self.classes) == 1 and self.activation == "softmax":
            raise ValueError(f"{attribute}: softmax takes two classes or more")
        threshold = THRESHOLD if self.threshold is None else self.threshold
        return AttributeOutput(
            attribute,
            self.output,
            self.columns,
            self.activation,
            self.classes,
            yes_from=threshold,
            no_to=1 - threshold,
        )

    def _refuse(self, attribute: str, *keys: str) -> None:
        meant = [key for key in keys if key in self.model_fields_set]
        if meant:
            raise ValueError(f"{attribute}: {meant[0]} means nothing here")


class AttributeKeys(BaseModel):
    """What the card of a model of attributes may say beyond every model's card."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    crop: str = Field("box", pattern="^(box|aligned)$")
    crop_factor: float = Field(1.0, ge=0.5, le=4)
    input_px: int = Field(0, ge=0, le=1024)
    outputs: Dict[str, OutputKeys] = Field(default_factory=dict)

    @field_validator("outputs")
    @classmethod
    def _known(cls, outputs: Dict[str, OutputKeys]) -> Dict[str, OutputKeys]:
        for attribute, keys in outputs.items():
            if attribute != AGE and attribute not in WORDS:
                raise ValueError(f'"{attribute}" is unknown, there are {", ".join([AGE, *WORDS])}')
            keys.checked(attribute)
        return outputs

    @model_validator(mode="after")
    def _one_crop(self) -> "AttributeKeys":
        if self.crop == "aligned" and "crop_factor" in self.model_fields_set:
            raise ValueError('crop_factor means nothing with crop = "aligned"')
        return self

    def card(self) -> AttributeCard:
        """What they say."""
        outputs = tuple(keys.checked(attribute) for attribute, keys in self.outputs.items())
        return AttributeCard(self.crop, self.crop_factor, self.input_px, outputs)
