"""The one chip behind a fake SAIL: what it was told to do, what was done to it, and who may compute now."""

import ctypes
import os
import sys
import threading
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any, Callable, Deque, Dict, Hashable, List, NoReturn, Sequence, TypeVar
from typing import Counter as CounterOf

import numpy as np
import numpy.typing as npt

from sophon_report.testing.sail.scenario import Exit, Scenario, Spell
from sophon_report.vision.engines.sail_facts import SailFacts, version_of

STATUSES = {
    "SailDeviceError": 1,
    "SailTensorError": 11,
    "SailEngineError": 21,
    "SailBMImageError": 31,
    "SailDecoderError": 41,
    "SailUnknownError": 42,
}
"""With which the old versions end the process. They use 1 to 42; which one is whose is not recorded."""
GARBAGE = 0xCD
"""Every byte of memory that nobody wrote, or that was given back: a float32 of −4.3e8."""
LAUNCHES = 10_000
"""So many are remembered: benchmarks run for hours and watch the memory."""
Array = npt.NDArray[Any]
_Value = TypeVar("_Value")


class Chip:
    """State that all objects of one fake module share.

    Attributes:
        violations: what was done that a real chip does not survive, or answers with other people's memory. A test
            asserts that it is empty; product code cannot catch it.
        counts: calls by name: ``Handle``, ``Engine``, ``process``, ``Decoder``, ``read``, ``imencode`` and so on.
    """

    def __init__(self, scenario: Scenario, facts: SailFacts) -> None:
        self.scenario, self.facts = scenario, facts
        self.version = version_of(scenario.version)
        self.violations: List[str] = []
        self.counts: CounterOf[str] = Counter()
        self.launches_ms: Deque[float] = deque(maxlen=LAUNCHES)
        """How long each of the last launches held the chip; of canned models as told."""
        self.exceptions: Dict[str, type] = {}
        self.environment: Dict[str, str] = {}
        """What ``set_decoder_env`` was told."""
        self._guard = threading.Lock()
        self._compute = threading.Lock()
        self._free_s = 0.0
        self._spells: CounterOf[str] = Counter()
        self._made: Dict[Hashable, Array] = {}
        self._over = threading.Event()

    @property
    def is_x(self) -> bool:
        """Whether it is the BM1684X."""
        return self.scenario.target == "BM1684X"

    @property
    def raises(self) -> bool:
        """Whether errors are raised; else they end the process."""
        return self.version >= self.facts.raised_since

    @property
    def lean(self) -> bool:
        """Whether models are canned: then pictures are blank and share their memory, and nothing is computed."""
        return bool(self.scenario.canned)

    def memory(self, shape: Sequence[int], kind: "np.dtype[Any]") -> Array:
        """Return device or system memory as it comes: full of garbage."""
        if not self.lean:
            return garbage(shape, kind)
        return self.once((tuple(shape), kind.str), lambda: np.zeros(tuple(shape), kind))

    def once(self, key: Hashable, make: Callable[[], Array]) -> Array:
        """Return what was made for the key; every picture of canned models' scenarios shares it."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def give_back(self, memory: Array) -> None:
        """Have who still looks at it see what others wrote there."""
        if not self.lean and memory.flags.c_contiguous:
            memory.reshape(-1).view(np.uint8)[:] = GARBAGE

    def violation(self, what: str) -> None:
        """Note what must never be done; nothing is raised, as by the real one."""
        with self._guard:
            self.violations.append(what)
            if self.scenario.violations:
                with Path(self.scenario.violations).open("a") as file:
                    file.write(what.replace("\n", " ") + "\n")

    def count(self, name: str) -> int:
        """Return how many calls of that name there were before this one."""
        with self._guard:
            self.counts[name] += 1
            return self.counts[name] - 1

    def hit(self, name: str, spells: Sequence[Spell], path: str) -> bool:
        """Whether this call, counted for each spell that matches ``path``, is hit."""
        with self._guard:
            hits = [
                self._next(f"{name}{index}", spell.of in path, spell, path) for index, spell in enumerate(spells)
            ]
        return any(hits)

    def exit_if_due(self, call: str, path: str) -> None:
        """Leave the process where the scenario says so."""
        for index, each in enumerate(self.scenario.exits):
            if each.call == call and self._due(index, each, path):
                leave(each.status)

    def fail(self, name: str, message: str) -> NoReturn:
        """Raise SAIL's exception of that name, or leave the process as the old versions do."""
        if not self.raises:
            print(f"[sail] [error] {message}", file=sys.stderr)
            status = self.scenario.error_status
            leave(STATUSES.get(name, 42) if status is None else status)
        raise self.exceptions[name](message)

    def hang(self, seconds: float, *, keep_gil: bool = False) -> None:
        """Do nothing until the time is over or, without the GIL, :meth:`end` was called."""
        if keep_gil:
            sleep_with_gil(seconds)
            return
        self._over.wait(min(seconds, threading.TIMEOUT_MAX))

    def end(self) -> None:
        """Let hanging calls return: for the end of a test that runs in this process."""
        self._over.set()

    def compute(self, work: Callable[[], _Value]) -> _Value:
        """Do the work while nobody else computes."""
        with self._compute:
            began_s = time.monotonic()
            result = work()
            self.launches_ms.append((time.monotonic() - began_s) * 1000)
        return result

    def begin(self, ms: float) -> float:
        """Take the chip for a time; return when it is free again, by the monotonic clock.

        Launches queue up behind each other without a gap, as on the real one.
        """
        with self._guard:
            self._free_s = max(time.monotonic(), self._free_s) + ms / 1000
            self.launches_ms.append(ms)
            return self._free_s

    def wait(self, until_s: float, *, keep_gil: bool = False) -> None:
        """Return at that time; with ``keep_gil`` no other thread of this process runs meanwhile."""
        left_s = until_s - time.monotonic()
        while left_s > 0:
            (sleep_with_gil if keep_gil else time.sleep)(left_s)
            left_s = until_s - time.monotonic()

    def _due(self, index: int, each: Exit, path: str) -> bool:
        with self._guard:
            return self._next(f"exit{index}", each.when.of in path, each.when, path)

    def _next(self, key: str, matches: bool, spell: Spell, path: str) -> bool:
        if not matches:
            return False
        number = self._spells[key]
        self._spells[key] += 1
        return spell.hits(number, path)


def garbage(shape: Sequence[int], kind: "np.dtype[Any]") -> Array:
    """Return memory that nobody wrote."""
    return np.full(int(np.prod(shape)) * kind.itemsize, GARBAGE, np.uint8).view(kind).reshape(tuple(shape))


def leave(status: int) -> NoReturn:
    """End the process as C's ``exit()`` does: nothing of Python runs any more."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def sleep_with_gil(seconds: float) -> None:
    """Keep every other thread of this process from running Python meanwhile."""
    libc: Any = ctypes.PyDLL(None)  # calls through it keep the GIL
    libc.usleep(int(seconds * 1e6) + 1)
