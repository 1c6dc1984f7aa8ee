"""sail-check tells what a SAIL does other than recorded, and never more than was looked at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_chip import tiny_onnx

from sophon_report.testing.sail import Scenario, install, write_fake_bmodel
from sophon_report.vision.engines.sail_check.behaviours import CHECKS
from sophon_report.vision.engines.sail_check.model_behaviours import MODEL_CHECKS
from sophon_report.vision.engines.sail_check.signatures import fits, signatures_of
from sophon_report.vision.engines.sail_facts import read_facts

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(tmp_path):
    """Runs the script on a fake; its status and its lines."""

    def run(scenario, *arguments, device=tmp_path):
        environment = dict(os.environ)
        if scenario is not None:
            environment.update(install(tmp_path / "site", scenario))
        done = subprocess.run(
            [
                sys.executable,
                str(ROOT / "scripts" / "sail-check"),
                "--device",
                str(device),
                *map(str, arguments),
            ],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout.splitlines()

    return run


@pytest.fixture
def library(tmp_path):
    """A data folder with models of both chips."""
    onnx = tiny_onnx(tmp_path / "tiny.onnx")
    for target in ("BM1684", "BM1684X"):
        for batch in (1, 4):
            path = tmp_path / "data" / "models" / target / f"detector_fp32_{batch}b.bmodel"
            write_fake_bmodel(path, onnx, target=target, batch=batch)
    return tmp_path / "data"


def states(lines, state):
    return [line[9:] for line in lines if line.startswith(f"{state:8} ")]


@pytest.mark.parametrize("target", ["BM1684", "BM1684X"])
def test_a_sail_that_does_as_recorded_passes_whole(run, library, target):
    """What is not run is what no box may run."""
    status, lines = run(Scenario(target=target), "--data-dir", library)
    facts = read_facts()
    assert (status, lines[-1]) == (0, "nothing differs")
    assert len(states(lines, "not run")) == sum(bool(each.skip) for each in facts.behaviours)
    for each in facts.behaviours:
        assert any(line.startswith(each.fact) for line in states(lines, "not run" if each.skip else "ok"))


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        ("convert-to-packed", "convert_to of a packed picture returns 2 and raises nothing: 0, must be 2"),
        ("array-first-slot", "the first picture of a BMImageArray4D lands in slot 0"),
        ("process-sorted", "['zeta_Output', 'alpha_Output'], must be ['alpha_Output', 'zeta_Output']"),
        ("warp-direction", "column 64 has"),
        ("tensor-float16", "'float16', must be 'uint16'"),
        ("Bmcv.imencode", "Bmcv.imencode(arg0: str, arg1: BMImage) -> ndarray[uint8]: it is not there"),
    ],
)
def test_one_fact_that_differs_is_told_with_what_was_seen(run, library, differs, words):
    """And nothing else is."""
    status, lines = run(Scenario(differs={differs: ""}), "--data-dir", library)
    (line,) = states(lines, "differs")
    assert words in line
    assert (status, lines[-1]) == (1, "1 of the facts differ")


def test_the_oldest_version_is_looked_at_without_its_end(run, library):
    """Its errors end the process: what needs one is not run."""
    status, lines = run(Scenario(version="3.7.0"), "--data-dir", library)
    assert (status, lines[-1]) == (0, "nothing differs")
    assert "from 3.9.1 on" in "\n".join(states(lines, "not run"))


def test_without_models_their_facts_are_not_run(run):
    """And the rest is."""
    status, lines = run(Scenario())
    assert status == 0
    assert any(line.endswith("needs a bmodel of a batch of four") for line in states(lines, "not run"))


@pytest.mark.parametrize("version", ["3.7.0", "3.10.7"])
def test_a_model_that_is_not_there_ends_no_version(run, tmp_path, version):
    """It is named, and everything else is looked at."""
    status, lines = run(Scenario(version=version), tmp_path / "typo.bmodel")
    assert (status, lines[-1]) == (0, "nothing differs")
    assert f"typo.bmodel: {tmp_path / 'typo.bmodel'} is no file" in states(lines, "not run")


def test_without_sail_or_a_chip_there_is_one_line(run, tmp_path):
    """And status 2: nothing was looked at."""
    status, (line,) = run(None)
    assert status == 2
    assert line.startswith("no SAIL: sophon.sail cannot be imported")
    status, (line,) = run(Scenario(), device=tmp_path / "none")
    assert status == 2
    assert line.startswith("no TPU: none of ")
    status, lines = run(Scenario(tpus=0))
    assert status == 2
    assert "cannot be opened: SailDeviceError" in lines[-1]


def test_every_fact_can_be_looked_at_or_says_why_not():
    """The file and the functions name the same ones."""
    behaviours = read_facts().behaviours
    assert {each.id for each in behaviours if not each.skip} == {*CHECKS, *MODEL_CHECKS}
    assert {each.id for each in behaviours if not each.skip and each.needs == "nothing"} == set(CHECKS)


WARP = """warp(*args, **kwargs)
Overloaded function.

