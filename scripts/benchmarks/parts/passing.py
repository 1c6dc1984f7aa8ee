"""People who pass cameras one after the other, and a realtime client that says when it has each one's event."""

import contextlib
import itertools
import os
import random
import socket
import threading
import time
from dataclasses import replace

from fanout import shake_hands
from wire import event

from parts.delays import header_bytes
from parts.events import FACE_BYTES, SCENE_BYTES
from parts.registered import MODEL, PASS_COSINE
from sophon_report.link.framing import frame
from sophon_report.link.messages import LINK_VERSION, Counters, DeviceState, Hello, ShotTaken, TrackEnded
from sophon_report.model import Recognition, Track
from sophon_report.ops.clock import clock_ms

EVERY_S, BEAT_S = 0.04, 1.0
VISIT_MS = 10_000
AGO_MS = 4 * 86_400_000
"""The cameras' clocks begin so long ago: each visit has ten seconds of its own."""
PICTURES = 20
PATIENCE_S = 10.0
LOADED_S = 60.0


class Passing:
    """Vision as the service sees it, with one realtime client in the same process.

    Args:
        link: socket of vision.
        service: with these people.
        faces: vectors of those who come.
        cameras: before which they come, by turns.
    """

    def __init__(self, link, service, faces, cameras):
        self._faces, self._cameras, self._numbers = faces, itertools.cycle(cameras), itertools.count(1)
        self._shot = replace(event(Recognition).shot, embedder=MODEL)
        self._pictures = [(os.urandom(FACE_BYTES), os.urandom(SCENE_BYTES)) for _ in range(PICTURES)]
        self._began_ms = clock_ms() - AGO_MS
        self._link = socket.socket(socket.AF_UNIX)
        self._link.connect(str(link))
        self._writing, self._over = threading.Lock(), threading.Event()
        self._tell(frame(Hello(LINK_VERSION, os.getpid(), "bench", MODEL, faces.shape[1], PASS_COSINE)))
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._beat)]
        for thread in self._threads:
            thread.start()
        _wait_for(service, b'"gallery_loaded"')
        self._client = socket.create_connection(("127.0.0.1", service.event_port))
        shake_hands(self._client, service.event_port, '{"with_face_image": true}')
        _wait_for_client(service)
        self._client.settimeout(PATIENCE_S)
        self._buffer = memoryview(bytearray(1 << 20))

    def delays_ms(self, count, every_s=EVERY_S):
        """So many come, one every ``every_s`` on average; milliseconds until the client had each one's event."""
        took_ms = []
        for _ in range(count):
            shot, leaves = self._visit(next(self._numbers))
            began_s = time.monotonic()
            self._tell(shot)
            self._read_message()
            took_ms.append((time.monotonic() - began_s) * 1000)
            self._tell(leaves)
            time.sleep(every_s * random.uniform(0.5, 1.5))
        return took_ms

    def stop(self):
        """Vision ends, and the client goes."""
        self._over.set()
        self._link.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._link.close()
        self._client.close()

    def _tell(self, data):
        with self._writing:
            self._link.sendall(data)

    def _beat(self):
        # A silent vision would be taken for a hung one.
        with contextlib.suppress(OSError):
            while not self._over.wait(BEAT_S):
                self._tell(frame(Counters({})))

    def _listen(self):
        # Bytes only: what the service tells vision is not to cost this process more than it must.
        while self._link.recv(1 << 16):
            pass

    def _visit(self, number):
        """Bytes that show somebody, and bytes that have them leave."""
        device_id, in_ms = next(self._cameras), self._began_ms + number * VISIT_MS
        face_jpeg, scene_jpeg = self._pictures[number % PICTURES]
        shot = replace(
            self._shot,
            device_id=device_id,
            track_id=number,
            in_ms=in_ms,
            captured_ms=in_ms + 123,
            embedding=self._faces[number % len(self._faces)].tobytes(),
            face_jpeg=face_jpeg,
            scene_jpeg=scene_jpeg,
        )
        ended = TrackEnded(device_id, Track(number, in_ms, in_ms + 1000))
        later = DeviceState(device_id, "online", now_ms=in_ms + VISIT_MS - 1)
        return frame(ShotTaken(shot)), frame(ended) + frame(later)

    def _read_message(self):
        head = b""
        while len(head) < header_bytes(head):
            head += self._some(header_bytes(head) - len(head))
        left = head[1] if len(head) == 2 else int.from_bytes(head[2:], "big")
        while left:
            left -= self._client.recv_into(self._buffer, min(left, len(self._buffer)))

    def _some(self, size):
        data = self._client.recv(size)
        assert data, "the service closed the connection of the realtime client"
        return data


def _wait_for(service, line):
    end_s = time.monotonic() + LOADED_S
    while line not in service.log.read_bytes():
        assert time.monotonic() < end_s, f"the service does not say {line}"
        time.sleep(0.01)


def _wait_for_client(service):
    end_s = time.monotonic() + LOADED_S
    while not any(row["dialect"] for row in service.ask("/api/v1/delivery")["clients"]):
        assert time.monotonic() < end_s, "the realtime client is not there"
        time.sleep(0.01)
