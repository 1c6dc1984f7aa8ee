"""Holds an installed SAIL, and the chip below it, against the facts that the TPU engine rests on.

Nothing that is known to end a process is done. Versions before 3.9.1 end it on any error: what needs one is not
run there. Every line is printed when it is known, so that those before are seen if the process ends all the same.
"""

import argparse
import platform
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

from sophon_report.errors import ModelError
from sophon_report.vision.engines.sail.chip import TPU_DEVICES, import_sail
from sophon_report.vision.engines.sail.chip import version_of as installed_version
from sophon_report.vision.engines.sail_check.behaviours import CHECKS, Subject
from sophon_report.vision.engines.sail_check.model_behaviours import MODEL_CHECKS, batch_of, unusable
from sophon_report.vision.engines.sail_check.signatures import fits, signatures_of
from sophon_report.vision.engines.sail_facts import Behaviour, Call, SailFacts, Version, read_facts, version_of

OK, DIFFERS, NOT_RUN = "ok", "differs", "not run"
LATEST: Version = (99,)
"""Stands for a version that nothing tells."""
Models = Tuple[List[Path], Optional[Path]]
"""Of this chip, and of the other."""


@dataclass(frozen=True)
class Row:
    """One fact and what became of it."""

    state: str
    fact: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.state:8} {self.fact}" + (f": {self.detail}" if self.detail else "")


def compare_names(sail: Any, facts: SailFacts, version: Version) -> Iterator[Row]:
    """Yield a row for each call, enum and exception that this version is recorded to have."""
    for call in facts.calls_in(version):
        yield _compare_call(sail, call)
    for each in facts.enums:
        if each.since <= version:
            kind = getattr(sail, each.name, None)
            missing = [name for name in each.members if not hasattr(kind, name) or not hasattr(sail, name)]
            yield Row(
                DIFFERS if missing else OK, f"enum {each.name}", f"has no {', '.join(missing)}" if missing else ""
            )
    if facts.exceptions_since <= version:
        missing = [name for name in facts.exceptions if not hasattr(sail, name)]
        yield Row(DIFFERS if missing else OK, "exceptions", f"has no {', '.join(missing)}" if missing else "")


def run_behaviours(subject: Subject, facts: SailFacts, version: Version) -> Iterator[Row]:
    """Yield a row for each recorded behaviour, run now where it can be."""
    checks = {**CHECKS, **MODEL_CHECKS}
    for behaviour in facts.behaviours:
        why = behaviour.skip or _missing(subject, behaviour, version)
        if why:
            yield Row(NOT_RUN, behaviour.fact, why)
            continue
        try:
            seen = checks[behaviour.id](subject)
        except Exception as error:  # noqa: BLE001 - a chip may do anything, and the next row is of interest
            seen = f"{type(error).__name__}: {error}".splitlines()[0]
        yield Row(DIFFERS if seen else OK, behaviour.fact, seen)


