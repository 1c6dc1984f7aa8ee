"""Reads the docstrings of a pybind11 module, where each overload is written, and holds recorded calls against it.

pybind11 has spelled the same things differently over the years (``Dict``, ``dict``, ``collections.abc.Mapping``),
and a class that was declared after its user stands there under its C++ name. Both get one spelling.
"""

import re
from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

from sophon_report.vision.engines.sail_facts import Argument, Call

_SPELLINGS = {
    "dict": "Dict",
    "Mapping": "Dict",
    "list": "List",
    "Sequence": "List",
    "tuple": "Tuple",
    "NDArray": "ndarray",
    "Buffer": "buffer",
    "SupportsInt": "int",
    "SupportsIndex": "int",
    "SupportsFloat": "float",
    "Any": "object",
}


@dataclass(frozen=True)
class Signature:
    """One overload as an installed module writes it, without ``self``."""

    args: Tuple[Argument, ...]
    returns: str

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.args))}) -> {self.returns}"


def signatures_of(callable_: Any, name: str, *, method: bool) -> List[Signature]:
    """Return the overloads of a function or method; none where its docstring is not pybind11's."""
    text = getattr(callable_, "__doc__", None) or ""
    found = re.findall(rf"^(?:\d+\. )?{re.escape(name)}\((.*)\) -> (.+)$", text, re.MULTILINE)
    return [
        _signature(arguments, returns, method=method)
        for arguments, returns in found
        if arguments != "*args, **kwargs"
    ]


def fits(call: Call, seen: Signature) -> bool:
    """Whether whoever calls as recorded is served: same kinds and names; what comes behind may be left out."""
    if len(seen.args) < len(call.args) or spelled(call.returns) != seen.returns:
        return False
    further = seen.args[len(call.args) :]
    return all(each.default is not None for each in further) and all(map(_same, call.args, seen.args))


def spelled(kind: str) -> str:
    """Return the type in the spelling of the facts."""
    kind = re.sub(r"[A-Za-z_][\w.:]*", lambda found: _last(found.group()), kind)
    kind = re.sub(r"Annotated\[(?:ArrayLike|ndarray), (\w+)[^\]]*\]", r"ndarray[\1]", kind)
    kind = re.sub(r"(\w+) \| int", r"\1", kind)
    return re.sub(r"ndarray\[(\w+), [^\]]*\]", r"ndarray[\1]", kind)


def _last(name: str) -> str:
    """``sophon.sail.Handle`` and ``sail::Handle`` are ``Handle``."""
    last = re.split(r"[.:]+", name.rstrip(".:"))[-1]
    return _SPELLINGS.get(last, last)


def _signature(arguments: str, returns: str, *, method: bool) -> Signature:
    parts = split(arguments)[1 if method else 0 :]
    return Signature(tuple(_argument(part) for part in parts), spelled(returns.strip()))


def _argument(text: str) -> Argument:
    name, _, rest = text.partition(":")
    kind, equals, default = rest.partition(" = ")
    return Argument(name.strip(), spelled(kind.strip()), _default(default) if equals else None)


def _default(text: str) -> str:
    """``<Format.FORMAT_GRAY: 14>`` and ``Format.FORMAT_GRAY`` are ``FORMAT_GRAY``."""
    found = re.match(r"<?[\w.]*?(\w+)(?:: -?\d+>)?$", text.strip())
    return found.group(1) if found and not text.strip().lstrip("-").isdigit() else text.strip()


def _same(recorded: Argument, seen: Argument) -> bool:
    if not recorded.positional_only and recorded.name != seen.name:
        return False
    default: Optional[str] = recorded.default
    return spelled(recorded.kind) == seen.kind and (default is None or default == seen.default)


def split(text: str) -> List[str]:
    """Return the parts between commas that are in no bracket."""
    parts, depth, part = [], 0, ""
    for sign in text:
        depth += (sign in "[(<{") - (sign in "])>}")
        if sign == "," and not depth:
            parts.append(part.strip())
            part = ""
        else:
            part += sign
    return [*parts, part.strip()] if part.strip() else parts
