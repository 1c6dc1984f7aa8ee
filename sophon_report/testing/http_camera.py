"""A camera's web server on a real socket: motion JPEG over HTTP, and what else stands behind such addresses."""

import base64
import hashlib
import http.server
import re
import ssl
import threading
from typing import Dict, Optional, Sequence, Tuple

_PAGE = ("text/html; charset=utf-8", b"<html><body>Log in</body></html>")
_PLAYLIST = ("application/vnd.apple.mpegurl", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/live\n")


class HttpCamera:
    """Serves a clip over and over at ``/live``, and one of each trouble beside it.

    ``/page`` is a web page, ``/snapshot`` one picture, ``/playlist`` a playlist of ``/live``, ``/moved`` sends on
    to it, ``/moves`` does from the second time on, ``/full`` has no room, and there is nothing else.

    Args:
        pictures: JPEGs.
        fps: pictures a second.
        credentials: user name and password that clients must show; ``None`` lets everybody in.
        digest: as Digest, and not as Basic.
        tls: encrypts, when given.
    """

    def __init__(
        self,
        pictures: Sequence[bytes],
        *,
        fps: float = 25.0,
        credentials: Optional[Tuple[str, str]] = None,
        digest: bool = False,
        tls: Optional[ssl.SSLContext] = None,
    ) -> None:
        self.pictures, self.fps, self.credentials, self.digest = pictures, fps, credentials, digest
        self.scheme = "https" if tls else "http"
        self.asked: Dict[str, int] = {}
        """Times that each path was asked for."""
        self.closed = threading.Event()
        handler = type("Handler", (_Handler,), {"camera": self})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="http-camera", daemon=True).start()

    def __enter__(self) -> "HttpCamera":
        return self

    def __exit__(self, *_error: object) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/live", login: str = "") -> str:
        """An address of it, with ``user:password@`` in ``login`` when wanted."""
        return f"{self.scheme}://{login}127.0.0.1:{self.port}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    camera: HttpCamera

    def do_GET(self) -> None:
        """Answer one request."""
        camera = self.camera
        camera.asked[self.path] = camera.asked.get(self.path, 0) + 1
        if not self._allowed():
            way = 'Digest realm="camera", nonce="4711", qop="auth"' if camera.digest else 'Basic realm="camera"'
            self._answer(401, {"WWW-Authenticate": way})
        elif self.path == "/live" or (self.path == "/moves" and camera.asked[self.path] == 1):
            self._play()
        elif self.path in ("/moved", "/moves"):
            self._answer(302, {"Location": "/live"})
        elif self.path == "/full":
            self._answer(503, {})
        elif self.path in ("/page", "/playlist", "/snapshot"):
            kind, body = {"/page": _PAGE, "/playlist": _PLAYLIST}.get(
                self.path, ("image/jpeg", camera.pictures[0])
            )
            self._answer(200, {"Content-Type": kind}, body)
        else:
            self._answer(404, {})

    def _allowed(self) -> bool:
        if self.camera.credentials is None:
            return True
        shown = self.headers.get("Authorization", "")
        user, password = self.camera.credentials
        if not self.camera.digest:
            return shown == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        client = re.search(r'cnonce="([^"]*)"', shown)
        proof = f"{_md5(f'{user}:camera:{password}')}:4711:00000001:{client[1] if client else ''}:auth:"
        return f'response="{_md5(proof + _md5(f"GET:{self.path}"))}"' in shown

    def _answer(self, status: int, headers: Dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _play(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        number = 0
        try:
            while not self.camera.closed.wait(1 / self.camera.fps):
                picture = self.camera.pictures[number % len(self.camera.pictures)]
                head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                self.wfile.write(head.encode() + picture + b"\r\n")
                number += 1
        except OSError:
            pass  # the client left

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - as cameras do
