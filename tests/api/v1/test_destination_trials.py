"""Destinations tried before they are saved, on a running service with a real receiver."""

import gzip
import json
import re
import socket
import time

import pytest
from http_receiver import receiver
from running_box import HOST, running_box
from waiting import until

from sophon_report.config import signing_key
from sophon_report.wire.signing import verify

OPEN = {"open_reads": True, "open_writes": True}
SECRET = "hunter2-and-more"


@pytest.fixture
def box(tmp_path):
    with running_box(tmp_path, access=OPEN) as running:
        yield running


def test_a_destination_is_tried_before_it_is_saved_and_both_sides_are_shown(box):
    """Nothing is stored of it."""
    with receiver(422, b"<b>no such device</b>") as peer:
        url, got = peer.url, peer.got
        tried = box.post("/api/v1/destinations/test", {"name": "new", "url": url, "headers": {"X-Key": SECRET}})
    assert (tried.status, tried.body["accepted"], tried.body["code"]) == (200, False, "http_422")
    assert tried.body["answer"] == "<b>no such device</b>"
    assert tried.body["hops"][0]["line"] == "POST /events HTTP/1.1"
    assert got[0][0]["X-Key"] == SECRET
    assert SECRET not in json.dumps(tried.body)
    assert box.ask("GET", "/api/v1/destinations").body["destinations"] == []


def test_the_secrets_of_a_saved_destination_are_used_and_go_to_its_host_alone(box):
    """A form that was opened again does not know them."""
    with receiver() as peer:
        url, got = peer.url, peer.got
        body = {"name": "platform", "url": url, "headers": {"X-Key": SECRET}, "enabled": False}
        assert box.post("/api/v1/destinations", body).status == 201
        again = {**body, "url": url + "/2", "headers": {"X-Key": "***"}}
        assert box.post("/api/v1/destinations/test", again).body["accepted"]
        assert got[-1][0]["X-Key"] == SECRET
        refused = box.post("/api/v1/destinations/test", {**again, "url": "http://127.0.0.2:9/"})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (400, "#/headers")


def test_why_nothing_came_of_it_has_a_code(box):
    """So that the page can say it in any language."""
    with socket.socket() as nobody:
        nobody.bind((HOST, 0))
        url = f"http://{HOST}:{nobody.getsockname()[1]}/"
        tried = box.post("/api/v1/destinations/test", {"name": "new", "url": url}).body
    assert (tried["accepted"], tried["code"], tried["hops"][0]["status"]) == (False, "refused", None)


PLATFORM = {"name": "platform", "url": "http://127.0.0.1:9/events?token=hunter2", "enabled": False}


def previewed(box, query="", **changes):
    told = box.post("/api/v1/destinations/preview" + query, {**PLATFORM, **changes})
    assert told.status == 200, told
    return {each["layout"]: each for each in told.body["previews"]}, told.body


def test_the_exact_body_is_shown_in_each_of_the_six_layouts(box):
    """Four that are posted, two of the event port; what is shortened is said, and the size is the whole one's."""
    shown, _ = previewed(box)
    assert list(shown) == ["g2", "g1", "g0", "se3", "v2", "v1"]
    whole, _ = previewed(box, "?whole=true")
    for name, each in whole.items():
        assert len(each["body"].encode()) == each["body_bytes"], name
        assert each["shortened"] == 0 < shown[name]["shortened"]
        assert len(shown[name]["body"]) < each["body_bytes"] == shown[name]["body_bytes"]
        assert json.loads(each["body"])["event_id"].startswith("test-")
    assert shown["g2"]["line"] == "POST /events?token=*** HTTP/1.1"
    assert (shown["v2"]["line"], shown["v2"]["headers"]) == ("", [])


def test_what_is_shown_is_what_is_sent(box):
    """The same body but for its times, and every header that the receiver gets."""
    with receiver() as peer:
        url, got = peer.url, peer.got
        sent = {"url": url, "gzip": True, "content_type": "form-data", "feature": False, "scene": False}
        shown, _ = previewed(box, "?whole=true&layout=g1", **sent)
        assert box.post("/api/v1/destinations/test", {**PLATFORM, **sent, "layout": "g1"}).body["accepted"]
    headers, body = got[0]
    told = dict(shown["g1"]["headers"])
    assert list(shown) == ["g1"]
    assert set(told) == set(headers) - {"Connection"}
    assert {**told, "Content-Length": ""} == {
        **{name: value for name, value in headers.items() if name != "Connection"},
        "Content-Length": "",
    }
    text = gzip.decompress(body).decode()
    numbers = re.compile(r"\d{10,}")
    assert numbers.sub("", shown["g1"]["body"]) == numbers.sub("", text)
    assert len(text) == shown["g1"]["body_bytes"]


def test_a_preview_tells_no_secret_and_signs_with_a_known_one(box):
    """A receiver's check can be tried with what is shown."""
    secrets = ["whsec_" + "Sx3q" * 8, "whsec_" + "Zp7w" * 8]
    shown, told = previewed(box, "?whole=true", headers={"X-Key": SECRET}, signing_secrets=secrets)
    assert not any(secret in json.dumps(told) for secret in (SECRET, "hunter2", *secrets))
    headers = {name.lower(): value for name, value in shown["g2"]["headers"]}
    verify(signing_key(told["signing_secret"]), headers, shown["g2"]["body"].encode(), time.time())
    assert headers["x-key"] == "***"


def test_nothing_is_shown_of_a_layout_that_there_is_none_of(box):
    """Its name is told."""
    refused = box.post("/api/v1/destinations/preview?layout=g9", PLATFORM)
    assert (refused.status, refused.code) == (404, "NOT_FOUND")


def test_a_refused_event_is_shown_with_its_body_and_the_receivers_answer(box):
    """HTML of a receiver is a text; pictures are shortened, and what would be sent now is told."""
    with receiver(400, b"<script>alert(1)</script>") as peer:
        assert box.post("/api/v1/destinations", {"name": "strict", "url": peer.url}).status == 201
        box.vision.visit("ada")
        until(lambda: box.ask("GET", "/api/v1/destinations/strict/dead").body["letters"], "five refusals")
    (row,) = box.ask("GET", "/api/v1/destinations/strict/dead").body["letters"]
    for which in (row["seq"], row["event_id"]):
        told = box.ask("GET", f"/api/v1/destinations/strict/dead/{which}").body
        assert (told["letter"]["code"], told["letter"]["answer"]) == ("http_400", "<script>alert(1)</script>")
        assert json.loads(told["request"]["body"])["event_id"] == row["event_id"]
        assert told["request"]["shortened"] > 0
        assert json.loads(told["request"]["body"])["mq_license_key"] == "***"
    assert box.ask("GET", "/api/v1/destinations/strict/dead/12345").code == "NOT_FOUND"
