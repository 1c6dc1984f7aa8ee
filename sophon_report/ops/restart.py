"""Leaving in order to begin anew, for settings that only a start takes up.

The process ends as it does when asked to leave: open visits are closed, the journal is synced, what waits stays on
the disk. Then it begins anew in place (``exec``), with the same process id and terminal, and starts vision. Where
vision is a unit of its own the process only ends: systemd begins it anew, and vision leaves to be begun anew too
when it finds that settings of its start have changed. Nothing but ``sophon-report run`` offers it: whoever runs
the service inside another program must not lose that program.
"""

import os
import signal
import sys
import threading
from typing import List

_offered = threading.Event()
_wanted = threading.Event()


def offer() -> None:
    """From now on this process may be asked to begin anew."""
    _offered.set()


def is_offered() -> bool:
    """Whether it may."""
    return _offered.is_set()


def ask() -> None:
    """Have this process leave, and begin anew after it."""
    _wanted.set()
    os.kill(os.getpid(), signal.SIGTERM)


def is_wanted() -> bool:
    """Whether it was asked to, and not merely to leave."""
    return _wanted.is_set()


def begin_anew(arguments: List[str]) -> None:
    """Become ``sophon-report`` with these arguments, as at a start; does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sophon_report", *arguments])  # noqa: S606 - no shell is wanted
