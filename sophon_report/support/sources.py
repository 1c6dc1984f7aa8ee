"""What goes into a support bundle, and where it comes from: the service, its files, the system.

Each source is asked by itself, with whatever works: of a service that is stopped, or that answers nothing any
more, the files and the system still tell. A source that fails says why; that stands in the bundle in its place.
"""

import asyncio
import contextlib
import json
import os
import platform
import stat
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Union

import aiohttp

from sophon_report import __version__
from sophon_report.config import Settings
from sophon_report.delivery import dead_folder
from sophon_report.delivery.journal import RealFiles
from sophon_report.delivery.journal import stat as journal_stat
from sophon_report.doctor.examine import examine
from sophon_report.doctor.units import SERVICES, UNITS, unit_files
from sophon_report.errors import Unavailable
from sophon_report.model import redact_url
from sophon_report.ops.data_dir import DataDir
from sophon_report.support.known import column

ANSWER_S, COMMAND_S, DOCTOR_S = 10.0, 15.0, 25.0
LOG_LINES = 1000
"""Of each kind that the running service is asked for."""
JOURNAL_LINES = 5000
KERNEL_LINES = 3000
MAX_LETTERS = 500
MAX_FILES = 2000
MAX_FILE_BYTES = 1 << 20
KERNEL_WORDS = (
    *("sophon", "python", "segfault", "oom", "killed", "out of memory", "hung", "blocked for", "watchdog"),
    *("bm-", "bm1684", "vpu", "jpu", "ion:", "thermal", "mmc", "ext4", "overlay", "i/o error", "read-only"),
)
PERSONAL_FOLDERS = ("import", "imports", "exports", "backups", "dead")
"""Whose files are counted, not named: a name may be a person's."""
STATES = {
    "health": "/healthz",
    "status": "/api/v1/status",
    "problems": "/api/v1/problems-now",
    "delivery": "/api/v1/delivery",
    "usage": "/api/v1/usage",
}
"""What the running service is asked for."""

FREE_TEXTS = (
    *("service/log.jsonl", "service/log_warnings.jsonl", "system/units.txt"),
    *("system/journalctl.txt", "system/systemctl.txt", "system/kernel.txt"),
)
"""Into which anybody may have written anything."""

Content = Union[str, bytes, Mapping[str, Any], List[Any]]
"""A text, a picture, or what becomes JSON."""
Source = Callable[[], Content]


@dataclass(frozen=True)
class Places:
    """Where to look."""

    settings: Settings
    data: DataDir
    root: Path = Path("/")
    run: Optional[Callable[[List[str]], str]] = None
    """Runs a command of the system in a test's stead."""
    settings_problem: str = ""
    """Why the settings are not those of the next start."""
    file_values: Optional[Mapping[str, Any]] = field(default_factory=dict)
    """What the settings file holds, of whatever shape; ``None``: nobody knows."""


def sources(places: Places) -> Dict[str, Source]:
    """Every source but the pictures, by the name of the file in the bundle."""
    settings, data = places.settings, places.data
    found: Dict[str, Source] = {
        "doctor.json": lambda: [asdict(finding) for finding in examine(settings, DOCTOR_S)],
        "versions.json": partial(versions, places.root),
        "settings.json": partial(settings_told, settings),
        "store.json": partial(store_told, data.store),
        "journal.json": lambda: asdict(journal_stat(data.journal, settings=settings.journal)),
        "dead_letters.json": partial(letters, data),
        "files.txt": partial(files_told, data.root),
        "system/units.txt": partial(units_told, places.root),
        "system/processes.txt": partial(processes, data, places.root),
        "system/machine.txt": partial(machine, places.root),
    }
    found.update(_commands(places))
    return {**found, **{f"service/{name}": source for name, source in _service(data).items()}}


def _service(data: DataDir) -> Dict[str, Source]:
    found: Dict[str, Source] = {f"{name}.json": partial(asked, data, path) for name, path in STATES.items()}
    found["metrics.txt"] = partial(asked_text, data, "/metrics")
    for name, level in (("log", "debug"), ("log_warnings", "warning")):
        found[f"{name}.jsonl"] = partial(log_lines, data, level)
    return found


def _commands(places: Places) -> Dict[str, Source]:
    units = [argument for unit in SERVICES for argument in ("-u", unit)]
    journal = ["journalctl", "--no-pager", "-o", "short-iso-precise", "-n", str(JOURNAL_LINES), *units]
    status = ["systemctl", "status", "--no-pager", "--full", "-n", "0", *UNITS]
    run = places.run or said
    return {
        "system/journalctl.txt": lambda: run(journal),
        "system/systemctl.txt": lambda: run(status),
        "system/kernel.txt": lambda: kernel_lines(run),
    }


