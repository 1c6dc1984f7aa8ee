"""SIGTERM in the middle of the film: what was pushed is posted, or waits on disk."""

import asyncio

import pytest

from sophon_report.delivery.journal import stat, verify
from sophon_report.demo.service import Ports
from sophon_report.receiver import Receiver

pytestmark = pytest.mark.models


@pytest.mark.parametrize("receiver_is_there", [True, False], ids=["receiver", "no receiver"])
def test_a_service_that_is_asked_to_leave_ends_open_visits_and_leaves_with_0(
    make_service, folder, receiver_is_there
):
    """Each recognition has its visit, and each visit is posted or still behind the destination's place."""

    async def story():
        posted = []
        receiver = Receiver(
            "127.0.0.1", 0, say=lambda _line: None, on_event=lambda _path, event: posted.append(event["event_id"])
        )
        await receiver.start()
        service = make_service(Ports(events=0, api=0, receiver=receiver.port))
        if not receiver_is_there:
            await receiver.stop()
        await service.start()
        await service.until(lambda figures: figures["visits"]["open"] >= 1, 60)
        await service.until(lambda figures: figures["visits"]["recognitions"] >= 1, 60)
        status = await service.stop()
        await receiver.stop()
        return status, posted

    status, posted = asyncio.run(story())
    figures = stat(folder / "journal")
    assert status == 0
    assert verify(folder / "journal").is_whole
    assert figures.records["recognition"] >= 1
    assert figures.records["visit"] == figures.records["recognition"]
    assert len(set(posted)) + figures.destinations["receiver"].backlog == figures.records["visit"]
    assert bool(posted) == receiver_is_there
