"""A receiver of POSTed events in a process of its own, as cheap as one can be: it counts and says 200."""

import asyncio
import multiprocessing
import random

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class Receiver:
    """The process, as the benchmark sees it."""

    def __init__(self, port=0, fail_rate=0.0):
        spawn = multiprocessing.get_context("spawn")
        self._counted = spawn.Value("q", 0, lock=False)
        pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(port, fail_rate, self._counted, there), daemon=True)
        self._process.start()
        self.port = pipe.recv()
        self.url = f"http://127.0.0.1:{self.port}/HistoryEvent"

    @property
    def received(self):
        """Bodies that it took."""
        return self._counted.value

    def stop(self):
        """Go away in the middle of whatever is under way."""
        self._process.kill()
        self._process.join()


def serve(port, fail_rate, counted, pipe):
    """In the process: take requests until it is killed."""

    async def forever():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Taker(fail_rate, counted), "127.0.0.1", port)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


class Taker(asyncio.Protocol):
    """One connection: the length of a body, the body, an answer."""

    def __init__(self, fail_rate, counted):
        self._fail_rate, self._counted = fail_rate, counted
        self._head, self._left = b"", 0

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        while data:
            if not self._left:
                head, end, data = (self._head + data).partition(b"\r\n\r\n")
                if not end:
                    self._head = head
                    return
                self._head, self._left = b"", length(head)
            taken = min(self._left, len(data))
            self._left -= taken
            data = data[taken:]
            if not self._left:
                self._answer()

    def _answer(self):
        fails = random.random() < self._fail_rate
        self._counted.value += not fails
        self._transport.write(BUSY if fails else OK)


def length(head):
    """The ``Content-Length`` of a request; without one its body is empty."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
