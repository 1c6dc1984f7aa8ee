"""Four tiles before eight viewers against the same before one: what a viewer more costs.

A round is one 720p picture of each tile, on its whole way: shrunk, encoded and framed for the link by vision's
part, read, put into a message and sent by the report process's, until every viewer has it. Both parts run in one
thread here, and what is counted is its CPU time, kernel included, less that of a round in which nothing is sent.
Viewers are sockets of another process that only reads. The servers take turns, so that a busy machine is busy for
all of them; a figure is the median over the rounds of the ratio within a round.

The peer is what one writes first: each viewer's picture encoded, put into JSON and framed for it alone.
"""

import asyncio
import base64
import json
import multiprocessing
import select
import socket
import statistics
import time

import cv2
import numpy as np
from fanout import shake_hands

from sophon_report.config import Preview, Server
from sophon_report.delivery.watch_server import WatchServer
from sophon_report.link.framing import Deframer, frame
from sophon_report.link.messages import PreviewWanted
from sophon_report.model import Device, DeviceType
from sophon_report.ops import logs
from sophon_report.report.preview_stream import PreviewStream
from sophon_report.vision.engines.cpu import CpuEngine
from sophon_report.vision.picture import Frame, HostPicture
from sophon_report.vision.pipeline import Followed
from sophon_report.vision.preview import Previews
from sophon_report.wire.frames import binary_frame

TILES, VIEWERS, ROUNDS, WARM_UP = 4, 8, 60, 5
DEVICES = [Device(f"d{tile}", f"tile {tile}", DeviceType.RTSP, f"rtsp://10.0.0.{tile}/") for tile in range(TILES)]
RULES = Preview()
FACES = [Followed(number, (100.0 * number, 80.0, 100.0 * number + 90, 200.0)) for number in range(5)]


def run():
    """Ratios of one run."""
    from sophon_report.config import Log  # noqa: PLC0415 - quiet before the first line

    logs.configure(Log(level="error", format="text"), "bench")
    return {"name": f"preview, {TILES} tiles, {VIEWERS} viewers", "results": asyncio.run(measure())}


async def measure():
    """Rows of the report."""
    one, many, naive = [await Ours.start(1), await Ours.start(VIEWERS), await Naive.start(VIEWERS)]
    servers, spent = [one, many, naive], {}
    for number in range(WARM_UP + ROUNDS):
        pictures = [picture(number * TILES + tile) for tile in range(TILES)]
        turn = number % len(servers)
        for server in servers[turn:] + servers[:turn]:
            spent_s = await server.round(pictures) - await server.round([])
            if number >= WARM_UP:
                spent.setdefault(server, []).append(spent_s / TILES * 1e3)
    for server in servers:
        server.viewers.stop()

    def ratio(over, under):
        return statistics.median(a / b for a, b in zip(spent[over], spent[under]))

    def row(what, value, goal=None, unit="x"):
        return {"what": what, "value": value, "goal": goal, "unit": unit}

    return [
        row(f"{VIEWERS} viewers, of one", ratio(many, one), "<= 1.3"),
        row(f"encoding for each of {VIEWERS}, of one of ours", ratio(naive, one)),
        row("one viewer", statistics.median(spent[one]), None, "ms a picture"),
        row(f"{VIEWERS} viewers", statistics.median(spent[many]), None, "ms a picture"),
        row(f"encoding for each of {VIEWERS}", statistics.median(spent[naive]), None, "ms a picture"),
        row("a picture's message", many.message_bytes / 1000, None, "KB"),
    ]


class Encoder:
    """What of an engine the preview needs; the CPU's, which has no model in it."""

    jpeg = CpuEngine.jpeg


class Peer:
    """A server with its viewers."""

    async def begin(self, port, count):
        self.viewers, self.count = Viewers(port, count), count
        await self.viewers.told()
        self.message_bytes = 0

    async def round(self, pictures):
        """CPU seconds of this thread until all viewers have these pictures."""
        began_s = time.thread_time()
        total_bytes = sum(self.show(tile, each) for tile, each in enumerate(pictures))
        self.viewers.expect(total_bytes)
        await self.viewers.told()
        return time.thread_time() - began_s


