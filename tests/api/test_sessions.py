"""Sessions: bounded in number and time, and worth as much as the password they began with."""

import pytest

from sophon_report.api.sessions import MAX_OF_USER, Sessions
from sophon_report.config import Access
from sophon_report.model import Role

IDLE_S, MAX_S = 600.0, 3600.0


class Place:
    def __init__(self):
        self.now_s, self.generations = 1000.0, {"admin": 1, "ben": 7}
        access = Access(session_idle_s=IDLE_S, session_max_s=MAX_S)
        self.sessions = Sessions(lambda: access, lambda user: self.generations.get(user, 0), lambda: self.now_s)

    def open(self, user="admin"):
        return self.sessions.open(user, Role.ADMIN, self.generations[user]).token


@pytest.fixture
def place():
    return Place()


def test_a_session_is_found_by_its_token_alone(place):
    """It is 256 random bits, and its end is told."""
    opened = place.sessions.open("admin", Role.ADMIN, 1)
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


def test_all_of_a_user_end_with_the_password(place):
    """Also when another process changes it; those of others go on."""
    tokens, other = [place.open() for _ in range(3)], place.open("ben")
    place.generations["admin"] = 2
    assert [place.sessions.find(token) for token in tokens] == [None] * 3
    assert place.sessions.find(place.open()) is not None
    assert place.sessions.find(other) is not None


def test_one_of_a_user_who_is_no_more_ends(place):
    """Nobody shows it any more."""
    token = place.open("ben")
    del place.generations["ben"]
    assert place.sessions.find(token) is None


def test_all_of_a_user_may_be_ended(place):
    """And nobody else's."""
    tokens, other = [place.open("ben") for _ in range(3)], place.open()
    assert place.sessions.end_of("ben") == 3
    assert [place.sessions.find(token) for token in tokens] == [None] * 3
    assert place.sessions.find(other) is not None


def test_one_may_be_ended(place):
    """The others go on."""
    ours, theirs = place.open(), place.open()
    assert place.sessions.end(ours)
    assert not place.sessions.end(ours)
    assert place.sessions.find(ours) is None
    assert place.sessions.find(theirs) is not None


def test_over_the_bound_the_users_own_one_unused_for_longest_goes(place):
    """It is counted; nobody crowds another one out."""
    other, first, second = place.open("ben"), place.open(), place.open()
    place.sessions.find(first)
    for _ in range(MAX_OF_USER - 1):
        place.open()
    assert (place.sessions.count_of("admin"), place.sessions.crowded_out) == (MAX_OF_USER, 1)
    assert place.sessions.find(first) is not None
    assert place.sessions.find(second) is None
    assert place.sessions.find(other) is not None
