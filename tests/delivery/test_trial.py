"""The sample event that tries a destination out."""

import asyncio

import orjson
import pytest
from aiohttp import web
from memory_log import MemoryCursors, MemoryLog
from peer import FAST, Peer

from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.trial import sample_event
from sophon_report.errors import NotFound
from sophon_report.model import Destination, Recognition, Visit
from sophon_report.wire import layouts
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
    trial, got = try_out(tmp_path)
    assert (trial.accepted, trial.status, trial.reason) == (True, 200, "")
    assert got == [("/HistoryEvent", trial.event_id)]


@pytest.mark.parametrize("changes", [{"layout": "se3"}, {"enabled": False}], ids=["realtime", "off"])
def test_realtime_and_switched_off_destinations_can_be_tried_too(tmp_path, changes):
    """Whoever sets one up wants to know before it counts."""
    assert try_out(tmp_path, **changes)[0].accepted


def test_a_refusal_is_told_with_its_reason_and_not_repeated(tmp_path):
    """Whatever the worker would do with it."""
    trial, got = try_out(tmp_path, 503)
    assert (trial.accepted, trial.status, trial.reason) == (False, 503, "HTTP 503")
    assert len(got) == 1


def test_a_receiver_that_does_not_answer_has_no_status(tmp_path):
    """Its own time is kept to."""

    async def hang(_):
        await asyncio.sleep(60)
        return web.Response()

    trial, _ = try_out(tmp_path, hang, timeout_s=0.05)
    assert (trial.accepted, trial.status, trial.reason) == (False, None, "no answer within 0.05 s")


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
