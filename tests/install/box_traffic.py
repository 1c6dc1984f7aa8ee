"""A box at work for tests of the installer: somebody pushes pictures to it, and a client reads its events."""

import base64
import http.client
import json
import threading
import time
from contextlib import suppress

import websocket

PUSH = "/sophon/v2/face/search"
PATIENCE_S = 5.0
REST_S = 0.05


class Pusher:
    """Pushes one picture after the other, as a gate does: one that is refused or breaks off is pushed again."""

    def __init__(self, machine, pictures):
        self._machine, self._pictures = machine, pictures
        self.answered = 0
        """Pushes that were answered with a recognition."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.is_set():
            picture = self._pictures[self.answered % len(self._pictures)]
            with suppress(OSError, http.client.HTTPException, ValueError):
                self.answered += bool(self._push(picture).get("result"))
            time.sleep(REST_S)

    def _push(self, picture):
        connection = http.client.HTTPConnection("127.0.0.1", 5555, timeout=PATIENCE_S)
        connection.sock = self._machine.connect(5555, PATIENCE_S)
        with connection.sock:
            body = {"rgb_image_base64": base64.b64encode(picture).decode(), "media_device_ip": "127.0.0.1"}
            connection.request("POST", PUSH, json.dumps(body), {"Content-Type": "application/json"})
            reply = connection.getresponse()
            return json.loads(reply.read()) if reply.status == 200 else {}


class Client:
    """Reads events; a lost connection is made again at once, from the number of the last event on."""

    def __init__(self, machine):
        self._machine = machine
        self.seqs = []
        """Of every event, as they came."""
        self.gaps_s = []
        """How long each time without a connection was."""
        self.connected = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self):
        lost = None
        while not self._over.is_set():
            try:
                stream = self._connect()
            except (OSError, websocket.WebSocketException):
                time.sleep(REST_S)
                continue
            if lost is not None:
                self.gaps_s.append(time.monotonic() - lost)
            self.connected.set()
            self._read(stream)
            lost = time.monotonic()

    def _connect(self):
        socket = self._machine.connect(5679, PATIENCE_S)
        try:
            stream = websocket.create_connection("ws://127.0.0.1:5679", socket=socket, timeout=PATIENCE_S)
        except BaseException:
            socket.close()
            raise
        stream.send(json.dumps({"since": self.seqs[-1]} if self.seqs else {}))
        stream.settimeout(0.2)
        return stream

    def _read(self, stream):
        with suppress(OSError, websocket.WebSocketConnectionClosedException):
            while not self._over.is_set():
                with suppress(websocket.WebSocketTimeoutException):
                    frame = stream.recv()
                    if not frame:
                        break
                    event = json.loads(frame)
                    assert "resume_gone" not in event
                    self.seqs.append(event["seq"])
        stream.close()