def said(command: List[str]) -> str:
    """What a command printed.

    Raises:
        Unavailable: it is not there, takes too long, or prints nothing but a complaint.
    """
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_S, check=False
        )
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not there") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{command[0]}: {error}") from error
    text = done.stdout.decode("utf-8", "replace")
    if not text and done.returncode:
        raise Unavailable(f"{command[0]}: {done.stderr.decode('utf-8', 'replace').strip()[:300]}")
    return text


def kernel_lines(run: Callable[[List[str]], str]) -> str:
    """What the kernel said lately of our processes, the chip, memory and disks."""
    try:
        text = run(["journalctl", "--no-pager", "-k", "-o", "short-iso", "-n", str(KERNEL_LINES)])
    except Unavailable:
        text = run(["dmesg", "--ctime"])
    lines = text.splitlines()[-KERNEL_LINES:]
    return "\n".join(line for line in lines if any(word in line.lower() for word in KERNEL_WORDS))


def asked(data: DataDir, path: str) -> Mapping[str, Any]:
    """What the running service answers.

    Raises:
        Unavailable: no service runs, or it does not answer.
    """
    answer: Mapping[str, Any] = json.loads(asked_text(data, path))
    return answer


def asked_text(data: DataDir, path: str) -> str:
    """The same as a text."""
    if not data.running():
        raise Unavailable("the service is not running")
    return asyncio.run(_asked(data, path))


async def _asked(data: DataDir, path: str) -> str:
    connector = aiohttp.UnixConnector(path=str(data.admin_socket))
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    try:
        session = aiohttp.ClientSession("http://service", connector=connector, timeout=timeout)
        async with session, session.get(path) as reply:
            return await reply.text()
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
        why = str(error) or f"no answer within {ANSWER_S:g} s"
        raise Unavailable(f"the service does not answer: {why}") from error


def log_lines(data: DataDir, level: str) -> str:
    """The newest lines of the service's own log, one JSON object a line."""
    told = asked(data, f"/api/v1/logs?level={level}&limit={LOG_LINES}")
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in told.get("lines", ()))


def versions(root: Path) -> Mapping[str, Any]:
    """Of this program, Python, its packages, the system and the SDK."""
    installed = {each.metadata["Name"]: each.version for each in metadata.distributions() if each.metadata["Name"]}
    return {
        "sophon_report": __version__,
        "python": sys.version,
        "executable": sys.executable,
        "platform": platform.platform(),
        "os_release": _text(root / "etc/os-release"),
        "sdk": _link(root / "opt/sophon/libsophon-current"),
        "current": _link(root / "data/sophon-report/current"),
        "previous": _link(root / "data/sophon-report/previous"),
        "packages": dict(sorted(installed.items())),
    }


def settings_told(settings: Settings) -> Mapping[str, Any]:
    """The settings of the next start; secrets are stars."""
    told = settings.model_dump(mode="json", by_alias=True)
    told["license_key"] = "***" if settings.license_key.get_secret_value() else ""
    for row in (*told["device"], *told["destination"]):
        row["url"] = redact_url(row["url"])
        row.update({name: "***" for name in ("headers", "signing_secrets") if row.get(name)})
    return told


