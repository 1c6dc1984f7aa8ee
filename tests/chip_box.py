"""The whole service on the fake chip: report and vision as processes of their own, cameras that are the fake's.

::

    with chip_box(folder, [camera("door", street)], Scenario(cameras={"/door": Camera(...)})) as box:
        box.until(lambda figures: box.state("door") == "online")

Models are the real ones: onnxruntime computes what the "TPU" answers. An address of :class:`Street` answers like a
camera of H.264, so that it is opened; what comes from there is the scenario's.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

from sophon_report.config import load_settings
from sophon_report.delivery.journal import show, stat
from sophon_report.model import Visit
from sophon_report.people_import import Wish, import_people
from sophon_report.testing.rtsp_camera import RtspCamera
from sophon_report.testing.rtsp_h26x import CodedPicture
from sophon_report.testing.sail import Scenario, install, write_fake_bmodel
from sophon_report.vision.models.card import CARDS, DETECTOR, EMBEDDER, card_path, card_text
from sophon_report.vision.models.chip_files import chip_path, write_record
from sophon_report.vision.models.library import ModelLibrary

REPO = Path(__file__).resolve().parent.parent
MODELS = REPO / "var" / "models"
START_S, LEAVE_S, DEADLINE_S = 60.0, 30.0, 90.0
POLL_S = 0.05


class Street(RtspCamera):
    """An address that many cameras share, each under a path of its own; only asked what it sends, never played."""

    def __init__(self) -> None:
        super().__init__([CodedPicture("h264", b"")])

    def device(self, name: str) -> Dict[str, str]:
        """A camera as the settings file has it."""
        return {"id": name, "name": name, "type": "rtsp", "url": f"rtsp://127.0.0.1:{self.port}/{name}"}


class ChipBox:
    """A service; all its files lie in ``folder`` (a short path: sockets live in it)."""

    def __init__(self, folder: Path, devices: Sequence[Mapping[str, str]], scenario: Scenario) -> None:
        self.folder, self.data = folder, folder / "d"
        self.violations = folder / "violations"
        self._config = folder / "config.toml"
        self.data.mkdir(parents=True)
        self.steer(scenario)
        self._write_config(devices)
        self._service: Any = None

    def steer(self, scenario: Scenario) -> None:
        """Have the next vision process run on this chip."""
        self._environment = install(self.folder / "fake", replace(scenario, violations=str(self.violations)))

    def make_models(self, target: str = "BM1684", written_for: str = "", detector_px: int = 320) -> None:
        """Compile the real models for the fake chip; ``written_for`` is the chip that the files are really for."""
        models = self.data / "models"
        models.mkdir(exist_ok=True)
        for part in ("ready", "sources"):
            (models / part).symlink_to((MODELS / part).resolve(), target_is_directory=True)
        library = ModelLibrary(MODELS)
        for role, side_px, batch in ((DETECTOR, detector_px, 4), (DETECTOR, detector_px, 1), (EMBEDDER, 112, 1)):
            source = library.open(role)
            path = chip_path(models, target, role, "fp32", batch)
            write_fake_bmodel(path, source.path, written_for or target, batch, input_hw=(side_px, side_px))
            card_path(path).write_text(card_text(replace(CARDS[role], identity=source.sha256)))
            write_record(path)

    def register(self, people: Path) -> None:
        """Have a folder of people known before the service starts; vectors are compared across engines."""
        by_cpu = self.folder / "cpu.toml"
        by_cpu.write_text(self._config.read_text().replace('kind = "sail"', 'kind = "cpu"'))
        import_people(load_settings(by_cpu), people, Wish(replace=True))

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "sophon_report", "run", "--config", str(self._config)]
        with self.log_path.open("ab") as log:
            self._service = subprocess.Popen(
                command,
                cwd=REPO,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self._environment},
            )
        self.until(lambda: self.get("/healthz"), "the service's first answer")

    def stop(self) -> int:
        """Ask it to leave; returns its exit status."""
        self._service.send_signal(signal.SIGTERM)
        return self._service.wait(LEAVE_S)

    def command(self, *arguments: str) -> str:
        """What a command of ours says about this service."""
        ended = subprocess.run(
            [sys.executable, "-m", "sophon_report", *arguments, "--config", str(self._config)],
            cwd=REPO,
            env={**os.environ, **self._environment},
            stdout=subprocess.PIPE,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        return ended.stdout

    def kill(self) -> None:
        """End it and all it started."""
        if self._service is not None and self._service.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._service.pid, signal.SIGKILL)
            self._service.wait()

    def get(self, path: str) -> Any:
        """Answer of a call, JSON or text; ``None`` while nobody answers."""
        connection = _UnixConnection(self.data / "admin.sock")
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            body = reply.read()
        except OSError:
            return None
        finally:
            connection.close()
        return (
            json.loads(body)
            if reply.getheader("Content-Type", "").startswith("application/json")
            else body.decode()
        )

    def until(self, reached: Any, what: str, deadline_s: float = DEADLINE_S) -> Any:
        """Ask until ``reached`` says something; returns it."""
        end_s = time.monotonic() + deadline_s
        while time.monotonic() < end_s:
            found = reached()
            if found:
                return found
            if self._service.poll() is not None:
                break
            time.sleep(POLL_S)
        raise AssertionError(f"{what} did not happen; the log ends with:\n{self.log()[-4000:]}")

    def device(self, device_id: str) -> Dict[str, Any]:
        """How a device does."""
        rows = (self.get("/api/v1/devices") or {"devices": []})["devices"]
        return next(
            (row for row in rows if row["device_id"] == device_id), {"state": "", "reason": "", "frames": 0}
        )

    def until_online(self, *device_ids: str) -> None:
        """Wait until these give pictures."""
        self.until(
            lambda: all(
                self.device(each)["state"] == "online" and self.device(each)["frames"] for each in device_ids
            ),
            f"pictures of {', '.join(device_ids)}",
        )

    def reasons(self) -> List[str]:
        """What is amiss."""
        return (self.get("/healthz") or {"reasons": []})["reasons"]

    def metric(self, name: str, labels: str = "") -> float:
        """One figure of ``/metrics``; 0 when it is not there."""
        wanted = f"sophon_report_{name}{labels} "
        lines = (self.get("/metrics") or "").splitlines()
        return next((float(line[len(wanted) :]) for line in lines if line.startswith(wanted)), 0.0)

    def visits(self) -> List[Visit]:
        """Those on the disk, of a service that has left."""
        journal = self.data / "journal"
        figures = stat(journal)
        records = [show(journal, seq).value for seq in range(max(1, figures.first_seq), figures.last_seq + 1)]
        return [record for record in records if isinstance(record, Visit)]

    @property
    def log_path(self) -> Path:
        """Of both processes."""
        return self.folder / "service.log"

    def told(self, event: str, **values: Any) -> List[Dict[str, Any]]:
        """Lines of the log about an event, each with its ``at_s``."""
        lines = [
            json.loads(line) for line in self.log().splitlines() if line.startswith("{") and line.endswith("}")
        ]
        return [
            {**line, "at_s": datetime.fromisoformat(line["timestamp"].replace("Z", "+00:00")).timestamp()}
            for line in lines
            if line["event"] == event and values.items() <= line.items()
        ]

    def pauses_s(self) -> List[float]:
        """What vision waited before each further start."""
        return [line["next_start_s"] for line in self.told("vision_ended")]

    def away_s(self, device_id: str) -> List[float]:
        """For each end of vision: how long it took until the device gave pictures again."""
        ends = [line["at_s"] for line in self.told("vision_gone")]
        online = [line["at_s"] for line in self.told("device_online", device_id=device_id)]
        backs = [next((at_s for at_s in online if at_s > end_s), None) for end_s in ends]
        return [round(back_s - end_s, 2) for end_s, back_s in zip(ends, backs) if back_s is not None]

    def log(self) -> str:
        """What both processes said so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def _write_config(self, devices: Sequence[Mapping[str, str]]) -> None:
        lines = [f'data_dir = "{self.data}"', "[server]", 'host = "127.0.0.1"', "event_port = 0", "api_port = 0"]
        lines += [f"{each}_port = 0" for each in ("preview", "control", "system")]
        lines += ["[engine]", 'kind = "sail"', "[log]", 'format = "json"']
        for device in devices:
            lines += ["[[device]]", *(f'{key} = "{value}"' for key, value in device.items())]
        self._config.write_text("\n".join(lines) + "\n")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("service", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@contextlib.contextmanager
def chip_box(
    folder: Path,
    devices: Sequence[Mapping[str, str]],
    scenario: Scenario,
    *,
    people: Optional[Path] = None,
    written_for: str = "",
    detector_px: int = 320,
) -> Iterator[ChipBox]:
    """A service that runs; at the end nothing may have been done to the chip that a real one does not survive.

    Args:
        folder: for all its files, a short path.
        devices: tables of ``[[device]]``.
        scenario: what the chip is and does.
        people: a folder of photos, whom it knows.
        written_for: the chip that its models are really for.
        detector_px: side of the detector's input; a smaller one sees large faces only, and is fast.
    """
    box = ChipBox(folder, devices, scenario)
    box.make_models(scenario.target, written_for, detector_px)
    if people is not None:
        box.register(people)
    try:
        box.start()
        yield box
    finally:
        box.kill()
    wrong = box.violations.read_text() if box.violations.exists() else ""
    assert wrong == ""
