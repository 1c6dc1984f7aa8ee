"""What passes the API port, in figures."""

from dataclasses import dataclass, field
from typing import Dict


@dataclass
class Traffic:
    """Counters since the start, and who is connected now."""

    answers: Dict[int, int] = field(default_factory=dict)
    """By HTTP status."""
    connections: Dict[str, int] = field(default_factory=dict)
    """Open ones by address."""
    refused_full: int = 0
    """Connections for which there was no place."""
    gave_way: int = 0
    """Connections that were answered, asked nothing more and lost their place to a new one."""
    cut: int = 0
    """Connections that asked nothing in time, sent too much ahead or did not take their answer."""

    def answered(self, status: int) -> None:
        """Count an answer."""
        self.answers[status] = self.answers.get(status, 0) + 1
