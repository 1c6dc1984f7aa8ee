"""The one thread that launches: the chip computes one thing at a time, and while it does this process goes on."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, TypeVar

Answer = TypeVar("Answer")


class ChipThread:
    """Runs launches one after the other, in the order in which they were given.

    Bound: the detector gives it as many as it has buffers; all others wait for their answer.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chip")

    def begin(self, launch: Callable[[], Answer]) -> "Future[Answer]":
        """Launch, soon; the answer, or its error, is in what is returned."""
        return self._executor.submit(launch)

    def run(self, launch: Callable[[], Answer]) -> Answer:
        """Launch and wait for the answer."""
        return self.begin(launch).result()

    def close(self) -> None:
        """Let what was given end."""
        self._executor.shutdown(wait=True)
