"""From decision to a client's hands: a server process, and a process with all its clients, over real sockets.

The server does with an event what the service does with a decision: its record goes to a journal on a real disk,
then it is shown, and the next follows ``PAUSE_S`` later. The clock begins before the first of both. It ends when a
client has read the last byte of its message; all clients share one process, which reads them one after the other,
so the later ones wait for the earlier. Both processes look at the same monotonic clock. The first client is in no
figure.

One stuck client: every event goes to the same clients in blocks that take turns. In one kind of block the first
client reads like the others, in the other it reads nothing: its buffers are full before the block begins, and each
event costs it its oldest. As many events go before the other kind of block. The figure is of the other clients, as
a ratio within a pair of blocks.
"""

import asyncio
import multiprocessing
import re
import select
import socket
import statistics
import time
from dataclasses import replace
from pathlib import Path

from parts import disk
from sophon_report.config import Journal as JournalSettings
from sophon_report.config import Server
from sophon_report.delivery.hub import Hub
from sophon_report.delivery.journal import Journal
from sophon_report.delivery.resume import Resume
from sophon_report.delivery.ws_server import EventServer
from sophon_report.ops.clock import clock_ms

PAUSE_S = 0.05
WARM_UP = 20
EVENTS = 500
BLOCK_EVENTS, PAIRS = 100, 6
FILLING = 320
"""Events that fill the buffers of a client that does not read: 8 MiB here, and the system's."""
NUMBER_BYTES = 40
"""Of a message, until its event's id is read."""
_EVENT_ID = re.compile(rb'"event_id":"(\d+)"')
FIRST_ID = 1_760_000_000_000_000


class Shown:
    """A server with a journal, and the process of its clients."""

    @classmethod
    async def start(cls, folder, clients, make_event):
        """Open both; ``make_event`` gives the event of a number."""
        self = cls()
        self.make_event, self.number = make_event, 0
        self.journal = Journal.open(folder, JournalSettings(), clock_ms=clock_ms)
        await self.journal.start()
        settings = Server(host="127.0.0.1", event_port=0, max_clients_per_address=1000)
        hub = Hub(settings)
        self.server = EventServer(settings, hub, resume=Resume(self.journal, hub))
        await self.server.start()
        self.pipe, there = multiprocessing.get_context("spawn").Pipe()
        self.process = multiprocessing.get_context("spawn").Process(
            target=read_all, args=(self.server.port, clients, there), daemon=True
        )
        self.process.start()
        await self.told()
        while sum(bool(row.dialect) for row in self.server.stats().clients) < clients:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return self

    async def stop(self):
        """Close both."""
        self.process.kill()
        await self.server.stop(0.1)
        await self.journal.close()

    async def told(self):
        """Wait for a word of the clients."""
        return await asyncio.get_running_loop().run_in_executor(None, self.pipe.recv)

    async def block(self, count, *, all_read, pause_s=PAUSE_S):
        """Show so many events; milliseconds until each client but the first had each."""
        self.pipe.send((self.number + count, all_read))
        shown_s = {}
        for _ in range(count):
            self.number += 1
            event = self.make_event(self.number)
            shown_s[self.number] = time.monotonic()
            appended = self.journal.append(event)
            self.server.publish(replace(event, seq=appended.seq), appended.accepted)
            await asyncio.sleep(pause_s)
        arrivals = await self.told()
        return [(at_s - shown_s[number]) * 1000 for client, number, at_s in arrivals if client]

    async def settled(self):
        """Return once everything shown is on the disk."""
        while self.journal.last_seq < self.journal.next_seq - 1:  # noqa: ASYNC110 - before what is measured
            await asyncio.sleep(0.01)


async def measure(make_event):
    """Rows of the report."""
    with disk.folder() as folder:
        rows = await decision_to_socket(folder / "few", make_event)
        return rows + await one_stuck(folder / "many", make_event)


async def decision_to_socket(folder: Path, make_event):
    """What every one of 50 clients sees."""
    shown = await Shown.start(folder, 51, make_event)
    try:
        await shown.block(WARM_UP, all_read=True)
        delays_ms = await shown.block(EVENTS, all_read=True)
    finally:
        await shown.stop()
    return [
        row("decision to client's socket, 50 clients, p50", percentile(delays_ms, 50), "< 2", "ms"),
        row("decision to client's socket, 50 clients, p99", percentile(delays_ms, 99), "< 10", "ms"),
    ]


