"""How often a password may be tried."""

from sophon_report.api.login_limits import (
    ACCOUNT_EVERY_S,
    ACCOUNT_TRIES,
    ALL_EVERY_S,
    ALL_TRIES,
    FORGET_S,
    FREE_TRIES,
    LONGEST_WAIT_S,
    MAX_ADDRESSES,
    LoginLimits,
)

HERE = "192.168.1.5"


ADMIN, BEN = "admin", "ben"


def tries(limits, peer, now_s, times, user=ADMIN):
    return [limits.begin(peer, user, now_s) for _ in range(times)]


def test_an_address_waits_twice_as_long_each_time():
    """After some free tries; a try within the wait counts as none."""
    limits, now_s, waits = LoginLimits(), 0.0, []
    assert tries(limits, HERE, now_s, FREE_TRIES) == [0.0] * FREE_TRIES
    for _ in range(12):
        wait_s = limits.begin(HERE, ADMIN, now_s)
        assert limits.begin(HERE, ADMIN, now_s) == wait_s
        waits.append(wait_s)
        now_s += wait_s
        assert limits.begin(HERE, ADMIN, now_s) == 0.0
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_WAIT_S


def test_tries_at_one_moment_are_as_many_tries():
    """They count when they begin, not when they have failed."""
    assert sum(wait_s == 0 for wait_s in tries(LoginLimits(), HERE, 0.0, 100)) == FREE_TRIES


def test_a_right_password_wipes_the_slate():
    """So does an hour without a try."""
    limits = LoginLimits()
    tries(limits, HERE, 0.0, FREE_TRIES - 1)
    limits.was_right(HERE, ADMIN)
    assert tries(limits, HERE, 0.0, FREE_TRIES) == [0.0] * FREE_TRIES
    assert tries(limits, HERE, FORGET_S + 1, FREE_TRIES) == [0.0] * FREE_TRIES


def test_one_place_takes_no_tries_from_others():
    """However often it tries."""
    limits = LoginLimits()
    tries(limits, "203.0.113.5", 0.0, 1000)
    assert limits.begin(HERE, ADMIN, 0.0) == 0.0


def test_many_places_share_what_is_left():
    """And get one more now and then."""
    limits = LoginLimits()
    waits = [limits.begin(f"203.0.113.{number}", f"user{number}", 0.0) for number in range(200)]
    assert sum(wait_s == 0 for wait_s in waits) == ALL_TRIES
    assert waits[-1] == ALL_EVERY_S
    assert limits.begin("198.51.100.1", ADMIN, ALL_EVERY_S) == 0.0
    assert limits.begin("198.51.100.2", ADMIN, ALL_EVERY_S) > 0


def test_a_crowd_does_not_shut_out_who_logged_in_before():
    """Only its own tries bind such an address."""
    limits = LoginLimits()
    limits.begin(HERE, ADMIN, 0.0)
    limits.was_right(HERE, ADMIN)
    for number in range(200):
        limits.begin(f"203.0.113.{number}", f"user{number % 40}", 0.0)
    assert tries(limits, HERE, 0.0, FREE_TRIES + 1) == [0.0] * FREE_TRIES + [1.0]


def test_of_one_account_many_places_get_few_tries():
    """Also of one that nobody has; of others there are tries left, and whoever logged in before has theirs."""
    for user in (ADMIN, "nobody"):
        limits = LoginLimits()
        limits.begin(HERE, user, 0.0)
        limits.was_right(HERE, user)
        waits = [limits.begin(f"203.0.113.{number}", user, 0.0) for number in range(ACCOUNT_TRIES + 5)]
        assert sum(wait_s == 0 for wait_s in waits) == ACCOUNT_TRIES
        assert waits[-1] == ACCOUNT_EVERY_S
        assert limits.begin("198.51.100.1", BEN, 0.0) == 0.0
        assert limits.begin(HERE, user, 0.0) == 0.0
        assert limits.begin("198.51.100.2", user, ACCOUNT_EVERY_S) == 0.0


def test_who_has_an_account_gets_no_more_tries_at_another_one():
    """Logging in between them gives none back, nor does it open the way past a crowd."""
    limits, got = LoginLimits(), 0
    for _ in range(100):
        got += limits.begin(HERE, ADMIN, 0.0) == 0
        if limits.begin(HERE, BEN, 0.0) == 0:
            limits.was_right(HERE, BEN)
    assert got == FREE_TRIES
    for number in range(ACCOUNT_TRIES):
        limits.begin(f"203.0.113.{number}", ADMIN, 0.0)
    assert limits.begin(HERE, ADMIN, FREE_TRIES) > 0


def test_who_logged_in_from_an_address_does_not_wait_for_others_there():
    """Such as behind a proxy; with the own name everybody waits."""
    limits = LoginLimits()
    limits.begin(HERE, BEN, 0.0)
    limits.was_right(HERE, BEN)
    tries(limits, HERE, 0.0, FREE_TRIES + 1)
    assert limits.begin(HERE, ADMIN, 0.0) > 0
    assert limits.begin(HERE, "eve", 0.0) > 0
    assert tries(limits, HERE, 0.0, FREE_TRIES + 1, BEN) == [0.0] * FREE_TRIES + [1.0]


def test_an_address_may_try_any_number_of_names():
    """They are counted together, and few are remembered."""
    limits, now_s = LoginLimits(), 0.0
    for number in range(200):
        wait_s = limits.begin(HERE, f"user{number}", now_s)
        now_s += wait_s
        assert not wait_s or limits.begin(HERE, f"user{number}", now_s) == 0.0
    assert limits.begin(HERE, "one more", now_s) > 0


def test_of_ipv6_the_network_is_the_place():
    """Its owner has all addresses in it; IPv4 in IPv6 is IPv4."""
    limits = LoginLimits()
    assert tries(limits, "2001:db8::1", 0.0, FREE_TRIES) == [0.0] * FREE_TRIES
    assert limits.begin("2001:db8::2%eth0", ADMIN, 0.0) > 0
    assert limits.begin("2001:db8:0:1::1", ADMIN, 0.0) == 0.0
    assert tries(limits, "::ffff:192.168.1.5", 0.0, FREE_TRIES) == [0.0] * FREE_TRIES
    assert limits.begin(HERE, ADMIN, 0.0) > 0


def test_the_addresses_that_are_remembered_are_bounded():
    """Those that tried longest ago go, and are counted."""
    limits = LoginLimits()
    for number in range(MAX_ADDRESSES + 5):
        limits.begin(f"10.0.{number // 256}.{number % 256}", f"user{number}", number * ALL_EVERY_S)
    assert limits.forgotten == 5
