"""One event to 100 clients: server CPU per message, against bare writes and ``websockets.broadcast``.

All are served by one process and one event loop, to the same kind of client in a second process that only reads.
A round is one event to all clients of one server and ends when they have it; the servers take turns, so that a
busy machine is busy for all of them. What is counted is the CPU time of the loop's thread from the event to the
last byte, kernel included, less that of a round in which nothing is sent, which is what waiting for the clients'
word costs. Ours begins with the event and encodes it anew; the peers get a frame or a message that is ready. A
figure is the median over the rounds of the ratio within a round.

How long an event takes to a client, and what one stuck client costs the others: ``parts/delays.py``.
"""

import asyncio
import base64
import multiprocessing
import os
import select
import socket
import statistics
import time

from parts import delays

from sophon_report.config import Server
from sophon_report.delivery.hub import Hub
from sophon_report.delivery.ws_server import EventServer
from sophon_report.model import (
    Device,
    DeviceType,
    Identity,
    Match,
    Quality,
    Recognition,
    Shot,
    UserType,
)
from sophon_report.ops import logs

CLIENTS, ROUNDS, WARM_UP = 100, 300, 20
FRAME_BYTES = 60 * 1000
FILLING = b"X-Filling: " + b"." * 100
"""As long an answer as the others give."""
ONE_CHOICE = ['{"with_face_image": true, "with_register_image": true}']
FOUR_CHOICES = [
    *ONE_CHOICE,
    '{"with_face_image": true}',
    '{"need_face": true, "need_register": true}',
    '{"need_register": true}',
]


def run():
    """Ratios of one run."""
    from sophon_report.config import Log  # noqa: PLC0415 - quiet before the first line

    logs.configure(Log(level="error", format="text"), "bench")
    rows = asyncio.run(measure()) + asyncio.run(delays.measure(event))
    return {"name": f"fan-out, {CLIENTS} clients, {FRAME_BYTES // 1000} KB", "results": rows}


async def measure():
    """Rows of the report."""
    servers = [
        await Bare.start(),
        await Ours.start(ONE_CHOICE),
        await Ours.start(FOUR_CHOICES),
        await Broadcast.start(),
    ]
    bare, ours, mixed, broadcast = servers
    spent = {server: [] for server in servers}
    for number in range(WARM_UP + ROUNDS):
        for server in servers[number % len(servers) :] + servers[: number % len(servers)]:
            spent_s = await server.round(server.publish, server.round_bytes()) - await server.round(nothing, 0)
            if number >= WARM_UP:
                spent[server].append(spent_s / CLIENTS * 1e6)
    for server in servers:
        server.clients.stop()

    def ratio(over, under):
        return statistics.median(a / b for a, b in zip(spent[over], spent[under]))

    def row(what, value, goal=None, unit="x"):
        return {"what": what, "value": value, "goal": goal, "unit": unit}

    encoded = mixed.server.hub.stats()
    return [
        row("ours, of bare transport.write", ratio(ours, bare), "<= 1.2"),
        row(f"ours, of websockets.broadcast {broadcast.version}", ratio(ours, broadcast), "<= 0.75"),
        row("four choices mixed, of bare", ratio(mixed, bare)),
        row("encodings an event, four choices", encoded.encoded / encoded.published, "4", ""),
        *(
            row(f"server CPU a message, {server.name}", statistics.median(spent[server]), None, "us")
            for server in servers
        ),
    ]


def nothing():
    """Send nothing."""


class Clients:
    """``CLIENTS`` sockets in a process of their own that read and say when a round is complete."""

    def __init__(self, port, configurations):
        here, there = multiprocessing.get_context("spawn").Pipe()
        self._pipe = here
        self._process = multiprocessing.get_context("spawn").Process(
            target=read_all, args=(port, configurations, there), daemon=True
        )
        self._process.start()

    async def told(self):
        """Wait for the next word of the process, without turning the loop meanwhile."""
        loop = asyncio.get_running_loop()
        heard = loop.create_future()
        loop.add_reader(self._pipe.fileno(), heard.set_result, None)
        await heard
        loop.remove_reader(self._pipe.fileno())
        return self._pipe.recv()

    def expect(self, total_bytes):
        """The next round has so many bytes."""
        self._pipe.send(total_bytes)

    def stop(self):
        """End the process."""
        self._process.kill()


def read_all(port, configurations, pipe):
    """In the clients' process: connect, configure, then count bytes."""
    poll, sockets = select.epoll(), {}
    for number in range(CLIENTS):
        client = socket.create_connection(("127.0.0.1", port))
        shake_hands(client, port, configurations[number % len(configurations)])
        client.setblocking(False)
        sockets[client.fileno()] = client
        poll.register(client, select.EPOLLIN)
    pipe.send("ready")
    buffer = bytearray(1 << 20)
    while True:
        left = pipe.recv()
        while left > 0:
            for descriptor, _ in poll.poll():
                left -= sockets[descriptor].recv_into(buffer)
        pipe.send("round")


