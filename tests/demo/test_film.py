"""The video file."""

import subprocess
import sys

import numpy as np
import pytest

from sophon_report.demo.film import write_video
from sophon_report.errors import Unavailable

FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from sophon_report.demo.film import write_video
from sophon_report.demo.scene import Stage
from sophon_report.errors import Unavailable
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
random = np.random.default_rng(1)
noise = (random.integers(0, 255, (180, 320, 3), np.uint8) for _ in range(50))
try:
    write_video(Path(sys.argv[1]), Stage(320, 180, 10), noise)
except Unavailable as error:
    print(error)
"""
"""Writes a film where a file may not grow beyond 50 kB."""


def test_a_film_that_does_not_fit_on_the_disk_is_not_there(tmp_path):
    """It is told, and neither it nor a part of it stays."""
    told = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "film.mp4")], stdout=subprocess.PIPE, check=True
    ).stdout
    assert b"film.mp4 could not be written whole" in told
    assert list(tmp_path.iterdir()) == []


def test_a_failure_halfway_leaves_the_former_film(tmp_path, stage):
    """Whatever goes wrong while it is painted."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"former")

    def pictures():
        yield np.zeros((stage.height_px, stage.width_px, 3), np.uint8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(path, stage, pictures())
    assert [each.name for each in tmp_path.iterdir()] == ["film.mp4"]
    assert path.read_bytes() == b"former"


def test_a_folder_that_is_not_there_is_told(tmp_path, stage):
    """By name."""
    with pytest.raises(Unavailable, match="nowhere"):
        write_video(tmp_path / "nowhere" / "film.mp4", stage, [])
