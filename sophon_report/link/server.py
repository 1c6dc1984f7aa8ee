"""The report process's end of the link: one vision process at a time, the newest wins."""

import asyncio
import os
from pathlib import Path
from typing import Awaitable, Callable, Optional

import structlog

from sophon_report.errors import BadMessage
from sophon_report.link.framing import Deframer, frame
from sophon_report.link.messages import LINK_VERSION, Down, Hello, Leaving, Message

_READ_BYTES = 1 << 18
_MAX_UNSENT_BYTES = 64 << 20
"""Over it vision counts as stuck: the link is closed and vision started anew."""

log = structlog.get_logger()


class LinkServer:
    """Accepts vision and passes on what it says.

    Args:
        path: the Unix socket, made with mode 0600; an old one is replaced.
        on_open: awaited with who connected, before any message.
        on_message: awaited for each message, in order; while it works nothing more is read, so vision waits.
        on_close: called once for each ``on_open``.
    """

    def __init__(
        self,
        path: Path,
        on_open: Callable[[Hello], Awaitable[None]],
        on_message: Callable[[Message], Awaitable[None]],
        on_close: Callable[[], None],
    ) -> None:
        self._path = path
        self._on_open, self._on_message, self._on_close = on_open, on_message, on_close
        self._server: Optional[asyncio.AbstractServer] = None
        self._current: Optional[asyncio.StreamWriter] = None

    @property
    def connected(self) -> bool:
        """Whether a vision process has said hello."""
        return self._current is not None

    async def start(self) -> None:
        """Listen."""
        if self._path.exists():
            self._path.unlink()
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, path=str(self._path))
        finally:
            os.umask(mask)

    async def stop(self) -> None:
        """Close the link and the socket."""
        if self._server is not None:
            self._server.close()
        self.drop()
        if self._path.exists():
            self._path.unlink()

    def drop(self) -> None:
        """Close the present link, if any."""
        if self._current is not None:
            self._current.transport.abort()

    def send(self, message: Down) -> bool:
        """Send to vision; ``False`` when there is none or it does not read."""
        writer = self._current
        if writer is None:
            return False
        if writer.transport.get_write_buffer_size() > _MAX_UNSENT_BYTES:
            log.warning("vision_not_reading", unsent_bytes=writer.transport.get_write_buffer_size())
            self.drop()
            return False
        writer.write(frame(message))
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said_hello = False
        deframer = Deframer()
        try:
            while True:
                data = await reader.read(_READ_BYTES)
                if not data or (said_hello and self._current is not writer):
                    break
                for message in deframer.feed(data):
                    if said_hello or isinstance(message, Leaving):
                        # Vision that cannot even start says so in the place of hello.
                        await self._on_message(message)
                    else:
                        hello = self._greet(message, writer)
                        said_hello = True
                        await self._on_open(hello)
        except BadMessage as error:
            log.error("link_refused", reason=str(error))
        except ConnectionError:
            pass  # a killed process ends its link this way
        except Exception:
            # Vision is told by the end of the link, and tries again.
            log.exception("link_failed")
        finally:
            if said_hello and self._current is writer:
                self._current = None
                self._on_close()
            writer.transport.abort()

    def _greet(self, message: Message, writer: asyncio.StreamWriter) -> Hello:
        if not isinstance(message, Hello):
            raise BadMessage("the first message was no hello")
        if message.version != LINK_VERSION:
            raise BadMessage(f"vision speaks version {message.version}, this is {LINK_VERSION}")
        if self._current is not None:
            log.warning("link_replaced", pid=message.pid)
            replaced, self._current = self._current, None
            replaced.transport.abort()
            self._on_close()
        self._current = writer
        return message
