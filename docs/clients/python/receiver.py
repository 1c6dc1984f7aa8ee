"""Receives events by POST and keeps each once, in events.sqlite of a folder. Needs nothing but Python 3.8.

WEBHOOK_SECRET=whsec_... python receiver.py PORT FOLDER
"""

import base64
import email
import hmac
import json
import os
import sqlite3
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"][len("whsec_") :])
MAX_BYTES, MAX_SKEW_S = 64 << 20, 300
ONE_AT_A_TIME = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the box keeps its connection
    timeout = 60

    def do_POST(self):
        self.send_response(self.receive())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def receive(self):
        length = int(self.headers["Content-Length"])
        if not 0 <= length <= MAX_BYTES:
            self.close_connection = True
            return 413
        body = self.rfile.read(length)
        if not is_signed(self.headers, body):
            return 401
        try:
            event = read(body, self.headers["Content-Type"])
            event_id = str(event["event_id"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return 400
        try:
            with ONE_AT_A_TIME, DATABASE:  # on the disk when this is left
                text = json.dumps(event, ensure_ascii=False)
                added = DATABASE.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", (event_id, text)).rowcount
        except sqlite3.Error:
            return 503
        if added:
            print(event_id, event.get("identity_id") or "-", flush=True)
        return 200

    def log_message(self, *_):
        """Say nothing of each request."""


def is_signed(headers, body):
    """As Standard Webhooks has it: with our key, by a clock near to ours."""
    event_id, at, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not at.isdecimal() or abs(time.time() - int(at)) > MAX_SKEW_S:
        return False
    mac = base64.b64encode(hmac.digest(KEY, f"{event_id}.{at}.".encode() + body, "sha256"))
    return any(hmac.compare_digest(one.encode(), b"v1," + mac) for one in given.split(" "))


def read(body, content_type):
    """The event: a JSON object, or a form whose tables and lists are JSON."""
    if not content_type.startswith("multipart/form-data"):
        return json.loads(body)
    form = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields = (
        (each.get_param("name", header="Content-Disposition"), each.get_payload(decode=True))
        for each in form.get_payload()
    )
    return {name: read_field(value.decode()) for name, value in fields}


def read_field(text):
    """A table or a list; all else is a text, also a name such as ``[VIP] Ada``."""
    if text.startswith(("{", "[")):
        with suppress(ValueError):
            return json.loads(text)
    return text


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    DATABASE = sqlite3.connect(str(folder / "events.sqlite"), check_same_thread=False)
    DATABASE.execute("CREATE TABLE IF NOT EXISTS events (event_id TEXT PRIMARY KEY, event TEXT)")
    ThreadingHTTPServer(("", port), Receiver).serve_forever()
