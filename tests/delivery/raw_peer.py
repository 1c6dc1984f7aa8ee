"""A receiver that reads whole requests and answers with the bytes, or the behaviour, that the script says."""

import asyncio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def answer(status, body=b"", **headers):
    """An answer's bytes; ``Retry_After`` stands for ``Retry-After``."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *lines])
    return head.encode() + b"\r\n\r\n" + body


async def silent(reader, writer):
    """Say nothing until the other side hangs up."""
    await reader.read()


async def hang_up(reader, writer):
    """Close without a word."""
    writer.close()


class RawPeer:
    """Answers the requests of all connections with ``script`` in turn, then with 200."""

    def __init__(self, *script, tls=None):
        self.script = list(script)
        self.got = []
        self.connections = 0
        self._tls = tls

    async def __aenter__(self):
        self._tasks = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}/events"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self.connections += 1
        self._tasks.add(asyncio.current_task())
        try:
            while not writer.is_closing():
                step = await self._request(reader)
                if callable(step):
                    await step(reader, writer)
                else:
                    writer.write(step)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass
        finally:
            writer.close()

    async def _request(self, reader):
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        self.got.append((first, headers, await reader.readexactly(int(headers["content-length"]))))
        return self.script.pop(0) if self.script else OK
