"""The unit files: every word in them known to the systemd of Ubuntu 20.04, and what they let the processes do."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNITS = sorted(path for path in SYSTEMD.iterdir() if path.suffix in (".service", ".target"))
KNOWN = Path(__file__).with_name("directives-245.txt")
MOST_EXPOSED = {"sophon-report.service": 3.0, "sophon-vision.service": 3.0}
"""Of 10, as ``systemd-analyze security`` counts; vision needs the chip's nodes and whatever its libraries do."""
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not there")


def directives(path):
    """``(section, directive)`` of each line."""
    section, found = "", []
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#"):
            found.append((section, line.split("=")[0]))
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_directive_is_known_to_the_systemd_of_the_box(path):
    """An unknown one is passed over with a warning there, and what it was to guard is open."""
    known = {line.split("#")[0].strip() for line in KNOWN.read_text().splitlines()}
    unknown = [f"{section}.{name}" for section, name in directives(path) if f"{section}.{name}" not in known]
    assert not unknown


@needs_systemd
@pytest.mark.parametrize("name", MOST_EXPOSED)
def test_a_unit_may_do_little_beside_its_work(name, tmp_path):
    """The sum of ``systemd-analyze security`` stays under its bound."""
    shutil.copy(SYSTEMD / name, tmp_path)
    asked = ["systemd-analyze", "security", "--no-pager", "--offline=true", str(tmp_path / name)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    if "unrecognized option" in told.stderr:
        pytest.skip("this systemd-analyze looks at running units only")
    exposure = re.search(r"exposure level for \S+: ([0-9.]+)", told.stdout)
    assert exposure, told.stdout + told.stderr
    assert float(exposure[1]) <= MOST_EXPOSED[name]


@needs_systemd
def test_systemd_finds_no_fault_in_the_units(tmp_path):
    """Where the program lies is the installer's business: here any program stands for it."""
    for path in UNITS:
        text = re.sub(r"/data/sophon-report/current/\S+", "/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    (tmp_path / "sophon-retry@.service").rename(tmp_path / "sophon-retry@sophon-report.service.service")
    names = [str(tmp_path / path.name) for path in UNITS if "@" not in path.name]
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    ours = [line for line in told.stderr.splitlines() if "sophon" in line]
    assert not ours
