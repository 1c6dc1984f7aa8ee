# The shortest receiver that is correct:  WEBHOOK_SECRET=whsec_... python small_receiver.py PORT events.sqlite
import os
import sqlite3
import sys
from base64 import b64decode, b64encode
from contextlib import closing
from hmac import compare_digest, digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time

KEY = b64decode(os.environ["WEBHOOK_SECRET"][len("whsec_") :])


class Receiver(BaseHTTPRequestHandler):
    timeout = 60

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]) % (64 << 20))  # never more than that
        event_id, at, given = (self.headers.get(f"webhook-{one}", "") for one in ("id", "timestamp", "signature"))
        mac = b"v1," + b64encode(digest(KEY, f"{event_id}.{at}.".encode() + body, "sha256"))
        is_ours = any(compare_digest(mac, one.encode()) for one in given.split()) and abs(time() - int(at)) < 300
        if is_ours:
            with closing(sqlite3.connect(sys.argv[2])) as database, database:  # on the disk when this is left
                database.execute("CREATE TABLE IF NOT EXISTS events (event_id TEXT PRIMARY KEY, body BLOB)")
                database.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", (event_id, body))
        self.send_response(200 if is_ours else 401)
        self.end_headers()


ThreadingHTTPServer(("", int(sys.argv[1])), Receiver).serve_forever()
