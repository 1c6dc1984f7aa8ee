"""The thread that ends a vision process whose decoder or chip hangs, and says why.

It looks several times a second, shares no lock with what may hang, and leaves by ``os._exit``: threads that hang
in a native call would keep an ordinary end waiting for ever. The last word goes over the link within
:data:`LAST_WORD_S` or not at all; the exit status then says as much as the report process must know.
"""

import os
import threading
import time
from typing import Callable, NoReturn, Optional

import structlog

from sophon_report.link.messages import Leaving
from sophon_report.vision.hang_watch import HangWatch

LOOK_EVERY_S = 0.25
LAST_WORD_S = 1.0
STALE_S = 5.0
"""A watchdog that has not looked for so long cannot vouch for anything."""

log = structlog.get_logger()


class Watchdog:
    """Looks at ``watch`` until stopped.

    Args:
        watch: calls under way.
        leave: called once, from the watchdog's thread, with why this process must end.
    """

    def __init__(self, watch: HangWatch, leave: Callable[[Leaving], None]) -> None:
        self._watch, self._leave = watch, leave
        self._stop = threading.Event()
        self._content_s = time.monotonic()
        self.beat: Callable[[float], None] = lambda _now_s: None
        """Called at each look with the time of the monotonic clock."""
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def vouches(self) -> bool:
        """Whether it looked a moment ago and nothing hung; else systemd's watchdog must not be fed."""
        return time.monotonic() - self._content_s < STALE_S

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            now_s = time.monotonic()
            self.beat(now_s)
            verdict = self._watch.look(now_s)
            if verdict is not None:
                self._content_s = float("-inf")
                self._leave(verdict)
                return
            self._content_s = time.monotonic()


class LastWord:
    """How a process leaves that cannot end by itself.

    Args:
        exit_now: ends the process at once with a status.
    """

    def __init__(self, exit_now: Callable[[int], NoReturn] = os._exit) -> None:
        self._exit = exit_now
        self.say: Optional[Callable[[Leaving], None]] = None
        """Sends on the link of the moment; may block or raise."""

    def leave(self, leaving: Leaving) -> None:
        """Log and tell why, and end the process; it takes at most :data:`LAST_WORD_S`."""
        telling = threading.Thread(target=self._tell, args=(leaving,), name="last word", daemon=True)
        telling.start()
        telling.join(LAST_WORD_S)
        self._exit(leaving.exit_status)

    def _tell(self, leaving: Leaving) -> None:
        if self.say is not None:
            try:
                self.say(leaving)
            except Exception as error:  # noqa: BLE001 - whatever it is, the process ends now
                log.error("last_word_lost", reason=str(error))
        log.error("vision_leaves", reason=leaving.reason, device_id=leaving.device_id)
