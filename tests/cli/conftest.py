"""Folders for commands, short enough for the sockets in them, and a receiver."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from command import VAR, write_config

from sophon_report.demo.pictures import COLLINS
from sophon_report.vision.models.fetch import fetch_archive_members


@pytest.fixture(scope="session", autouse=True)
def portrait():
    """Eileen Collins, the sample's one portrait without a notice; fetched once."""
    (path,) = fetch_archive_members(COLLINS.package, [COLLINS.member], VAR / "pictures")
    return path


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("c")


@pytest.fixture
def config(folder):
    """Settings of a service that has no devices."""
    return write_config(folder)


class Platform:
    """A receiver that keeps what it is sent, and answers with :attr:`status` and words of its own."""

    def __init__(self):
        self.status = 200
        self.events = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                platform.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(platform.status)
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"so so\n")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/HistoryEvent"

    def ids(self):
        """Of the events, as they came."""
        return [event["event_id"] for event in self.events]

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def platform():
    platform = Platform()
    yield platform
    platform.close()
