"""Whether a camera answers RTSP at all, asked before OpenCV opens it.

OpenCV opens one video at a time in a process (measured with 5.0: a camera that is silent keeps the others from
opening until its timeout), and tells nothing of why one does not open. So the common troubles, a camera that is
off, gone or frozen, are found here, where each source waits for itself.
"""

import socket
import time
from typing import Tuple
from urllib.parse import urlsplit

from sophon_report.errors import SourceError

RTSP_PORT = 554
_ANSWER = b"RTSP/"


def knock(url: str, timeout_s: float) -> None:
    """Ask what stands behind an ``rtsp://`` address for its methods; any answer at all is good.

    Raises:
        SourceError: why there is none, in words that follow the address.
    """
    host, port, path = _split(url)
    deadline_s = time.monotonic() + timeout_s
    request = f"OPTIONS rtsp://{host}:{port}{path} RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    try:
        with socket.create_connection((host.strip("[]"), port), timeout_s) as camera:
            camera.sendall(request.encode("ascii", "replace"))
            answer = _read_answer(camera, deadline_s)
    except socket.timeout:
        raise SourceError(f"does not answer within {timeout_s:g} s") from None
    except OSError as error:
        raise SourceError(f"cannot be reached: {error.strerror or error}") from error
    if answer != _ANSWER:
        raise SourceError("answers with something that is not RTSP" if answer else "hangs up when asked")


def _read_answer(camera: socket.socket, deadline_s: float) -> bytes:
    answer = b""
    while len(answer) < len(_ANSWER):
        camera.settimeout(max(0.001, deadline_s - time.monotonic()))
        data = camera.recv(len(_ANSWER) - len(answer))
        if not data:
            break
        answer += data
    return answer


def _split(url: str) -> Tuple[str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or RTSP_PORT
    except ValueError:
        host, port = None, 0
    if not host:
        raise SourceError("is no address (in a password / ? # @ are written %2F %3F %23 %40)")
    return (f"[{host}]" if ":" in host else host), port, parts.path + (f"?{parts.query}" if parts.query else "")
