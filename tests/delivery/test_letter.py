"""A dead letter as bytes: whatever they are, they are a letter or damaged."""

import contextlib
import struct
import zlib

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_log import visit

from sophon_report.delivery import letter as form
from sophon_report.delivery.letter import LOOK_BYTES, DeadLetter, letter_of
from sophon_report.errors import BadMessage
from sophon_report.model import Device, DeviceType

REFUSED = {"reason": "HTTP 400", "status": 400, "answer": "no", "attempts": 5, "now_ms": 1}


def file_of(head, body=b"", version=1, kind=3):
    """A file whose checksums are right, whatever is in it."""
    rest = struct.pack("<HHIII4x", version, kind, len(head), len(body), zlib.crc32(body)) + head
    return b"SREPORTD" + struct.pack("<I", zlib.crc32(rest)) + rest + body


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_damaged(data):
    """Nothing but the error that says so."""
    with pytest.raises(BadMessage):
        form.decode(data, 1)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.dictionaries(
            st.sampled_from(["seq", "event_id", "status", "new"]) | st.text(max_size=5),
            st.none() | st.integers(-5, 5) | st.text(max_size=5) | st.lists(st.booleans(), max_size=2),
            max_size=5,
        ).map(msgpack.packb),
    ),
    st.binary(max_size=60),
    st.integers(0, 20),
)
def test_a_head_of_another_writer_is_a_letter_or_damaged(head, body, kind):
    """Its checksums are right; keys that are not known are passed over."""
    data = file_of(head, body, kind=kind)
    with contextlib.suppress(BadMessage):
        assert isinstance(form.decode_head(data, 1), DeadLetter)
    with pytest.raises(BadMessage):
        form.decode(data, 1)


def test_a_version_that_is_not_known_is_said():
    """It is no damage."""
    with pytest.raises(BadMessage, match="dead letter 1 is of version 2, not 1"):
        form.decode_head(file_of(msgpack.packb({"seq": 1}), version=2), 1)


def test_a_file_under_the_name_of_another_is_no_letter():
    """Somebody copied it."""
    with pytest.raises(BadMessage, match="dead letter 2 holds record 1"):
        form.decode_head(file_of(msgpack.packb({"seq": 1})), 2)


@given(st.text(max_size=3000), st.text(max_size=5000), st.text(min_size=1, max_size=1000))
def test_the_head_is_within_what_is_read_of_a_file(reason, answer, device_name):
    """Whatever a receiver answers and however long names are."""
    event = visit(device=Device(device_name * 9, device_name, DeviceType.RTSP, "rtsp://10.0.0.21/"))
    letter = letter_of(1, event, **{**REFUSED, "reason": reason, "answer": answer})
    data = b"".join(form.encode(letter, event))
    assert form.decode_head(data[:LOOK_BYTES], 1) == letter
    assert form.decode(data, 1)[0] == letter
