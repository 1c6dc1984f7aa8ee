"""A worker's sign of life for its keeper, in memory that both see.

A native call that keeps the interpreter to itself stops every thread of the worker, its watchdog too: SAIL opens
cameras so until 3.9.4, and launches in the numpy form always. The keeper, a process of its own, sees the beats
cease; the note of who is being opened tells whose fault it is.

::

    0        8        12         16
    beat_s   told     length     device id, UTF-8        beat_s 0: not yet beating
"""

import mmap
import struct
from contextlib import contextmanager
from typing import Iterator, Optional

from sophon_report.link.messages import Leaving
from sophon_report.vision.hang_watch import OVERSLEPT_S

SILENCE_S = 11.0
"""Opening a camera that says nothing takes two time-outs of its socket; the report process waits for 15 s."""
_BEAT, _WORD = struct.Struct("d"), struct.Struct("I")
_TOLD, _LENGTH, _ID = 8, 12, 16
_SIZE_BYTES = mmap.PAGESIZE
_LIKELY = "mostly a model that is damaged or of another chip; its own words are in the log"


class Pulse:
    """Made before the fork, written by the worker, read by the keeper. Times are of the monotonic clock."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE_BYTES)
        self._looked_s: Optional[float] = None

    def begin(self) -> None:
        """A new worker: it does not beat yet."""
        self._looked_s = None
        self._memory[:] = bytes(_SIZE_BYTES)

    def beat(self, now_s: float) -> None:
        """The worker's interpreter runs."""
        _BEAT.pack_into(self._memory, 0, now_s)

    @contextmanager
    def opening(self, device_id: str) -> Iterator[None]:
        """Note for the time of the block that a device is being opened; one at a time."""
        name = device_id.encode()[: _SIZE_BYTES - _ID]
        self._memory[_ID : _ID + len(name)] = name
        _WORD.pack_into(self._memory, _LENGTH, len(name))
        try:
            yield
        finally:
            _WORD.pack_into(self._memory, _LENGTH, 0)

    def look(self, now_s: float) -> Optional[Leaving]:
        """Return why the worker must be ended, if it must; a keeper that stood still itself blames nobody."""
        (beat_s,) = _BEAT.unpack_from(self._memory, 0)
        if self._looked_s is not None and now_s - self._looked_s > OVERSLEPT_S and beat_s:
            beat_s = now_s
            self.beat(now_s)
        self._looked_s = now_s
        if not beat_s or now_s - beat_s < SILENCE_S:
            return None
        device_id = self._opened()
        if device_id:
            return Leaving(
                f"its decoder hangs: it did not open within {SILENCE_S:g} s, and nothing else ran", device_id
            )
        return Leaving(f"a call into the chip's library kept all else from running for {SILENCE_S:g} s")

    def told(self) -> None:
        """The worker said itself why it ends."""
        _WORD.pack_into(self._memory, _TOLD, 1)

    def after(self, how: str) -> Optional[Leaving]:
        """Return why a worker that ended so did it, where it could not say so and that is known.

        Args:
            how: it ended, such as ``exit status 21``: until 3.9.1 SAIL ends the process where later ones raise.
        """
        if _WORD.unpack_from(self._memory, _TOLD)[0]:
            return None
        if self._opened():
            return Leaving(f"the chip's library ended vision while its stream was opened ({how})", self._opened())
        if not _BEAT.unpack_from(self._memory, 0)[0]:
            return Leaving(f"the chip's library ended vision while models were loaded ({how}): {_LIKELY}")
        return None

    def _opened(self) -> str:
        (length,) = _WORD.unpack_from(self._memory, _LENGTH)
        return self._memory[_ID : _ID + length].decode("utf-8", "replace")
