"""Destinations as people and programs are shown them."""

import json
from dataclasses import fields, replace

import pytest

from sophon_report.api.destination_rows import row, terms
from sophon_report.model import Content, Destination, EventFilter, Transport, UserType

PLAIN = Destination("platform", "http://10.0.0.5/events")
SECRETS = Transport(
    headers=(("Authorization", "Bearer hidden-1"), ("X-Key", "hidden-2")),
    signing_secrets=("whsec_hidden3", "whsec_4"),
)


def test_every_setting_is_shown_and_no_secret():
    """Passwords of the address, values of headers, signing keys; the names of headers help a person."""
    shown = row(replace(PLAIN, url="http://user:hidden-0@10.0.0.5/?token=hidden-5", transport=SECRETS))
    assert set(shown) == {each.name for each in fields(Destination)}
    assert shown["url"] == "http://user:***@10.0.0.5/?token=***"
    assert shown["transport"]["headers"] == {"Authorization": "***", "X-Key": "***"}
    assert shown["transport"]["signing_secrets"] == ["***", "***"]
    text = json.dumps(shown)
    assert "hidden" not in text
    assert "whsec" not in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"filter": EventFilter(("door", "hall"))}, "only door, hall"),
        ({"filter": EventFilter(("a", "b", "c", "d"))}, "4 devices"),
        (
            {"filter": EventFilter((), (UserType.VIP, UserType.STRANGER), 82.5)},
            "only vip, stranger; score from 82.5",
        ),
        ({"content": Content(scene=False, person_name=False)}, "without scene, person_name"),
        ({"content": Content(face=False, infrared=True)}, "without face; with infrared"),
        ({"in_flight": 4, "transport": replace(SECRETS, gzip=True)}, "4 in flight; gzip; signed"),
        ({"paused": True, "enabled": False, "timeout_s": 5.0}, ""),
    ],
)
def test_what_is_unusual_is_said_in_a_few_words(changes, words):
    """Nothing of a destination that has all by default; its state is shown elsewhere."""
    assert terms(replace(PLAIN, **changes)) == words
