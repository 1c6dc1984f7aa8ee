"""Small things that are done in turn, again and again, whatever becomes of one of them."""

from typing import Callable, Set

import structlog

log = structlog.get_logger()


class Rounds:
    """Goes round its steps; one that fails keeps none of the others, and is tried again in the next round.

    Args:
        steps: by the names under which the log tells of their failures.
    """

    def __init__(self, **steps: Callable[[], None]) -> None:
        self._steps = steps
        self._failing: Set[str] = set()

    def go(self) -> None:
        """Do each step once; raises nothing. A failure is logged when the step did not fail the time before."""
        for name, step in self._steps.items():
            try:
                step()
            except Exception:
                if name not in self._failing:
                    log.exception("round_step_failed", step=name)
                self._failing.add(name)
            else:
                self._failing.discard(name)