async def one_stuck(folder: Path, make_event):
    """What 99 clients see, with and without one beside them that reads nothing."""
    shown = await Shown.start(folder, 100, make_event)
    delays_ms, dropped = {True: [], False: []}, 0
    try:
        await shown.block(WARM_UP, all_read=True)
        for number in range(2 * PAIRS):
            all_read = number % 4 in (0, 3)
            await shown.block(FILLING, all_read=all_read, pause_s=0)
            await shown.settled()
            before = shown.server.stats().dropped
            delays_ms[all_read].append(await shown.block(BLOCK_EVENTS, all_read=all_read))
            dropped += shown.server.stats().dropped - before
    finally:
        await shown.stop()
    p99 = [(percentile(a, 99), percentile(b, 99)) for a, b in zip(delays_ms[False], delays_ms[True])]
    return [
        row(
            "one stuck client of 100: p99 of the others, of without",
            statistics.median(a / b for a, b in p99),
            "<= 1.1",
        ),
        row("p99 of the others with it", statistics.median(a for a, _ in p99), None, "ms"),
        row("p99 of the others without", statistics.median(b for _, b in p99), None, "ms"),
        row("events it lost, of those shown", dropped / (PAIRS * BLOCK_EVENTS), None),
    ]


def row(what, value, goal=None, unit="x"):
    """One line of the report."""
    return {"what": what, "value": value, "goal": goal, "unit": unit}


def percentile(values, percent):
    """Without interpolation."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def read_all(port, count, pipe):
    """In the clients' process: connect, then read blocks and tell when each message was whole."""
    from fanout import shake_hands  # noqa: PLC0415 - which imports this module

    poll, clients = select.epoll(), {}
    for number in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        shake_hands(connection, port, '{"with_face_image": true, "with_register_image": true}')
        connection.setblocking(False)
        clients[connection.fileno()] = Reader(number, connection)
        poll.register(connection, select.EPOLLIN)
    first = next(iter(clients))
    pipe.send("ready")
    buffer = memoryview(bytearray(1 << 20))
    reads_all = True
    while True:
        last, all_read = pipe.recv()
        if all_read is not reads_all:
            poll.modify(first, select.EPOLLIN if all_read else 0)
            reads_all = all_read
        arrivals = []
        waiting = {fd for fd in clients if (all_read or fd != first) and clients[fd].last < last}
        while waiting:
            for descriptor, _ in poll.poll():
                reader = clients[descriptor]
                arrivals += reader.read(buffer)
                if reader.last >= last:
                    waiting.discard(descriptor)
        pipe.send(arrivals)


class Reader:
    """One client: takes its stream apart as far as needed."""

    def __init__(self, client, connection):
        self.client, self.connection = client, connection
        self.head, self.left, self.last = b"", 0, 0

    def read(self, buffer):
        """Client, event number and time of each message that became whole."""
        try:
            size = self.connection.recv_into(buffer)
        except BlockingIOError:
            return []
        at_s, whole, data = time.monotonic(), [], buffer[:size]
        while data:
            if not self.left:
                data = self._begin(data)
                continue
            step = min(self.left, len(data))
            self.left -= step
            data = data[step:]
            if not self.left:
                self.last = self.number
                whole.append((self.client, self.number, at_s))
        return whole

    def _begin(self, data):
        """Take header and number of the next message; what is behind them."""
        want = header_bytes(self.head + bytes(data[:2])) + NUMBER_BYTES
        take = want - len(self.head)
        self.head += bytes(data[:take])
        if len(self.head) < want:
            return data[take:]
        header, self.head = self.head, b""
        start = header_bytes(header)
        self.number = int(_EVENT_ID.search(header).group(1)) - FIRST_ID
        size = header[1] if start == 2 else int.from_bytes(header[2:start], "big")
        self.left = size - NUMBER_BYTES
        return data[take:]


def header_bytes(start):
    """Size of the header of a frame that begins so (RFC 6455, 5.2)."""
    if len(start) < 2:
        return 2
    return {126: 4, 127: 10}.get(start[1], 2)
