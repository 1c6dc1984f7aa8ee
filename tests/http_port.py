"""An API port of its own, in a thread, and a plain socket to say anything to it."""

import asyncio
import json
import socket
import threading
from contextlib import contextmanager
from typing import NamedTuple

from aiohttp import web

from sophon_report.api.door import runner
from sophon_report.api.front import application, nothing_to_check
from sophon_report.api.traffic import Traffic

HOST, DEADLINE_S = "127.0.0.1", 20.0


class Reply(NamedTuple):
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        """The body; that it is JSON is part of every test here."""
        assert self.headers["content-type"] in ("application/json", "application/problem+json"), self
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["code"] if "code" in self.json else self.json["error"]["code"]

    @property
    def detail(self):
        """Why one of our own calls was refused."""
        return self.json["detail"]


class HttpPort:
    def __init__(self, port, traffic):
        self.port, self.traffic = port, traffic

    def connect(self):
        return socket.create_connection((HOST, self.port), timeout=DEADLINE_S)

    def say(self, *pieces):
        """What the port answers to raw bytes, to the end of its first answer."""
        with self.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
            return read_reply(connection)

    def ask(self, method, path, body=b"", content_type="application/json", **headers):
        """One well-formed request."""
        lines = [f"{method} {path} HTTP/1.1", "Host: box", f"Content-Length: {len(body)}"]
        lines += [f"Content-Type: {content_type}"] if content_type is not None else []
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return self.say("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body)


def read_reply(connection):
    """The next answer, or ``None`` when the port has closed the connection."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        try:
            chunk = connection.recv(65536)
        except ConnectionResetError:
            chunk = b""
        if not chunk:
            return None
        raw += chunk
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        chunk = connection.recv(65536)
        if not chunk:
            break  # an answer to HEAD
        body += chunk
    return Reply(int(status.split()[1]), headers, body)


@contextmanager
def http_port(calls, check=nothing_to_check, patience=None, **options):
    """Serves ``calls`` as the service does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    traffic = Traffic()
    serving = runner(application(calls, check, **options), traffic, patience)

    async def stop():
        await serving.cleanup()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=DEADLINE_S)

    async def start():
        await serving.setup()
        await web.TCPSite(serving, HOST, 0).start()
        return serving.addresses[0][1]

    def run(story):
        return asyncio.run_coroutine_threadsafe(story, loop).result(DEADLINE_S)

    try:
        yield HttpPort(run(start()), traffic)
    finally:
        run(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