def shake_hands(client, port, configuration):
    """The handshake and the configuration of a WebSocket client."""
    key = base64.b64encode(os.urandom(16)).decode()
    client.sendall(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += client.recv(1)
    assert b" 101 " in answer.split(b"\r\n")[0], answer
    body = configuration.encode()
    mask = b"\0\0\0\0"
    client.sendall(bytes([0x81, 0x80 | len(body)]) + mask + body)


class Peer:
    """A server with its clients."""

    async def ready(self, port, configurations):
        self.clients = Clients(port, configurations)
        await self.clients.told()

    async def round(self, publish, total_bytes):
        """CPU seconds of this thread until all clients have what ``publish`` sends."""
        self.prepare()
        self.clients.expect(total_bytes)
        began_s = time.thread_time()
        publish()
        await self.clients.told()
        return time.thread_time() - began_s

    def prepare(self):
        """What is ready before the event."""

    def round_bytes(self):
        """Bytes that all clients get in a round."""
        return CLIENTS * len(self.frame)


class Bare(Peer):
    """``transport.write`` of one frame, and nothing else.

    It answers the handshake all the same: what clients read before decides how the system sizes their buffers, and
    that is worth 2 us a message.
    """

    name = "bare transport.write"

    @classmethod
    async def start(cls):
        self = cls()
        self.transports = []

        class Accept(asyncio.Protocol):
            def connection_made(_, transport):  # noqa: N805
                transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.transports.append(transport)
                transport.write(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" + FILLING + b"\r\n\r\n"
                )

        server = await asyncio.get_running_loop().create_server(Accept, "127.0.0.1", 0)
        self.server = server
        await self.ready(server.sockets[0].getsockname()[1], ONE_CHOICE)
        while len(self.transports) < CLIENTS:  # noqa: ASYNC110 - once, at start
            await asyncio.sleep(0)
        self.frame = frame_of(event(1))
        return self

    def prepare(self):
        self.frame = bytes(bytearray(self.frame))

    def publish(self):
        for transport in self.transports:
            transport.write(self.frame)


class Ours(Peer):
    """The event server of the service."""

    @classmethod
    async def start(cls, configurations):
        self = cls()
        self.name = "ours" if len(configurations) == 1 else "ours, four choices mixed"
        settings = Server(host="127.0.0.1", event_port=0, max_clients_per_address=1000)
        self.server = EventServer(settings, Hub(settings))
        await self.server.start()
        await self.ready(self.server.port, configurations)
        while sum(bool(row.dialect) for row in self.server.stats().clients) < CLIENTS:  # noqa: ASYNC110 - once, at start
            await asyncio.sleep(0)
        self.number = 1
        self.sizes = sum(len(frame) * len(ids) for frame, ids in self.server.hub.publish(event(1)))
        return self

    def prepare(self):
        self.number += 1
        self.event = event(self.number)

    def round_bytes(self):
        return self.sizes  # numbers are of equal length in all events

    def publish(self):
        self.server.publish(self.event)


class Broadcast(Peer):
    """``websockets.broadcast`` of a message that is ready."""

    @classmethod
    async def start(cls):
        import websockets  # noqa: PLC0415 - one import for server and version
        from websockets.asyncio.server import broadcast, serve  # noqa: PLC0415

        self = cls()
        self.version = websockets.__version__
        self.name = f"websockets.broadcast {self.version}"
        self.connections, self.broadcast = set(), broadcast

        async def handler(connection):
            self.connections.add(connection)
            await connection.wait_closed()

        self.server = await serve(handler, "127.0.0.1", 0, compression=None, ping_interval=None)
        await self.ready(self.server.sockets[0].getsockname()[1], ONE_CHOICE)
        while len(self.connections) < CLIENTS:  # noqa: ASYNC110 - once, at start
            await asyncio.sleep(0)
        self.frame = frame_of(event(1))
        self.message = self.frame[4:].decode()
        return self

    def publish(self):
        self.broadcast(self.connections, self.message)


def frame_of(recognition):
    """The frame that our server sends of an event."""
    from sophon_report.config import Compat  # noqa: PLC0415
    from sophon_report.wire.frames import text_frame  # noqa: PLC0415
    from sophon_report.wire.ws_v2 import encode  # noqa: PLC0415

    return text_frame(encode(recognition, True, True, Compat()))


PICTURE_BYTES = FRAME_BYTES * 3 // 4 // 3
PICTURE = os.urandom(PICTURE_BYTES)


def event(number):
    """An event whose frame is about ``FRAME_BYTES`` long: a face, and the gallery photo under its two names."""
    identity = Identity("E-0001", "employee", UserType.EMPLOYEE, ("p",), "f", "i", PICTURE, b"")
    shot = Shot(
        device_id="door",
        track_id=number,
        in_ms=1_760_000_000_000,
        captured_ms=1_760_000_000_000,
        box=(0.0, 0.0, 100.0, 100.0),
        landmarks=((30.0, 30.0), (70.0, 30.0), (50.0, 50.0), (35.0, 70.0), (65.0, 70.0)),
        detect_score=0.9,
        quality=Quality(100, 100, 128, 0, 0, 0, partial=False),
        embedding=b"",
        face_jpeg=PICTURE,
    )
    return Recognition(
        event_id=f"{1_760_000_000_000_000 + number}",
        device=Device("door", "front door", DeviceType.RTSP, "rtsp://10.0.0.21/ch1"),
        in_ms=1_760_000_000_000,
        recognised_ms=1_760_000_000_000,
        shot=shot,
        match=Match(identity, 91.2),
        seq=1_000_000 + number % 1000,
    )
