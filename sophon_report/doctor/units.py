"""The units of systemd and the service's user: there, enabled, running; gone after the vendor's SDK was updated.

Such an update makes ``/etc`` and ``/usr`` anew: what was installed there is gone, all below ``/data`` stays, and
one command puts it back.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from sophon_report.config import Settings
from sophon_report.doctor.finding import Finding, Look, error, ok, warning
from sophon_report.ops.data_dir import DataDir

HOME = Path("data/sophon-report")
"""Of an installation on a box, below ``/``."""
USER = "sophon-report"
TARGET = "sophon-report.target"
SERVICES = ("sophon-report.service", "sophon-vision.service")
UNITS = (*SERVICES, TARGET)
FOLDERS = ("etc/systemd/system", "lib/systemd/system", "usr/lib/systemd/system")
RULE_FOLDERS = ("etc/udev/rules.d", "lib/udev/rules.d", "usr/lib/udev/rules.d")
PATIENCE_S = 10.0
MANY_RESTARTS = 3
_SHOWN = ("Id", "LoadState", "ActiveState", "SubState", "UnitFileState", "Result", "NRestarts")

Shown = Mapping[str, Mapping[str, str]]
"""Properties by unit."""


def _units(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    root = Path("/")
    yield from installation(root, has_user=_has_user(USER))
    if has_units(root):
        yield from states(shown())


def has_units(root: Path) -> bool:
    """Whether any unit of ours is installed below ``root``."""
    return any((root / folder / unit).exists() for folder in FOLDERS for unit in UNITS)


def unit_files(root: Path) -> List[Path]:
    """The unit files of ours below ``root``, and what an administrator laid over them."""
    found = []
    for folder in FOLDERS:
        for unit in UNITS:
            found += [root / folder / unit, *sorted((root / folder / f"{unit}.d").glob("*.conf"))]
    return [path for path in found if path.is_file()]


def installation(root: Path, *, has_user: bool) -> Iterator[Finding]:
    """Whether an installation on a box is whole; one line where there is none."""
    there = has_units(root)
    if not (root / HOME / "current").exists():
        if not there:
            yield ok("units", "units", "none: this is no installation on a box")
        elif not has_user:
            yield error("units", "units", f"there is no user {USER} for them", "install the package again")
        return
    missing = [unit for unit in UNITS if not any((root / folder / unit).exists() for folder in FOLDERS)]
    gone = [f"the unit {unit}" for unit in missing] + ([] if has_user else [f"the user {USER}"])
    if not any(True for folder in RULE_FOLDERS for _ in (root / folder).glob("*-sophon-report.rules")):
        gone.append("the udev rule that opens the chip to it")
    if gone:
        text = f"gone: {', '.join(gone)}; an update of the vendor's SDK makes /etc and /usr anew"
        yield error("units", "units", text, f"`sudo /{HOME}/restore`")
    else:
        yield ok("units", "units", f"installed, with the user {USER}")


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def shown(run: Optional[Callable[[List[str]], str]] = None) -> Shown:
    """What systemd says of our units, by unit; nothing where none runs or it does not answer."""
    if run is None and (not os.path.isdir("/run/systemd/system") or shutil.which("systemctl") is None):
        return {}
    said = (run or _said)(["systemctl", "show", "--no-pager", f"--property={','.join(_SHOWN)}", *UNITS])
    found: Dict[str, Mapping[str, str]] = {}
    for block in said.split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in values:
            found[values["Id"]] = values
    return found


def _said(command: List[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def states(units: Shown) -> Iterator[Finding]:
    """What the states of the units that systemd has loaded say."""
    loaded = {name: told for name, told in units.items() if told.get("LoadState") == "loaded"}
    for name in UNITS:
        if name in loaded and name != TARGET:
            yield _state(name, loaded[name])
    if loaded and not any(told.get("UnitFileState", "").startswith("enabled") for told in loaded.values()):
        text = "the service does not start with the box"
        yield warning("unit_enabled", "units", text, f"`sudo systemctl enable {TARGET}`")


def _state(name: str, told: Mapping[str, str]) -> Finding:
    state = f"{told.get('ActiveState', '')} ({told.get('SubState', '')})"
    log = f"`journalctl -u {name} -n 100`"
    subject = f"unit {name}"
    if told.get("ActiveState") == "failed":
        text = f"{state}: {told.get('Result', '')}"
        return error("unit", subject, text, f"{log} says why; then `sudo systemctl restart {TARGET}`")
    if told.get("LoadState") == "masked" or told.get("ActiveState") == "inactive":
        return error("unit", subject, state, f"`sudo systemctl start {TARGET}`")
    restarts = int(told.get("NRestarts") or 0)
    if restarts >= MANY_RESTARTS:
        text = f"{state}, was started again {restarts} times by systemd"
        return warning("unit", subject, text, f"{log} says why")
    return ok("unit", subject, state)


LOOKS: Tuple[Look, ...] = (_units,)