def store_told(store: Path) -> Mapping[str, Any]:
    """What the store holds: its version, how many rows, the devices and destinations without their secrets."""
    tables = column(store, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    if not tables:
        raise Unavailable("there is no store, or it cannot be read")
    fields = "'id', device_id, 'type', type, 'transport', transport, 'url', url, 'permission', permission_id"
    devices = column(store, f"SELECT json_object({fields}) FROM device ORDER BY number")  # noqa: S608 - constants
    fields = "'name', name, 'url', url, 'layout', layout, 'enabled', enabled, 'paused', paused, 'retry', retry"
    receivers = column(store, f"SELECT json_object({fields}) FROM destination ORDER BY number")  # noqa: S608
    [version] = column(store, "SELECT CAST(user_version AS TEXT) FROM pragma_user_version") or ["?"]
    return {
        "schema": version,
        "rows": {name: _count(store, name) for name in tables if name.replace("_", "").isalnum()},
        "devices": [_safe(json.loads(row)) for row in devices],
        "destinations": [_safe(json.loads(row)) for row in receivers],
        "settings_stored": column(store, "SELECT key FROM setting ORDER BY key"),
        "vendor_keys_stored": column(store, "SELECT key FROM vendor_config ORDER BY key"),
    }


def _count(store: Path, table: str) -> int:
    """Rows of one of its own tables; -1: they cannot be counted."""
    return int(next(iter(column(store, f"SELECT CAST(count(*) AS TEXT) FROM {table}")), "-1"))  # noqa: S608


def _safe(row: Dict[str, Any]) -> Dict[str, Any]:
    return {**row, "url": redact_url(row["url"])}


def letters(data: DataDir) -> List[Any]:
    """Refused events without the events, and without what receivers answered: they may repeat them."""
    files = RealFiles()
    told: List[Any] = []
    for name in dead_folder.destinations(files, data.dead_letters):
        for letter in dead_folder.entries(files, dead_folder.of(data.dead_letters, name)):
            if len(told) >= MAX_LETTERS:
                return told
            row = asdict(letter)
            told.append({"destination": name, **{key: row[key] for key in row if key not in ("answer", "reason")}})
    return told


def files_told(folder: Path) -> str:
    """Names, sizes, owners and modes of what lies in the data folder; of some folders how many alone."""
    lines = list(_lines(folder, folder))
    more = [f"… and {len(lines) - MAX_FILES} more"] if len(lines) > MAX_FILES else []
    return "\n".join(lines[:MAX_FILES] + more)


def _lines(folder: Path, top: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        try:
            name, told = str(path.relative_to(top)), path.lstat()
        except FileNotFoundError:
            continue  # of a service that runs: it has gone since
        if name.endswith("-password"):
            name = "(user)-password"
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(told.st_mtime))
        yield f"{stat.filemode(told.st_mode)} {told.st_uid}:{told.st_gid} {told.st_size:>14,} {when} {name}"
        if not stat.S_ISDIR(told.st_mode):
            continue
        if path.parent == top and path.name in PERSONAL_FOLDERS:
            yield f"    {sum(len(names) for _, _, names in os.walk(path))} files in {name}"
        else:
            with contextlib.suppress(FileNotFoundError):
                yield from _lines(path, top)


def units_told(root: Path) -> str:
    """The unit files of ours, each with its place."""
    found = unit_files(root)
    if not found:
        raise Unavailable("no unit is installed")
    return "\n".join(f"# {path}\n{_text(path)}" for path in found)


def processes(data: DataDir, root: Path) -> str:
    """What the processes of the service are at, thread by thread: of one that answers nothing this tells where."""
    pid = data.process_id()
    if pid is None or not data.running():
        raise Unavailable("the service is not running")
    return "\n".join(_process(root / "proc" / str(each)) for each in _family(root / "proc", pid))


def _family(proc: Path, pid: int) -> List[int]:
    """The process and all that it started, and they."""
    parents: Dict[int, int] = {}
    for folder in proc.glob("[0-9]*"):
        fields = _text(folder / "stat").rpartition(")")[2].split()
        if len(fields) > 1 and fields[1].isdigit():
            parents[int(folder.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one and child not in found]
    return found


def _process(folder: Path) -> str:
    status = [line for line in _text(folder / "status").splitlines() if line.startswith(_STATUS)]
    threads = [_thread(task) for task in sorted(folder.glob("task/*"))]
    head = f"== {folder.name} {_text(folder / 'comm').strip()}"
    return "\n".join([head, *status, "-- open files: " + _files_open(folder), "-- threads", *threads, ""])


_STATUS = ("State", "Threads", "VmRSS", "VmPeak", "VmSwap", "Uid", "FDSize", "voluntary", "nonvoluntary")


def _files_open(folder: Path) -> str:
    try:
        return str(len(os.listdir(folder / "fd")))
    except OSError:
        return "not readable"


def _thread(task: Path) -> str:
    fields = _text(task / "stat").rpartition(")")[2].split()
    state, busy = (fields[0], f"{fields[11]}+{fields[12]}") if len(fields) > 12 else ("?", "?")
    return f"{task.name} {state} {busy} {_text(task / 'wchan').strip() or '-'} {_text(task / 'comm').strip()}"


def machine(root: Path) -> str:
    """Memory, load, disks, mounts and pressure as the kernel tells them."""
    names = (
        "uptime",
        "loadavg",
        "meminfo",
        "mounts",
        "partitions",
        "pressure/cpu",
        "pressure/io",
        "pressure/memory",
    )
    told = [f"== /proc/{name}\n{_text(root / 'proc' / name)}" for name in names]
    return "\n".join(told)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def packed(content: Content) -> bytes:
    """A source's content as bytes."""
    if isinstance(content, bytes):
        return content
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1, default=str)
    return text.encode("utf-8", "replace")
