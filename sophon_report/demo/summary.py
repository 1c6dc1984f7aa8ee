"""The demo's last page: what was in the film, what the service made of it, and how fast. Pure."""

import math
from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

from sophon_report.demo.truth import Comparison


@dataclass(frozen=True)
class Run:
    """What the demo saw from outside."""

    comparison: Comparison
    pushed: Dict[str, float]
    """Milliseconds from the decision to this client, by event id."""
    seen_ms: Tuple[float, ...]
    """Milliseconds from the picture of a known person to this client; empty unless the film kept its own pace."""
    posted: Tuple[str, ...]
    """Event ids as the receiver got them."""
    frames: int
    frames_skipped: int
    seconds: float

    @property
    def problems(self) -> List[str]:
        """What is not as it should be, in words; empty when all is right."""
        found = list(self.comparison.differences)
        never_posted = set(self.pushed) - set(self.posted)
        never_pushed = set(self.posted) - set(self.pushed)
        if never_posted:
            found.append(f"{len(never_posted)} events were pushed and never posted")
        if never_pushed:
            found.append(f"{len(never_pushed)} events were posted and never pushed")
        if len(set(self.posted)) != len(self.posted):
            found.append(f"{len(self.posted) - len(set(self.posted))} events were posted twice")
        return found

    def rows(self) -> List[Tuple[str, str]]:
        """The summary table."""
        expected, wrong = len(self.comparison.pairs), len(self.comparison.pairs) - self.comparison.right
        seen = sum(pair.seen is not None for pair in self.comparison.pairs) + len(self.comparison.unexpected)
        rows = [
            ("visits expected / seen / wrong", f"{expected} / {seen} / {wrong + len(self.comparison.unexpected)}"),
            ("events pushed / posted", f"{len(self.pushed)} / {len(self.posted)}"),
            ("frames looked at / skipped", f"{self.frames} / {self.frames_skipped}"),
            ("frames per second", f"{self.frames / self.seconds:.1f}" if self.seconds > 0 else "-"),
            ("decision to client, p50 / p99", _pair(list(self.pushed.values()))),
        ]
        if self.seen_ms:
            rows.append(("picture to client, known people, p50 / p99", _pair(self.seen_ms)))
        return rows


def percentile(values: Sequence[float], percent: float) -> float:
    """Smallest value that ``percent`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _pair(values: Sequence[float]) -> str:
    if not values:
        return "-"
    return f"{percentile(values, 50):.1f} / {percentile(values, 99):.1f} ms"