def check(
    sail: Any,
    handle: Any,
    facts: SailFacts,
    version: Version,
    models: Callable[[str], Models],
    say: Callable[[str], None],
) -> int:
    """Run all of it; return how many rows differ.

    Args:
        sail: the vendor's module.
        handle: its chip, opened.
        facts: what is recorded.
        version: which one the module is.
        models: told the chip's name, gives bmodels for it and one for the other.
        say: told each line.
    """
    differing = 0
    for row in compare_names(sail, facts, version):
        say(str(row))
        differing += row.state == DIFFERS
    target = str(handle.get_target())
    say(f"target   {target}")
    own, foreign = models(target)
    subject = Subject(sail, handle, target, foreign=foreign)
    for row in _choose_models(subject, own):
        if isinstance(row, Subject):
            subject = row
        else:
            say(str(row))
    for row in run_behaviours(subject, facts, version):
        say(str(row))
        differing += row.state == DIFFERS
    return differing


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Return the exit status: 0 nothing differs, 1 something does, 2 there is nothing to look at."""
    parser = argparse.ArgumentParser(prog="sail-check", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "bmodels", nargs="*", type=Path, help="compiled for this chip; one of a batch of four shows more"
    )
    parser.add_argument("--foreign", type=Path, help="a bmodel of the other chip, which must be refused")
    parser.add_argument("--data-dir", type=Path, help="take what is in its models folder")
    parser.add_argument("--device", type=Path, action="append", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    device = next((each for each in options.device or TPU_DEVICES if each.exists()), None)
    if device is None:
        print(f"no TPU: none of {', '.join(map(str, options.device or TPU_DEVICES))} is there")
        return 2
    try:
        sail = import_sail()
    except ModelError as error:
        print(f"no SAIL: {error}")
        return 2
    text, facts = installed_version(), read_facts()
    version = version_of(text) if text[:1].isdigit() else LATEST
    print(f"device   {device}\nSAIL     {text}, Python {platform.python_version()}", flush=True)
    if version < facts.raised_since:
        print("         ends the process on errors: what needs one is not run", flush=True)

    def models(target: str) -> Models:
        return _found(options.bmodels, options.foreign, options.data_dir, target)

    try:
        handle = sail.Handle(0)
    except Exception as error:  # noqa: BLE001 - SAIL's errors have no base
        print(f"{device} cannot be opened: {type(error).__name__}: {error}")
        return 2
    differing = check(sail, handle, facts, version, models, lambda line: print(line, flush=True))
    print(f"{differing} of the facts differ" if differing else "nothing differs")
    return 1 if differing else 0


def _compare_call(sail: Any, call: Call) -> Row:
    owner = getattr(sail, call.owner, None) if call.owner else sail
    function = getattr(owner, call.method, None)
    if owner is None or function is None or (call.method.startswith("__") and not _is_bound(function)):
        return Row(DIFFERS, str(call), "it is not there")
    seen = signatures_of(function, call.method, method=bool(call.owner))
    if any(fits(call, each) for each in seen):
        return Row(OK, str(call))
    return Row(DIFFERS, str(call), "seen " + (" | ".join(map(str, seen)) or "no signature"))


def _is_bound(function: Any) -> bool:
    """Whether a special method is the binding's, not one that every class has."""
    return " -> " in (getattr(function, "__doc__", None) or "")


def _missing(subject: Subject, behaviour: Behaviour, version: Version) -> str:
    if version < behaviour.since:
        return f"from {'.'.join(map(str, behaviour.since))} on"
    given = {"model": subject.model, "batch4": subject.batch4, "foreign": subject.foreign, "nothing": True}
    wanted = {"model": "a bmodel", "batch4": "a bmodel of a batch of four", "foreign": "--foreign"}
    return "" if given[behaviour.needs] else f"needs {wanted[behaviour.needs]}"


def _choose_models(subject: Subject, models: Sequence[Path]) -> Iterator[Any]:
    """Yield a row for each model that cannot be used, then the subject with those that can."""
    for path in models:
        if not path.is_file():  # old versions end the process on it
            yield Row(NOT_RUN, f"{path.name}", f"{path} is no file")
            continue
        try:
            why = unusable(subject, path)
            batch = 0 if why else batch_of(subject, path)
        except Exception as error:  # noqa: BLE001 - it is told, and the other models are tried
            why, batch = f"{path}: {type(error).__name__}: {error}".splitlines()[0], 0
        if why:
            yield Row(NOT_RUN, f"{path.name}", why)
            continue
        subject = replace(subject, model=subject.model or path, batch4=path if batch == 4 else subject.batch4)
    yield subject


def _found(given: Sequence[Path], foreign: Optional[Path], data_dir: Optional[Path], target: str) -> Models:
    """The models that were named, else those of the data folder, the smallest first."""
    if given or data_dir is None:
        return list(given), foreign
    found = sorted((data_dir / "models").glob("*/*.bmodel"), key=lambda path: path.stat().st_size)
    others = [path for path in found if path.parent.name != target]
    return [path for path in found if path.parent.name == target], foreign or (others[0] if others else None)
