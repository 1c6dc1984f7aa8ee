"""A camera on a real socket: RTSP 1.0 with the video inside the connection or over UDP, and cameras' troubles.

One connection is one thread; it answers requests and, once it plays, sends the picture that is due. A client that
does not read loses pictures, as with a camera: what is sent follows the clock.
"""

import base64
import enum
import hashlib
import random
import re
import select
import socket
import struct
import threading
import time
from typing import Dict, List, Optional, Sequence, Set, Tuple, Union

from sophon_report.testing.rtsp_h26x import PAYLOAD_TYPE as CODED_TYPE
from sophon_report.testing.rtsp_h26x import CodedPicture, coded_packets
from sophon_report.testing.rtsp_jpeg import CLOCK_HZ, PAYLOAD_TYPE, parse_jpeg, rtp_packets

_SSRC = 0x50C0FFEE
_MAX_REQUEST_BYTES = 64 << 10
_METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")


class Behaviour(enum.Enum):
    """What a camera does; the last three begin after some pictures of each connection."""

    PLAYS = "plays"
    SILENT = "accepts connections and says nothing"
    BABBLES = "answers requests with random bytes"
    NOT_FOUND = "has no such video"
    FULL = "has enough viewers when one more wants the stream"
    ONLY_SOUND = "describes a stream without video"
    ODD_VIDEO = "describes video of a kind that nobody knows"
    ELSEWHERE = "names another address for its video"
    HANGS = "sends no more, and leaves the connection open"
    CLOSES = "closes the connection"
    GARBAGE = "sends random bytes in the place of pictures"


