"""Which visits are open after some records, and the snapshot of it."""

from hypothesis import given
from hypothesis import strategies as st

from sophon_report.delivery.journal.open_visits import MAX_OPEN, OpenVisits
from sophon_report.delivery.journal.segment import Kind

tellings = st.lists(
    st.tuples(
        st.sampled_from([Kind.RECOGNITION, Kind.PROGRESS, Kind.VISIT, Kind.CARRIED]),
        st.integers(1, 100),
        st.integers(0, 5),
        st.integers(0, 1000),
        st.integers(1, 9),
    )
)


@given(tellings)
def test_a_snapshot_gives_the_same_open_visits(told):
    """Written at the start of a segment, it says what all the records before it say."""
    visits = OpenVisits()
    for one in told:
        visits.tell(*one)
    again = OpenVisits.from_snapshot(visits.snapshot())
    assert again.all() == visits.all()
    assert again.newest_event_us == visits.newest_event_us


@given(st.binary(max_size=40))
def test_noise_is_no_snapshot(noise):
    """A damaged snapshot is noticed, and made again from older records."""
    found = OpenVisits.from_snapshot(noise)
    assert found is None or isinstance(found, OpenVisits)


def test_a_visit_closes_its_recognition():
    """And a sign of life moves the last time known, forwards only."""
    visits = OpenVisits()
    visits.tell(Kind.RECOGNITION, 1, 77, 1000, 1)
    visits.tell(Kind.PROGRESS, 2, 77, 5000, 1)
    visits.tell(Kind.PROGRESS, 3, 77, 4000, 1)
    assert [visit.last_seen_ms for visit in visits.all()] == [5000]
    visits.tell(Kind.VISIT, 4, 77, 6000, 1)
    assert visits.all() == []


def test_what_is_remembered_is_bounded():
    """Over the bound the oldest is forgotten and counted."""
    visits = OpenVisits()
    for key in range(MAX_OPEN + 3):
        visits.tell(Kind.RECOGNITION, key + 1, key, 0, 1)
    assert len(visits) == MAX_OPEN
    assert visits.forgotten == 3
    assert visits.all()[0].seq == 4
