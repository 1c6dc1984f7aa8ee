"""The service as units of a machine, put there without the installer: the files of the repository."""

import json
import subprocess
from http.client import HTTPConnection

from machine import REPO
from running_box import Vision
from waiting import until
from websocket import WebSocket

from sophon_report.ops.data_dir import DataDir

HOME = "/data/sophon-report"
COMMAND = """#!/bin/sh
PYTHONPATH=/opt/packages:/opt/source exec /usr/bin/python3 -m sophon_report "$@"
"""
CONFIG = f"""data_dir = "{HOME}/var"
[[device]]
id = "door"
name = "front door"
url = "rtsp://10.0.0.21/ch1"
"""
REPORT, VISION, TARGET = "sophon-report.service", "sophon-vision.service", "sophon-report.target"
EVENTS, API = 5679, 5555


class Service:
    """The service on ``machine``; its ports are the usual ones. Vision's unit is off unless a test wants it."""

    def __init__(self, machine, config=CONFIG, *, vision=False):
        self.machine = machine
        root, home = machine.root, machine.root / HOME[1:]
        machine.copy(REPO / "sophon_report", "/opt/source/sophon_report")
        place = home / "1/venv/bin"
        place.mkdir(parents=True)
        (place / "sophon-report").write_text(COMMAND)
        (place / "sophon-report").chmod(0o755)
        (home / "current").symlink_to("1")
        (home / "etc").mkdir()
        self.configure(config)
        for unit in (*REPO.glob("systemd/*.service"), *REPO.glob("systemd/*.target")):
            machine.copy(unit, f"/etc/systemd/system/{unit.name}")
        for kind in ("sysusers", "tmpfiles"):
            machine.copy(REPO / f"systemd/sophon-report.{kind}.conf", f"/etc/{kind}.d/sophon-report.conf")
        subprocess.run(["chroot", root, "python3", "-m", "compileall", "-q", "/opt/source"], check=True)
        units = [TARGET, REPORT, *([VISION] if vision else [])]
        subprocess.run(["systemctl", f"--root={root}", "--quiet", "enable", *units], check=True)
        self.vision = None

    def configure(self, config):
        """Other settings, for the next start."""
        (self.machine.root / HOME[1:] / "etc/config.toml").write_text(config)

    def boot(self):
        """Start the machine, and wait until the service is up."""
        self.machine.boot()
        self.until_up()

    def until_up(self):
        until(lambda: self.state() == "active", "the service")

    def state(self):
        return self.show("ActiveState")

    def show(self, name, unit=REPORT):
        """One property of the unit."""
        return self.machine.unit(unit, name)[name]

    def systemctl(self, *words, **options):
        return self.machine.run("systemctl", *words, **options)

    def ask(self, path, port=API):
        """Status and JSON of a ``GET``."""
        connection = HTTPConnection("127.0.0.1", port)
        connection.sock = self.machine.connect(port)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def client(self, configuration=None, port=EVENTS, sock=None):
        """A client of the event stream with its configuration sent."""
        made = WebSocket()
        made.connect(f"ws://127.0.0.1:{port}", socket=sock or self.machine.connect(port), timeout=60)
        made.send(json.dumps(configuration or {}))
        return made

    def vision_comes(self):
        """A scripted vision takes the place of the real one."""
        place = DataDir(self.machine.root / HOME[1:] / "var")
        until(place.vision_socket.exists, "the link")
        self.vision = Vision(place)
        return self.vision

    def vision_goes(self):
        if self.vision is not None:
            self.vision.close()
            self.vision = None

    def command(self, *words):
        """Run ``sophon-report`` on the machine; what it prints."""
        return self.machine.run(f"{HOME}/current/venv/bin/sophon-report", *words).stdout

    def journaled(self):
        """Number of the last event on the disk."""
        told = self.command("journal", "stat", "--json", "--config", f"{HOME}/etc/config.toml")
        return json.loads(told)["last_seq"]
