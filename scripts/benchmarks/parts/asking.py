"""A client that asks the same again and again by some connections, and the barest server to compare with."""

import asyncio
import http.client
import multiprocessing
import select
import socket
import time

from aiohttp import web

from parts.receiver import length

CONNECTIONS = 8


def once(port, path, body):
    """The answer's body; it must be a good one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    said = reply.read()
    connection.close()
    assert reply.status == 200, said
    return said


def request(path, body):
    """The bytes of one."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    return head.encode() + b"\r\n\r\n" + body


def again_and_again(port, data, seconds):
    """Milliseconds of each answer within ``seconds``; each connection asks again once it has its answer."""
    poll, asked, took_ms = select.epoll(), {}, []
    buffer = memoryview(bytearray(1 << 20))
    for _ in range(CONNECTIONS):
        asker = _Asker(port, data)
        asked[asker.fileno()] = asker
        poll.register(asker, select.EPOLLIN)
        asker.ask()
    end_s = time.perf_counter() + seconds
    while time.perf_counter() < end_s:
        for descriptor, _ in poll.poll(1):
            asker = asked[descriptor]
            if asker.read(buffer):
                took_ms.append((time.perf_counter() - asker.began_s) * 1000)
                asker.ask()
    for asker in asked.values():
        asker.close()
    poll.close()
    return took_ms


class _Asker:
    """One connection."""

    def __init__(self, port, data):
        self._data = data
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.fileno, self.close = self._socket.fileno, self._socket.close

    def ask(self):
        self._head, self._left = b"", -1
        self.began_s = time.perf_counter()
        self._socket.sendall(self._data)

    def read(self, buffer):
        """Take what came; whether the answer is whole."""
        size = self._socket.recv_into(buffer)
        assert size, "the server closed a connection"
        if self._left < 0:
            head, end, body = (self._head + bytes(buffer[:size])).partition(b"\r\n\r\n")
            if not end:
                self._head = head
                return False
            assert head.startswith(b"HTTP/1.1 200"), head
            self._left, size = length(head), len(body)
        self._left -= size
        return not self._left


class Bare:
    """An aiohttp server in a process of its own whose one handler returns the same bytes each time."""

    def __init__(self, path, body):
        spawn = multiprocessing.get_context("spawn")
        pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(path, body, there), daemon=True)
        self._process.start()
        self.port = pipe.recv()

    def stop(self):
        """End it."""
        self._process.kill()
        self._process.join()


def serve(path, body, pipe):
    """In the process: answer until it is killed."""

    async def handle(asked):
        await asked.read()
        return web.Response(body=body, content_type="application/json")

    async def forever():
        app = web.Application()
        app.router.add_post(path, handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(forever())
