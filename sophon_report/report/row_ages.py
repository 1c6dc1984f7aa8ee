"""The time by which rows of the event index are too old, on a clock that may step. Pure.

A clock that jumps ahead must not empty the history. So a jump of more than a tenth of the greatest age is believed
only after the service has gone on for a thirtieth of that age with it, as the journal does; until then time goes
on from where it was. A step back makes nothing older.
"""

JUMPS_PER_AGE = 10
BELIEVED_PER_AGE = 30


class WatchedClock:
    """A clock that is looked at often.

    Args:
        newest_ms: time of the newest row, 0 for none: as late it was for sure.
    """

    def __init__(self, newest_ms: int) -> None:
        self._believed_ms, self._waited_ms = newest_ms, 0

    def look(self, now_ms: int, elapsed_ms: int, max_age_ms: int) -> int:
        """The time that counts.

        Args:
            now_ms: UTC, as the clock says.
            elapsed_ms: time since the last look on a clock that does not step.
            max_age_ms: of rows.
        """
        is_jump = self._believed_ms > 0 and now_ms - self._believed_ms > max_age_ms / JUMPS_PER_AGE
        if is_jump and self._waited_ms < max_age_ms / BELIEVED_PER_AGE:
            self._waited_ms += elapsed_ms
            self._believed_ms += elapsed_ms
        else:
            self._waited_ms = 0
            self._believed_ms = max(self._believed_ms, now_ms)
        return min(self._believed_ms, now_ms)
