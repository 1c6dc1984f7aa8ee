"""The link over a real Unix socket."""

import asyncio
import os
import socket

import pytest

from sophon_report.errors import LinkClosed
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import LINK_VERSION, Hello, Leaving, TrackEnded, VisionSettings
from sophon_report.link.server import LinkServer
from sophon_report.model import Track

HELLO = Hello(LINK_VERSION, 1, "cpu", "abc", 128, 0.489)


class Ears:
    """Remembers what a server was told."""

    def __init__(self):
        self.heard = []
        self.changed = asyncio.Event()

    def say(self, what):
        self.heard.append(what)
        self.changed.set()

    async def hear(self, what):
        self.say(what)

    async def until(self, count):
        while len(self.heard) < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 10)


async def server_at(path, ears):
    server = LinkServer(path, ears.hear, ears.hear, lambda: ears.say("closed"))
    await server.start()
    return server


def test_messages_go_both_ways_and_a_death_is_noticed(tmp_path):
    """Hello, then messages in order, then one close."""

    async def story():
        ears = Ears()
        server = await server_at(tmp_path / "s", ears)
        client = LinkClient.connect(tmp_path / "s")
        client.send(HELLO)
        client.send(TrackEnded("d", Track(1, 2, 3)))
        await ears.until(2)
        assert server.send(VisionSettings(5))
        assert await asyncio.get_running_loop().run_in_executor(None, next, client.messages()) == VisionSettings(5)
        client.close()
        await ears.until(3)
        assert ears.heard == [HELLO, TrackEnded("d", Track(1, 2, 3)), "closed"]
        assert not server.send(VisionSettings(6))
        await server.stop()

    asyncio.run(story())


@pytest.mark.parametrize("first", [VisionSettings(1), Hello(LINK_VERSION + 1, 1, "cpu", "abc", 128, 0.489)])
def test_a_peer_that_does_not_greet_properly_is_shown_out(tmp_path, first):
    """Another version, or no hello: the link ends and nobody is told of it."""

    async def story():
        ears = Ears()
        server = await server_at(tmp_path / "s", ears)
        client = LinkClient.connect(tmp_path / "s")
        client.send(first)
        left = await asyncio.get_running_loop().run_in_executor(None, ended, client)
        assert left
        assert ears.heard == []
        await server.stop()

    asyncio.run(story())


def ended(client):
    try:
        return list(client.messages()) == []
    except LinkClosed:
        return True


def test_the_socket_is_for_its_owner_only(tmp_path):
    """Mode 0600: another user of the machine cannot pose as vision."""

    async def story():
        server = await server_at(tmp_path / "s", Ears())
        assert os.stat(tmp_path / "s").st_mode & 0o777 == 0o600
        await server.stop()
        assert not (tmp_path / "s").exists()

    asyncio.run(story())


def test_nobody_listening_is_told(tmp_path):
    """The error is ours, with the place in it."""
    with pytest.raises(LinkClosed, match="nowhere"):
        LinkClient.connect(tmp_path / "nowhere")


def test_a_vision_that_cannot_start_says_why_in_the_place_of_hello(tmp_path):
    """Nobody is told that it came, nor that it went; the next one may."""

    async def story():
        ears = Ears()
        server = await server_at(tmp_path / "s", ears)
        client = LinkClient.connect(tmp_path / "s")
        client.send(Leaving("the model is of another chip"))
        client.close()
        await ears.until(1)
        assert not server.connected
        client = LinkClient.connect(tmp_path / "s")
        client.send(HELLO)
        await ears.until(2)
        client.close()
        await ears.until(3)
        assert ears.heard == [Leaving("the model is of another chip"), HELLO, "closed"]
        await server.stop()

    asyncio.run(story())


def test_vision_sees_whether_what_it_sent_was_read():
    """Until the last byte was; of a link that is closed it sees nothing."""
    here, there = socket.socketpair()
    client = LinkClient(here)
    assert client.is_read
    client.send(HELLO)
    assert not client.is_read
    there.recv(10)
    assert not client.is_read
    there.recv(1 << 16)
    assert client.is_read
    client.close()
    assert not client.is_read
    there.close()
