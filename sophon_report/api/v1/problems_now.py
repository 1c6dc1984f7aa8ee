"""What is wrong right now: one list for people and programs, with codes, and where in the page each is mended."""

from dataclasses import dataclass, field
from typing import List, Mapping, Optional, Protocol, Sequence, Union

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer

Value = Union[bool, int, float, str]


@dataclass(frozen=True)
class ProblemNow:
    """One thing that is wrong."""

    code: str
    """What kind it is; one that is told once keeps its meaning."""
    severity: str
    """``failing``: no events come, or none are kept; ``warning``: a part does not do its work; ``notice``."""
    text: str
    """In English, as ``/healthz`` tells it."""
    place: str = ""
    """Of the page, below ``#/``, that mends it; ``""``: none does."""
    subject: str = ""
    """What it is about (a device, a destination), where a code may come more than once."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """What its words need, by name."""
    since_ms: Optional[int] = None
    """When it was first seen, since the start of the service."""


class ProblemsNow(Answer):
    """What is wrong right now."""

    now_ms: int
    problems: List[ProblemNow]
    """The worst first; empty: nothing is."""


class ProblemService(Protocol):
    """Whoever looks."""

    def problems(self) -> Sequence[ProblemNow]:
        """What is wrong now, the worst first."""


class ProblemCalls:
    """The one operation."""

    def __init__(self, service: ProblemService, clock_ms: "Clock") -> None:
        self._service, self._clock_ms = service, clock_ms

    def operations(self) -> List[Operation]:
        """What is served."""
        return [
            Operation(
                "GET",
                "/problems-now",
                Need.READ,
                "What is wrong right now, since when, and where it is mended",
                self.look,
                ProblemsNow,
                tags=("status",),
            )
        ]

    async def look(self, _asked: Asked) -> ProblemsNow:
        """What is wrong now."""
        return ProblemsNow(now_ms=self._clock_ms(), problems=list(self._service.problems()))


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> int:
        """Milliseconds since the epoch."""
