"""The arguments of a call, read one by one with their types checked: nothing from the network is trusted.

The vendor's general rule: an empty text is a value, only null counts as "not given". Old calls take form-data as
well as JSON, and their samples write numbers and booleans as texts; ``lenient`` reads those.
"""

import math
import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, TypeVar, Union

import orjson

from sophon_report.api.errors import Refusal

T = TypeVar("T")
MAX_TEXT = 2048
"""Characters of a text argument; pictures are read by :meth:`Arguments.long_text`."""
NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*", re.ASCII)
"""What a client writes; Python alone would take ``1_000`` and the digits of any script too."""
FLAGS = {"true": True, "false": False, "1": True, "0": False}
"""As old clients write them, in any case."""


class Arguments:
    """What a caller gave.

    Args:
        values: as they came.
        lenient: numbers, booleans, lists and tables may come as texts: a form, a query, an old client.
        empty: the request had no body at all.
    """

    def __init__(self, values: Mapping[str, Any], *, lenient: bool = False, empty: bool = False) -> None:
        self._values = {key: value for key, value in values.items() if value is not None}
        self._lenient, self._empty = lenient, empty

    @classmethod
    def of_json(cls, raw: bytes, *, lenient: bool = False) -> "Arguments":
        """Arguments of a JSON body; an empty body holds none.

        Raises:
            Refusal: no JSON, or no object.
        """
        if not raw.strip():
            return cls({}, lenient=lenient, empty=True)
        try:
            values = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise Refusal("INVALID_REQUEST_JSON", "the body is not JSON") from None
        if not isinstance(values, dict):
            raise Refusal("INVALID_REQUEST_JSON", "the body must be a JSON object")
        return cls(values, lenient=lenient)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> List[str]:
        """What was given, nulls left out."""
        return list(self._values)

    def needed(self, *names: str) -> None:
        """Refuse unless all of ``names`` are given.

        Raises:
            Refusal: the body is empty, or which one is missing.
        """
        if names and self._empty:
            raise Refusal("EMPTY_REQUEST_JSON", "the body is empty; it needs " + ", ".join(names))
        missing = [name for name in names if name not in self._values]
        if missing:
            raise Refusal("MISSING_ARGUMENTS", ", ".join(missing))

    def text(self, name: str, default: Optional[str] = None, *, words: Tuple[str, ...] = ()) -> str:
        """A text of up to 2,048 characters; one of ``words`` when they are given. Needed without a default.

        Raises:
            Refusal: missing, or what is wrong with it.
        """
        value = self._get(name, default, self._as_text)
        if len(value) > MAX_TEXT:
            raise bad(name, f"must not be longer than {MAX_TEXT} characters")
        if words and value not in words:
            raise bad(name, "must be one of " + ", ".join(words))
        return value

    def long_text(self, name: str, default: Optional[str] = None) -> str:
        """A text of any length that the body's bound lets through, such as a picture."""
        return self._get(name, default, self._as_text)

    def flag(self, name: str, default: Optional[bool] = None) -> bool:
        """True or false. Needed without a default."""
        return self._get(name, default, self._as_flag)

    def whole(self, name: str, default: Optional[int] = None, *, low: int, high: int) -> int:
        """A whole number within the bounds. Needed without a default."""
        value: Union[int, float] = self._get(name, default, self._as_number)
        if not low <= value <= high or value != int(value):
            raise bad(name, f"must be a whole number from {low} to {high}")
        return int(value)

    def number(self, name: str, default: Optional[float] = None, *, low: float, high: float) -> float:
        """A number within the bounds. Needed without a default."""
        value = self._get(name, default, self._as_number)
        if not low <= value <= high:
            raise bad(name, f"must be a number from {low:g} to {high:g}")
        return float(value)

    def items(self, name: str, default: Optional[List[Any]] = None, *, most: int = 1000) -> List[Any]:
        """A list of anything. Needed without a default."""
        value = self._get(name, default, self._as_list)
        if len(value) > most:
            raise bad(name, f"must not have more than {most} items")
        return value

    def texts(self, name: str, default: Optional[List[str]] = None, *, most: int = 1000) -> List[str]:
        """A list of texts. Needed without a default."""
        value = self.items(name, list(default) if default is not None else None, most=most)
        for number, item in enumerate(value):
            if not isinstance(item, str) or len(item) > MAX_TEXT:
                raise bad(f"{name}[{number}]", f"must be a text of at most {MAX_TEXT} characters")
        return value

    def table(self, name: str, default: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        """A JSON object. Needed without a default."""
        return self._get(name, default, self._as_table)

    def tables(self, name: str, *, most: int = 1000) -> List["Arguments"]:
        """A list of objects, each as arguments of its own; none when it is not given."""
        found = []
        for number, item in enumerate(self.items(name, [], most=most)):
            if not isinstance(item, dict):
                raise bad(f"{name}[{number}]", "must be an object")
            found.append(Arguments(item, lenient=self._lenient))
        return found

    def raw(self, name: str) -> Any:
        """The value as it came, ``None`` when it was not given."""
        return self._values.get(name)

    def _get(self, name: str, default: Optional[T], read: Callable[[str, Any], T]) -> T:
        if name in self._values:
            return read(name, self._values[name])
        if default is None:
            self.needed(name)
        assert default is not None
        return default

    def _as_text(self, name: str, value: Any) -> str:
        if isinstance(value, str):
            return value
        if self._lenient and isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        raise bad(name, "must be a text")

    def _as_flag(self, name: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if self._lenient and isinstance(value, (str, int)) and word in FLAGS:
            return FLAGS[word]
        raise bad(name, "must be true or false")

    def _as_number(self, name: str, value: Any) -> Any:
        if self._lenient and isinstance(value, str) and len(value) <= 40 and NUMBER.fullmatch(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise bad(name, "must be a number")
        if isinstance(value, float) and not math.isfinite(value):
            raise bad(name, "must be a finite number")
        return value  # a whole number stays one: as a float it would lose digits

    def _as_list(self, name: str, value: Any) -> List[Any]:
        value = self._opened(value)
        if not isinstance(value, list):
            raise bad(name, "must be a list")
        return value

    def _as_table(self, name: str, value: Any) -> Dict[str, Any]:
        value = self._opened(value)
        if not isinstance(value, dict):
            raise bad(name, "must be an object")
        return value

    def _opened(self, value: Any) -> Any:
        """Lists and tables are JSON text in a form."""
        if self._lenient and isinstance(value, str):
            try:
                return orjson.loads(value)
            except orjson.JSONDecodeError:
                return value
        return value


def bad(name: str, problem: str) -> Refusal:
    """The refusal of one argument; says which and what is wrong with it, never its value."""
    return Refusal("INVALID_ARGUMENTS", f"{name} {problem}")
