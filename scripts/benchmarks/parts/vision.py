"""The vision process as it is installed, on the fake chip with canned timings, heard by a real link server.

The chip is the shipped fake of the vendor's SAIL: a launch holds it for the time told and gives a prepared answer,
decoders give pictures at their pace. All else is the service's own: ``sophon-report run --only vision`` with its
sources, scheduler, engine, trackers and link.
"""

import asyncio
import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from parts import process
from sophon_report.demo.pictures import COLLINS
from sophon_report.link.messages import Counters, Devices, DeviceState, Leaving, ShotTaken, VisionSettings
from sophon_report.link.server import LinkServer
from sophon_report.model import Device, DeviceType
from sophon_report.testing.rtsp_camera import RtspCamera
from sophon_report.testing.rtsp_h26x import CodedPicture
from sophon_report.testing.sail import Camera, Canned, Scenario, install, read_fake_bmodel, write_fake_bmodel
from sophon_report.vision.engines.pack import pack
from sophon_report.vision.models.card import CARDS, DETECTOR, EMBEDDER, card_path, card_text
from sophon_report.vision.models.chip_files import BM1684, chip_path, write_record
from sophon_report.vision.models.fetch import fetch_archive_members
from sophon_report.vision.models.library import ModelLibrary
from sophon_report.vision.models.session import OnnxSession

REPO = Path(__file__).resolve().parent.parent.parent.parent
VAR = REPO / "var"
FPS, WIDTH, HEIGHT = 25.0, 1920, 1080
DETECT_MS, EMBED_MS, BATCH = 5.0, 2.0, 4
"""Of a picture: SCRFD-10g in INT8 with a batch of four, as published for the BM1684; a small embedder, assumed."""
CAPACITY = 1000.0 / DETECT_MS
"""Pictures a second that the chip can look at."""
INPUT_PX, PORTRAIT_PX = 640, 200
START_S, LEAVE_S = 60.0, 10.0
COMMAND = [sys.executable, "-m", "sophon_report"]


def make_models(folder):
    """Put canned models into a data folder; returns what the scenario says of them.

    The detector finds the faces that YuNet finds in a picture with three portraits.
    """
    library = ModelLibrary(VAR / "models")
    sources = {role: library.open(role) for role in (DETECTOR, EMBEDDER)}
    sides = {DETECTOR: INPUT_PX, EMBEDDER: 112}
    canned = []
    for role, precision, ms in ((DETECTOR, "int8", DETECT_MS), (EMBEDDER, "fp32", EMBED_MS)):
        source = sources[role]
        for batch in (1, BATCH):
            path = chip_path(folder / "models", BM1684, role, precision, batch)
            write_fake_bmodel(path, source.path, BM1684, batch, precision, (sides[role], sides[role]))
            card_path(path).write_text(card_text(dataclasses.replace(CARDS[role], identity=source.sha256)))
            write_record(path)
        answers = folder / f"{role}.npz"
        np.savez(answers, **_answers(source, read_fake_bmodel(path), sides[role]))
        canned.append(Canned(of=role, ms=ms, outputs=str(answers)))
    return tuple(canned)


def _answers(source, model, side_px):
    """What the model says of the sample picture, by the names of the bmodel."""
    question = np.empty((1, 3, side_px, side_px), np.float32)
    pack(_sample(side_px), question[0], halve=False, swap=source.card.colour == "rgb")
    said = OnnxSession(source.path.read_bytes(), source.path.name).run(question)
    return {port.name: said[port.source][0] for port in model.outputs}


def _sample(side_px):
    (path,) = fetch_archive_members(COLLINS.package, [COLLINS.member], VAR / "pictures")
    portrait = cv2.imread(str(path))
    if side_px < INPUT_PX:
        return cv2.resize(portrait, (side_px, side_px), interpolation=cv2.INTER_AREA)
    picture = np.full((side_px, side_px, 3), 96, np.uint8)
    small = cv2.resize(portrait, (PORTRAIT_PX, PORTRAIT_PX), interpolation=cv2.INTER_AREA)
    for column in range(3):
        # The upper part only: a picture of 1920×1080 fills no more of the input.
        picture[80 : 80 + PORTRAIT_PX, column * PORTRAIT_PX : (column + 1) * PORTRAIT_PX] = small
    return picture


