"""Today in figures: whose day it is, that it adds up, and that it is not counted for every page anew."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from samples import device, identity, visit

from sophon_report.errors import Unavailable
from sophon_report.model import Match, UserType
from sophon_report.report.today_desk import DAY_MS, KEPT_S, MAX_KEPT, MOST_KEPT_S, PAST_KEPT_S, TodayDesk
from sophon_report.store.event_index import EventIndex, row_of
from sophon_report.store.events.counting import HOUR_MS

MIDNIGHT_MS = 1_760_054_400_000
"""UTC."""
ADA = identity(identity_id="E-1", name="Ada", user_type=UserType.EMPLOYEE)
VIP = identity(identity_id="E-2", name="Bob", user_type=UserType.VIP)


class Place:
    """An index with a desk before it, and the time."""

    def __init__(self, folder):
        self.index = EventIndex(folder / "events.sqlite")
        self.index.open()
        self.threads = ThreadPoolExecutor(1)
        self.now_ms, self.now_s, self._seq = MIDNIGHT_MS + 20 * HOUR_MS, 0.0, 0
        self.desk = TodayDesk(self.index, self.threads, lambda: self.now_ms, lambda: 0, lambda: self.now_s)

    def put(self, hour, person=None, device_id="door", name="front door"):
        """Somebody came in that hour."""
        self._seq += 1
        at_ms = MIDNIGHT_MS + round(hour * HOUR_MS) + self._seq
        event = visit(
            event_id=f"{at_ms * 1000:016d}",
            device=replace(device(device_id), name=name),
            recognised_ms=at_ms,
            match=Match(person, 90.0),
            seq=self._seq,
        )
        self.index.put([row_of(event)], self._seq)

    def today(self, zone_min=None):
        return asyncio.run(self.desk.today(zone_min))


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.threads.shutdown()
    made.index.close()


def test_a_day_adds_up_by_hour_by_device_and_by_kind(place):
    """A device that was renamed is one device; who came yesterday or tomorrow does not count."""
    for hour in (-0.5, 24.0):
        place.put(hour, ADA)
    place.put(8.2, ADA, name="old name")
    place.put(8.9, VIP)
    place.put(19.5, None, "yard", "back yard")
    today = place.today()
    assert (today.visits, today.known, today.strangers) == (3, 2, 1)
    assert today.types == {"employee": 1, "vip": 1, "stranger": 1}
    assert {
        hour: (each.known, each.strangers) for hour, each in enumerate(today.hours) if each != today.hours[0]
    } == {
        8: (2, 0),
        19: (0, 1),
    }
    assert [(each.device_id, each.known, each.strangers) for each in today.devices] == [
        ("door", 2, 0),
        ("yard", 0, 1),
    ]
    assert (today.from_ms, today.seq) == (MIDNIGHT_MS, 5)


def test_a_day_is_that_of_who_asks(place):
    """In China it is tomorrow already; far in the west it began later."""
    place.put(17, ADA)
    china, west = place.today(480), place.today(-600)
    assert (china.from_ms - MIDNIGHT_MS, china.visits) == (16 * HOUR_MS, 1)
    assert (china.hours[1].known, west.hours[7].known) == (1, 1)
    assert west.from_ms - MIDNIGHT_MS == 10 * HOUR_MS


def test_many_pages_cost_one_count_of_the_last_hours(place):
    """As long as nothing comes, up to a minute; with new events every two seconds. What is over is not counted."""
    place.put(19, ADA)

    async def crowd():
        await asyncio.gather(*(place.desk.today(0) for _ in range(50)))

    asyncio.run(crowd())
    once = place.desk.counted
    assert once == 18 + 1
    place.put(19.5, ADA)
    assert place.today(0).visits == 1
    place.now_s += KEPT_S
    assert (place.today(0).visits, place.desk.counted) == (2, once + 1)
    place.now_s += MOST_KEPT_S / 2
    assert (place.today(0).visits, place.desk.counted) == (2, once + 1)
    place.now_s += MOST_KEPT_S / 2
    place.today(0)
    assert place.desk.counted == once + 2


def test_an_hour_that_is_over_is_counted_anew_after_a_while(place):
    """Somebody of it may have been erased."""
    place.put(8, ADA)
    place.put(19, VIP)
    assert place.today(0).known == 2
    place.index.forget({"E-1"})
    place.now_s += PAST_KEPT_S
    assert (place.today(0).known, place.today(0).types) == (1, {"vip": 1})


def test_days_of_all_the_world_are_not_kept_for_ever(place):
    """What nobody asked for longest goes."""
    for day in range(20):
        place.now_ms = MIDNIGHT_MS + day * DAY_MS - 1
        place.today(0)
    assert len(place.desk._kept) == MAX_KEPT


def test_figures_that_cannot_be_had_are_no_zeros(place):
    """Whoever asks is told so."""
    place.index.close()
    with pytest.raises(Unavailable):
        place.today()
