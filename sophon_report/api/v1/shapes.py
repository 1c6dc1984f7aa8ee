"""What goes in and out of our own calls: the models' common ground, and requests read by them.

The machinery of a model is built when it is first used (``defer_build``): there are some 150, which take 5 MB, and
most boxes use a few. It takes up to 20 ms on a PC, more on a box, so the event loop leaves it to a thread.
"""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, List, Tuple, Type, TypeVar, Union, get_args

import orjson
import pydantic
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sophon_report.api.body import plain_json
from sophon_report.api.call import Message
from sophon_report.api.errors import Refusal, WrongField
from sophon_report.config import say_problem

MAX_TOLD = 20
"""Wrong fields that one refusal names."""
_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,19})?", re.ASCII)
_FLAGS = {"true": True, "false": False}
_Place = Tuple[Union[int, str], ...]
_BUILDER = ThreadPoolExecutor(1, "models")
T = TypeVar("T")


async def in_turn(build: Callable[[], T]) -> T:
    """What ``build`` gives, which has models built: in a thread, one after the other, since models share parts."""
    return await asyncio.get_running_loop().run_in_executor(_BUILDER, build)


def build_models(*types: Any) -> None:
    """Build every model in ``types``, and in the fields of those: also the ones that a handler makes values of."""
    left, seen = list(types), set()
    while left:
        one = left.pop()
        left += get_args(one)
        if isinstance(one, type) and issubclass(one, BaseModel) and one not in seen:
            seen.add(one)
            one.model_rebuild()
            left += [told.annotation for told in one.model_fields.values()]


class Answer(BaseModel):
    """What a call answers."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
        protected_namespaces=(),
        defer_build=True,
    )


class Body(BaseModel):
    """What a call is sent as JSON: unknown fields are refused, values keep their type."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        defer_build=True,
    )


class Query(BaseModel):
    """The parameters behind the ``?`` of a call: texts, read by the type of their field."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, values: Any) -> Any:
        fields = cls.model_fields
        return {
            name: _typed(fields[name].annotation, value) if name in fields else value
            for name, value in values.items()
        }


class Page(Query):
    """Which part of a list."""

    limit: int = Field(100, ge=1, le=500)
    """How many at most."""
    offset: int = Field(0, ge=0, le=1 << 31)
    """How many of the first to leave out."""


class Nothing(Answer):
    """Done: there is nothing more to say."""


AnyBody = TypeVar("AnyBody", bound=BaseModel)
AnyQuery = TypeVar("AnyQuery", bound=Query)


def body_of(message: Message, model: Type[AnyBody]) -> AnyBody:
    """The JSON body as ``model``; no body at all is an empty object.

    Raises:
        Refusal: it is of another type, no JSON object, or which fields are wrong.
    """
    raw = plain_json(message.body)
    if raw and message.content_type != "application/json":
        raise Refusal("UNSUPPORT_CONTENT_TYPE", "only application/json is accepted")
    if not raw.strip():
        raw = b"{}"
    try:
        values = orjson.loads(raw)  # stricter than what follows: no NaN, no half characters
        if not isinstance(values, dict):
            raise Refusal("INVALID_REQUEST_JSON", "the body must be a JSON object")
        # A table of the settings file reads what its parser gives, not JSON.
        return model.model_validate_json(raw) if issubclass(model, Body) else model.model_validate(values)
    except orjson.JSONDecodeError:
        raise Refusal("INVALID_REQUEST_JSON", "the body is not JSON") from None
    except pydantic.ValidationError as error:
        raise refusal_of_fields(problems_of(error), pointed=True) from None


def query_of(message: Message, model: Type[AnyQuery]) -> AnyQuery:
    """The parameters of the query as ``model``.

    Raises:
        Refusal: which are wrong.
    """
    try:
        return model.model_validate(message.query)
    except pydantic.ValidationError as error:
        raise refusal_of_fields(problems_of(error), pointed=False) from None


def problems_of(error: pydantic.ValidationError) -> List[Tuple[_Place, str]]:
    """What is wrong, and where, in words without the values: they may be secrets."""
    return [(item["loc"], say_problem(dict(item))) for item in error.errors(include_url=False)[:MAX_TOLD]]


def refusal_of_fields(problems: List[Tuple[_Place, str]], *, pointed: bool) -> Refusal:
    """The refusal of a request some of whose fields are wrong; ``pointed``: they are of its body."""
    fields = [
        WrongField(what, pointer=pointer(place)) if pointed else WrongField(what, parameter=_dotted(place))
        for place, what in problems
    ]
    said = "; ".join(f"{_dotted(place)} {what}".strip() for place, what in problems)
    return Refusal("INVALID_ARGUMENTS", said, fields)


def pointer(place: _Place) -> str:
    """``("ids", 0)`` as a JSON pointer in a fragment: ``#/ids/0``."""
    parts = (str(part)[:64].replace("~", "~0").replace("/", "~1") for part in place)
    return "#" + "".join(f"/{part}" for part in parts)


def _dotted(place: _Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part[:64]}" if text else part[:64]
    return text


def _typed(annotation: Any, value: Any) -> Any:
    """A text of a query in the type of its field; what it cannot be is left for the model to refuse."""
    kinds = (annotation, *get_args(annotation))
    if not isinstance(value, str):
        return value
    if bool in kinds:
        return _FLAGS.get(value, value)
    if int in kinds and _WHOLE.fullmatch(value):
        return int(value)
    if float in kinds and _NUMBER.fullmatch(value):
        return float(value)
    return value


def parts_of(path: str) -> List[str]:
    """Names of the parts of a path that vary, in their order."""
    return re.findall(r"\{(\w+)\}", path)
