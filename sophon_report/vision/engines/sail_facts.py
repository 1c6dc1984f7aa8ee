"""The facts about SAIL that the TPU engine rests on, read from ``sail_facts.toml``; its head says what is in it.

Nothing here imports SAIL: the engine looks names up with ``hasattr``, ``sail-check`` holds an installed SAIL
against these facts, and the fake that tests run on is made of them.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FACTS_FILE = Path(__file__).with_name("sail_facts.toml")
Version = Tuple[int, ...]


@dataclass(frozen=True)
class Argument:
    """One argument of a call; ``default`` is as written in the docstring, ``None`` where there is none."""

    name: str
    kind: str
    default: Optional[str] = None

    @property
    def positional_only(self) -> bool:
        """It was not named in the binding, so it cannot be in a call."""
        return re.match(r"arg\d+$", self.name) is not None

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}" + (f" = {self.default}" if self.default is not None else "")


@dataclass(frozen=True)
class Call:
    """One overload of a function, a method or a constructor, without ``self``."""

    name: str
    """``get_available_tpu_num`` or ``Engine.process``."""
    args: Tuple[Argument, ...]
    returns: str
    since: Version
    until: Optional[Version]
    releases_gil: bool

    @property
    def owner(self) -> str:
        """The class, or ``""`` for a function of the module."""
        return self.name.rpartition(".")[0]

    @property
    def method(self) -> str:
        """The name without its class."""
        return self.name.rpartition(".")[2]

    def known_in(self, version: Version) -> bool:
        """Whether that version has it, as far as is known."""
        return self.since <= version and (self.until is None or version < self.until)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.args))}) -> {self.returns}"


@dataclass(frozen=True)
class Enumeration:
    """Members that are used; the type has more."""

    name: str
    members: Tuple[str, ...]
    since: Version


@dataclass(frozen=True)
class Behaviour:
    """What a call does, in one sentence."""

    id: str
    fact: str
    needs: str
    """``nothing``, ``model``, ``batch4`` or ``foreign``: the bmodel without which it cannot be seen."""
    since: Version
    skip: str
    """Why no box runs it; empty where one does."""


@dataclass(frozen=True)
class SailFacts:
    """All of the file."""

    calls: Tuple[Call, ...]
    enums: Tuple[Enumeration, ...]
    exceptions: Tuple[str, ...]
    exceptions_since: Version
    raised_since: Version
    """From here on errors are raised; before it most of them end the process."""
    behaviours: Tuple[Behaviour, ...]

    def calls_in(self, version: Version) -> Tuple[Call, ...]:
        """The calls that this version is known to have."""
        return tuple(call for call in self.calls if call.known_in(version))


def version_of(text: str) -> Version:
    """Return ``"3.10.7"`` as numbers that compare; what follows the first other character is left out.

    Raises:
        ValueError: it does not begin with a number.
    """
    found = re.match(r"\d+(\.\d+)*", text)
    if found is None:
        raise ValueError(f"{text!r} is no version")
    return tuple(int(part) for part in found.group().split("."))


def parse_argument(text: str) -> Argument:
    """Return ``"name: kind = default"`` in parts."""
    name, _, rest = text.partition(": ")
    kind, equals, default = rest.partition(" = ")
    return Argument(name, kind, default if equals else None)


def read_facts(path: Path = FACTS_FILE) -> SailFacts:
    """Return the recorded facts."""
    with path.open("rb") as file:
        values = tomllib.load(file)
    exceptions = values["exceptions"]
    return SailFacts(
        calls=tuple(_call(row) for row in values["call"]),
        enums=tuple(Enumeration(e["name"], tuple(e["members"]), version_of(e["since"])) for e in values["enum"]),
        exceptions=tuple(exceptions["names"]),
        exceptions_since=version_of(exceptions["since"]),
        raised_since=version_of(exceptions["raised_since"]),
        behaviours=tuple(_behaviour(row) for row in values.get("behaviour", ())),
    )


def _call(row: Mapping[str, Any]) -> Call:
    until = row.get("until")
    return Call(
        name=row["name"],
        args=tuple(parse_argument(text) for text in row["args"]),
        returns=row["returns"],
        since=version_of(row["since"]),
        until=None if until is None else version_of(until),
        releases_gil=row.get("gil") == "released",
    )


def _behaviour(row: Mapping[str, Any]) -> Behaviour:
    return Behaviour(
        id=row["id"],
        fact=row["fact"],
        needs=row.get("needs", "nothing"),
        since=version_of(row.get("since", "3.7.0")),
        skip=row.get("skip", ""),
    )
