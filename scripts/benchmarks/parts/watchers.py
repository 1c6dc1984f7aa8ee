"""Realtime clients in a process of their own: most read at once, some so slowly that events wait for them."""

import multiprocessing
import select
import socket
import time

from fanout import shake_hands

V2 = '{"with_face_image": true, "with_register_image": true}'
V1 = '{"need_face": true, "need_register": true}'
SLOW_BYTES, SLOW_EVERY_S = 8 << 10, 0.2
"""40 KB a second, far less than there is to read."""
SLOW_NUMBER = 1
"""The older dialect has the larger events."""


class Watchers:
    """The process, as the benchmark sees it."""

    def __init__(self, port, quick, slow):
        spawn = multiprocessing.get_context("spawn")
        self._read = spawn.Value("q", 0, lock=False)
        pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=watch, args=(port, quick, slow, self._read, there), daemon=True)
        self._process.start()
        pipe.recv()

    @property
    def read_bytes(self):
        """What all of them have read."""
        return self._read.value

    def stop(self):
        """They are gone at once."""
        self._process.kill()
        self._process.join()


def watch(port, quick, slow, read, pipe):
    """In the process: connect, configure, read until it is killed; who is sent away comes again."""
    poll, clients = select.epoll(), {}
    for number in range(quick):
        client = connect(port, number)
        clients[client.fileno()] = number, client
        poll.register(client, select.EPOLLIN)
    laggards = [connect(port, SLOW_NUMBER) for _ in range(slow)]
    pipe.send("ready")
    buffer, next_s = bytearray(1 << 20), time.monotonic()
    while True:
        for descriptor, _ in poll.poll(SLOW_EVERY_S):
            number, client = clients[descriptor]
            size = client.recv_into(buffer)
            read.value += size
            if not size:
                poll.unregister(descriptor)
                client.close()
                del clients[descriptor]
                client = connect(port, number)
                clients[client.fileno()] = number, client
                poll.register(client, select.EPOLLIN)
        if time.monotonic() >= next_s:
            next_s = time.monotonic() + SLOW_EVERY_S
            laggards = [trickle(client, port) for client in laggards]


def trickle(client, port):
    """Read a little; the client, or one that takes its place."""
    try:
        if client.recv(SLOW_BYTES):
            return client
    except BlockingIOError:
        return client
    except OSError:
        pass
    client.close()
    return connect(port, SLOW_NUMBER)


def connect(port, number):
    """A client that is configured, of either dialect by turns."""
    client = socket.create_connection(("127.0.0.1", port))
    shake_hands(client, port, (V2, V1)[number % 2])
    client.setblocking(False)
    return client
