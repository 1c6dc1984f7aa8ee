"""The one thread that launches: the chip computes one thing at a time, and while it does this process goes on."""

import itertools
import queue
import threading
from concurrent.futures import Future
from typing import Any, Callable, Optional, Tuple, TypeVar

Answer = TypeVar("Answer")

_AWAITED, _BEGUN, _END = 0, 1, 2


class ChipThread:
    """Runs launches one after the other: those that somebody waits for first, else in the order they were given.

    A feature of a face takes a fraction of the time of a turn of detection. Behind the turns that were begun it
    would hold up who waits for it, and with him what he would have prepared for the chip meanwhile.

    Bound: the detector gives it as many as it has buffers; all others wait for their answer.
    """

    def __init__(self, name: str = "chip") -> None:
        self._numbers = itertools.count()
        self._waiting: queue.PriorityQueue[Tuple[int, int, Optional[_Launch]]] = queue.PriorityQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def begin(self, launch: Callable[[], Answer]) -> "Future[Answer]":
        """Launch, soon; the answer, or its error, is in what is returned."""
        return self._put(_BEGUN, launch)

    def run(self, launch: Callable[[], Answer]) -> Answer:
        """Launch next, and wait for the answer."""
        return self._put(_AWAITED, launch).result()

    def close(self) -> None:
        """Let what was given end."""
        self._waiting.put((_END, next(self._numbers), None))
        self._thread.join()

    def _put(self, urgency: int, launch: Callable[[], Answer]) -> "Future[Answer]":
        made = _Launch(launch)
        self._waiting.put((urgency, next(self._numbers), made))
        return made.answer

    def _work(self) -> None:
        while True:
            _, _, launch = self._waiting.get()
            if launch is None:
                return
            launch.work()


class _Launch:
    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self.answer: Future[Any] = Future()

    def work(self) -> None:
        try:
            self.answer.set_result(self._work())
        except BaseException as error:  # noqa: BLE001 - of whoever waits for the answer
            self.answer.set_exception(error)