1. warp(self: sophon.sail.Bmcv, input: sail::BMImage, matrix: Tuple[Tuple[float, float, float], Tuple[float, \
float, float]], use_bilinear: int = 0, similar_to_opencv: bool = False) -> sail::BMImage

2. warp(self: sophon.sail.Bmcv, input: sophon.sail.BMImage, output: sophon.sail.BMImage, matrix: tuple[tuple[\
typing.SupportsFloat, typing.SupportsFloat, typing.SupportsFloat], tuple[float, float, float]], use_bilinear: \
typing.SupportsInt = 0, similar_to_opencv: bool = False) -> int
"""
PROCESS = (
    "process(self: sophon.sail.Engine, graph_name: str, input_tensors: collections.abc.Mapping[str, "
    "typing.Annotated[numpy.typing.ArrayLike, numpy.float32]], core_list: collections.abc.Sequence["
    "typing.SupportsInt | typing.SupportsIndex] = []) -> dict[str, numpy.typing.NDArray[numpy.float32]]\n"
)
IMAGE = (
    "__init__(self: sail.BMImage, handle: sail.Handle, buffer: collections.abc.Buffer, h: int, w: int, format: "
    "sail.Format, dtype: sail.ImgDtype = <ImgDtype.DATA_TYPE_EXT_1N_BYTE: 1>, strides: List[int] = [], "
    "offset: int = 0) -> None\n"
)


@pytest.mark.parametrize(
    ("name", "docstring"), [("Bmcv.warp", WARP), ("Engine.process", PROCESS), ("BMImage.__init__", IMAGE)]
)
def test_signatures_are_read_in_every_spelling_of_pybind11(name, docstring):
    """Old and new, and C++ names of what was declared later."""
    seen = signatures_of(type("F", (), {"__doc__": docstring}), name.rpartition(".")[2], method=True)
    calls = [call for call in read_facts().calls_in((3, 10)) if call.name == name]
    assert seen
    for signature in seen:
        assert sum(fits(call, signature) for call in calls) == 1, signature


@pytest.mark.parametrize(
    "docstring",
    [
        "get_input_scale(self: sail.Engine, arg0: str) -> float",
        "get_input_scale(self: sail.Engine, arg0: str, arg1: int) -> float",
        "get_input_scale(self: sail.Engine, arg0: str, arg1: str) -> str",
        "get_input_scale(self: sail.Engine, arg0: str, arg1: str, arg2: int) -> float",
        "says nothing",
    ],
)
def test_another_number_or_kind_of_arguments_does_not_fit(docstring):
    """Further ones that may be left out would."""
    (call,) = [call for call in read_facts().calls if call.name == "Engine.get_input_scale"]
    seen = signatures_of(type("F", (), {"__doc__": docstring}), "get_input_scale", method=True)
    assert not any(fits(call, each) for each in seen)
    more = "get_input_scale(self: sail.Engine, arg0: str, arg1: str, stage: int = 0) -> float"
    (signature,) = signatures_of(type("F", (), {"__doc__": more}), "get_input_scale", method=True)
    assert fits(call, signature)
