"""Whether the report process may tell systemd that it is alive, from what it can see of itself. Pure.

The watchdog's cure is an end and a new start: every client is cut off for it, and events that the disk had not yet
taken are lost. So the only thing that counts is what a new process does better: an event loop that does not turn
(then nobody asks this), and a journal that has stopped for a reason of its own. A disk that refuses is answered
within seconds, counted and shown; one that hangs in the kernel would hold up the new process as well, and does not
even let the old one end. Neither is cured by starting anew, and the realtime clients lose nothing by them.
"""

from dataclasses import dataclass

JOURNAL_STUCK_S = 60.0
"""The journal gives a batch up after 10 s of tries; an eMMC that tidies itself up takes seconds to sync."""


@dataclass(frozen=True)
class LifeSigns:
    """What is seen at one turn of the event loop."""

    journal_stuck_s: float
    """How long the oldest event that is not on the disk has waited with none settled meanwhile; 0: none waits."""
    waits_for_disk: bool
    """The kernel itself holds the journal's thread up."""


def why_not_alive(signs: LifeSigns) -> str:
    """Why systemd must not be told that all is well, in words for the operator; ``""``: it may be told."""
    if signs.journal_stuck_s <= JOURNAL_STUCK_S or signs.waits_for_disk:
        return ""
    return f"the journal has not written an event for {signs.journal_stuck_s:.0f} s, and no disk holds it up"
