"""People in front of cameras, as vision tells of them over the real link: shots, better shots, ends of tracks."""

import contextlib
import itertools
import os
import threading
import time
from dataclasses import replace

import numpy as np
from wire import event

from parts.events import FACE_BYTES, PHOTO_BYTES, SCENE_BYTES
from sophon_report.errors import LinkClosed
from sophon_report.link.client import LinkClient
from sophon_report.link.messages import (
    LINK_VERSION,
    Counters,
    DeviceState,
    Hello,
    PreviewFrame,
    PreviewWanted,
    ShotTaken,
    TrackEnded,
)
from sophon_report.model import Person, PersonFace, Quality, Recognition, Track
from sophon_report.ops.clock import clock_ms
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore

MODEL, DIM, PASS_COSINE = "crowd", 512, 0.489
CAMERAS = tuple(f"camera-{number}" for number in range(4))
STEP_S = 0.1
STAY_S, BETTER_S = 1.0, 0.3
PICTURES = 50
FIRST = Quality(100, 200, 120, 0, 0, 0, partial=False)
BETTER = Quality(140, 300, 120, 0, 0, 0, partial=False)


def register(path, people):
    """Put so many people into the store at ``path``; their faces, for who comes."""
    faces = unit(np.random.default_rng(7).standard_normal((people, DIM)))
    database = Database.open(path)
    store = PeopleStore(database)
    for number, face in enumerate(faces):
        photo = os.urandom(PHOTO_BYTES)
        shown = PersonFace(f"f{number}", f"p{number}", photo, face.tobytes(), MODEL)
        store.add(Person(f"E-{number:04}", f"employee {number}"), [shown])
    database.close()
    return faces


def unit(vectors):
    """Rows of length one."""
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype("<f4")


class Crowd:
    """Comes by at an even pace, every other one a stranger; threads from the start on.

    Args:
        socket: of the service, for vision.
        faces: of those who are registered.
        visits_per_s: so many come; 0 is nobody, and the cameras are there.
        cameras: before which they come, by turns.
        model: of the faces.
        preview_bytes: of each picture for those who watch; 0: none is made.
    """

    def __init__(self, socket, faces, visits_per_s, cameras=CAMERAS, model=MODEL, preview_bytes=0):
        self.visits = 0
        self.visits_per_s = visits_per_s
        self._faces, self._model = faces, model
        self._wanted, self._preview_jpeg = PreviewWanted(), os.urandom(preview_bytes)
        self._rng = np.random.default_rng()
        self._shot = event(Recognition).shot
        self._pictures = [(os.urandom(FACE_BYTES), os.urandom(SCENE_BYTES)) for _ in range(PICTURES)]
        self._cameras = itertools.cycle(cameras)
        self._here = {camera: {} for camera in cameras}
        self._over = threading.Event()
        self._link = LinkClient.connect(socket)
        self._link.send(Hello(LINK_VERSION, os.getpid(), "script", model, faces.shape[1], PASS_COSINE))
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._come, self._listen)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """All leave; what was seen has been told."""
        self._over.set()
        self._threads[0].join()
        self._link.close()

    def _listen(self):
        with contextlib.suppress(LinkClosed):
            for message in self._link.messages():
                if isinstance(message, PreviewWanted):
                    self._wanted = message

    def _come(self):
        next_s = time.monotonic()
        for step in itertools.count():
            while self.visits_per_s and time.monotonic() >= next_s and not self._over.is_set():
                self._enter(next(self._cameras))
                next_s += 1 / self.visits_per_s
            if not self.visits_per_s:
                next_s = time.monotonic()
            now_ms = clock_ms()
            for camera in self._here:
                self._stay(camera, now_ms)
                if step % 5 == 0:
                    tracks = tuple(
                        Track(number, in_ms, now_ms) for number, (in_ms, _, _) in self._here[camera].items()
                    )
                    self._link.send(DeviceState(camera, "online", now_ms=now_ms, tracks=tracks))
            if step % 10 == 0:
                self._link.send(Counters({"frames": float(step)}))
            if self._preview_jpeg and step % 2 == 0:
                self._show_cameras(step, now_ms)
            if self._over.is_set() and not any(self._here.values()):
                return
            time.sleep(STEP_S)

    def _enter(self, camera):
        self.visits += 1
        vector = self._rng.standard_normal(self._faces.shape[1])
        if self.visits % 2:
            face = self._faces[self._rng.integers(len(self._faces))]
            vector = face + 0.67 * unit(vector)  # cosine 0.83 to the one that is registered
        now_ms = clock_ms()
        self._here[camera][self.visits] = now_ms, unit(vector).tobytes(), False
        self._show(camera, self.visits, FIRST)

    def _stay(self, camera, now_ms):
        for number, (in_ms, vector, shown_better) in list(self._here[camera].items()):
            if now_ms - in_ms >= STAY_S * 1000:
                del self._here[camera][number]
                self._link.send(TrackEnded(camera, Track(number, in_ms, now_ms)))
            elif now_ms - in_ms >= BETTER_S * 1000 and not shown_better:
                self._here[camera][number] = in_ms, vector, True
                self._show(camera, number, BETTER)

    def _show_cameras(self, step, now_ms):
        """Five pictures a second of each camera that somebody looks at, which is what ``preview.fps`` allows."""
        for camera in self._wanted.device_ids:
            self._link.send(PreviewFrame(camera, step, now_ms, 320, 180, 1 / 6, self._preview_jpeg, ()))

    def _show(self, camera, number, quality):
        in_ms, vector, _ = self._here[camera][number]
        face, scene = self._pictures[number % PICTURES]
        shot = replace(
            self._shot,
            device_id=camera,
            track_id=number,
            in_ms=in_ms,
            captured_ms=clock_ms(),
            quality=quality,
            embedding=vector,
            embedder=self._model,
            face_jpeg=face,
            scene_jpeg=scene,
        )
        self._link.send(ShotTaken(shot))
