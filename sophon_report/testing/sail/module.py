"""Puts a fake SAIL together, in this process or for a child process."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Dict, List, Mapping

from sophon_report.testing.sail.binding import SailEnum, does, make_class, make_function
from sophon_report.testing.sail.bmcv import Bmcv, PaddingAtrr
from sophon_report.testing.sail.chip import Chip
from sophon_report.testing.sail.engine import Engine
from sophon_report.testing.sail.jpeg import Encoder
from sophon_report.testing.sail.pictures import BMImage, BMImageArray, RawImage
from sophon_report.testing.sail.scenario import ENVIRONMENT_VARIABLE, Scenario
from sophon_report.testing.sail.tensors import Handle, Tensor
from sophon_report.testing.sail.video import Decoder
from sophon_report.vision.engines.sail_facts import SailFacts, read_facts

MODULE = "sophon.sail"
_CHILD = """import sys

from sophon_report.testing.sail import child_module

sys.modules[__name__] = child_module()
"""
IMPLEMENTATIONS: Mapping[str, type] = {
    "Handle": Handle,
    "Tensor": Tensor,
    "Engine": Engine,
    "bm_image": RawImage,
    "BMImage": BMImage,
    "BMImageArray4D": BMImageArray,
    "PaddingAtrr": PaddingAtrr,
    "Bmcv": Bmcv,
    "Encoder": Encoder,
    "Decoder": Decoder,
}


@dataclass(frozen=True)
class FakeSail:
    """A module that takes the place of ``sophon.sail``, and the chip behind it."""

    module: Any
    chip: Chip


def fake_sail(scenario: Scenario = Scenario()) -> FakeSail:  # noqa: B008 - a frozen value
    """Return a SAIL of the scenario's version, for use in this process.

    A version before 3.9.1 ends the process on errors: use it in a child process where errors are part of a test.
    """
    facts = read_facts()
    chip = Chip(scenario, facts)
    module = ModuleType(MODULE, "sophon inference module")
    names: Dict[str, Any] = vars(module)
    names["__version__"] = "master(20240725_103012)"
    types: Dict[str, Any] = {}
    for each in facts.enums:
        if each.since <= chip.version:
            members = {name: number for number, name in enumerate(each.members)}
            types[each.name] = made = _enumeration(each.name, members)
            names.update(made.__members__)
    _add_exceptions(chip, facts, names)
    _add_classes(chip, facts, types)
    names.update(types)
    for name, work in _functions(chip).items():
        calls = [call for call in facts.calls_in(chip.version) if call.name == name]
        if calls:
            names[name] = make_function(name, [(call, work) for call in calls], types, MODULE)
    return FakeSail(module, chip)


def install(folder: Path, scenario: Scenario) -> Dict[str, str]:
    """Write a folder that makes ``import sophon.sail`` the fake; return what a child's environment needs.

    ``PYTHONPATH`` in it is the folder, in front of what is set already. The child also finds the version as the
    distribution ``sophon-arm``.
    """
    package = folder / "sophon"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("")
    (package / "sail.py").write_text(_CHILD)
    dist = folder / f"sophon_arm-{scenario.version}.dist-info"
    dist.mkdir(exist_ok=True)
    (dist / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sophon-arm\nVersion: {scenario.version}\n")
    path = folder / "scenario.json"
    scenario.write(path)
    before = os.environ.get("PYTHONPATH")
    return {
        "PYTHONPATH": os.pathsep.join([str(folder), *([before] if before else [])]),
        ENVIRONMENT_VARIABLE: str(path),
    }


def child_module() -> Any:
    """Return the module for a process whose environment names a scenario."""
    path = os.environ.get(ENVIRONMENT_VARIABLE)
    if not path:
        raise ImportError(f"{ENVIRONMENT_VARIABLE} names no scenario")
    try:
        scenario = Scenario.read(Path(path))
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ImportError(f"{path} is no scenario: {error}") from error
    return fake_sail(scenario).module


def _enumeration(name: str, members: Mapping[str, int]) -> Any:
    make: Any = SailEnum
    return make(name, members, module=MODULE)


def _add_exceptions(chip: Chip, facts: SailFacts, names: Dict[str, Any]) -> None:
    for name in facts.exceptions:
        made = type(name, (Exception,), {"__module__": MODULE})
        chip.exceptions[name] = made
        if chip.version >= facts.exceptions_since:
            names[name] = made


def _add_classes(chip: Chip, facts: SailFacts, types: Dict[str, Any]) -> None:
    for name, implementation in IMPLEMENTATIONS.items():
        calls = [call for call in facts.calls_in(chip.version) if call.owner == name]
        calls = [call for call in calls if call.name not in chip.scenario.differs]
        made: Any = make_class(name, implementation, calls, types, MODULE)
        made._chip, made._types = chip, types
        types[name] = made


def _functions(chip: Chip) -> Dict[str, Callable[..., Any]]:
    @does()
    def get_available_tpu_num() -> int:
        return chip.scenario.tpus

    @does("LogLevel")
    def set_loglevel(level: Any) -> int:
        del level
        return 0

    @does("str", "str")
    def set_decoder_env(name: str, value: str) -> int:
        chip.environment[name] = value
        return 0

    functions: List[Callable[..., Any]] = [get_available_tpu_num, set_loglevel, set_decoder_env]
    return {function.__name__: function for function in functions}