class Ours(Peer):
    """Vision's pictures and the preview port of the service."""

    @classmethod
    async def start(cls, count):
        self = cls()
        self.previews, self.deframer = Previews(Encoder()), Deframer()
        self.previews.want(PreviewWanted((), RULES.width_px, RULES.fps, RULES.jpeg_quality))
        self.server = WatchServer(Server(host="127.0.0.1"), "preview", 0)
        await self.server.start()
        device_ids = tuple(each.device_id for each in DEVICES)
        self.stream = PreviewStream(
            lambda: device_ids, lambda: DEVICES, lambda _device_id, _track_ids: {}, lambda: RULES, self.publish
        )
        await self.begin(self.server.port, count)
        self.stream.count(count)
        while self.server.watchers < count:  # noqa: ASYNC110 - once, at start
            await asyncio.sleep(0)
        return self

    def publish(self, tile, data):
        self.message_bytes = len(data)
        self.server.publish(tile, data)

    def show(self, tile, image):
        """Show a picture; returns how many bytes all viewers get: who cannot take it at once has it wait."""
        made = self.previews.make(Frame(DEVICES[tile].device_id, 1_760_000_000_000, HostPicture(image)), FACES)
        for message in self.deframer.feed(frame(made)):
            self.stream.shown(message)
        return self.count * self.message_bytes


class Naive(Peer):
    """Every viewer's picture made for it alone, with the standard library, and written to its transport."""

    @classmethod
    async def start(cls, count):
        self = cls()
        self.transports = []

        class Accept(asyncio.Protocol):
            def connection_made(_, transport):  # noqa: N805
                transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.transports.append(transport)
                transport.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")

        self.server = await asyncio.get_running_loop().create_server(Accept, "127.0.0.1", 0)
        await self.begin(self.server.sockets[0].getsockname()[1], count)
        while len(self.transports) < count:  # noqa: ASYNC110 - once, at start
            await asyncio.sleep(0)
        return self

    def show(self, tile, image):
        total_bytes = 0
        for transport in self.transports:
            jpeg = CpuEngine.jpeg(None, HostPicture(image), RULES.jpeg_quality, width_px=RULES.width_px)
            objects = [{"track_id": each.track_id, "detect_box": each.box, "name": "stranger"} for each in FACES]
            body = {
                "media_device_id": DEVICES[tile].device_id,
                "preview_id": str(tile),
                "frame_img": {"width": 960, "height": 540, "data": base64.b64encode(jpeg).decode()},
                "preview_objs": objects,
                "roi": [],
            }
            data = binary_frame(json.dumps(body).encode())
            transport.write(data)
            total_bytes += len(data)
        return total_bytes


class Viewers:
    """Sockets in a process of their own that read and say when a round is complete."""

    def __init__(self, port, count):
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=read_all, args=(port, count, there), daemon=True)
        self._process.start()

    async def told(self):
        """Wait for the next word of the process."""
        loop = asyncio.get_running_loop()
        heard = loop.create_future()
        loop.add_reader(self._pipe.fileno(), heard.set_result, None)
        await heard
        loop.remove_reader(self._pipe.fileno())
        return self._pipe.recv()

    def expect(self, total_bytes):
        """The round has so many bytes."""
        self._pipe.send(total_bytes)

    def stop(self):
        """End the process."""
        self._process.kill()


def read_all(port, count, pipe):
    """In the viewers' process: connect, then count bytes."""
    poll, sockets = select.epoll(), {}
    for _ in range(count):
        viewer = socket.create_connection(("127.0.0.1", port))
        shake_hands(viewer, port, "{}")
        viewer.setblocking(False)
        sockets[viewer.fileno()] = viewer
        poll.register(viewer, select.EPOLLIN)
    pipe.send("ready")
    buffer, left, expects = bytearray(1 << 20), 0, False
    poll.register(pipe.fileno(), select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == pipe.fileno():
                left, expects = left + pipe.recv(), True
            else:
                left -= sockets[descriptor].recv_into(buffer)
        if expects and left == 0:
            expects = False
            pipe.send("round")


def picture(number):
    """A 720p picture whose preview is about as long as a camera's."""
    chance = np.random.default_rng(number % 16)
    coarse = chance.integers(0, 256, (45, 80, 3), np.uint8)
    fine = chance.integers(0, 24, (720, 1280, 3), np.uint8)
    return cv2.add(cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC), fine)
