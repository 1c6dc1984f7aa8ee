"""A receiver of events on a real socket, in a thread of its own: keeps what it got, answers what a test says."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

HOST = "127.0.0.1"


class Receiver:
    """What a test sees of it; ``status`` and ``answer`` may be changed at any time."""

    def __init__(self, status, answer):
        self.status, self.answer = status, answer
        self.got = []
        """Headers and body of each request."""
        self.url = ""

    def take(self, handler):
        self.got.append((dict(handler.headers), handler.rfile.read(int(handler.headers["Content-Length"]))))
        answer = self.answer
        handler.send_response(self.status)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)


@contextmanager
def receiver(status=200, answer=b"thanks"):
    """A running :class:`Receiver`."""
    told = Receiver(status, answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            told.take(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    told.url = f"http://{HOST}:{server.server_port}/events"
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
