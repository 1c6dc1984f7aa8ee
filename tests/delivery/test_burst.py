"""One frame to many sockets at once."""

import contextlib
import socket

import pytest

from sophon_report.delivery.burst import send_to_all

FRAME = bytes(range(256)) * 256


@pytest.fixture
def pairs():
    made = [socket.socketpair() for _ in range(3)]
    for near, far in made:
        near.setblocking(False)
        far.settimeout(5)
    yield made
    for pair in made:
        for end in pair:
            end.close()


def read(far, size):
    got = b""
    while len(got) < size:
        got += far.recv(1 << 20)
    return got


def fill(near):
    with contextlib.suppress(BlockingIOError):
        while True:
            near.send(b"x" * 4096)


def test_every_socket_gets_the_whole_frame(pairs):
    """Nothing is left to do for a socket that has room."""
    assert send_to_all([near.fileno() for near, _ in pairs], FRAME) == []
    assert [read(far, len(FRAME)) for _, far in pairs] == [FRAME] * 3


def test_a_full_socket_is_named_with_what_it_took(pairs):
    """The others are served all the same."""
    fill(pairs[1][0])
    assert send_to_all([near.fileno() for near, _ in pairs], FRAME) == [(1, 0)]
    assert read(pairs[2][1], len(FRAME)) == FRAME


def test_a_socket_with_little_room_took_the_beginning(pairs):
    """Where the rest begins is known to the byte."""
    near, far = pairs[0]
    large = FRAME * 64
    [(index, taken)] = send_to_all([near.fileno()], large)
    assert index == 0
    assert 0 < taken < len(large)
    assert read(far, taken) == large[:taken]


def test_a_broken_socket_took_nothing_and_raises_no_signal(pairs):
    """Its own next write says why."""
    pairs[0][1].close()
    assert send_to_all([near.fileno() for near, _ in pairs], FRAME) == [(0, 0)]


def test_nobody_is_served_by_nothing():
    """No client, no call."""
    assert send_to_all([], FRAME) == []
