"""An event loop with real sockets whose clock a test can move: minutes pass at once, and only when it says so."""

import asyncio
from typing import Any, Coroutine


class SteeredLoop(asyncio.SelectorEventLoop):
    """Its time is the real one plus what was let pass."""

    def __init__(self) -> None:
        self._passed_s = 0.0
        super().__init__()

    def time(self) -> float:
        """Seconds of a clock that only goes forward."""
        return super().time() + self._passed_s

    def let_pass(self, seconds: float) -> None:
        """Move the clock; what is due by then happens now."""
        self._passed_s += seconds


def run_steered(scenario: Coroutine[Any, Any, None]) -> None:
    """Run ``scenario`` on a :class:`SteeredLoop`, which it finds as the running loop."""
    loop = SteeredLoop()
    try:
        loop.run_until_complete(scenario)
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
