"""The fake and the recorded facts say the same, for every profile."""

import inspect
from pathlib import Path

import pytest

from sophon_report.testing.sail import Scenario, fake_sail
from sophon_report.testing.sail.binding import kinds_of, overloads
from sophon_report.testing.sail.module import IMPLEMENTATIONS
from sophon_report.vision.engines.sail_facts import FACTS_FILE, read_facts, tomllib, version_of

ROOT = Path(__file__).resolve().parents[2]

PROFILES = ["3.7.0", "3.9.0", "3.9.1", "3.10", "3.10.7"]
METHODS = {"__init__": "init", "__len__": "length", "__getitem__": "get", "__setitem__": "set"}


@pytest.mark.parametrize("version", PROFILES)
def test_the_fake_has_the_recorded_names_and_no_others(version):
    """What a version is not known to have is not there."""
    facts, number = read_facts(), version_of(version)
    module = fake_sail(Scenario(version=version)).module
    calls = facts.calls_in(number)
    expected = {call.owner or call.method for call in calls}
    for each in facts.enums:
        if each.since <= number:
            expected |= {each.name, *each.members}
    if facts.exceptions_since <= number:
        expected |= set(facts.exceptions)
    assert {name for name in vars(module) if not name.startswith("__")} == expected
    for owner in {call.owner for call in calls} - {""}:
        there = {name for name in vars(getattr(module, owner)) if not name.startswith("_")}
        assert there == {call.method for call in calls if call.owner == owner and not call.method.startswith("_")}


def test_the_fakes_functions_take_the_recorded_arguments():
    """Number, kinds, names where the binding has some, and which may be left out."""
    facts = read_facts()
    latest = facts.calls_in((99,))
    for name, implementation in IMPLEMENTATIONS.items():
        for call in (call for call in latest if call.owner == name):
            functions = overloads(implementation, METHODS.get(call.method, call.method))
            kinds = tuple(argument.kind for argument in call.args)
            (function,) = [each for each in functions if kinds_of(each) == kinds]
            parameters = list(inspect.signature(function).parameters.values())[1:]
            assert len(parameters) == len(call.args), call
            for parameter, argument in zip(parameters, call.args):
                optional = parameter.default is not inspect.Parameter.empty
                assert argument.positional_only or parameter.name.rstrip("_") == argument.name, call
                assert argument.positional_only or optional == (argument.default is not None), call


@pytest.mark.parametrize(("version", "there"), [("3.7.0", False), ("3.10", True)])
def test_what_the_oldest_version_lacks_is_missing_by_name(version, there):
    """So the product can test for it."""
    module = fake_sail(Scenario(version=version)).module
    assert hasattr(module.Bmcv, "imencode") == there
    assert hasattr(module, "SailEngineError") == there
    assert hasattr(module, "set_loglevel") == there
    assert ("similar_to_opencv" in module.Bmcv.warp.__doc__) == there
    assert hasattr(module.Encoder, "pic_encode")


def test_each_scenario_survives_its_file(tmp_path):
    """What a child reads is what was written."""
    from sophon_report.testing.sail import Camera, Canned, Exit, Spell

    scenario = Scenario(
        launch_fails=(Spell(1, 2, "a"),),
        exits=(Exit(7, "read", Spell(3)),),
        cameras={"door": Camera(codes=(0, 5006), hang_after=3, resize_to=(320, 240))},
        other_cameras=Camera(fps=5),
        canned=(Canned("det", 5.0),),
        jpeg_fails=(Spell(),),
    )
    scenario.write(tmp_path / "scenario.json")
    assert Scenario.read(tmp_path / "scenario.json") == scenario


def test_the_facts_are_installed_with_the_package():
    """A wheel has no file that its metadata does not name."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = metadata["tool"]["setuptools"]["package-data"]["sophon_report"]
    assert str(FACTS_FILE.relative_to(ROOT / "sophon_report")) in patterns
