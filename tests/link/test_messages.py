"""Messages of the link: what is sent arrives equal, anything else is refused."""

from dataclasses import replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.errors import BadMessage
from sophon_report.link.framing import Deframer, frame
from sophon_report.link.messages import (
    MAX_MESSAGE_BYTES,
    Counters,
    Devices,
    DeviceState,
    FacesAsked,
    Hello,
    Leaving,
    Photo,
    PhotoFace,
    PhotoResult,
    PhotoUse,
    ShotTaken,
    TrackEnded,
    VisionSettings,
    decode,
    encode,
)
from sophon_report.model import Attributes, Device, DeviceType, Likelihood, Quality, Shot, Track
from sophon_report.quality_limits import Limits

QUALITY = Quality(80.0, 120.0, 130.0, 1.0, 2.0, 3.0, partial=False)
LANDMARKS = ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0), (9.0, 10.0))
SHOT = Shot(
    "d", 3, 1000, 1200, (1.0, 2.0, 3.0, 4.0), LANDMARKS, 0.9, QUALITY, b"\0" * 512, "e", Attributes(), b"f", b"s"
)
ALL = [
    Hello(1, 2, "cpu", "abc", 128, 0.489),
    ShotTaken(SHOT),
    ShotTaken(replace(SHOT, attributes=Attributes.told((Likelihood("male", 0.7, 0.5, 0.6),), 40.5))),
    TrackEnded("d", Track(3, 1000, 2000)),
    DeviceState("d", "online", now_ms=5, tracks=(Track(1, 2, 3),)),
    PhotoResult(
        7, (PhotoFace((1.0, 2.0, 3.0, 4.0), LANDMARKS, 0.8, QUALITY, b"\1" * 512),), b"p", b"f", b"s", b"i"
    ),
    Counters({"frames": 3.0}),
    Devices((Device("d", "门口", DeviceType.RTSP, "rtsp://u:p@h/1", roi=(0, 0, 5, 5)),)),
    VisionSettings(40, attributes=True),
    VisionSettings(40, shots=Limits(None, 60.0, 10.0, whole=True, lit=True)),
    Leaving("a decoder hangs", "gate"),
    Photo(7, b"jpeg", 40),
    Photo(7, b"jpeg", 40, PhotoUse.EVENT, b"infrared"),
    Photo(7, b"jpeg", 40, PhotoUse.FACES, asked=FacesAsked(10, vectors=False)),
]


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_a_message_arrives_as_it_was_sent(message):
    """Encoding and decoding are inverse for every kind."""
    assert decode(encode(message)) == message


@given(st.lists(st.sampled_from(ALL), max_size=5), st.integers(1, 50))
def test_a_stream_may_be_cut_anywhere(messages, piece):
    """However the bytes come in, the same messages come out in order."""
    stream = b"".join(frame(message) for message in messages)
    deframer, out = Deframer(), []
    for start in range(0, len(stream), piece):
        out += deframer.feed(stream[start : start + piece])
    assert out == messages


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(payload):
    """No other exception leaves the decoder."""
    try:
        decode(payload)
    except BadMessage:
        pass


@pytest.mark.parametrize(
    "raw",
    [
        ["hello", {"version": 1}],
        ["hello", []],
        ["no such", {}],
        [1, {}],
        ["shot", {"shot": {"device_id": 3}}],
        ["track_end", {"device_id": "d", "track": {"track_id": "x", "in_ms": 1, "out_ms": 2}}],
    ],
)
def test_wrong_types_are_refused(raw):
    """Each field is checked against its type."""
    with pytest.raises(BadMessage):
        decode(msgpack.packb(raw))


def test_a_length_over_the_bound_ends_the_stream():
    """Nothing is gathered for a message that is too long."""
    with pytest.raises(BadMessage):
        Deframer().feed((MAX_MESSAGE_BYTES + 1).to_bytes(4, "big"))
