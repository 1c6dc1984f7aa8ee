"""The box of the documents: what a page's commands meet, and the shell that types them.

Pages say ``http://box:5555`` and ``/data/sophon-report``; here both are a service of this machine, on free
ports and in a folder. Its vision is scripted: people come and go all the time, any photo shows a face. The
blocks of a page run in order in one shell, which ends at the first command that fails.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Dict, NamedTuple, Sequence

from document import REPO, Block
from full_events import full_shot
from running_box import FACES, HOST, QUALITY, PhotoFace, PhotoResult, running_box, vector
from samples import PHOTO_JPEG
from waiting import until

from sophon_report.store.database import Database
from sophon_report.store.tokens import TokenStore

PAGE_S = 160.0
"""For all commands of a page, on a busy machine."""
VISIT_EVERY_S = 0.25
ON_BOX = "/data/sophon-report"
EVENT_ID = "1760000000123456"
"""Stands in the documents for the id of an event that is there."""
SECRET = "whsec_QSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0"
"""By which events are signed for the destination ``platform``; the documents show it too."""
SAID_LINES = 25
GOES_ON = """set +x
(. {script}) > {said} 2>&1 &
tries=0
until grep -q -- {text} {said}; do
    tries=$((tries + 1))
    if [ $tries = 1200 ] || ! kill -0 $!; then cat {said}; exit 70; fi
    sleep 0.05
done
set -x
"""
"""Starts a block that does not end by itself, and waits until it has printed what its page says."""


class Ran(NamedTuple):
    """How the commands of a page ended."""

    status: int
    line: int
    """Of the block that was run last."""
    said: str
    """The last of what they printed."""


class PageBox:
    """A running service, and a folder in which a page's commands are typed."""

    def __init__(self, root: Path, box, receiver: int) -> None:
        self.root, self._box = root, box
        self.scratch = root / "scratch"
        process = box.process
        self.ports = {
            "5555": process.api_port,
            "5679": process.events.port,
            "5678": process.preview.viewers.port,
            "54547": process.preview.control.port,
            "8888": process.system_port,
            "9528": receiver,
        }
        self._files()
        with closing(Database.open(box.place.store)) as database:
            self.token = TokenStore(database).create("documents", 0)
        shown = box.ask("GET", "/api/v1/events?limit=1", headers={"Authorization": f"Bearer {self.token}"})
        self.event_id = shown.body["events"][0]["event_id"]

    def told(self, text: str) -> str:
        """A block with what is here in the place of what is on a box."""
        text = text.replace(ON_BOX, f"{self.root}{ON_BOX}").replace(EVENT_ID, self.event_id)
        text = re.sub(r"(?<=//)(box|localhost)(?=[:/\s\"'])", HOST, text)
        text = re.sub(r"\bbox(?=:\d)", HOST, text)
        return re.sub(r"(?<!\d)(5555|5679|5678|54547|8888|9528)(?!\d)", lambda one: str(self.ports[one[0]]), text)

    def run(self, blocks: Sequence[Block]) -> Ran:
        """Type them, in order."""
        self._photos(blocks)
        typed = "".join(f"echo {block.line} > '{self.root}/line'\n{self._typed(block)}" for block in blocks)
        script, log = self.root / "typed", self.root / "said"
        script.write_text(typed, "utf-8")
        with log.open("wb") as file:
            shell = subprocess.Popen(
                ["sh", "-ex", str(script)],
                cwd=self.scratch,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = shell.wait(PAGE_S)
            except subprocess.TimeoutExpired:
                status = 124
            finally:
                _end(shell.pid)
                shell.wait()
        said = log.read_text("utf-8", "replace").splitlines()[-SAID_LINES:]
        return Ran(status, int((self.root / "line").read_text() or 0), "\n".join(said))

    def _typed(self, block: Block) -> str:
        text = self.told(block.text)
        if not block.until:
            return text
        script, said = self.root / f"goes-on-{block.line}", self.root / f"said-{block.line}"
        script.write_text(text, "utf-8")
        return GOES_ON.format(script=script, said=said, text=shlex.quote(block.until))

    def _photos(self, blocks: Sequence[Block]) -> None:
        """Photos that the blocks name are there, beside the reader and in the import folder."""
        imports = self._box.place.import_folder
        imports.mkdir(exist_ok=True)
        for name in {name for block in blocks for name in re.findall(r"(?<=[@\"])[\w-]+\.jpg", block.text)}:
            for folder in (self.scratch, imports):
                (folder / name).write_bytes(PHOTO_JPEG)

    def _environment(self) -> Dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in ("LANG", "HOME", "TMPDIR")}
        return {
            **kept,
            "PATH": f"{self.root}/bin:{os.environ['PATH']}",
            "PYTHONPATH": str(REPO),
            "PYTHONUNBUFFERED": "1",
            "XDG_DATA_HOME": str(self.root / "home"),
            "TOKEN": self.token,
            "NO_PROXY": "*",
        }

    def _files(self) -> None:
        """What is there beside the service: its command, its settings, this repository."""
        self.scratch.mkdir()
        programs, home = self.root / "bin", self.root / "home"
        programs.mkdir()
        home.mkdir()
        (home / "sophon-report").symlink_to(self._box.place.root)
        python = f"#!/bin/sh\nexec '{sys.executable}'"
        for name, text in (
            ("sophon-report", f'{python} -m sophon_report "$@"\n'),
            ("python3", f'{python} "$@"\n'),
        ):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        installed = self.root / ON_BOX.lstrip("/")
        (installed / "0.1.0" / "venv" / "bin").mkdir(parents=True)
        (installed / "0.1.0" / "venv" / "bin" / "sophon-report").symlink_to(programs / "sophon-report")
        (installed / "current").symlink_to("0.1.0")
        (installed / "etc").mkdir()
        ports = ("api", "5555"), ("event", "5679"), ("preview", "5678"), ("control", "54547"), ("system", "8888")
        lines = "".join(f"{name}_port = {self.ports[usual]}\n" for name, usual in ports)
        (installed / "etc" / "config.toml").write_text(
            f'data_dir = "{self._box.place.root}"\n[server]\nhost = "{HOST}"\n{lines}'
        )
        # Without it a call that is refused would end well.
        (programs / "curl").write_text(f'#!/bin/sh\nexec {shutil.which("curl")} --fail "$@"\n')
        (programs / "curl").chmod(0o755)
        for name in ("docs", "scripts"):
            (self.scratch / name).symlink_to(REPO / name)


