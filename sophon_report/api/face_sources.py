"""The face among the arguments of a call that registers one: a vector, a picture, or the name of a file."""

from pathlib import Path
from typing import Any, Callable, List

import numpy as np
import pybase64

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.errors import Refusal
from sophon_report.api.people import FaceSource
from sophon_report.api.picture_arguments import PictureArguments
from sophon_report.quality_limits import LEVEL_WORDS, Level

FEATURE, IMAGE, PATH = "register_feature", "register_image", "register_image_path"
MAX_NUMBERS = 4096
"""Of a vector; which number it must be says the model in use."""


class FaceSources:
    """Reads them. The vector goes before the picture, and the picture before the file, whatever else is given.

    A picture beside a vector becomes the photo of the face; its quality is not asked for then.

    Args:
        imports: the folder whose files may be named.
        level: what a word of the vendor's levels asks of a picture.
    """

    def __init__(self, imports: Path, level: Callable[[str], Level]) -> None:
        self._read, self._level = PictureArguments(imports), level

    async def needed(self, given: Arguments) -> FaceSource:
        """The face; empty values are as good as none.

        Raises:
            Refusal: there is none, or what is wrong with it.
            BadImage: the picture is no base64, or too large.
        """
        word = given.text("fiqa_level", "", words=(*LEVEL_WORDS, ""))
        level = self._level(word or Level.HIGH.value)
        feature = vector_of(given, FEATURE)
        image = await self._read.optional(given, "", IMAGE) or await self._read.optional(given, PATH, "") or b""
        if not feature and not image:
            given.needed(IMAGE)
            raise Refusal("MISSING_ARGUMENTS", IMAGE)
        return FaceSource(image, feature, level)


def vector_of(given: Arguments, name: str) -> bytes:
    """A vector as little endian float32, from a list of numbers or base64 of such; ``b""`` for an empty one.

    Raises:
        Refusal: what is wrong with it.
    """
    value: Any = given.raw(name)
    if not value and (value is None or isinstance(value, (str, list))):
        return b""
    if isinstance(value, list) or (isinstance(value, str) and value.lstrip().startswith("[")):
        return _of_numbers(name, given.items(name, most=MAX_NUMBERS))
    if not isinstance(value, str):
        raise bad(name, "must be a list of numbers, or base64 of them as float32")
    try:
        raw = pybase64.b64decode("".join(value.split()), validate=True)
    except ValueError:
        raise bad(name, "is no base64") from None
    if len(raw) % 4 or len(raw) > 4 * MAX_NUMBERS:
        raise bad(name, f"must hold float32 numbers, at most {MAX_NUMBERS}")
    return raw


def _of_numbers(name: str, values: List[Any]) -> bytes:
    for at, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise bad(f"{name}[{at}]", "must be a number")
    with np.errstate(over="ignore"):
        return np.array(values, np.float64).astype("<f4").tobytes()
