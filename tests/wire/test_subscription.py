"""Configuration messages of realtime clients."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.config import Compat
from sophon_report.errors import BadMessage
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.subscription import MAX_CONFIGURATION_BYTES, Subscription, parse_configuration

NONE = Compat(empty_device_list="none")
KEYS = ("with_face_image", "with_register_image", "media_device_ids", "need_face", "need_register", "event_list")
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def parse(message):
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return parse_configuration(raw, DIALECTS, "v2")


def test_a_configuration_says_what_is_wanted():
    """Three keys, three wishes."""
    message = {"with_face_image": True, "with_register_image": True, "media_device_ids": ["a", "b", "a"]}
    assert parse(message) == Subscription("v2", True, True, frozenset("ab"))


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"with_face_image": None, "with_register_image": None, "media_device_ids": None},
        {"unknown": {"deep": [1]}},
    ],
)
def test_what_is_not_given_has_its_default(message):
    """Absent and null are the same: no pictures, every device. Unknown keys are passed over."""
    assert parse(message) == Subscription("v2")
    assert parse(message).devices(NONE) is None


@pytest.mark.parametrize("keys", [{}, {"need_face": True}, {"with_face_image": True}])
@pytest.mark.parametrize("since", [0, 1, 2**53 + 1, 2**64 - 1])
def test_any_dialect_may_say_what_it_had_last(keys, since):
    """A whole number; it says nothing about the dialect, and is no part of what clients share."""
    asked = parse({**keys, "since": since})
    assert asked.since == since
    assert asked.choice == parse(keys).choice
    assert parse({**keys, "since": None}).since is parse(keys).since is None


@pytest.mark.parametrize("since", [-1, 1.0, 1.5, True, False, "7", [], {}, 2**64, 1e300])
def test_what_is_no_number_of_an_event_is_refused(since):
    """With its key; nothing is guessed."""
    with pytest.raises(BadMessage, match=r"^since: must be a whole number, 0 or above$"):
        parse({"since": since})


def test_the_keys_tell_the_dialect():
    """Any one of the older keys makes it v1; none of either makes it the default."""
    assert parse({"need_face": True, "need_register": True, "event_list": ["a"]}) == Subscription(
        "v1", True, True, frozenset("a")
    )
    for key, value in (("need_face", False), ("need_register", False), ("event_list", [])):
        assert parse({key: value}).dialect == "v1"
    assert parse({"need_face": None}).dialect == "v2"
    assert parse_configuration(b"{}", DIALECTS, "v1").dialect == "v1"


def test_an_empty_list_means_all_unless_the_settings_say_none():
    """The vendor's default is the empty list; the other reading of its documents can be switched on."""
    asked = parse({"media_device_ids": []})
    assert asked.devices(Compat()) is None
    assert asked.devices(NONE) == frozenset()


def test_a_list_of_devices_means_these_in_either_reading():
    """The switch is about the empty list only."""
    asked = parse({"media_device_ids": ["a"]})
    assert asked.devices(Compat()) == asked.devices(NONE) == {"a"}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "configuration: is not JSON"),
        (b"hello", "configuration: is not JSON"),
        (b'{"with_face_image": True}', "configuration: is not JSON"),
        (b'{"a": "\xff"}', "configuration: is not JSON"),
        (b"[" * 10_000 + b"]" * 10_000, "configuration: is not JSON"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "configuration: is not JSON"),
        (b" " * MAX_CONFIGURATION_BYTES + b"{}", "configuration: must not be larger than 65536 bytes"),
        ([], "configuration: must be a JSON object"),
        (None, "configuration: must be a JSON object"),
        ("text", "configuration: must be a JSON object"),
        ({"with_face_image": 1}, "with_face_image: must be true or false"),
        ({"with_face_image": "true"}, "with_face_image: must be true or false"),
        ({"with_register_image": []}, "with_register_image: must be true or false"),
        ({"media_device_ids": "door"}, "media_device_ids: must be a list of device ids"),
        ({"media_device_ids": {"door": 1}}, "media_device_ids: must be a list of device ids"),
        ({"media_device_ids": ["door", 7]}, "media_device_ids[1]: must be a text"),
        ({"media_device_ids": [None]}, "media_device_ids[0]: must be a text"),
        ({"need_face": 1}, "need_face: must be true or false"),
        ({"need_register": "yes"}, "need_register: must be true or false"),
        ({"event_list": "door"}, "event_list: must be a list of device ids"),
        ({"event_list": [1]}, "event_list[0]: must be a text"),
    ],
)
def test_a_bad_configuration_is_refused_by_its_key(message, reason):
    """The reason names the key, or the configuration as a whole."""
    with pytest.raises(BadMessage) as refusal:
        parse(message)
    assert str(refusal.value) == reason


def refusal_of(raw):
    try:
        return "" if isinstance(parse(raw), Subscription) else None
    except BadMessage as refusal:
        return str(refusal)


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_parser(raw):
    """Whatever arrives is a subscription or a refusal that fits into a close frame."""
    assert len(refusal_of(raw).encode()) <= 123


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), anything))
def test_no_json_breaks_the_parser(message):
    """The same for JSON that is almost right."""
    assert len(refusal_of(json.dumps(message).encode()).encode()) <= 123
