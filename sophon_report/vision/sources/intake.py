"""Frames on their way from many sources to one worker.

Bound: one frame a device. When full: the newest wins and the one it replaces counts in ``skipped`` (cameras and
files at their own pace), or the source waits (files as fast as possible). Devices take turns: who has waited
longest comes first, so that a fast camera cannot starve a slow one.
"""

import threading
from collections import OrderedDict
from typing import Dict, List

from sophon_report.vision.picture import Frame


class Intake:
    """One slot a device; safe from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frames: OrderedDict[str, Frame] = OrderedDict()
        self._skipped: Dict[str, int] = {}
        self._closed = False

    def put(self, frame: Frame, stop: threading.Event) -> None:
        """Offer ``frame``; an older one of the same device that nobody took goes. Nothing when ``stop`` is set.

        Set before :meth:`forget`, it keeps out what a decoder that hung gives later.
        """
        with self._changed:
            if stop.is_set():
                return
            if frame.device_id in self._frames:
                self._skipped[frame.device_id] = self._skipped.get(frame.device_id, 0) + 1
            self._frames[frame.device_id] = frame
            self._changed.notify_all()

    def put_waiting(self, frame: Frame, stop: threading.Event) -> None:
        """Offer ``frame`` once the device's last one was taken; returns at once when ``stop`` is set."""
        with self._changed:
            while frame.device_id in self._frames and not self._closed and not stop.is_set():
                self._changed.wait(0.1)
            if not stop.is_set():
                self._frames[frame.device_id] = frame
                self._changed.notify_all()

    def take(self, most: int, timeout_s: float) -> List[Frame]:
        """Return up to ``most`` frames, at most one a device; none after ``timeout_s``."""
        with self._changed:
            if not self._frames and not self._closed:
                self._changed.wait(timeout_s)
            taken = [self._frames.popitem(last=False)[1] for _ in range(min(most, len(self._frames)))]
            if taken:
                self._changed.notify_all()
            return taken

    def skipped(self, device_id: str) -> int:
        """Frames of the device that a newer one replaced."""
        with self._changed:
            return self._skipped.get(device_id, 0)

    def holds(self, device_id: str) -> bool:
        """Whether a frame of the device waits."""
        with self._changed:
            return device_id in self._frames

    def forget(self, device_id: str) -> None:
        """Drop what the device left."""
        with self._changed:
            self._skipped.pop(device_id, None)
            self._frames.pop(device_id, None)
            self._changed.notify_all()

    def close(self) -> None:
        """Wake everybody."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
