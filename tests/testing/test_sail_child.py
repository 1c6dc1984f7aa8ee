"""The fake in a process of its own: found as sophon.sail, steered by a file, leaving as the old versions do."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fake_chip import tiny_onnx

from sophon_report.testing.sail import Exit, Scenario, Spell, install, write_fake_bmodel

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path):
    """Runs a program on a fake; its status, and what it prints as JSON, a word each."""
    write_fake_bmodel(tmp_path / "a.bmodel", tiny_onnx(tmp_path / "tiny.onnx"))

    def run(scenario, program):
        environment = {**os.environ, **install(tmp_path / "site", scenario)}
        environment["PYTHONPATH"] += os.pathsep + str(ROOT)
        prelude = "import json, sys, numpy as np\nimport sophon.sail as sail\n"
        done = subprocess.run(
            [sys.executable, "-c", prelude + program, str(tmp_path / "a.bmodel")],
            env=environment,
            stdout=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        printed = [json.loads(line) for line in done.stdout.split()]
        return done.returncode, printed

    return run


MODEL = "engine = sail.Engine(sys.argv[1], 0, sail.SYSIO)\n(g,) = engine.get_graph_names()\n"
PROCESS = 'engine.process(g, {"x": np.zeros((1, 3, 4, 4), np.float32)})\n'


def test_it_is_found_as_sail_with_the_version_of_its_distribution(run):
    """As on a box."""
    program = (
        "from importlib.metadata import version\n"
        'print(*map(json.dumps, [sail.__name__, sail.Handle(0).get_target(), version("sophon-arm")]))'
    )
    status, answer = run(Scenario(version="3.9.4", target="BM1684X"), program)
    assert (status, answer) == (0, ["sophon.sail", "BM1684X", "3.9.4"])


def test_violations_reach_the_file_although_the_program_goes_on(run, tmp_path):
    """The test asserts that the file is empty, whatever the program caught."""
    path = tmp_path / "violations"
    program = MODEL + "try:\n    engine.process('other', {})\nexcept Exception:\n    pass\nprint(1)"
    assert run(Scenario(violations=str(path)), program) == (0, [1])
    assert "'other'" in path.read_text()


@pytest.mark.parametrize(("version", "expected"), [("3.7.0", 21), ("3.9.0", 21), ("3.9.1", 0)])
def test_errors_end_the_process_in_old_versions(run, version, expected):
    """With a status; later ones raise."""
    program = "import atexit\natexit.register(print, 1)\n"
    program += "try:\n    sail.Engine('missing', 0, sail.SYSIO)\nexcept Exception:\n    pass\n"
    status, answer = run(Scenario(version=version), program)
    assert (status, answer) == (expected, [] if expected else [1])


def test_the_status_may_be_nought(run):
    """So nobody may take it for a good end."""
    assert run(Scenario(version="3.7.0", error_status=0), "sail.Handle(1)\nprint(1)") == (0, [])


def test_a_process_leaves_after_so_many_calls(run):
    """Without a word."""
    scenario = Scenario(exits=(Exit(status=0, call="process", when=Spell(after=2)),))
    program = MODEL + f"for n in range(9):\n    {PROCESS}    print(n)\n"
    assert run(scenario, program) == (0, [0, 1])


def test_a_missing_scenario_is_an_import_error(tmp_path):
    """So the product takes it for a box without SAIL, and a test that forgot one fails."""
    environment = {**os.environ, **install(tmp_path, Scenario())}
    environment.pop("SOPHON_FAKE_SAIL")
    environment["PYTHONPATH"] += os.pathsep + str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", "import sophon.sail"], env=environment, stderr=subprocess.PIPE, check=False
    )
    assert b"ImportError" in done.stderr
    assert done.returncode != -signal.SIGSEGV
