"""What the CPU does for a picture in the chip's place: counted, and said in the log the first time."""

import structlog

log = structlog.get_logger()


class Fallback:
    """Counts one kind of work.

    Args:
        work: what it is, in the log.
    """

    def __init__(self, work: str) -> None:
        self._work = work
        self.count = 0

    def note(self, reason: str) -> None:
        """The CPU does it once more."""
        if not self.count:
            log.warning("done_by_cpu", work=self._work, reason=reason)
        self.count += 1