class RtspCamera:
    """Serves a clip over and over, at its pace, to any number of clients.

    Args:
        pictures: baseline JPEGs, as ``cv2.imencode`` makes them, with sides that are multiples of 8; or the
            pictures of a coded film, the first of which begins anew.
        fps: pictures a second.
        credentials: user name and password that clients must show ; ``None`` lets everybody in.
        digest: they must be shown as Digest, and not as Basic.
        behaviour: what it does; may be set at any time and counts from the next answer or picture.
        trouble_after: pictures of a connection before ``HANGS``, ``CLOSES`` and ``GARBAGE`` begin.
    """

    def __init__(
        self,
        pictures: Sequence[Union[bytes, CodedPicture]],
        *,
        fps: float = 25.0,
        credentials: Optional[Tuple[str, str]] = None,
        digest: bool = False,
        behaviour: Behaviour = Behaviour.PLAYS,
        trouble_after: int = 5,
    ) -> None:
        self.digest = digest
        self.pictures, self.fps, self.credentials = pictures, fps, credentials
        self.behaviour, self.trouble_after = behaviour, trouble_after
        self.ahead_ticks = 0
        """How far the time stamps of pictures are ahead; they wrap at 32 bits. May be set at any time."""
        self.connections = 0
        """Connections accepted so far."""
        self.transports: List[str] = []
        """``tcp`` or ``udp``, once for each stream that was set up."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: Set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False
        threading.Thread(target=self._accept, name="rtsp-camera", daemon=True).start()

    def __enter__(self) -> "RtspCamera":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def url(self, credentials: Optional[Tuple[str, str]] = None) -> str:
        """The address, with ``credentials`` inside or its own."""
        shown = credentials or self.credentials
        login = f"{shown[0]}:{shown[1]}@" if shown else ""
        return f"rtsp://{login}127.0.0.1:{self.port}/live"

    def hang_up(self) -> None:
        """Close the open connections, as a reboot does."""
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def close(self) -> None:
        """Stop listening and close every connection."""
        self._closed = True
        _shut(self._listener)
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                self._open.add(connection)
                self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        session = _Session(self, connection)
        try:
            session.run()
        except OSError:
            pass  # the client left
        finally:
            session.end()
            with self._lock:
                self._open.discard(connection)
            connection.close()


class _Session:
    """One connection."""

    def __init__(self, camera: RtspCamera, connection: socket.socket) -> None:
        self._camera, self._connection = camera, connection
        self._received = b""
        self._chance = random.Random(0)  # noqa: S311 - garbage to be repeated
        self._began_s: Optional[float] = None
        self._next = self._sent = self._sequence = 0
        self._udp: Optional[Tuple[socket.socket, Tuple[str, int]]] = None

    def run(self) -> None:
        """Answer and play until either side has enough."""
        going = True
        while going:
            if select.select([self._connection], [], [], self._wait_s())[0]:
                data = self._connection.recv(1 << 16)
                self._received += data
                going = bool(data) and len(self._received) < _MAX_REQUEST_BYTES and self._answer_all()
            elif self._began_s is not None:
                going = self._play()

    def _wait_s(self) -> Optional[float]:
        if self._began_s is None or self._troubled(Behaviour.HANGS):
            return None
        return max(0.0, self._began_s + self._next / self._camera.fps - time.monotonic())

    def _troubled(self, behaviour: Behaviour) -> bool:
        return self._camera.behaviour is behaviour and self._sent >= self._camera.trouble_after

    def _answer_all(self) -> bool:
        while self._received:
            if self._received[:1] == b"$":  # the client's own reports
                size = 4 + int.from_bytes(self._received[2:4], "big")
                if len(self._received) < max(4, size):
                    return True
                self._received = self._received[size:]
                continue
            head, end, rest = self._received.partition(b"\r\n\r\n")
            if not end:
                return True
            self._received = rest
            if not self._answer(head.decode("latin-1").split("\r\n")):
                return False
        return True

    def _answer(self, lines: Sequence[str]) -> bool:
        camera, method = self._camera, lines[0].split(" ")[0]
        told = (line.split(": ", 1) for line in lines[1:] if ": " in line)
        headers = {name.lower(): value for name, value in told}
        if camera.behaviour is Behaviour.SILENT:
            return True
        if camera.behaviour is Behaviour.BABBLES:
            self._connection.sendall(self._chance.getrandbits(8 * 4096).to_bytes(4096, "big"))
            return True
        sequence = headers.get("cseq", "0")
        if method != "OPTIONS" and not self._allowed(method, headers):
            way = 'Digest realm="camera", nonce="4711"' if camera.digest else 'Basic realm="camera"'
            self._reply(sequence, "401 Unauthorized", {"WWW-Authenticate": way})
        elif camera.behaviour is Behaviour.NOT_FOUND:
            self._reply(sequence, "404 Not Found", {})
        elif camera.behaviour is Behaviour.ELSEWHERE and method == "DESCRIBE":
            self._reply(sequence, "302 Moved", {"Location": "rtsp://127.0.0.9/elsewhere"})
        elif camera.behaviour is Behaviour.FULL and method == "SETUP":
            self._reply(sequence, "453 Not Enough Bandwidth", {})
        elif method in _METHODS:
            self._obey(method, sequence, lines[0].split(" ")[1], headers)
        else:
            self._reply(sequence, "501 Not Implemented", {})
        return method != "TEARDOWN"

    def _allowed(self, method: str, headers: Dict[str, str]) -> bool:
        if self._camera.credentials is None:
            return True
        shown = headers.get("authorization", "")
        if not self._camera.digest:
            token = base64.b64encode(":".join(self._camera.credentials).encode()).decode()
            return shown == f"Basic {token}"
        user, password = self._camera.credentials
        target = re.findall(r'uri="([^"]*)"', shown)
        what = _md5(f"{method}:{target[0] if target else ''}")
        return f'response="{_md5(_md5(f"{user}:camera:{password}") + ":4711:" + what)}"' in shown

    def _obey(self, method: str, sequence: str, url: str, given: Dict[str, str]) -> None:
        if method == "OPTIONS":
            self._reply(sequence, "200 OK", {"Public": ", ".join(_METHODS)})
        elif method == "DESCRIBE":
            headers = {"Content-Base": url + "/", "Content-Type": "application/sdp"}
            self._reply(sequence, "200 OK", headers, _describe(self._camera))
        elif method == "SETUP":
            headers = {"Session": "1;timeout=60", "Transport": self._set_up(given.get("transport", ""))}
            self._reply(sequence, "200 OK", headers)
        else:
            self._reply(sequence, "200 OK", {"Session": "1"})
            if method == "PLAY":
                self._began_s = time.monotonic()

    def _set_up(self, wanted: str) -> str:
        """Agree on how the pictures travel; returns the words for it."""
        port = re.search(r"client_port=(\d+)", wanted)
        if port is None:
            self._camera.transports.append("tcp")
            return "RTP/AVP/TCP;unicast;interleaved=0-1"
        self._camera.transports.append("udp")
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.bind(("127.0.0.1", 0))
        self._udp = (sender, (self._connection.getpeername()[0], int(port[1])))
        own = sender.getsockname()[1]
        return f"RTP/AVP;unicast;client_port={port[1]}-{int(port[1]) + 1};server_port={own}-{own + 1}"

    def _reply(self, sequence: str, status: str, headers: Dict[str, str], body: str = "") -> None:
        lines = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", f"Content-Length: {len(body)}"]
        lines += [f"{key}: {value}" for key, value in headers.items()]
        self._connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def _play(self) -> bool:
        if self._troubled(Behaviour.CLOSES):
            return False
        if self._troubled(Behaviour.GARBAGE):
            self._connection.sendall(self._chance.getrandbits(8 * 4096).to_bytes(4096, "big"))
        else:
            self._send_picture()
        self._sent += 1
        elapsed_s = time.monotonic() - (self._began_s or 0.0)
        self._next = max(self._next + 1, int(elapsed_s * self._camera.fps))
        return True

    def _send_picture(self) -> None:
        picture = self._camera.pictures[self._next % len(self._camera.pictures)]
        timestamp = int(self._next * CLOCK_HZ / self._camera.fps) + self._camera.ahead_ticks
        if isinstance(picture, CodedPicture):
            packets = list(coded_packets(picture, self._sequence, timestamp, _SSRC))
        else:
            packets = list(rtp_packets(parse_jpeg(picture), self._sequence, timestamp, _SSRC))
        self._sequence += len(packets)
        if self._udp is None:
            framed = (b"$\0" + struct.pack(">H", len(packet)) + packet for packet in packets)
            self._connection.sendall(b"".join(framed))
        else:
            for packet in packets:
                self._udp[0].sendto(packet, self._udp[1])

    def end(self) -> None:
        """Close what the connection itself does not."""
        if self._udp is not None:
            self._udp[0].close()


def _describe(camera: RtspCamera) -> str:
    first, kind = camera.pictures[0], "video"
    number, name = PAYLOAD_TYPE, ""
    if isinstance(first, CodedPicture):
        number, name = CODED_TYPE, first.codec.upper()
    if camera.behaviour is Behaviour.ODD_VIDEO:
        number, name = CODED_TYPE, "X-NOBODYS"
    if camera.behaviour is Behaviour.ONLY_SOUND:
        number, kind = 0, "audio"
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=camera", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*"]
    lines += [f"m={kind} 0 RTP/AVP {number}"]
    lines += [f"a=rtpmap:{number} {name}/{CLOCK_HZ}"] if name else []
    lines += [f"a=framerate:{camera.fps:g}", "a=control:video"]
    return "\r\n".join(lines) + "\r\n"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - as cameras do


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # closed by the other side
