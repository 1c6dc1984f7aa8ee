"""Decoders of what strangers send: a value, or an error of the package that says what is wrong."""

import base64

from fuzz_values import bodies, content_types, outcome, values
from hypothesis import strategies as st

from sophon_report.errors import BadImage, BadMessage
from sophon_report.wire import receive
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.pictures import decode_image, read_picture
from sophon_report.wire.subscription import Subscription, parse_configuration

CLOSE_REASON_BYTES = 123
REASONS = ("not_an_image", "too_large")
EVENT_KEYS = (
    *(
        "event_id",
        "timestamp",
        "in_timestamp",
        "score",
        "person_type",
        "user_type",
        "identity_id",
        "identity_name",
    ),
    *("reg_image", "reg_pic", "recognize_face_image", "spot_image", "ext_data", "media_device_info", "ep_info"),
    *("media_devices", "sub_devices", "gateway_status", "gateway_name", "gateway_ext_data"),
)
JPEG_START = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0001108")
HEADS = (JPEG_START, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"BM", b"RIFF\x00\x00\x00\x00WEBPVP8X", b"")


def test_a_configuration_is_read_or_refused_with_a_reason_that_fits_a_close_frame(hunt):
    """Whatever the message is."""

    def rule(raw, default):
        read = outcome(parse_configuration, raw, DIALECTS, default)
        if not isinstance(read, Subscription):
            assert isinstance(read, BadMessage)
            assert 0 < len(str(read).encode()) <= CLOSE_REASON_BYTES

    hunt(rule, bodies, st.sampled_from(sorted(DIALECTS)))


def test_a_posted_body_is_events_or_refused_with_words(hunt):
    """What is read can be summed up, whatever its fields hold."""

    def rule(body, content_type):
        events = outcome(receive.parse_events, body, content_type)
        if isinstance(events, BadMessage):
            assert str(events)
            return
        for event in events:
            sum_up(event)

    hunt(rule, bodies, content_types)


def test_any_table_can_be_summed_up(hunt):
    """As an event, as a report of devices and of a box."""
    hunt(sum_up, st.dictionaries(st.sampled_from(EVENT_KEYS) | st.text(max_size=4), values, max_size=4))


def sum_up(event):
    receive.summary(event)
    receive.device_states(event)
    receive.box_state(event)
    found, broken = receive.pictures(event)
    receive.without_pictures(event, dict.fromkeys([*found, *broken], "x"))


def test_a_picture_as_text_is_read_or_refused(hunt):
    """In any of its four forms, or none."""

    def rule(start, text):
        picture = outcome(read_picture, start + text)
        assert picture.reason in REASONS if isinstance(picture, BadImage) else picture

    starts = st.sampled_from(["", "data:image/jpeg;base64,", "data:image/jpg;base64,", "data:;,"])
    coded = st.binary(max_size=60).map(lambda raw: base64.encodebytes(raw).decode())
    hunt(rule, starts, coded | st.text(max_size=40) | st.text("QUJD+/=\r\n", max_size=40))


def test_bytes_are_a_picture_or_refused(hunt):
    """Also those that begin like one."""

    def rule(head, rest):
        image = outcome(decode_image, head + rest)
        assert image.reason in REASONS if isinstance(image, BadImage) else image.ndim == 3

    hunt(rule, st.sampled_from(HEADS), st.binary(max_size=120))
