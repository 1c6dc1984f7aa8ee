"""Classes with pybind11's manners, made of the recorded facts and of Python functions that do the work.

An overload is chosen by number, names and kinds of the arguments, in the order of the binding; none that fits is a
TypeError, and a name that this version does not have is not there. The docstrings are pybind11's, too.
"""

import enum
import inspect
import operator
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from sophon_report.vision.engines.sail_facts import Argument, Call

Types = Mapping[str, type]


class Misfit(Exception):  # noqa: N818 - steers the choice of an overload
    """The argument is not of the kind."""


class SailEnum(enum.Enum):
    """As ``py::enum_``: its members are no ints and can be made into one."""

    def __int__(self) -> int:
        return int(self.value)


def overloads(implementation: type, name: str) -> List[Callable[..., Any]]:
    """Return the functions that stand for the overloads of a method: ``name``, ``name_2``, ``name_3``."""
    found = [vars(implementation).get(name if number == 1 else f"{name}_{number}") for number in range(1, 5)]
    return [each for each in found if each is not None]


def make_class(name: str, implementation: type, calls: Sequence[Call], types: Types, module: str) -> type:
    """Return a class with the calls and nothing else in public.

    Args:
        name: of the class.
        implementation: its underscored members are taken over; of the others those that ``calls`` name.
        calls: of this class, in the binding's order.
        types: the classes and enums of the module by name, may be filled later.
        module: what the class says where it is from.
    """
    body: Dict[str, Any] = {key: value for key, value in vars(implementation).items() if _is_private(key)}
    for method in dict.fromkeys(call.method for call in calls):
        chosen = [call for call in calls if call.method == method]
        work = [_implementation_of(call, overloads(implementation, _public(method))) for call in chosen]
        body[method] = make_function(method, list(zip(chosen, work)), types, module, owner=name)
    body["__module__"] = module
    return type(name, (), body)


def make_function(
    name: str,
    work: Sequence[Tuple[Call, Callable[..., Any]]],
    types: Types,
    module: str,
    owner: str = "",
) -> Callable[..., Any]:
    """Return one callable for all overloads."""

    def call(*args: Any, **keywords: Any) -> Any:
        self, given = (args[:1], args[1:]) if owner else ((), args)
        for each, function in work:
            try:
                values = fit(each.args, given, keywords, types)
            except Misfit:
                continue
            return function(*self, *values)
        what = (
            f"{name}(): incompatible constructor arguments"
            if name == "__init__"
            else (f"{name}(): incompatible function arguments")
        )
        shown = ", ".join([*map(_shown, given), *(f"{key}={_shown(value)}" for key, value in keywords.items())])
        supported = "".join(
            f"\n    {index}. {_signature(each, module)}" for index, (each, _) in enumerate(work, 1)
        )
        raise TypeError(f"{what}. The following argument types are supported:{supported}\n\nInvoked with: {shown}")

    call.__name__, call.__qualname__, call.__module__ = name, f"{owner}.{name}" if owner else name, module
    call.__doc__ = docstring(name, [each for each, _ in work], module)
    return call


def docstring(name: str, calls: Sequence[Call], module: str) -> str:
    """Return what pybind11 writes: the signature, or all of them with numbers."""
    if len(calls) == 1:
        return _signature(calls[0], module) + "\n"
    listed = "".join(f"\n{index}. {_signature(call, module)}\n" for index, call in enumerate(calls, 1))
    return f"{name}(*args, **kwargs)\nOverloaded function.\n{listed}"


def fit(
    arguments: Sequence[Argument], given: Sequence[Any], keywords: Mapping[str, Any], types: Types
) -> List[Any]:
    """Return the values of all arguments, converted as pybind11 does.

    Raises:
        Misfit: one too many, one too few, or one of another kind.
    """
    if len(given) > len(arguments):
        raise Misfit
    left = dict(keywords)
    values = []
    for index, argument in enumerate(arguments):
        if index < len(given):
            value = given[index]
        elif argument.name in left and not argument.positional_only:
            value = left.pop(argument.name)
        elif argument.default is not None:
            values.append(default_of(argument, types))
            continue
        else:
            raise Misfit
        values.append(_convert(value, argument.kind, types))
    if left:
        raise Misfit
    return values


def default_of(argument: Argument, types: Types) -> Any:
    """Return the default that is written in the facts."""
    text = argument.default
    plain: Dict[Optional[str], Any] = {"True": True, "False": False, "[]": []}
    if text in plain:
        return plain[text]
    kind = types.get(argument.kind)
    return kind[str(text)] if isinstance(kind, enum.EnumMeta) else int(str(text))


