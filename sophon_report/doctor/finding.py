"""One thing that was looked at, with a verdict and what to do about it."""

from dataclasses import dataclass
from typing import Callable, Iterable, Iterator

from sophon_report.config import Settings
from sophon_report.ops.data_dir import DataDir

OK, WARNING, ERROR = LEVELS = ("ok", "warning", "error")
"""``error``: no events come or none are kept, now or at the next start. ``warning``: somebody should look."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    id: str
    """What kind of thing: programs may go by it, it keeps its meaning. Several findings may have one."""
    level: str
    """Of :data:`LEVELS`."""
    subject: str
    """For people; with the name of the device or destination that it is about."""
    text: str
    to_do: str = ""
    """A command or a sentence; ``""`` when there is nothing to do."""


Look = Callable[[Settings, DataDir], Iterator[Finding]]


def ok(kind: str, subject: str, text: str) -> Finding:
    """All is well."""
    return Finding(kind, OK, subject, text)


def warning(kind: str, subject: str, text: str, to_do: str) -> Finding:
    """Somebody should look."""
    return Finding(kind, WARNING, subject, text, to_do)


def error(kind: str, subject: str, text: str, to_do: str) -> Finding:
    """It keeps events from coming, or from being kept."""
    return Finding(kind, ERROR, subject, text, to_do)


def worst(findings: Iterable[Finding]) -> str:
    """The gravest level among them; ``ok`` of none."""
    return max((finding.level for finding in findings), key=LEVELS.index, default=OK)
