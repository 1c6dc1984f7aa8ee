"""A bundle as `scripts/bundle` makes one, small: its program does in a few lines what the installer asks of it."""

import hashlib
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
INSTALLER = REPO / "systemd" / "install.sh"

PIP = """
import os, pathlib, stat, sys, sysconfig, zipfile
folder = pathlib.Path(sys.argv[sys.argv.index("--find-links") + 1])
with zipfile.ZipFile(next(folder.glob("sophon_report-*.whl"))) as wheel:
    wheel.extractall(sysconfig.get_paths()["purelib"])
script = pathlib.Path(sys.executable).parent / "sophon-report"
run = "import runpy\\nrunpy.run_module('sophon_report', run_name='__main__')"
script.write_text("#!%s\\n%s\\n" % (sys.executable, run))
script.chmod(0o755)
"""

PROGRAM = """
import pathlib, sys
command, words = sys.argv[1], sys.argv[2:]
if command == "check-config":
    for key in {refused!r}:
        if key in pathlib.Path(words[0]).read_text():
            sys.exit(f"{{key}}: unknown key")
elif command == "--version":
    print("sophon-report {version}")
else:
    sys.exit("not built")
"""


def make_bundle(folder, version, store_form=11, events_form=2, journal_form=1, refused=()):
    """Write an unpacked bundle and return its folder.

    Args:
        folder: where it goes.
        version: of its program.
        store_form: newest form of the store that it can read.
        events_form: the same of the history.
        journal_form: the same of the journal's segments.
        refused: keys that its ``check-config`` does not know.
    """
    made = folder / f"sophon-report-{version}"
    house = made / "wheelhouse"
    (made / "models" / "BM1684X").mkdir(parents=True)
    house.mkdir()
    shutil.copy(INSTALLER, made / "install.sh")
    shutil.copytree(REPO / "systemd", made / "systemd", ignore=shutil.ignore_patterns("install.sh"))
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for name, word in (("VERSION", version), ("ARCH", platform.machine()), ("PYTHON", python)):
        (made / name).write_text(f"{word}\n")
    (made / "requirements.txt").write_text(f"sophon-report=={version}\n")
    (made / "models" / "detector.onnx").write_text(f"a model of {version}")
    (made / "models" / "BM1684X" / "detector.bmodel").write_text(f"a chip model of {version}")
    write_zip(house / "pip-0-py3-none-any.whl", {"pip/__main__.py": PIP})
    files = {
        "__init__.py": f"__version__ = {version!r}\n",
        "__main__.py": PROGRAM.format(version=version, refused=tuple(refused)),
        "store/migrations/0001_first.sql": "",
        f"store/migrations/{store_form:04}_last.sql": "",
        f"store/events/migrations/{events_form:04}_last.sql": "",
        "delivery/journal/segment.py": f"VERSION = {journal_form}\n",
    }
    write_zip(
        house / f"sophon_report-{version}-py3-none-any.whl",
        {f"sophon_report/{name}": text for name, text in files.items()},
    )
    list_files(made)
    return made


def write_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def list_files(bundle):
    """Write its SHA256SUMS."""
    files = sorted(path for path in bundle.rglob("*") if path.is_file() and not path.name.startswith("SHA256SUMS"))
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(bundle)}\n" for path in files]
    (bundle / "SHA256SUMS").write_text("".join(lines))


def put_program(folder, name, script):
    """A program of this name for a PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    return folder


class Box:
    """A system image below ``root`` that bundles are installed into."""

    def __init__(self, folder):
        self.folder, self.root = folder, folder / "root"
        self.root.mkdir()
        self.base = self.root / "data" / "sophon-report"
        self.var = self.base / "var"
        self.no_sync = put_program(folder / "quick", "sync", "")

    def copied(self, folder):
        """Another box that is as this one."""
        other = Box(folder)
        other.root.rmdir()
        shutil.copytree(str(self.root), str(other.root), symlinks=True)
        return other

    def install(self, script, *options, path=None, **more):
        """Run an ``install.sh`` into it; the ended process."""
        paths = [str(each) for each in (path, self.no_sync) if each] + [os.environ["PATH"]]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": ":".join(paths), **more}
        return subprocess.run(
            [shutil.which("dash") or "sh", script, "--root", self.root, "--python", sys.executable, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=environment,
            start_new_session=True,
            timeout=60,
            check=False,
        )

    def installed(self, script, *options, **more):
        """The same; it must succeed."""
        ended = self.install(script, *options, **more)
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

    def link(self, name):
        """Which version a link names; ``None`` without one."""
        return os.readlink(self.base / name) if (self.base / name).is_symlink() else None

    def versions(self):
        """Folders of versions, whole ones and others."""
        return sorted(path.name for path in self.base.glob("[0-9]*"))

    def program_version(self):
        """What the current version's program says it is."""
        python = self.base / "current" / "venv" / "bin" / "python"
        asked = [python, "-I", "-m", "sophon_report", "--version"]
        return subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout.decode().strip()

    def write_store(self, name, form, people=()):
        """Make an SQLite file of this form, as a version that knows it would leave it."""
        connection = sqlite3.connect(str(self.var / name))
        with connection:
            connection.execute("CREATE TABLE IF NOT EXISTS person (identity_id TEXT)")
            connection.execute("DELETE FROM person")
            connection.executemany("INSERT INTO person VALUES (?)", [(person,) for person in people])
            connection.execute(f"PRAGMA user_version = {form}")
        connection.close()

    def read_store(self, name):
        """Its form, and who is in it."""
        connection = sqlite3.connect(str(self.var / name))
        people = [row[0] for row in connection.execute("SELECT identity_id FROM person ORDER BY 1")]
        form = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.close()
        return form, people
