"""What a perfect service would report of a film, and how what was reported differs from it. Pure.

A true visit begins with the first and ends with the last frame in which the **whole face** is in the picture;
absences shorter than the gap do not end it. A detector sees a face already, and still, when half of it is
(measured: 4 to 16 frames of a slow entry), a service may look at fewer frames than there are: hence the tolerance.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, List, Optional, Sequence, Tuple

from sophon_report.errors import BadMessage

MAX_TRUTH_BYTES = 1 << 20
DEFINITION = (
    "in_ms and out_ms: the first and the last frame in which the whole face is in the picture, from the start of "
    "the video; absences shorter than gap_ms belong to the visit; id null: a person who is not in people/"
)


@dataclass(frozen=True)
class TrueVisit:
    """A stay of one person, milliseconds from the start of the film."""

    identity_id: Optional[str]
    """``None``: unknown, so a stranger to the service."""
    in_ms: int
    out_ms: int
    person: str
    """Who it really is."""


@dataclass(frozen=True)
class Truth:
    """All visits of a film in order of entry."""

    visits: Tuple[TrueVisit, ...]
    duration_ms: int
    gap_ms: int = 3000
    tolerance_ms: int = 500

    def dump(self) -> bytes:
        """The content of ``truth.json``."""
        visits = [{"id": visit.identity_id, **asdict(visit)} for visit in self.visits]
        for visit in visits:
            del visit["identity_id"]
        content = {"definition": DEFINITION, **asdict(self), "visits": visits}
        return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def load_truth(path: Path) -> Truth:
    """Read ``truth.json``.

    Raises:
        BadMessage: it cannot be read, or is not what :meth:`Truth.dump` writes.
    """
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_TRUTH_BYTES))
        visits = tuple(_visit(item) for item in content["visits"])
        times = (int(content[key]) for key in ("duration_ms", "gap_ms", "tolerance_ms"))
        return Truth(visits, *times)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadMessage(f"{path} is no truth.json: {error}") from error


def _visit(item: Any) -> TrueVisit:
    identity_id = None if item["id"] is None else str(item["id"])
    return TrueVisit(identity_id, int(item["in_ms"]), int(item["out_ms"]), str(item["person"]))


def joined(visits: Sequence[TrueVisit], gap_ms: int) -> Tuple[TrueVisit, ...]:
    """The same visits in order of entry, those of one person that are less than ``gap_ms`` apart made one."""
    result: List[TrueVisit] = []
    for visit in sorted(visits, key=lambda each: each.in_ms):
        before = next((each for each in reversed(result) if each.person == visit.person), None)
        if before is not None and visit.in_ms - before.out_ms < gap_ms:
            result[result.index(before)] = TrueVisit(
                before.identity_id, before.in_ms, max(before.out_ms, visit.out_ms), before.person
            )
        else:
            result.append(visit)
    return tuple(result)


@dataclass(frozen=True)
class SeenVisit:
    """A visit as a service reported it, on the service's own clock."""

    identity_id: Optional[str]
    """``None``: a stranger."""
    in_ms: int
    out_ms: int


@dataclass(frozen=True)
class Pair:
    """A true visit and what was reported of it."""

    expected: TrueVisit
    seen: Optional[SeenVisit]
    """From the start of the film; ``None``: nothing was reported."""
    difference: str = ""
    """In words; empty when all is right."""


@dataclass(frozen=True)
class Comparison:
    """A film's truth beside what was reported."""

    pairs: Tuple[Pair, ...]
    """One per true visit, in order."""
    unexpected: Tuple[SeenVisit, ...]
    """Reported, and no visit of the film; from its start."""

    @property
    def right(self) -> int:
        """How many true visits were reported with the right person and times."""
        return sum(not pair.difference for pair in self.pairs)

    @property
    def differences(self) -> Tuple[str, ...]:
        """What is wrong, in words, a sentence each; empty when all is right."""
        wrong = [f"{_story(pair.expected)}: {pair.difference}" for pair in self.pairs if pair.difference]
        return (*wrong, *(f"{_told(seen)} was reported, and nobody was there" for seen in self.unexpected))


def compare(truth: Truth, seen: Sequence[SeenVisit], start_ms: int) -> Comparison:
    """Put each true visit beside the reported one that fits best: same person first, then the longest overlap.

    Args:
        truth: what is in the film.
        seen: what was reported, in any order.
        start_ms: when the film began, on the clock of ``seen``.
    """
    rest = [SeenVisit(each.identity_id, each.in_ms - start_ms, each.out_ms - start_ms) for each in seen]
    found: List[Optional[SeenVisit]] = [None] * len(truth.visits)
    # Right people are given away first, so that a wrong one never takes another visit's own report.
    for same_person in (True, False):
        for number, visit in enumerate(truth.visits):
            if found[number] is None:
                fitting = [
                    each
                    for each in rest
                    if (each.identity_id == visit.identity_id) is same_person and _overlap_ms(visit, each) > 0
                ]
                found[number] = max(fitting, key=lambda each: _overlap_ms(visit, each), default=None)
                rest = [each for each in rest if each is not found[number]]
    pairs = [
        Pair(visit, best, _difference(visit, best, truth.tolerance_ms)) for visit, best in zip(truth.visits, found)
    ]
    return Comparison(tuple(pairs), tuple(sorted(rest, key=lambda each: each.in_ms)))


def _overlap_ms(visit: TrueVisit, seen: SeenVisit) -> int:
    return min(visit.out_ms, seen.out_ms) - max(visit.in_ms, seen.in_ms)


def _difference(visit: TrueVisit, seen: Optional[SeenVisit], tolerance_ms: int) -> str:
    if seen is None:
        return "was not reported"
    told = []
    if seen.identity_id != visit.identity_id:
        told.append(
            "was taken for a stranger" if seen.identity_id is None else f"was taken for {seen.identity_id}"
        )
    for name, off_ms in (("in", seen.in_ms - visit.in_ms), ("out", seen.out_ms - visit.out_ms)):
        if abs(off_ms) > tolerance_ms:
            told.append(f"{name} {abs(off_ms)} ms too {'late' if off_ms > 0 else 'early'}")
    return ", ".join(told)


def _story(visit: TrueVisit) -> str:
    who = visit.person if visit.identity_id is not None else f"{visit.person} (not registered)"
    return f"{who}, {visit.in_ms / 1000:.1f} to {visit.out_ms / 1000:.1f} s"


def _told(seen: SeenVisit) -> str:
    who = "a stranger" if seen.identity_id is None else seen.identity_id
    return f"{who}, {seen.in_ms / 1000:.1f} to {seen.out_ms / 1000:.1f} s,"
