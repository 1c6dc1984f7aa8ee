"""What may stand in a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.ops.logs import LONGEST_VALUE, redact


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
