"""Frames on their way from many sources to one worker.

Bound: one frame a device. When full: the newest wins and the one it replaces counts in ``skipped`` (cameras and
files at their own pace), or the source waits (files as fast as possible).
"""

import threading
import time
from typing import Callable, Dict, List, Mapping

from sophon_report.vision.picture import Frame
from sophon_report.vision.scheduler import FOREVER, Choice, longest_ago

Choose = Callable[[Mapping[str, int], float], Choice]
"""As :func:`sophon_report.vision.scheduler.choose_turn`; the second is the monotonic time."""


class Intake:
    """One slot a device; safe from any thread."""

    def __init__(self) -> None:
        lock = threading.Lock()
        self._arrived, self._taken = threading.Condition(lock), threading.Condition(lock)
        self._frames: Dict[str, Frame] = {}
        self._waiting: Dict[str, int] = {}
        self._given = 0
        self._last: Dict[str, int] = {}
        self._skipped: Dict[str, int] = {}
        self._woken = self._closed = False

    def put(self, frame: Frame, stop: threading.Event) -> None:
        """Offer ``frame``; an older one of the same device that nobody took goes. Nothing when ``stop`` is set.

        Set before :meth:`forget`, it keeps out what a decoder that hung gives later.
        """
        with self._arrived:
            if stop.is_set():
                return
            if frame.device_id in self._frames:
                self._skipped[frame.device_id] = self._skipped.get(frame.device_id, 0) + 1
                self._frames[frame.device_id] = frame
            else:
                self._hold(frame)

    def put_waiting(self, frame: Frame, stop: threading.Event) -> None:
        """Offer ``frame`` once the device's last one was taken; returns at once when ``stop`` is set."""
        with self._taken:
            while frame.device_id in self._frames and not self._closed and not stop.is_set():
                self._taken.wait(0.1)
            if not stop.is_set():
                self._hold(frame)

    def _hold(self, frame: Frame) -> None:
        self._frames[frame.device_id] = frame
        self._waiting.setdefault(frame.device_id, self._last.get(frame.device_id, 0))
        self._arrived.notify()

    def take(self, most: int, timeout_s: float) -> List[Frame]:
        """Return up to ``most`` frames, at most one a device; none after ``timeout_s``."""
        return self.take_turn(
            lambda waiting, _now_s: Choice(longest_ago(waiting, most)) if waiting else FOREVER, timeout_s
        )

    def take_turn(self, choose: Choose, timeout_s: float) -> List[Frame]:
        """Return the frames that ``choose`` wants; none after ``timeout_s`` or :meth:`wake`.

        It is asked again at each frame that comes, and after each time that it says.
        """
        ends_s = time.monotonic() + timeout_s
        with self._arrived:
            while True:
                now_s = time.monotonic()
                choice = choose(self._waiting, now_s)
                if choice.device_ids:
                    return self._give(choice)
                if self._woken or self._closed or now_s >= ends_s:
                    self._woken = False
                    return []
                self._arrived.wait(min(choice.wait_s, ends_s - now_s))

    def _give(self, choice: Choice) -> List[Frame]:
        for device_id in choice.device_ids:
            self._given += 1
            self._last[device_id] = self._given
            del self._waiting[device_id]
        self._taken.notify_all()
        return [self._frames.pop(device_id) for device_id in choice.device_ids]

    def wake(self) -> None:
        """Have the one who takes look up: there is something else to do."""
        with self._arrived:
            self._woken = True
            self._arrived.notify()

    def waits(self) -> bool:
        """Whether any frame waits."""
        with self._arrived:
            return bool(self._frames)

    def skipped(self, device_id: str) -> int:
        """Frames of the device that a newer one replaced."""
        with self._arrived:
            return self._skipped.get(device_id, 0)

    def holds(self, device_id: str) -> bool:
        """Whether a frame of the device waits."""
        with self._arrived:
            return device_id in self._frames

    def forget(self, device_id: str) -> None:
        """Drop what the device left."""
        with self._taken:
            self._skipped.pop(device_id, None)
            self._frames.pop(device_id, None)
            self._waiting.pop(device_id, None)
            self._last.pop(device_id, None)
            self._taken.notify_all()

    def close(self) -> None:
        """Wake everybody."""
        with self._taken:
            self._closed = True
            self._arrived.notify_all()
            self._taken.notify_all()
