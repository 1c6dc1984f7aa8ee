"""A system of its own: Debian 12 with systemd as its first process, started by systemd-nspawn.

Each machine begins as a fresh copy of ``var/box-root/base`` (an overlay: what it changes lies in a folder of its
own) and has a network of its own, so that its ports are not those of the computer. A reboot keeps its disk.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from waiting import until

REPO = Path(__file__).resolve().parent.parent.parent
ROOT = REPO / "var" / "box-root"
TIMEOUT_S = 120.0
REBOOTS = 133
"""Status of systemd-nspawn when the system inside asked for it."""
CLONE_NEWNET = 0x40000000
GROUPS = Path("/sys/fs/cgroup")
FIRST = """
for each in cpu cpuacct; do
    [ ! -d /sys/fs/cgroup/$each ] || mount -o remount,bind,rw /sys/fs/cgroup/$each
done
exec /lib/systemd/systemd
"""
"""Of the older control groups systemd-nspawn keeps the CPU's from the system inside; this gives them back."""
JOIN = 'for group in $GROUPS_OF_IT; do echo $$ > "$group/cgroup.procs"; done; exec "$@"'


class Machine:
    """One system. ``root`` is its disk as seen from here; what is written there before :meth:`boot` is on it."""

    def __init__(self, folder, name):
        self._folder, self.name = folder, name
        self.root = folder / "root"
        self._process, self._leader = None, None
        for part in ("root", "upper", "work"):
            (folder / part).mkdir()
        options = f"lowerdir={ROOT / 'base'},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self.root], check=True)

    # Its life

    def boot(self):
        """Start it, and wait until it is up."""
        command = [
            "systemd-nspawn",
            "--quiet",
            "--register=no",
            f"--directory={self.root}",
            f"--machine={self.name}",
        ]
        command += ["--private-network", "--console=read-only", "--link-journal=no", "--settings=no"]
        if not Path("/run/systemd/system").exists():
            command.append("--keep-unit")
        command += ["/bin/sh", "-c", FIRST]
        for group in self._groups():
            group.mkdir(exist_ok=True)
        with (self._folder / "console").open("ab") as console:
            self._process = subprocess.Popen(
                ["sh", "-ec", JOIN, "join", *command],
                env={**os.environ, "GROUPS_OF_IT": " ".join(map(str, self._groups()))},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        self._leader = until(self._first_process, "its first process")
        until(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() in UP, "the system")

    def reboot(self):
        """Have it shut down in order, and start it again."""
        self.run("systemctl", "reboot", check=False)
        assert self._process.wait(TIMEOUT_S) == REBOOTS, self.console()
        self._leader = None
        self.boot()

    def pull_plug(self):
        """End it as a power cut does: nothing in it hears of it; what it had written is there."""
        os.kill(self._leader, signal.SIGKILL)
        self._process.wait(TIMEOUT_S)
        self._leader = None

    def close(self):
        """End it, and remove its disk."""
        if self._leader is not None:
            self.run("systemctl", "poweroff", "--force", "--force", check=False)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(TIMEOUT_S / 4)
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self._first_process() or self._process.pid, signal.SIGKILL)
            self._process.wait(TIMEOUT_S)
        # What it mounted itself goes with its last process, a moment after the first.
        until(lambda: subprocess.run(["umount", self.root], check=False).returncode == 0, "the end of its disk")
        shutil.rmtree(self._folder)
        self._remove_groups()

    def console(self):
        """What it wrote to its console."""
        return (self._folder / "console").read_text(errors="replace")

    # What is done in it

    def run(self, *command, check=True, timeout_s=TIMEOUT_S, **options):
        """Run a command in it as root, to its end; with ``check`` it must succeed."""
        ended = subprocess.run(
            [*self._inside(), *map(str, command)],
            **{"capture_output": True, "text": True, "timeout": timeout_s, **options},
            check=False,
        )
        assert not check or ended.returncode == 0, f"{command}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
        return ended

    def shell(self, script, **options):
        """The same with a script for its ``sh -e``; what it wrote to standard output."""
        return self.run("sh", "-ec", script, **options).stdout

    def connect(self, port, timeout_s=30.0):
        """A TCP connection from within it to ``port``; a client given this socket is a client on that machine."""

        def connect():
            with open(f"/proc/{self._leader}/ns/net", "rb") as network:
                assert not ctypes.CDLL(None).setns(network.fileno(), CLONE_NEWNET), "setns"
            return socket.create_connection(("127.0.0.1", port), timeout_s)

        with ThreadPoolExecutor(1) as pool:  # a thread has a network for itself; a socket keeps that of its making
            return pool.submit(connect).result()

    def copy(self, source, target):
        """Put a file or folder of this computer on its disk, at the path ``target`` of its own."""
        inside = self.root / str(target).lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        if Path(source).is_dir():
            shutil.copytree(source, inside, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, inside)

    def unit(self, name, *properties):
        """Properties of a unit, by name."""
        asked = ",".join(properties)
        shown = self.run("systemctl", "show", name, f"--property={asked}").stdout
        return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)

    def journal(self, unit):
        """What a unit has logged since the system's start, and what systemd has said of it."""
        return self.run("journalctl", "--boot", "--no-pager", "--output=cat", "--unit", unit).stdout

    # How it is done

    def _inside(self):
        enter = [
            "nsenter",
            "--target",
            str(self._leader),
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--cgroup",
        ]
        words = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "TERM=dumb"]
        return [*enter, "--", "env", "-i", *words]

    def _first_process(self):
        assert self._process.poll() is None, self.console()
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return next((int(child) for child in children if _numbers(child)[-1:] == ["1"]), None)

    def _groups(self):
        """Its control groups, one in each hierarchy that its systemd writes to; none where systemd makes them."""
        if Path("/run/systemd/system").exists():
            return []
        parts = [GROUPS / part for part in ("systemd", "unified", "cpu", "cpuacct") if (GROUPS / part).is_dir()]
        return [part / self.name for part in parts or [GROUPS]]

    def _remove_groups(self):
        for group in self._groups():
            for folder, _folders, _files in os.walk(group, topdown=False):
                with suppress(OSError):
                    os.rmdir(folder)


UP = ("running", "degraded")


def _numbers(pid):
    """Process ids of ``pid`` in each namespace, the innermost last."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((line.split()[1:] for line in status if line.startswith("NSpid:")), [])


@contextmanager
def fresh_machine(folder, name):
    """A machine that is not started yet; removed at the end."""
    machine = Machine(folder, name)
    try:
        yield machine
    finally:
        machine.close()
