"""Writes of which the system takes a part and then no more: no record is half there."""

import os
import subprocess
import sys
from pathlib import Path

from sophon_report.delivery.journal import RealFiles, verify
from sophon_report.delivery.journal.catalog import list_segments
from sophon_report.delivery.journal.reader import Reader

HERE = Path(__file__).resolve().parent


def test_a_write_that_is_cut_short_ends_the_segment_and_loses_nothing(tmp_path):
    """A real file that may not grow past a bound: the batch goes into the next one."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])}
    program = [sys.executable, str(HERE / "short_writer.py"), str(tmp_path), "30"]
    ended = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)
    said = [line.split() for line in ended.stdout.splitlines() if line.startswith(("accepted", "refused"))]
    assert said == [["accepted", str(seq)] for seq in range(1, 31)]
    segments = list_segments(RealFiles(), tmp_path)
    found = [record.seq for record in Reader(RealFiles(), lambda: segments).read(0, 100, 10**9)]
    assert found == list(range(1, 31))
    assert len(segments) > 4
    assert verify(tmp_path).is_whole
