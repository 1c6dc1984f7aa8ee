"""The sample event that tries a destination out."""

import asyncio
import time

import orjson
import pytest
from aiohttp import web
from memory_log import MemoryCursors, MemoryLog
from peer import FAST, Peer
from raw_peer import RawPeer, answer

from sophon_report.delivery import trial
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.teller import Teller
from sophon_report.delivery.trial import sample_event
from sophon_report.errors import NotFound
from sophon_report.model import Destination, Recognition, Transport, Visit
from sophon_report.wire import layouts
from sophon_report.wire.layouts import Layout
from sophon_report.wire.pictures import decode_image
from sophon_report.wire.telling import Telling


def try_out(folder, *script, **changes):
    """What comes of a trial of a destination whose receiver answers as scripted, and the bodies it got."""
    trials = []

    async def scenario():
        async with Peer(*script) as peer:
            destinations = DestinationSet(MemoryLog(), MemoryCursors(), folder, pace=FAST)
            await destinations.apply([Destination("platform", peer.url, **changes)])
            trials.append(await destinations.try_out("platform"))
            await destinations.stop(0.1)
            trials.append(peer.got)

    asyncio.run(scenario())
    return trials


@pytest.mark.parametrize("layout", layouts.LAYOUTS)
def test_every_layout_can_tell_the_sample_event(layout):
    """It is marked as a test in its id and in the person's."""
    form = layouts.find(layout)
    body, _ = layouts.body(form, sample_event(form.tells, 1_760_000_000_000), Telling(), "json")
    told = orjson.loads(body)
    assert (told["event_id"], told["identity_id"], told["identity_name"]) == ("test-1760000000000", "test", "test")


@pytest.mark.parametrize("kind", [Visit, Recognition])
def test_its_picture_can_be_decoded(kind):
    """A receiver may insist on a picture."""
    shot = sample_event(kind, 1_760_000_000_000).shot
    assert decode_image(shot.face_jpeg).shape == (256, 320, 3)


def test_a_receiver_that_takes_it_is_told_with_its_status(tmp_path):
    """One event, once; the worker and its counters notice nothing."""
    tried, got = try_out(tmp_path)
    assert (tried.accepted, tried.status, tried.reason) == (True, 200, "")
    assert got == [("/HistoryEvent", tried.event_id)]


@pytest.mark.parametrize("changes", [{"layout": "se3"}, {"enabled": False}], ids=["realtime", "off"])
def test_realtime_and_switched_off_destinations_can_be_tried_too(tmp_path, changes):
    """Whoever sets one up wants to know before it counts."""
    assert try_out(tmp_path, **changes)[0].accepted


def test_a_refusal_is_told_with_its_reason_and_not_repeated(tmp_path):
    """Whatever the worker would do with it."""
    tried, got = try_out(tmp_path, 503)
    assert (tried.accepted, tried.status, tried.reason) == (False, 503, "HTTP 503")
    assert len(got) == 1


def test_a_receiver_that_does_not_answer_has_no_status(tmp_path):
    """Its own time is kept to."""

    async def hang(_):
        await asyncio.sleep(60)
        return web.Response()

    tried, _ = try_out(tmp_path, hang, timeout_s=0.05)
    assert (tried.accepted, tried.status, tried.reason) == (False, None, "no answer within 0.05 s")


def shown(*script, **changes):
    """What a trial shows of its exchange with a receiver that answers so, as JSON read again."""
    trials = []

    async def scenario():
        async with RawPeer(*script) as peer:
            one = Destination("platform", peer.url + "?token=geheim", **changes)
            form = layouts.find(one.layout)
            teller = Teller(form, one.content_type, Telling)
            trials.append(await trial.try_out(teller, one, time.time))
            trials.append(peer.got)

    asyncio.run(scenario())
    return orjson.loads(orjson.dumps(trials[0])), trials[1]


