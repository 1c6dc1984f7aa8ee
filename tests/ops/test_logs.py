"""What may stand in a log."""

import json
import os
import subprocess
import sys
import tempfile

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.ops.log_bounds import MAX_KINDS, LogBounds
from sophon_report.ops.logs import LONGEST_VALUE, goes_to_journal, redact


@given(st.text(alphabet="abcXYZ0123-._~%/@:#", min_size=8))
def test_a_stream_password_is_masked_wherever_it_stands(password):
    """Any text value is searched, not only addresses by key."""
    said = redact(None, "info", {"event": f"open rtsp://admin:{password}@10.0.0.1/1 failed"})
    assert password not in said["event"].replace("rtsp://admin:***@10.0.0.1/1", "")


def test_pictures_and_secrets_are_left_out():
    """Bytes become their length, secret keys become stars."""
    said = redact(None, "info", {"jpeg": b"\xff\xd8", "api_token": "abc", "note": "x" * 10_000})
    assert said["jpeg"] == "(2 bytes)"
    assert said["api_token"] == "***"
    assert len(said["note"]) == LONGEST_VALUE


@pytest.mark.parametrize("before", ["GET /?token=", "/events?a=1&token=", "Authorization: Bearer ", "bearer  "])
def test_a_token_is_masked_wherever_it_stands(before):
    """In an address, in a header; what stands around it is told."""
    said = redact(None, "info", {"event": "x", "request": f"{before}se-cr_et HTTP/1.1"})
    assert said["request"] == f"{before}*** HTTP/1.1"


SAY = """
import structlog
from sophon_report.config import Log
from sophon_report.ops import logs
logs.configure(Log(level="info", format={!r}), "report")
log = structlog.get_logger()
log.info("well")
log.warning("odd")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("broken")
"""


@pytest.mark.parametrize("form", ["auto", "json", "text"])
def test_for_the_journal_every_line_begins_with_its_priority(form):
    """So that ``journalctl -p err`` finds errors with the whole of their traceback; elsewhere none does."""
    with tempfile.TemporaryFile() as journal:
        told = os.fstat(journal.fileno())
        environment = {**os.environ, "JOURNAL_STREAM": f"{told.st_dev}:{told.st_ino}"}
        command = [sys.executable, "-c", SAY.format(form)]
        subprocess.run(command, stderr=journal, env=environment, check=True, timeout=60)
        journal.seek(0)
        lines = journal.read().decode().splitlines()
        elsewhere = subprocess.run(command, capture_output=True, env=environment, check=True, timeout=60).stderr
    by_level = [line[:3] for line in lines]
    assert by_level[:2] == ["<6>", "<4>"]
    assert set(by_level[2:]) == {"<3>"}
    assert (len(lines) > 5) == (form == "text")
    if form != "text":
        assert json.loads(lines[2][3:])["event"] == "broken"
    assert not elsewhere.startswith(b"<")


@pytest.mark.parametrize("stream", ["", "x", "1:2:3", "0:0"])
def test_what_is_no_stream_of_the_journal_is_told_apart(stream):
    """Systemd says which one is."""
    with tempfile.TemporaryFile() as file:
        assert not goes_to_journal(stream, file.fileno())
        assert not goes_to_journal(stream, -1)


def test_what_is_said_again_and_again_is_counted_instead():
    """Of one camera; the other's lines stay, and what is critical."""
    now_s = [0.0]
    bounds = LogBounds(max_lines=3, window_s=60.0, clock_s=lambda: now_s[0])

    def said(event, level="warning", **fields):
        try:
            return bounds.bound(None, level, {"event": event, **fields})
        except structlog.DropEvent:
            return None

    kept = [said("camera_off", device_id="door") for _ in range(10)]
    assert [line is not None for line in kept] == [True] * 3 + [False] * 7
    assert said("camera_off", device_id="yard")
    assert all(said("camera_off", "critical", device_id="door") for _ in range(5))
    ports = [said("client gone", "info", peer=f"10.0.0.9:{port}") for port in range(50_000, 50_010)]
    assert sum(line is not None for line in ports) == 3
    assert said("client gone", "info", peer="10.0.0.8:50000")
    now_s[0] = 61.0
    assert said("camera_off", device_id="door")["left_out"] == 7
    assert "left_out" not in said("camera_off", device_id="door")
    for number in range(2 * MAX_KINDS):
        said(f"event {number}")
    assert len(bounds._kinds) == MAX_KINDS
