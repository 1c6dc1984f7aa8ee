"""The native core under AddressSanitizer and UndefinedBehaviorSanitizer."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
NATIVE = HERE.parent.parent / "native"
COMPILER = shutil.which("g++") or "c++"
FLAGS = [
    "-std=c++17",
    "-O1",
    "-g",
    "-Wall",
    "-Wextra",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
]


@pytest.mark.parametrize("driver", sorted(HERE.glob("*.cpp")), ids=lambda path: path.stem)
def test_random_and_degenerate_input_runs_clean(driver, tmp_path):
    """Each driver feeds its part through the C interface, checks the answers and leaves with 0."""
    program = tmp_path / driver.stem
    sources = [str(path) for path in sorted((NATIVE / "src").glob("*.cpp"))]
    includes = [f"-I{NATIVE / 'cdef'}", f"-I{NATIVE / 'src'}"]
    subprocess.run(
        [COMPILER, *FLAGS, *includes, str(driver), *sources, "-pthread", "-o", str(program)], check=True
    )
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
