"""What a command loads: scripts ask for ``--help``, and a unit for ``check-config`` before every start."""

import subprocess
import sys

import pytest

from sophon_report.config import VENDOR_LAYOUTS
from sophon_report.wire.layouts import LAYOUTS

HEAVY = {"numpy", "cv2", "aiohttp", "sqlite3", "ssl", "structlog", "rich", "asyncio", "cryptography"}
RUN = """
import sys
from sophon_report.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
print("LOADED", *sys.modules)
"""
SERVICE = """
import sys
from sophon_report.ops import logs  # first, as for every command
from sophon_report.cli import service
from sophon_report import app
print("LOADED", *sys.modules)
import rich.console
"""
SETTINGS = """
[server]
event_port = 5679
[[device]]
id = "door"
url = "rtsp://10.0.0.21/ch1"
[[destination]]
name = "platform"
url = "http://10.0.0.5:9528/HistoryEvent"
"""


def loaded(program, *arguments):
    """The packages that a program has loaded in the end."""
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.rpartition("LOADED")[2].split()}


@pytest.mark.parametrize("asked", [["--help"], ["--version"], ["journal", "--help"]], ids=" ".join)
def test_help_loads_no_library(asked):
    assert not loaded(RUN, *asked) & (HEAVY | {"pydantic"})


def test_settings_are_checked_with_the_library_that_checks_them_and_no_other(tmp_path):
    (tmp_path / "config.toml").write_text(SETTINGS)
    found = loaded(RUN, "check-config", str(tmp_path / "config.toml"))
    assert "pydantic" in found
    assert not found & HEAVY - {"asyncio", "ssl"}, "those two come with typing_extensions on older Pythons"


def test_the_layouts_that_are_checked_without_loading_them_are_those_that_there_are():
    assert set(VENDOR_LAYOUTS) == set(LAYOUTS)


def test_the_report_process_loads_nothing_that_looks_into_pictures_or_draws_tables():
    """Who shrinks a picture there has OpenCV loaded then; rich is still to be had by who wants a table."""
    assert not loaded(SERVICE) & {"cv2", "rich", "onnxruntime", "openpyxl", "cryptography"}
