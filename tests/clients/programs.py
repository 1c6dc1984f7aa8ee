"""The programs of docs/clients, as a test starts them: what each is called by, and whether it can run here."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional

import pytest
from command import REPO
from waiting import until

CLIENTS = REPO / "docs" / "clients"
BUILD_S = 120.0
GSON = Path("/usr/share/java/gson.jar")
GO_PACKAGES = Path("/usr/share/gocode")
JSON_NET = Path("/usr/lib/cli/Newtonsoft.Json-5.0")


@dataclass(frozen=True)
class Language:
    """One folder of programs."""

    name: str
    command: Callable[[str, Path], List[str]]
    """``command(program, folder)``: how ``realtime`` or ``receiver`` is started; built in the folder, if so."""
    lacks: Callable[[], str]
    """What this machine has not; ``""`` when nothing is missing."""


def _python(program, _folder):
    return [sys.executable, str(CLIENTS / "python" / f"{program}.py")]


def _javascript(program, _folder):
    switch = ["--experimental-websocket"] if _node() < 22 else []
    return ["node", *switch, str(CLIENTS / "javascript" / f"{program}.mjs")]


def _java(program, folder):
    name = program.capitalize()
    if not (folder / f"{name}.class").exists():
        source = CLIENTS / "java" / f"{name}.java"
        strict = ["--release", "11", "-Xlint:all", "-Werror"]
        _build(["javac", *strict, "-cp", str(GSON), "-d", str(folder), str(source)])
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{GSON}:{folder}", name]


def _go(program, folder):
    built = folder / program
    if not built.exists():
        _build(
            ["go", "build", "-o", str(built), str(CLIENTS / "go" / f"{program}.go")],
            {"GO111MODULE": "off", "GOPATH": str(GO_PACKAGES), "GOCACHE": str(folder / "cache")},
        )
    return [str(built)]


def _csharp(program, folder):
    built = folder / f"{program}.exe"
    if not built.exists():
        source = CLIENTS / "csharp" / f"{program.capitalize()}.cs"
        library = ["-r:Newtonsoft.Json", f"-lib:{JSON_NET}"]
        _build(["mcs", "-langversion:latest", *library, f"-out:{built}", str(source)])
        shutil.copy(str(JSON_NET / "Newtonsoft.Json.dll"), str(folder))
    return ["mono", str(built)]


def _build(command, environment=None):
    subprocess.run(command, env=_environment(environment), check=True, timeout=BUILD_S)


def _environment(more=None):
    return {**os.environ, **(more or {})}


def _node():
    """Its first number; 0 when there is none."""
    if shutil.which("node") is None:
        return 0
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True, timeout=BUILD_S)
    return int(said.stdout.strip("v\n").partition(".")[0])


def _missing(commands, files=()):
    missing = [name for name in commands if shutil.which(name) is None]
    return ", ".join([*missing, *(str(file) for file in files if not file.exists())])


LANGUAGES = (
    Language("python", _python, lambda: ""),
    Language("javascript", _javascript, lambda: "" if _node() >= 20 else "node 20 or newer"),
    Language("java", _java, lambda: _missing(["javac"], [GSON])),
    Language("go", _go, lambda: _missing(["go"], [GO_PACKAGES / "src/github.com/gorilla/websocket"])),
    Language("csharp", _csharp, lambda: _missing(["mcs", "mono"], [JSON_NET])),
)


NAMES = [each.name for each in LANGUAGES]


def those_to_run() -> List[Language]:
    """Whose toolchain is here."""
    return [each for each in LANGUAGES if not each.lacks()]


def skip_unless_here(name):
    """Skip a test of a language that cannot run, saying what it lacks."""
    lacks = next(each.lacks() for each in LANGUAGES if each.name == name)
    if lacks:
        pytest.skip(f"not on this machine: {lacks}; ./scripts/setup --clients")


class Program:
    """One that runs, in a folder of its own; what it prints is kept."""

    def __init__(self, command, folder: Path, environment=None):
        self._command, self._environment = command, environment
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._said = folder.with_suffix(".out")
        self._process: Optional[subprocess.Popen] = None

    def start(self):
        with self._said.open("ab") as out, self._said.with_suffix(".err").open("ab") as errors:
            self._process = subprocess.Popen(
                self._command, env=_environment(self._environment), stdout=out, stderr=errors
            )

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            self._process.wait(BUILD_S)
            self._process = None

    @property
    def lines(self):
        """What it printed so far, over all its starts: words of whole lines."""
        return [
            line.split() for line in self._said.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")
        ]

    @property
    def complaints(self):
        return self._said.with_suffix(".err").read_text("utf-8")

    def prints(self, count):
        """Wait until it has printed so many lines."""
        until(lambda: len(self.lines) >= count or not self.runs(), f"line {count} of {self._command}")
        assert self.runs(), self.complaints

    def runs(self):
        return self._process is not None and self._process.poll() is None