class Street(RtspCamera):
    """An address that answers for all cameras that there is H.264; the pictures are the fake decoder's."""

    def __init__(self):
        super().__init__([CodedPicture("h264", b"")])

    def cameras(self, count):
        """Devices ``camera-0`` and so on."""
        names = [f"camera-{number}" for number in range(count)]
        return [Device(name, name, DeviceType.RTSP, f"rtsp://127.0.0.1:{self.port}/{name}") for name in names]


class Vision:
    """A vision process watching ``devices`` from its first word on, until :meth:`stop`.

    Args:
        folder: empty, with a short path: it holds a socket.
        devices: all cameras.
        unusual: fake cameras by device id that are not like the others.
    """

    def __init__(self, folder, devices, unusual=None):
        folder.mkdir()
        usual = Camera(fps=FPS, width=WIDTH, height=HEIGHT)
        scenario = Scenario(
            canned=make_models(folder),
            cameras={f"/{name}": camera for name, camera in (unusual or {}).items()},
            other_cameras=usual,
            violations=str(folder / "violations"),
        )
        (folder / "config.toml").write_text(
            f'data_dir = "{folder}"\n[engine]\nkind = "sail"\n[log]\nlevel = "warning"\n'
        )
        self._violations = folder / "violations"
        self._devices = tuple(devices)
        self.states, self.first_shot_s, self.counters, self.left = {}, {}, [], ""
        self._stopped = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._server = LinkServer(folder / "vision.sock", self._opened, self._said, lambda: None)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result()
        environment = {**os.environ, **install(folder / "fake", scenario)}
        environment["PYTHONPATH"] = os.pathsep.join([str(folder / "fake"), str(REPO)])
        self._log = (folder / "vision.log").open("wb")
        self.began_s = time.monotonic()
        command = [*COMMAND, "run", "--only", "vision", "--config", str(folder / "config.toml")]
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log)
        self.pid = self._process.pid
        """Of who looks at the cameras, which is not who was started: that one keeps another in reserve."""

    def until(self, reached, what):
        """Wait until ``reached()``."""
        end_s = time.monotonic() + START_S
        while not reached():
            if time.monotonic() > end_s or self._process.poll() is not None:
                log = Path(self._log.name).read_text(errors="replace")[-3000:]
                raise SystemExit(f"vision: {what} did not happen: {self.left}\n{log}")
            time.sleep(0.01)

    def seen(self):
        """Devices that had a first shot, and seconds from the start until then."""
        return {name: at_s - self.began_s for name, at_s in self.first_shot_s.items()}

    def count(self, name):
        """A counter of the process, and when it was told."""
        at_s, values = self.counters[-1] if self.counters else (self.began_s, {})
        return values.get(name, 0.0), at_s

    def rss_mb(self):
        """Memory of the process now."""
        return process.rss_bytes(self.pid) / 1e6

    def cpu_s(self):
        """Time on a core of the process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """End it; raises when something was done to the chip that a real one does not survive."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._log.close()
        wrong = self._violations.read_text() if self._violations.exists() else ""
        if wrong:
            raise SystemExit(f"what a chip does not survive:\n{wrong}")

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _opened(self, hello):
        self.pid = hello.pid
        self._server.send(VisionSettings(40))
        self._server.send(Devices(self._devices))

    async def _said(self, message):
        if isinstance(message, DeviceState):
            self.states[message.device_id] = message
        elif isinstance(message, Counters):
            self.counters = [(time.monotonic(), message.values)]
        elif isinstance(message, ShotTaken):
            self.first_shot_s.setdefault(message.shot.device_id, time.monotonic())
        elif isinstance(message, Leaving):
            self.left = message.reason


@contextlib.contextmanager
def watching(folder, devices, unusual=None):
    """A vision process that is stopped at the end."""
    vision = Vision(folder, devices, unusual)
    try:
        yield vision
    finally:
        vision.stop()
