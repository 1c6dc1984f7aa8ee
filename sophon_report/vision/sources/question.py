"""A question to a camera, or whatever stands at its address, and its answer: one connection, one deadline.

RTSP and HTTP ask and answer in the same form. What goes wrong on the way is told as what an installer can do.
"""

import errno
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Dict, List

from sophon_report.errors import SourceError
from sophon_report.vision.sources.address import Address

MAX_ANSWER_BYTES = 64 << 10
"""Of a head and the description behind it; a stream that follows is not read."""
_UNREACHABLE = {
    errno.ENETUNREACH: "no network of this box leads there: check its cable and its network settings",
    errno.EHOSTUNREACH: "nothing answers under this address: check it, and the camera's cable and power",
    errno.ECONNRESET: "the connection was broken off: the camera may be restarting, or be full",
}


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    protocol: str
    """``RTSP``, ``HTTP``, or ``""`` for bytes that are neither."""
    status: int = 0
    headers: Dict[str, List[str]] = field(default_factory=dict)
    """By their names in lower case."""
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value; ``""`` without one."""
        return self.headers.get(name, [""])[0]


class Questioner:
    """A connection to what stands at an address; use as a context.

    Args:
        address: who is asked.
        timeout_s: for everything together.

    Raises:
        SourceError: nothing takes the connection, and why, in words that follow the address.
    """

    def __init__(self, address: Address, timeout_s: float) -> None:
        self._address, self._timeout_s = address, timeout_s
        self._deadline_s = time.monotonic() + timeout_s
        self._connection = self._connect()
        self.asked = 0
        """Requests sent so far."""

    def __enter__(self) -> "Questioner":
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

    def ask(self, request: str) -> Answer:
        """Send ``request``, without its last empty line, and return the answer.

        Raises:
            SourceError: there is none.
        """
        self.asked += 1
        try:
            self._connection.settimeout(self._left_s())
            self._connection.sendall((request + "\r\n\r\n").encode("utf-8", "replace"))
            return self._read()
        except socket.timeout:
            raise SourceError(
                f"takes the connection and does not answer within {self._timeout_s:g} s: restart the camera",
                "silent",
            ) from None
        except OSError as error:
            raise self._unreachable(error) from error

    def connect_again(self) -> None:
        """Go on over a new connection, in what time is left."""
        self._connection.close()
        self._connection = self._connect()

    def _connect(self) -> socket.socket:
        address = self._address
        try:
            connection = socket.create_connection((address.host, address.port), self._left_s())
        except socket.timeout:
            raise SourceError(
                f"does not answer within {self._timeout_s:g} s: check the address, its cable and its power",
                "unreachable",
            ) from None
        except (OSError, UnicodeError) as error:
            raise self._unreachable(error) from error
        if not address.encrypted:
            return connection
        try:
            return _any_certificate().wrap_socket(connection, server_hostname=address.host)
        except (OSError, ValueError) as error:
            connection.close()
            raise SourceError(
                f"does not speak TLS on port {address.port}: try "
                + ("http://" if address.is_http else "rtsp://")
                + f" in place of {address.scheme}://",
                "no_tls",
            ) from error

    def _unreachable(self, error: Exception) -> SourceError:
        address = self._address
        if isinstance(error, (socket.gaierror, UnicodeError)):
            return SourceError(
                f"cannot be reached: no device has the name {address.host}: use its IP address", "no_such_host"
            )
        if isinstance(error, ConnectionRefusedError):
            speaks = "its web server is on" if address.is_http else "RTSP is switched on in the camera"
            return SourceError(
                f"cannot be reached: Connection refused on port {address.port}: check the port, and that {speaks}",
                "port_closed",
            )
        words = _UNREACHABLE.get(getattr(error, "errno", 0) or 0, getattr(error, "strerror", "") or str(error))
        return SourceError(f"cannot be reached: {words}", "unreachable")

    def _left_s(self) -> float:
        return max(0.001, self._deadline_s - time.monotonic())

    def _read(self) -> Answer:
        """Read a head, and the body when its length is told; no more than the bound."""
        data, wanted = b"", -1
        while wanted < 0 or len(data) < min(wanted, MAX_ANSWER_BYTES):
            self._connection.settimeout(self._left_s())
            more = self._connection.recv(4096)
            data += more
            if (
                not more
                or (len(data) >= 5 and data[:5] not in (b"RTSP/", b"HTTP/"))
                or len(data) > MAX_ANSWER_BYTES
            ):
                break
            head, end, _ = data.partition(b"\r\n\r\n")
            if wanted < 0 and end:
                wanted = len(head) + len(end) + _length(read_answer(data))
        if not data:
            raise SourceError("hangs up when asked: it may be full, or speak another protocol", "not_a_camera")
        return read_answer(data)


def read_answer(data: bytes) -> Answer:
    """Return the answer in ``data``; one of no protocol when it is none."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    protocol, _, rest = lines[0].partition("/")
    words = rest.split(" ")
    if head.lstrip()[:1] == b"<":
        return Answer("HTTP", 400)  # a page without a head: a web server that does not know the request
    if protocol not in ("RTSP", "HTTP") or len(words) < 2 or not (words[1].isascii() and words[1].isdigit()):
        return Answer("")
    headers: Dict[str, List[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    return Answer(protocol, int(words[1][:4]), headers, body)


def _length(answer: Answer) -> int:
    """Bytes of the body that are worth waiting for: those of an RTSP description."""
    told = answer.header("content-length")
    return (
        min(int(told), MAX_ANSWER_BYTES) if answer.protocol == "RTSP" and told.isdigit() and told.isascii() else 0
    )


def _any_certificate() -> ssl.SSLContext:
    """TLS as FFmpeg speaks it with cameras: nobody signed their certificates, so none is verified."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