def test_the_whole_exchange_is_shown():
    """What was sent, what came back, and how long it took."""
    told, got = shown(answer(422, b"no such device", X_Why="strict"))
    assert (told["accepted"], told["reason"], told["answer"]) == (False, "HTTP 422", "no such device")
    (hop,) = told["hops"]
    line, headers, body = got[0]
    assert line == "POST /events?token=geheim HTTP/1.1"
    assert hop["line"] == "POST /events?token=*** HTTP/1.1"
    assert {name.lower(): value for name, value in hop["headers"]} == headers
    assert ["X-Why", "strict"] in hop["answer_headers"]
    assert (hop["status"], told["body_bytes"], told["body_type"]) == (422, len(body), "application/json")
    assert 0 <= hop["connected_ms"] <= hop["first_byte_ms"] <= told["took_ms"] + 1


def test_its_body_is_shown_without_pictures():
    """Its beginning, and how long what was left out is."""
    told, got = shown(layout="se3")
    assert "...(" in told["body"]
    assert len(told["body"]) <= 2048 < len(got[0][2])
    assert max(len(word) for word in told["body"].split('"')) < 64


def test_nothing_that_is_secret_is_shown():
    """Not even when the receiver repeats it."""
    token, key = "0123456789abcdef", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    transport = Transport(headers=(("X-Token", token),), signing_secrets=(key, key))
    repeated = answer(
        200, f"thanks for {token}".encode(), Set_Cookie="session=geheim", X_Got=token, X_Path="/?token=geheim"
    )
    told, got = shown(repeated, transport=transport)
    (hop,) = told["hops"]
    sent, signature = dict(hop["headers"]), got[0][1]["webhook-signature"]
    assert got[0][1]["x-token"] == token
    assert (sent["X-Token"], told["answer"]) == ("***", "thanks for ***")
    assert sent["webhook-signature"] == " ".join(each[:9] + "..." for each in signature.split(" "))
    assert sent["webhook-id"] == told["event_id"]
    assert not any(secret in str(told) for secret in (token, key[6:], "geheim", signature.split(" ")[0]))


def test_a_redirect_is_shown_as_a_request_of_its_own():
    """So that a wrong address can be put right."""
    told, _ = shown(answer(307, Location="/new"))
    assert [(hop["line"], hop["status"]) for hop in told["hops"]] == [
        ("POST /events?token=*** HTTP/1.1", 307),
        ("POST /new HTTP/1.1", 200),
    ]


def test_redirects_without_end_are_told_with_their_status():
    """There was an answer; nothing came of it."""
    told, _ = shown(*4 * [answer(307, Location="/events")])
    assert (told["status"], told["reason"]) == (307, "redirects more than 3 times")


def test_without_a_connection_the_request_is_shown_that_was_not_sent():
    """And why; with files that cannot be used there is none."""

    async def tried(**changes):
        one = Destination("platform", "https://127.0.0.1:9/x", **changes)
        return await trial.try_out(Teller(layouts.find("g2"), "json", Telling), one, time.time)

    told = asyncio.run(tried())
    (hop,) = told.hops
    assert (told.status, told.reason) == (None, "connection refused: nothing listens there")
    assert (hop.line, hop.headers, hop.connected_ms, hop.status) == ("POST /x HTTP/1.1", (), None, None)
    told = asyncio.run(tried(transport=Transport(ca_file="/nowhere")))
    assert (told.reason, told.hops) == ("ca_file cannot be read: No such file or directory", ())


def test_an_event_that_cannot_be_told_is_not_sent():
    """A package's layout may fail."""

    def fail(*_):
        raise RuntimeError("broken")

    one = Destination("platform", "http://127.0.0.1:9/")
    told = asyncio.run(trial.try_out(Teller(Layout("own", Visit, fail), "json", Telling), one, time.time))
    assert (told.accepted, told.status, told.hops) == (False, None, ())
    assert "own" in told.reason


def test_nobody_can_be_tried_whom_nobody_knows(tmp_path):
    """Neither a name nor a layout that there is none of."""

    async def scenario():
        destinations = DestinationSet(MemoryLog(), MemoryCursors(), tmp_path)
        await destinations.apply([Destination("lacking", "http://127.0.0.1:9/", layout="mes")])
        for name, words in (("nobody", "no destination named nobody"), ("lacking", "no layout named mes")):
            with pytest.raises(NotFound, match=words):
                await destinations.try_out(name)
        await destinations.stop(0.1)

    asyncio.run(scenario())
