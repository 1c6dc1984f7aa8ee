"""Sessions: bounded in number and time, and worth as much as the password they began with."""

import pytest

from sophon_report.api.sessions import MAX_SESSIONS, Sessions
from sophon_report.config import Access

IDLE_S, MAX_S = 600.0, 3600.0


class Place:
    def __init__(self):
        self.now_s, self.generation = 1000.0, 1
        access = Access(session_idle_s=IDLE_S, session_max_s=MAX_S)
        self.sessions = Sessions(lambda: access, lambda: self.generation, lambda: self.now_s)

    def open(self):
        return self.sessions.open("admin", self.generation).token


@pytest.fixture
def place():
    return Place()


def test_a_session_is_found_by_its_token_alone(place):
    """It is 256 random bits, and its end is told."""
    opened = place.sessions.open("admin", 1)
    assert (len(opened.token), opened.expires_in_s) == (64, 3600)
    assert place.sessions.find(opened.token).user == "admin"
    for other in ("", opened.token[:-1], opened.token + " ", opened.token.swapcase(), "admin", "\udc80"):
        assert place.sessions.find(other) is None


def test_the_token_is_not_kept(place):
    """What a dump of the memory of sessions shows opens no door."""
    token = place.open()
    assert token not in repr(vars(place.sessions))


def test_use_prolongs_it_up_to_its_longest_time(place):
    """Not a second more, however much it is used."""
    token = place.open()
    for _ in range(int(MAX_S / IDLE_S)):
        place.now_s += IDLE_S
        assert place.sessions.find(token) is not None
    place.now_s += 1
    assert place.sessions.find(token) is None


def test_one_that_nobody_uses_ends(place):
    """And is not kept any longer."""
    token = place.open()
    place.now_s += IDLE_S + 1
    assert place.sessions.find(token) is None
    assert len(place.sessions) == 0


def test_all_end_with_the_password(place):
    """Also when another process changes it."""
    tokens = [place.open() for _ in range(3)]
    place.generation = 2
    assert [place.sessions.find(token) for token in tokens] == [None] * 3
    assert place.sessions.find(place.open()) is not None


def test_one_may_be_ended(place):
    """The others go on."""
    ours, theirs = place.open(), place.open()
    assert place.sessions.end(ours)
    assert not place.sessions.end(ours)
    assert place.sessions.find(ours) is None
    assert place.sessions.find(theirs) is not None


def test_over_the_bound_the_one_unused_for_longest_goes(place):
    """It is counted."""
    first, second = place.open(), place.open()
    place.sessions.find(first)
    for _ in range(MAX_SESSIONS - 1):
        place.open()
    assert (len(place.sessions), place.sessions.crowded_out) == (MAX_SESSIONS, 1)
    assert place.sessions.find(first) is not None
    assert place.sessions.find(second) is None
