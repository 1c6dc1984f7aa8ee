"""Rows on their way from a command to the service beside it, through the Unix socket of the data folder: msgpack.

A command reads the files itself: the service may not be allowed to, and need not know where they are.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, Dict, Tuple, Type, TypeVar

import msgpack
import pydantic

from sophon_report.errors import BadMessage
from sophon_report.report.bulk.registrar import Order
from sophon_report.report.bulk.rows import GroupGiven, PersonRow

BEGIN_PATH, ROWS_PATH = "/api/v1/people/rows/begin", "/api/v1/people/rows"
MAX_BYTES = 15 << 20
"""Of one body; the door takes 16 MiB."""

T = TypeVar("T")


@dataclass(frozen=True)
class Begin:
    """What :meth:`~sophon_report.report.bulk.registrar.Registrar.begin` is told."""

    groups: Tuple[GroupGiven, ...]
    names: Tuple[str, ...]
    rows: int
    order: Order


@dataclass(frozen=True)
class Rows:
    """What :meth:`~sophon_report.report.bulk.registrar.Registrar.register` is told."""

    rows: Tuple[PersonRow, ...]
    order: Order


_CHECKS: Dict[Type[Any], "pydantic.TypeAdapter[Any]"] = {}


def packed(value: object) -> bytes:
    """Bytes of one of these."""
    return bytes(msgpack.packb(dataclasses.asdict(value), use_bin_type=True))  # type: ignore[call-overload]


def opened(kind: Type[T], body: bytes) -> T:
    """The ``kind`` in ``body``.

    Raises:
        BadMessage: it is none.
    """
    if kind not in _CHECKS:
        _CHECKS[kind] = pydantic.TypeAdapter(kind)
    try:
        value: T = _CHECKS[kind].validate_python(msgpack.unpackb(body, raw=False))
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadMessage(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except Exception as error:
        raise BadMessage(f"not a message: {type(error).__name__}") from error
    return value
