"""Clients that are processes of their own, and that stop: by a signal, for good, among others that read."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import tls
from event_port import event_port, is_silent, receive, until
from samples import recognition, shot

EVENTS, EVENT_BYTES = 160, 250_000
BUFFER_BYTES = 1 << 20
GROWTH_BYTES = 12 << 20
"""Of the server's process; without a bound: 40 MB, less what the buffers of the system take."""
FACES = {"with_face_image": True}
PROGRAM = """
import json, ssl, sys
from websocket import WebSocket
context = ssl.create_default_context(cafile=sys.argv[2])
client = WebSocket(sslopt={"context": context}, skip_utf8_validation=True)
client.connect(sys.argv[1], timeout=120)
print(client.sock.getsockname()[1], flush=True)
client.send('{"with_face_image": true}')
seqs = []
while not seqs or seqs[-1] != int(sys.argv[3]):
    seqs.append(json.loads(client.recv())["seq"])
print(json.dumps(seqs), flush=True)
"""


def picture_event(seq):
    return recognition(seq, shot=shot(face_jpeg=bytes(EVENT_BYTES * 3 // 4)))


def memory_bytes():
    """What this process, which is the server's, has in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS"))


@contextmanager
def client_process(port, url):
    """A client until it has the last event; known to be subscribed."""
    arguments = [url, tls.path("box.crt"), str(EVENTS - 1)]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        peer = f"127.0.0.1:{process.stdout.readline().strip()}"
        until(lambda: any(row.peer == peer and row.dialect for row in port.stats().clients))
        yield process, lambda: next(row for row in port.stats().clients if row.peer == peer)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
def test_a_stopped_client_changes_nothing_for_the_others(secure):
    """They get every event in order; what is kept for it is bounded; it loses its oldest, all of them counted."""
    with event_port(client_buffer_bytes=BUFFER_BYTES) as port:
        url = port.start_tls() if secure else port.url
        others = [port.connect(FACES), port.connect_tls(url, FACES) if secure else port.connect(FACES)]
        with client_process(port, url) as (process, row):
            port.publish(picture_event(0))
            assert [receive(other)["seq"] for other in others] == [0] * 2
            until(lambda: row().lag_ms == 0)
            process.send_signal(signal.SIGSTOP)
            before_bytes = memory_bytes()
            for seq in range(1, EVENTS):
                port.publish(picture_event(seq))
                assert [receive(other)["seq"] for other in others] == [seq] * 2
            assert memory_bytes() - before_bytes < GROWTH_BYTES
            stuck = row()
            assert stuck.dropped > 0
            assert stuck.queued_bytes < BUFFER_BYTES + (1 << 20)
            assert stuck.lag_ms > 0
            assert stuck.last_seq < EVENTS - 1
            assert [port.row(other).dropped for other in others] == [0] * 2
            process.send_signal(signal.SIGCONT)
            got = json.loads(process.stdout.readline())
        assert len(got) + stuck.dropped == EVENTS
        missing = sorted(set(range(EVENTS)) - set(got))
        assert got == sorted(got)
        assert missing == list(range(missing[0], missing[-1] + 1)), "the oldest unsent, in one piece"


def test_a_stopped_client_is_closed_and_the_others_stay():
    """After client_stall_s without a byte moving; what was kept for it is let go."""
    with event_port(client_buffer_bytes=BUFFER_BYTES, client_stall_s=1.0) as port:
        other = port.connect({"media_device_ids": ["gate"]})
        with client_process(port, port.url) as (process, row):
            process.send_signal(signal.SIGSTOP)
            for seq in range(60):
                port.publish(picture_event(seq))
            assert row().queued_bytes > 0
            until(lambda: len(port.stats().clients) == 1, "the close")
            stats = port.stats()
            assert (stats.closed_stalled, stats.queued_bytes) == (1, 0)
            port.publish(recognition(1, "gate"))
            assert receive(other)["seq"] == 1


def test_a_killed_client_is_gone_at_once():
    """The system closes its connection, and nothing is kept."""
    with event_port() as port:
        with client_process(port, port.url) as (process, _row):
            process.kill()
            until(lambda: not port.stats().clients)
        port.publish(recognition(1))
        assert port.stats().queued_bytes == 0


def test_a_client_that_says_half_of_its_good_bye_is_gone():
    """It closes its sending side and goes on reading: RFC 6455 knows no such thing, and its place is free."""
    with event_port() as port:
        client = port.connect({})
        client.sock.shutdown(socket.SHUT_WR)
        until(lambda: not port.stats().clients)
        assert client.sock.recv(1) == b""


def test_slow_handshakes_keep_no_client_out():
    """A byte now and then from many: their places are not those of clients, and the oldest goes first."""
    with event_port(max_clients=4) as port:
        address = ("127.0.0.1", port.server.port)
        slow = [socket.create_connection(address, timeout=20) for _ in range(100)]
        for connection in slow:
            connection.setblocking(False)
        clients = []
        for letter in b"GET ":
            for connection in slow:
                try:
                    connection.send(bytes([letter]))
                except OSError:
                    pass
            clients.append(port.connect({}))
        port.publish(recognition(1))
        assert [receive(client)["seq"] for client in clients] == [1] * 4
        assert port.stats().refused_full > 0
        assert is_silent(clients[0], 0.1)
        for connection in slow:
            connection.close()
