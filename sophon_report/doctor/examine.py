"""All looks at this machine and this installation, within a bounded time."""

import sqlite3
from functools import partial
from typing import List, Mapping, Tuple

from sophon_report.config import Settings
from sophon_report.doctor import access, delivery, engine, machine, service, state, units
from sophon_report.doctor.finding import Finding, Look, error
from sophon_report.doctor.patience import all_within
from sophon_report.errors import SophonReportError
from sophon_report.ops.data_dir import DataDir

LIMIT_S = 24.0
"""For all of them; a look at a chip takes some seconds."""

LOOKS: Mapping[str, Tuple[Look, ...]] = {
    "machine": machine.LOOKS,
    "engine": engine.LOOKS,
    "state": state.LOOKS,
    "units": units.LOOKS,
    "service": service.LOOKS,
    "access": access.LOOKS,
    "delivery": delivery.LOOKS,
}
"""By what they look at, in the order in which they are told."""


def examine(settings: Settings, limit_s: float = LIMIT_S) -> List[Finding]:
    """Look at everything; nothing is changed, nothing raises, and it ends after ``limit_s`` at the latest."""
    place = DataDir(settings.data_dir)
    looks = {(area, look.__name__.strip("_")): look for area, group in LOOKS.items() for look in group}
    found = all_within(
        limit_s, {key: partial(_looked, key[1], look, settings, place) for key, look in looks.items()}
    )
    return [finding for key in looks for finding in found.get(key, [_unanswered(key[1], limit_s)])]


def _looked(name: str, look: Look, settings: Settings, place: DataDir) -> List[Finding]:
    told: List[Finding] = []
    try:
        told.extend(look(settings, place))
    except (SophonReportError, OSError, sqlite3.Error) as fault:
        told.append(error(name, name.replace("_", " "), str(fault), "mend what the text names"))
    except Exception as fault:  # noqa: BLE001 - a fault of ours in one look must not hide what the others found
        text = f"this look failed: {type(fault).__name__}: {fault}"
        told.append(error(name, name.replace("_", " "), text, "report it, with a support bundle"))
    return told


def _unanswered(name: str, limit_s: float) -> Finding:
    return error(
        name,
        name.replace("_", " "),
        f"no answer within {limit_s:g} s: something below it hangs",
        "look into `dmesg`; restart the box when a chip or a disk hangs",
    )
