"""Vision's end of the link: blocking, one reader, any number of writers."""

import fcntl
import os
import socket
import struct
import termios
import threading
from pathlib import Path
from typing import Iterator

from sophon_report.errors import BadMessage, LinkClosed
from sophon_report.link.framing import Deframer, frame
from sophon_report.link.messages import Message

_READ_BYTES = 1 << 16
_INT = struct.Struct("i")


class LinkClient:
    """A connected link.

    :meth:`send` blocks while the report process does not read: frames are skipped upstream then (the newest wins),
    so nothing queues up here.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._writing = threading.Lock()

    @classmethod
    def connect(cls, path: Path) -> "LinkClient":
        """Connect to the report process.

        Raises:
            LinkClosed: nobody listens there.
        """
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.connect(str(path))
        except OSError as error:
            link.close()
            raise LinkClosed(f"no report process at {path}: {os.strerror(error.errno or 0)}") from error
        return cls(link)

    def send(self, message: Message) -> None:
        """Hand ``message`` to the kernel.

        Raises:
            LinkClosed: the report process is gone.
        """
        data = frame(message)
        try:
            with self._writing:
                self._socket.sendall(data)
        except OSError as error:
            raise LinkClosed("the report process is gone") from error

    @property
    def is_read(self) -> bool:
        """Whether the report process has read all that was sent: nothing waits in the kernel."""
        try:
            # On a Unix socket this is the memory that unread bytes hold.
            unread = fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(_INT.size))
        except (OSError, ValueError):
            return False  # the link is closed: who sends next is told
        return bool(_INT.unpack(unread)[0] == 0)

    def messages(self) -> Iterator[Message]:
        """Yield what arrives until the link ends.

        Raises:
            LinkClosed: the peer broke the format.
        """
        deframer = Deframer()
        while True:
            try:
                data = self._socket.recv(_READ_BYTES)
                arrived = deframer.feed(data)
            except (OSError, BadMessage) as error:
                raise LinkClosed(f"link broken: {error}") from error
            if not data:
                return
            yield from arrived

    def close(self) -> None:
        """End the link; a blocked reader wakes."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # already gone: that is what was wanted
        self._socket.close()
