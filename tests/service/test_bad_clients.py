"""Clients that send what none should, all at once: the service stays healthy and serves the next good one."""

import asyncio
import json
import socket
from contextlib import ExitStack, contextmanager

import aiohttp
import pytest
from websocket import WebSocket, WebSocketException

from sophon_report.demo.service import Ports

pytestmark = pytest.mark.models

HOST = "127.0.0.1"
BAD_MESSAGES = [
    b"a" * (1 << 20),
    b"[]",
    b"null",
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"media_device_ids": "door"}',
    b'{"with_face_image": "maybe"}',
    b"\xc3\x28",
]
BAD_HANDSHAKES = [
    b"\x00" * 4096,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS client on the plain port
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
    b"POST /HistoryEvent HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
]


def send_bad_message(port, message, binary=False):
    """A client that says ``message`` instead of a configuration, until it is closed."""
    client = WebSocket()
    client.connect(f"ws://{HOST}:{port}", timeout=20)
    try:
        client.send(message, opcode=2 if binary else 1)
        client.recv()
    except (WebSocketException, OSError):
        pass  # closed on us: as it should
    finally:
        client.shutdown()


def send_garbage(port, garbage):
    """A connection that is no WebSocket's; returns when the service has closed it."""
    with socket.create_connection((HOST, port), 20) as connection:
        try:
            connection.sendall(garbage)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        except OSError:
            pass  # reset: as good as closed


@contextmanager
def crowd(port, count=300):
    """So many connections that never finish their handshake; every other one leaves early."""
    with ExitStack() as stack:
        connections = [stack.enter_context(socket.create_connection((HOST, port), 20)) for _ in range(count)]
        for connection in connections:
            connection.sendall(b"GET / HTTP/1.1\r\n")
        for connection in connections[::2]:
            connection.close()
        yield


def attack(port):
    """All of it, one after the other, among a crowd."""
    with crowd(port):
        for message in BAD_MESSAGES:
            send_bad_message(port, message)
        send_bad_message(port, b'{"with_face_image": true}', binary=True)
        for garbage in BAD_HANDSHAKES:
            send_garbage(port, garbage)


async def events(port, count):
    """The first events that a well-behaved client gets."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://{HOST}:{port}") as stream:
        await stream.send_str('{"with_face_image": true}')
        return [json.loads((await stream.receive(timeout=60)).data) for _ in range(count)]


def free_ports():
    with socket.socket() as one, socket.socket() as other:
        one.bind((HOST, 0))
        other.bind((HOST, 0))
        return Ports(events=one.getsockname()[1], api=other.getsockname()[1], receiver=9)


def test_bad_clients_change_nothing_for_good_ones(make_service):
    """During and after the attack the service is healthy; a client that comes then gets its events."""

    async def story():
        ports = free_ports()
        service = make_service(ports, speed="realtime")
        await service.start()
        attackers = asyncio.get_running_loop().run_in_executor(None, attack, ports.events)
        told = await events(ports.events, 1)
        await attackers
        async with aiohttp.ClientSession() as session, session.get(f"http://{HOST}:{ports.api}/healthz") as reply:
            status = reply.status
        clients = (await service.until(lambda figures: not figures["clients"], 20))["clients"]
        told += await events(ports.events, 1)
        return status, clients, told, await service.stop()

    status, clients, told, left = asyncio.run(story())
    assert status == 200
    assert not clients
    assert all(event["event_id"] for event in told)
    assert left == 0
