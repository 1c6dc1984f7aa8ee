"""A value of any dataclass, every field filled: from it comes what a function tells of such values."""

import dataclasses
import enum
from typing import Any, Tuple, Union, get_type_hints

from typing_extensions import get_args, get_origin


def sample(kind: Any) -> Any:
    """One value of a type: numbers are 1, lists have one item, what may be absent is there.

    Raises:
        TypeError: a kind that this knows nothing of.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Union:
        return sample(next(each for each in inner if each is not type(None)))
    if origin is tuple:
        return (sample(inner[0]),) if len(inner) == 2 and inner[1] is Ellipsis else tuple(map(sample, inner))
    if origin is not None:
        return _of_many(origin, inner)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _filled(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return kind(*map(sample, get_type_hints(kind).values()))
    if kind in (int, float, bool, str, bytes):
        return {int: 1, float: 1.0, bool: True, str: "x", bytes: b"x"}[kind]
    return _of_parts(kind)


def _of_many(origin: Any, inner: Tuple[Any, ...]) -> Any:
    if issubclass(origin, (dict,)) or hasattr(origin, "items"):
        return {sample(inner[0]): sample(inner[1])}
    if issubclass(origin, (set, frozenset)):
        return origin([sample(inner[0])])
    return [sample(inner[0])]


def _filled(kind: Any) -> Any:
    hints = get_type_hints(kind)
    made = object.__new__(kind)
    for field in dataclasses.fields(kind):
        object.__setattr__(made, field.name, sample(hints[field.name]))
    return made


def _of_parts(kind: Any) -> Any:
    try:
        return kind()
    except TypeError:
        raise TypeError(f"no sample of {kind!r}: say here how one is made") from None
