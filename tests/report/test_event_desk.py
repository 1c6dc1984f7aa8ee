"""Past events out of a real index: what is told of them, and a search that takes many calls."""

import asyncio
import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from samples import shot, visit

from sophon_report.api.events import FaceQuestion
from sophon_report.api.people import Permission
from sophon_report.errors import PermissionNotFound, Unavailable
from sophon_report.model import Destination
from sophon_report.report.event_desk import EventDesk, sent_up_to
from sophon_report.report.history import History
from sophon_report.store.event_index import EventIndex, row_of

MODEL, DIM, PASS_COSINE = "sha", 4, 0.5
START_MS = 1_760_000_000_000
NEAR, FAR = np.array([1, 0, 0, 0], "<f4"), np.array([0, 1, 0, 0], "<f4")


class People:
    """The model in use."""

    embedder, pass_cosine = MODEL, PASS_COSINE


class Groups:
    """One permission group."""

    async def find(self, permission_id="", name=""):
        if permission_id != "p-1":
            raise PermissionNotFound("there is none")
        return Permission("p-1", "staff")


@pytest.fixture
def index(tmp_path):
    found = EventIndex(tmp_path / "events.sqlite")
    found.open()
    yield found
    found.close()


@pytest.fixture
def desk(index, tmp_path):
    return desk_of(index, tmp_path)


def desk_of(index, folder):
    history = History(index, None, None, ThreadPoolExecutor(1))
    return EventDesk(history, People(), Groups(), folder, lambda: 2)


def put(index, events):
    """``events`` are a time, a vector and what differs."""
    rows = []
    for number, (at_ms, vector, changes) in enumerate(events):
        seen = shot(embedding=vector.tobytes(), embedder=MODEL)
        values = {
            "event_id": f"{START_MS * 1000 + number:016d}",
            "recognised_ms": at_ms,
            "shot": seen,
            "seq": number,
        }
        rows.append(row_of(dataclasses.replace(visit(), **{**values, **changes})))
    index.put(rows)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_search_of_many_calls_finds_every_event_once(index, desk, newest_first):
    """3,000 events, 700 to a millisecond, every third of somebody else: at most 1,000 a call."""
    events = [(START_MS + number // 700, FAR if number % 3 == 0 else NEAR, {}) for number in range(3000)]
    put(index, events)

    async def walk():
        from_ms, to_ms, pages = START_MS, START_MS + 100, []
        while True:
            question = FaceQuestion(NEAR.tobytes(), 82, from_ms, to_ms, newest_first=newest_first)
            page = await desk.look_for(question)
            pages.append([int(event.event_id) - START_MS * 1000 for event, _ in page.events])
            if not page.have_more:
                return pages
            from_ms, to_ms = (from_ms, page.next_ms) if newest_first else (page.next_ms, to_ms)

    pages = asyncio.run(walk())
    near = [number for number in range(3000) if number % 3]
    assert [number for page in pages for number in page] == (near[::-1] if newest_first else near)
    assert len(pages) > 1
    assert max(map(len, pages)) <= 1000


def test_what_the_index_does_not_know_comes_from_elsewhere(index, desk):
    """The group's name from the groups, that it was sent from the places of the receivers."""
    device = visit().device
    groups = [dataclasses.replace(device, permission_id=group) for group in ("", "p-1", "p-gone")]
    put(index, [(START_MS + number, NEAR, {"device": groups[number], "seq": number + 1}) for number in range(3)])

    async def told():
        ids = [f"{START_MS * 1000 + number:016d}" for number in range(3)]
        return [await desk.find(event_id) for event_id in ids]

    events = asyncio.run(told())
    assert [event.permission_name for event in events] == ["", "staff", ""]
    assert [event.is_sent for event in events] == [True, True, False]


def test_a_model_that_changes_meanwhile_is_told(index, desk):
    """A vector of another length is never compared."""
    put(index, [(START_MS, NEAR, {})])
    longer = np.array([1, 0, 0, 0, 0], "<f4").tobytes()
    with pytest.raises(Unavailable, match="model was changed"):
        asyncio.run(desk.look_for(FaceQuestion(longer, 82, START_MS, START_MS + 1)))


def test_a_folder_that_is_not_there_is_not_available(index, tmp_path):
    """And told by its path all the same."""
    gone = tmp_path / "gone"
    folder = asyncio.run(desk_of(index, gone).picture_folder())
    assert (folder.path, folder.available) == (str(gone), False)


def to(name, layout="g2", enabled=True):
    return Destination(name, f"http://10.0.0.5/{name}", layout, enabled)


@pytest.mark.parametrize(
    ("destinations", "seq"),
    [
        ([], 0),
        ([to("one")], 40),
        ([to("one"), to("two", "g1")], 30),
        ([to("one"), to("new", "g0")], 0),
        ([to("one"), to("live", "se3")], 40),
        ([to("live", "se3")], 0),
        ([to("one"), to("two", enabled=False)], 40),
        ([to("one"), to("other", "a layout of a package")], 40),
    ],
    ids=str,
)
def test_an_event_is_sent_when_every_receiver_of_the_history_is_past_it(destinations, seq):
    """Realtime receivers and those that are switched off do not count; without any nothing is sent."""
    assert sent_up_to(destinations, {"one": 40, "two": 30, "live": 20, "other": 10}) == seq
