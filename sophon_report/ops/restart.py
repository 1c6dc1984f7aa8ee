"""Leaving in order to begin anew, for settings that only a start takes up.

The process ends as it does when asked to leave: open visits are closed, the journal is synced, what waits stays on
the disk. Then it begins anew in place (``exec``), with the same process id and terminal, and starts vision. Where
vision is a unit of its own the process only ends: systemd begins it anew, and vision leaves to be begun anew too
when it finds that settings of its start have changed. Nothing but ``sophon-report run`` offers it: whoever runs
the service inside another program must not lose that program. A signal to leave wins over a wish to begin anew,
whichever of the two is first.
"""

import os
import sys
import threading
from typing import Callable, List

_offered = threading.Event()
_wanted = threading.Event()
_called_off = threading.Event()
_leave: List[Callable[[], None]] = []


def offer() -> None:
    """From now on this process may be asked to begin anew."""
    _offered.set()


def is_offered() -> bool:
    """Whether it may."""
    return _offered.is_set()


def leave_by(leave: Callable[[], None]) -> None:
    """What has this process leave in order, once it can."""
    _leave[:] = [leave]


def ask() -> None:
    """Have this process leave, and begin anew after it; to be called once it serves."""
    _wanted.set()
    for leave in _leave:
        leave()


def call_off() -> None:
    """It shall leave for good, whatever it was or will be asked for."""
    _called_off.set()


def is_wanted() -> bool:
    """Whether it was asked to, and not merely to leave."""
    return _wanted.is_set() and not _called_off.is_set()


def begin_anew(arguments: List[str]) -> None:
    """Become ``sophon-report`` with these arguments, as at a start; does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sophon_report", *arguments])  # noqa: S606 - no shell is wanted
