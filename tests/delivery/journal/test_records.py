"""Bodies of records: complete, typed, and without a password."""

import contextlib
from dataclasses import replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_events import progress, recognition, visit

from sophon_report.delivery.journal import records
from sophon_report.delivery.journal.segment import MAX_BODY_BYTES, Kind
from sophon_report.errors import BadInput, BadMessage
from sophon_report.model import Attributes, Device, DeviceType, Likelihood, PhotoKind, Recognition, redact_url


def stored(event, seq=0):
    """``event`` as it comes back: its device without password, its number from the head."""
    if not isinstance(event, (Recognition, type(visit(1)))):
        return event
    device = Device(**{**event.device.__dict__, "url": redact_url(event.device.url)})
    return type(event)(**{**event.__dict__, "device": device, "seq": seq})


def written(event):
    kind, body = records.encode(event)
    return kind, b"".join(body)


@pytest.mark.parametrize(
    "event", [recognition(1), visit(2), progress(3, 4)], ids=lambda event: type(event).__name__
)
def test_an_event_comes_back_as_it_was(event):
    """Everything a layout may ask for is in the body."""
    kind, body = written(event)
    assert records.decode(kind, 9, body) == stored(event, 9)


@pytest.mark.parametrize("event", [recognition(1), visit(2)], ids=lambda event: type(event).__name__)
def test_what_a_photo_device_pushed_along_comes_back(event):
    """What it is, infrared picture, the camera's own judgement; an event without them grew by nothing."""
    shot = replace(event.shot, ir_jpeg=b"\xff\xd8infrared", camera_quality=b'{"pitch":1}')
    door = replace(event.device, type=DeviceType.PHOTO, photo_kind=PhotoKind.DOOR)
    pushed = replace(event, shot=shot, device=door)
    kind, body = written(pushed)
    assert records.decode(kind, 9, body) == stored(pushed, 9)
    assert b"ir_jpeg" not in written(event)[1]
    assert b"photo_kind" not in written(event)[1]
    assert b"camera_quality" not in written(event)[1]


def test_of_attributes_only_what_is_told_is_kept():
    """Probabilities are for the mean of an open visit; an old record without them is as good."""
    seen = Attributes.told((Likelihood("male", 0.7, 0.5, 0.6), Likelihood("mask", 0.5, 0.4, 0.6)), 40.5)
    event = visit(2)
    kind, body = written(replace(event, shot=replace(event.shot, attributes=seen)))
    assert records.decode(kind, 9, body).shot.attributes == Attributes("male", 40.5)


def test_no_password_reaches_the_disk():
    """The device's URL is kept without it."""
    _, body = written(recognition(1))
    assert b"geheim" not in body
    assert b"rtsp://admin:***@192.0.2.7/ch1" in body


def test_pictures_are_not_copied_on_their_way():
    """What is written are the very bytes the event holds."""
    event = recognition(1)
    assert any(piece is event.shot.face_jpeg for piece in records.encode(event)[1])


def test_pictures_are_raw_on_the_disk():
    """No base64: the bytes of the JPEG are in the body as they are."""
    event = recognition(1)
    assert event.shot.face_jpeg in written(event)[1]


def test_unknown_keys_are_ignored():
    """A record of a later version is read for what this one knows."""
    kind, body = written(progress(3, 4))
    later = msgpack.packb({**msgpack.unpackb(body), "v": 2, "mood": "good"})
    assert records.decode(kind, 1, later) == progress(3, 4)


def test_an_event_that_is_too_large_is_refused():
    """A record has a bound."""
    with pytest.raises(BadInput, match="at most"):
        records.encode(recognition(1, picture_bytes=MAX_BODY_BYTES))


def test_a_kind_without_an_event_is_refused():
    """An erased record is no event."""
    with pytest.raises(BadMessage, match="kind 4"):
        records.decode(Kind.ERASED, 1, msgpack.packb({}))


_BODY = msgpack.unpackb(written(recognition(1))[1])
junk = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.binary(max_size=3) | st.just([])


def _paths(values, prefix=()):
    for key, value in values.items():
        yield (*prefix, key)
        if isinstance(value, dict):
            yield from _paths(value, (*prefix, key))


@given(st.sampled_from(sorted(_paths(_BODY))), junk)
def test_a_field_of_another_type_is_refused(path, value):
    """A body decodes to a value of the model, or is a bad message; nothing else is ever raised."""
    body = msgpack.unpackb(msgpack.packb(_BODY))
    place = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with contextlib.suppress(BadMessage):
        assert isinstance(records.decode(Kind.RECOGNITION, 1, msgpack.packb(body)), Recognition)


@given(st.binary(max_size=60), st.sampled_from(list(Kind)))
def test_noise_is_a_bad_message(noise, kind):
    """Bytes that are no record of ours are refused in one way."""
    with pytest.raises(BadMessage):
        records.decode(kind, 1, noise)
