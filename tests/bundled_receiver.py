"""A receiver of the shape of the vendor's ``Event_Receive_server.py``: Flask, three routes, here in a thread.

Its source is not published; the documents tell its port, its routes and what it is written with.
"""

import logging
import threading
from contextlib import contextmanager

from flask import Flask, request
from running_box import HOST, until
from werkzeug.serving import make_server

PATHS = ("/RealTimeEvent", "/HistoryEvent", "/DeviceStatus")


class BundledReceiver:
    """What came, by route: JSON as it is read by ``get_json``, form-data as the texts of ``request.form``."""

    def __init__(self):
        self.came = {path: [] for path in PATHS}
        app = Flask("Event_Receive_server")
        for path in PATHS:
            app.add_url_rule(path, path, self._take, methods=["POST"])
        logging.getLogger("werkzeug").disabled = True  # a line for each request
        self._server = make_server(HOST, 0, app, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def url(self, path):
        return f"http://{HOST}:{self._server.server_port}{path}"

    def wait_for(self, path, count):
        """The events of a route, once there are ``count``."""
        until(lambda: len(self.came[path]) >= count, f"event {count} at {path}")
        return self.came[path]

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self):
        told = request.get_json() if request.is_json else dict(request.form)
        self.came[request.path].append(told)
        return {"status": 0, "message": "SUCCESS", "data": None}


@contextmanager
def bundled_receiver():
    receiver = BundledReceiver()
    try:
        yield receiver
    finally:
        receiver.close()