def _implementation_of(call: Call, functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """The function that does the call; it may have further arguments, with defaults, of a later version."""
    wanted = tuple(argument.kind for argument in call.args)
    longer = []
    for function in functions:
        kinds = kinds_of(function)
        if kinds == wanted:
            return function
        optional = [
            each.default is not inspect.Parameter.empty for each in inspect.signature(function).parameters.values()
        ]
        if kinds[: len(wanted)] == wanted and all(optional[len(wanted) - len(kinds) :]):
            longer.append(function)
    if len(longer) != 1:
        raise LookupError(f"the fake does not do {call}")
    return longer[0]


def kinds_of(function: Callable[..., Any]) -> Tuple[str, ...]:
    """Return what :func:`does` said."""
    kinds: Tuple[str, ...] = function.__kinds__  # type: ignore[attr-defined]
    return kinds


def does(*kinds: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say which overload a function stands for: the kinds of its arguments."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__kinds__ = kinds  # type: ignore[attr-defined]
        return function

    return mark


def _is_private(key: str) -> bool:
    return key.startswith("_") and key not in {
        "__init__",
        "__len__",
        "__getitem__",
        "__setitem__",
        "__dict__",
        "__weakref__",
        "__doc__",
        "__module__",
        "__qualname__",
    }


def _public(method: str) -> str:
    return {"__init__": "init", "__len__": "length", "__getitem__": "get", "__setitem__": "set"}.get(
        method, method
    )


def _convert(value: Any, kind: str, types: Types) -> Any:
    if kind in _CONVERTERS:
        return _CONVERTERS[kind](value)
    outer, _, inner = kind.partition("[")
    if outer == "List":
        if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
            raise Misfit
        return [_convert(each, inner[:-1], types) for each in value]
    if outer == "Tuple":
        parts = _split(inner[:-1])
        if isinstance(value, (str, bytes)) or not hasattr(value, "__len__") or len(value) != len(parts):
            raise Misfit
        return tuple(_convert(each, part, types) for each, part in zip(value, parts))
    if outer == "Dict":
        if not isinstance(value, dict):
            raise Misfit
        name, part = _split(inner[:-1])
        return {_convert(key, name, types): _convert(each, part, types) for key, each in value.items()}
    if not isinstance(value, types[kind]):
        raise Misfit
    return value


def _int(value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError as error:
        raise Misfit from error


def _float(value: Any) -> float:
    if isinstance(value, (str, bytes)):
        raise Misfit
    try:
        return float(value)
    except TypeError as error:
        raise Misfit from error


def _bool(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise Misfit
    return bool(value)


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit
    return value


def _array(value: Any) -> Any:
    """The caller's own array: what is done to it shall be seen. Others are converted, as by ``array_t<float>``."""
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value
    try:
        return np.asarray(value, np.float32)
    except (TypeError, ValueError) as error:
        raise Misfit from error


def _buffer(value: Any) -> Any:
    try:
        return memoryview(value)
    except TypeError as error:
        raise Misfit from error


_CONVERTERS: Dict[str, Callable[[Any], Any]] = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "str": _str,
    "object": lambda value: value,
    "buffer": _buffer,
    "ndarray[float32]": _array,
}


def _split(text: str) -> List[str]:
    """The parts between commas that are in no bracket."""
    parts, depth, part = [], 0, ""
    for sign in text:
        depth += (sign == "[") - (sign == "]")
        if sign == "," and not depth:
            parts.append(part.strip())
            part = ""
        else:
            part += sign
    return [*parts, part.strip()]


_PLAIN = ("int", "float", "bool", "str", "object", "buffer", "None")


def _signature(call: Call, module: str) -> str:
    self = [f"self: {module}.{call.owner}"] if call.owner else []
    shown = [_written(argument, module) for argument in call.args]
    return f"{call.method}({', '.join(self + shown)}) -> {_kind(call.returns, module)}"


def _written(argument: Argument, module: str) -> str:
    text = f"{argument.name}: {_kind(argument.kind, module)}"
    if argument.default is None:
        return text
    plain = argument.default in ("True", "False", "[]") or argument.default.lstrip("-").isdigit()
    return f"{text} = " + (argument.default if plain else f"<{argument.kind}.{argument.default}: 0>")


def _kind(kind: str, module: str) -> str:
    outer, bracket, inner = kind.partition("[")
    if outer == "ndarray":
        return f"numpy.ndarray[numpy.{inner}" if inner else "numpy.ndarray"
    if bracket:
        return f"{outer}[{', '.join(_kind(part, module) for part in _split(inner[:-1]))}]"
    return kind if kind in _PLAIN else f"{module}.{kind}"


def _shown(value: Any) -> str:
    return f"array{value.shape}" if isinstance(value, np.ndarray) else repr(value)
