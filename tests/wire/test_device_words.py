"""Devices in the words of both interfaces, and what is not shown of them."""

import json
from dataclasses import replace

import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.wire.devices import masked, old_device, unmasked, v2_device

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("rtsp://u:pw@h/"),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "password", "url"]) | st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("tell", [v2_device, old_device])
def test_no_password_is_told(tell):
    """Of the address, of the one forwarded to, of what is only kept."""
    kept = {"net_relay": {"ip": "10.0.0.1", "Password": "secret"}, "more": ["rtsp://u:secret@h/"]}
    device = replace(samples.device(), rtmp_address="rtmp://u:secret@h/", vendor_json=json.dumps(kept))
    assert "secret" not in json.dumps(tell(device))


@given(JSON)
def test_what_is_sent_back_as_it_was_read_is_what_was_stored(stored):
    """However it is nested."""
    assert unmasked(masked(stored), stored) == stored


@given(JSON, JSON)
def test_what_is_new_is_taken_as_it_is(new, stored):
    """But for what looks as it was told."""
    taken = unmasked({"x": new}, {"x": stored})["x"]
    assert taken == new or masked(taken) == masked(new)


def test_a_password_of_digits_is_one_and_an_empty_one_is_none():
    """A client may want to know whether there is one."""
    assert masked({"password": "", "pwd": 123456, "token": None}) == {"password": "", "pwd": "***", "token": None}
