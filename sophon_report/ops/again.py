"""Starting again in no time: a process that forks off the one that works, ready with all it has imported.

::

    start ── imports, a look at the chip ──► keeper ── fork ──► worker ── ends for a device's sake
                                                ▲                  │
                                                └──── fork ◄───────┘      any other end is the keeper's own, too

On a box the imports take most of a start, and every camera is away meanwhile. The keeper has one thread and holds
nothing open; its memory is for the most part the worker's. It ends with the worker's status or by its signal, so
whoever started it sees one process. The worker dies with its keeper, however that ends. A worker of which the
keeper learns that it is stuck is killed.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from types import FrameType
from typing import Any, Dict, NoReturn, Optional, Protocol

LOOK_EVERY_S = 0.1
_PR_SET_PDEATHSIG = 1
_FORWARDED = (signal.SIGTERM, signal.SIGINT)


class Vigil(Protocol):
    """What the keeper knows of its worker; its methods are called in the keeper."""

    def begin(self) -> None:
        """A worker is about to be forked off."""

    def is_stuck(self) -> bool:
        """Whether it must be killed; asked ten times a second."""

    def ended(self, status: int) -> int:
        """It ended, as ``waitpid`` tells it; returns that, or as what it counts."""

    def bury(self) -> int:
        """It was; returns the status with which it counts as having left."""


def become_worker(again_status: int, vigil: Vigil) -> None:
    """Return in a worker, as often as one ends with ``again_status``; the keeper itself never returns.

    To be called before there are threads. SIGTERM and SIGINT that the keeper gets are handed to the worker, unless
    they are ignored; after one the next end is the last.
    """
    _Keeper(again_status, vigil).keep()


class _Keeper:
    def __init__(self, again_status: int, vigil: Vigil) -> None:
        self._again_status, self._vigil = again_status, vigil
        self._worker: Optional[int] = None
        self._asked = False
        self._handlers: Dict[int, Any] = {}

    def keep(self) -> None:
        keeper = os.getpid()
        self._handlers = {number: signal.getsignal(number) for number in _FORWARDED}
        status = 0
        while True:
            signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
            if self._asked:
                _end_as(status)  # between two workers: the next one would not hear of it
            sys.stdout.flush()
            sys.stderr.flush()
            self._vigil.begin()
            self._worker = os.fork()
            if not self._worker:
                self._handle(self._handlers)
                _die_with(keeper)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
                return
            forwarded = {n: old for n, old in self._handlers.items() if old is not signal.SIG_IGN}
            self._handle(dict.fromkeys(forwarded, self._forward))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
            status = self._wait(self._worker)
            self._worker = None
            status = status if self._asked else self._vigil.ended(status)
            if self._asked or not os.WIFEXITED(status) or os.WEXITSTATUS(status) != self._again_status:
                _end_as(status)

    def _wait(self, worker: int) -> int:
        """How it ended, as ``waitpid`` tells it."""
        while True:
            pid, status = os.waitpid(worker, os.WNOHANG)
            if pid:
                return status
            if self._vigil.is_stuck():
                os.kill(worker, signal.SIGKILL)
                os.waitpid(worker, 0)
                return self._vigil.bury() << 8
            time.sleep(LOOK_EVERY_S)

    def _forward(self, number: int, _frame: Optional[FrameType]) -> None:
        self._asked = True
        if self._worker is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._worker, number)

    @staticmethod
    def _handle(handlers: Dict[int, Any]) -> None:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _die_with(keeper: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)  # it has gone already


def _end_as(status: int) -> NoReturn:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the worker has left one, if anybody
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        os._exit(128 + number)  # the first process of a container is not killed by its own signals
    os._exit(os.WEXITSTATUS(status))