@contextmanager
def page_box():
    """A fresh one, with two people who come by again and again, and a stranger."""
    root = Path(tempfile.mkdtemp(prefix="doc"))  # short: sockets live in it
    try:
        place = root / ON_BOX.lstrip("/") / "var"
        place.mkdir(parents=True)
        receiver = _free_port()
        url = f"http://{HOST}:{receiver}/HistoryEvent"
        platform = {"name": "platform", "url": url, "signing_secrets": [SECRET]}
        with running_box(place, destination=[platform]) as box:
            box.register("E-1", "Ada", "ada")
            box.register("E-2", "Bob", "bob")
            box.vision.sight = _any_photo
            box.vision.visit("ada")
            until(lambda: box.journaled() > 1, "an event")
            box.indexed()
            with box.vision.alive(), _people_come(box):
                yield PageBox(root, box, receiver)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _people_come(box):
    over = threading.Event()

    def walk() -> None:
        number = 0
        while not over.wait(VISIT_EVERY_S):
            box.vision.visit(("ada", "bob", "eve")[number % 3])
            number += 1

    thread = threading.Thread(target=walk)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _any_photo(photo) -> PhotoResult:
    """A new face in whatever is looked at: mallory, whom nobody has registered."""
    shot = full_shot()
    face = PhotoFace(shot.box, shot.landmarks, 0.9, QUALITY, vector(FACES[-1], 0.75))
    return PhotoResult(
        photo.request_id,
        (face,),
        portrait_jpeg=PHOTO_JPEG,
        face_jpeg=shot.face_jpeg,
        scene_jpeg=shot.scene_jpeg,
        ir_jpeg=photo.infrared,
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return free.getsockname()[1]


def _end(group: int) -> None:
    """What the page left in the background ends with it."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
