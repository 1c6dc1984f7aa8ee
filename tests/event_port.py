"""An event server on a port of its own, in a thread, and a client as the vendor documents it."""

import asyncio
import dataclasses
import json
import select
import socket
import threading
from contextlib import contextmanager

import tls
from waiting import until
from websocket import WebSocket

from sophon_report.config import Journal as JournalSettings
from sophon_report.config import Server
from sophon_report.delivery.hub import Hub
from sophon_report.delivery.journal import Journal
from sophon_report.delivery.resume import Resume
from sophon_report.delivery.ws_port import everyone
from sophon_report.delivery.ws_server import EventServer
from sophon_report.model import Recognition
from sophon_report.ops.certificate import Certificate
from sophon_report.ops.clock import clock_ms

DEADLINE_S = 20.0


class EventPort:
    """The server's face to a test, callable from the test's thread."""

    def __init__(self, loop, server):
        self.loop, self.server = loop, server

    def later(self, function, *args):
        """Run it on the server's loop; returns a future."""

        async def run():
            value = function(*args)
            return await value if asyncio.iscoroutine(value) else value

        return asyncio.run_coroutine_threadsafe(run(), self.loop)

    def call(self, function, *args):
        return self.later(function, *args).result(DEADLINE_S)

    def publish(self, *events):
        for event in events:
            self.call(self.server.publish, event)

    def stats(self):
        return self.call(self.server.stats)

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.server.port}"

    def connect(self, configuration=None, **options):
        """A client of the documented kind; with a configuration it is known to be subscribed on return."""
        client = WebSocket(skip_utf8_validation=True)  # in Python, letter by letter; ``receive`` decodes anyway
        client.connect(self.url, timeout=DEADLINE_S, **options)
        if configuration is not None:
            client.send(json.dumps(configuration))
            until(lambda: self.row(client).dialect, "the subscription")
        return client

    def start_tls(self, access=tls.access):
        """Open the TLS port as well; returns its address."""
        self.certificate = Certificate(access)
        return f"wss://localhost:{self.call(self.server.start_tls, self.certificate, 0)}"

    def connect_tls(self, url, configuration, **options):
        """A client of the documented kind by TLS, known to be subscribed on return."""
        client = WebSocket(sslopt={"context": tls.trusting()}, skip_utf8_validation=True)
        client.connect(url, timeout=DEADLINE_S, **options)
        client.send(json.dumps(configuration))
        until(lambda: self.row(client).dialect, "the subscription")
        return client

    def row(self, client):
        """What the server says of a client."""
        peer = "{}:{}".format(*client.sock.getsockname())
        return next(row for row in self.stats().clients if row.peer == peer)

    def subscribed(self):
        return sum(row.dialect != "" for row in self.stats().clients)


class ResumingPort(EventPort):
    """One with a journal behind it: events go the way that the service sends them."""

    def __init__(self, loop, server, journal):
        super().__init__(loop, server)
        self.journal = journal

    def emit(self, *events):
        """Give each its number and show it at once; returns the numbers."""
        return [self.call(self._emit, event) for event in events]

    def _emit(self, event):
        appended = self.journal.append(event)
        if isinstance(event, Recognition):
            self.server.publish(dataclasses.replace(event, seq=appended.seq), appended.accepted)
        return appended.seq

    def settled(self):
        """Wait until everything shown so far is on the disk."""
        newest = self.journal.next_seq - 1
        until(lambda: self.journal.last_seq >= newest, "the sync")


@contextmanager
def resuming_port(folder, files=None, journal=None, **settings):
    """A port whose clients can ask for the past; ``journal`` has the settings of its journal."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    chosen = Server(**{"host": "127.0.0.1", "event_port": 0, **settings})
    kept = Journal.open(folder, JournalSettings(**(journal or {})), clock_ms=clock_ms, files=files)
    hub = Hub(chosen)
    port = ResumingPort(loop, EventServer(chosen, hub, everyone, Resume(kept, hub)), kept)
    try:
        port.call(kept.start)
        port.call(port.server.start)
        try:
            yield port
        finally:
            port.call(port.server.stop, 0.2)
    finally:
        asyncio.run_coroutine_threadsafe(kept.close(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def event_port(admit=everyone, origins=tuple, **settings):
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        chosen = Server(**{"host": "127.0.0.1", "event_port": 0, **settings})
        port = EventPort(loop, EventServer(chosen, Hub(chosen), admit, origins=origins))
        port.call(port.server.start)
        try:
            yield port
        finally:
            port.call(port.server.stop, 0.2)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def receive(client):
    """The documented loop's body: element 1 of ``recv_data``, parsed."""
    return json.loads(client.recv_data(4096)[1].decode("utf-8"))


def is_silent(client, seconds):
    """Whether not one byte comes in so long."""
    return not select.select([client.sock], [], [], seconds)[0]


def closed_with(client):
    """Code and reason of the close frame that comes next."""
    opcode, data = client.recv_data(control_frame=True)
    assert opcode == 8, (opcode, data[:100])
    return int.from_bytes(data[:2], "big"), data[2:].decode()


def on_the_wire(port, configuration, event):
    """The event as bytes from a bare socket, read with nothing but RFC 6455's picture of a frame."""
    address = ("127.0.0.1", port.server.port)
    with socket.create_connection(address, timeout=DEADLINE_S) as client, client.makefile("rb") as stream:
        client.sendall(
            b"GET / HTTP/1.1\r\nHost: box\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        while stream.readline().strip():
            pass
        body = json.dumps(configuration).encode()
        assert len(body) < 126
        client.sendall(bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body)
        until(port.subscribed)
        port.publish(event)
        first, length = stream.read(2)
        assert first == 0x81, "one final text frame"
        assert length < 128, "a server never masks"
        size = length if length < 126 else int.from_bytes(stream.read(2 if length == 126 else 8), "big")
        message = json.loads(stream.read(size).decode("utf-8"))
    until(lambda: not port.stats().clients)
    return message
