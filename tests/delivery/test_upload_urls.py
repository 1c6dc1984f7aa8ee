"""What a new list of addresses makes of the destinations there are."""

from dataclasses import replace

import pytest

from sophon_report.delivery.upload_urls import planned
from sophon_report.model import Content, Destination, EventFilter, Transport, UserType

LIKE = Destination("", "", layout="g1", period_s=5, origin="history")


def history(number, url, **changes):
    return Destination(**{"name": f"history-{number}", "url": url, "origin": "history", **changes})


def names(stored, urls):
    return [(each.name, each.url) for each in planned(stored, urls, LIKE)]


@pytest.mark.parametrize(
    ("before", "urls", "after"),
    [
        ([], ["a", "b"], [("history-1", "a"), ("history-2", "b")]),
        (["a", "b"], ["a", "b"], [("history-1", "a"), ("history-2", "b")]),
        (["a", "b"], ["b", "a"], [("history-2", "b"), ("history-1", "a")]),
        (["a", "b"], ["b"], [("history-2", "b")]),
        (["a", "b"], ["a", "c"], [("history-1", "a"), ("history-2", "c")]),
        (["a", "b"], ["c", "b"], [("history-1", "c"), ("history-2", "b")]),
        (["a", "b"], ["c", "a"], [("history-2", "c"), ("history-1", "a")]),
        (["a"], ["b", "a"], [("history-2", "b"), ("history-1", "a")]),
        (["a", "b"], ["c", "d", "e"], [("history-1", "c"), ("history-2", "d"), ("history-3", "e")]),
        (["a", "b"], [], []),
    ],
)
def test_an_address_that_stays_keeps_its_name_and_a_changed_one_takes_the_free_name(before, urls, after):
    """A name is a place in the journal: what waits for a corrected address is still delivered."""
    assert names([history(number, url) for number, url in enumerate(before, 1)], urls) == after


def test_destinations_of_other_origins_have_no_part():
    """Neither their addresses nor their names are taken."""
    stored = [Destination("history-1", "a"), Destination("realtime-1", "b", origin="realtime")]
    assert names(stored, ["a", "b"]) == [("history-2", "a"), ("history-3", "b")]


def test_how_it_is_sent_changes_and_what_was_set_by_hand_stays():
    """Layout, content, content type and period come with the call; timeout and the like do not."""
    stored = [history(1, "a", enabled=False, timeout_s=7, retry=True, start_seq=3)]
    like = Destination("", "", "g1", content=Content(scene=False), content_type="form-data", period_s=9)
    (made,) = planned(stored, ["a"], Destination(**{**vars(like), "origin": "history"}))
    assert made == history(
        1,
        "a",
        layout="g1",
        content=like.content,
        content_type="form-data",
        period_s=9,
        enabled=False,
        timeout_s=7,
        retry=True,
        start_seq=3,
    )


@pytest.mark.parametrize("url", ["a", "corrected"])
def test_what_a_call_cannot_say_of_a_receiver_is_kept(url):
    """Which events, how they travel, in what order, whether it is paused, and what may not leave the box."""
    by_hand = {
        "filter": EventFilter(("door",), (UserType.VIP,), 90.0),
        "transport": Transport(ca_file="/ca.pem", headers=(("X-Key", "secret"),), signing_secrets=("whsec_MDEy",)),
        "in_flight": 4,
        "paused": True,
        "content": Content(feature=False, person_name=False),
    }
    like = replace(LIKE, content=Content(scene=False, infrared=True))
    (made,) = planned([history(1, "a", **by_hand)], [url], like)
    told = replace(by_hand["content"], scene=False, infrared=True)
    assert made == history(1, url, **{**by_hand, "content": told}, layout="g1", period_s=5)


def test_a_new_address_is_delivered_to_although_the_old_one_was_switched_off():
    """Setting an address starts the upload, as the vendor's page says."""
    (made,) = planned([history(1, "a", enabled=False)], ["b"], LIKE)
    assert (made.name, made.enabled) == ("history-1", True)
