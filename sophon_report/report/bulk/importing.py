"""An import from its first row to its last: read in batches, registered batch by batch, told as it goes.

The promise: every row ends registered or in the report with its reason; at most two batches are in memory; what a
batch registered is on the disk before the note says so, so that an import which was killed goes on where its note
ends, and what it does twice is done once. Reading, unpacking and writing notes happen in a thread of their own.

An id counts once: of several rows with it the first that can be registered wins, and the others are told.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple, TypeVar

from sophon_report.errors import SophonReportError
from sophon_report.report.bulk.notebook import ImportNote, OpenNote
from sophon_report.report.bulk.registrar import Order, Outcome, Registrar
from sophon_report.report.bulk.rows import PersonRow, RefusedRow, Row, Source

BATCH_ROWS = 500
BATCH_BYTES = 4 << 20
BATCH_PHOTOS = 16
"""Rows of a batch that bring no vector: each photo takes vision a moment, and the batch waits for all of them."""
REFUSED, LEFT_OUT = "refused", "left out"

T = TypeVar("T")
Told = Callable[[ImportNote], None]
"""Called after each batch."""
ToldRow = Callable[[str, str], None]
"""Called for each row that is done, with its label and ``""`` or why it was refused."""


@dataclass(frozen=True)
class Watcher:
    """Who is told, and may have it end."""

    told: Told = lambda _note: None
    told_row: ToldRow = lambda _label, _why: None
    cancelled: Callable[[], bool] = lambda: False
    """Asked between batches."""


async def import_rows(
    source: Source,
    registrar: Registrar,
    order: Order,
    note: OpenNote,
    watcher: Watcher,
    names: Sequence[str] = (),
) -> ImportNote:
    """Register the people of ``source`` from where ``note`` ends; returns what became of it.

    Args:
        source: opened; stays open.
        registrar: takes the batches.
        order: how it is meant.
        note: kept up to date, and left open.
        watcher: is told.
        names: permission groups that everybody gets.

    Raises:
        BadInput: the source cannot be read from some row on; the rows before count.
        Unavailable: the disk or vision is away; it can go on later.
    """
    note.note = replace(note.note, total=source.count(), ended="")
    aside = _Aside()
    try:
        left = max(0, (note.note.total or 0) - note.note.rows)
        await registrar.begin(source.groups, names, left, order)
        done = await _each_batch(source, registrar, order, note, watcher, aside)
        return await aside.do(_end, note, "done" if done else "cancelled")
    except SophonReportError as error:
        await aside.do(_end, note, str(error))
        raise
    finally:
        aside.close()


async def _each_batch(
    source: Source, registrar: Registrar, order: Order, note: OpenNote, watcher: Watcher, aside: "_Aside"
) -> bool:
    """Read and register to the end; ``False`` when it was cancelled before."""
    batches = _batches(source.rows(note.note.rows))
    used: Set[str] = set()
    batch = await aside.do(_next, batches)
    while batch is not None:
        if watcher.cancelled():
            return False
        reading = aside.do(_next, batches)
        done = await _register(batch, registrar, order, used)
        await aside.do(_write, note, done)
        for row, outcome in done:
            watcher.told_row(row.label, outcome.refused)
        watcher.told(note.note)
        batch = await reading
    return True


class _Aside:
    """The thread of one import."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "import")

    def do(self, act: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
        doing = asyncio.get_running_loop().run_in_executor(self._pool, act, *arguments)
        doing.add_done_callback(lambda done: done.cancelled() or done.exception())  # also when nobody asks
        return doing

    def close(self) -> None:
        """Without waiting: what it reads is needed by nobody any more."""
        self._pool.shutdown(wait=False)


_Done = List[Tuple[Row, Outcome]]


async def _register(batch: Sequence[Row], registrar: Registrar, order: Order, used: Set[str]) -> _Done:
    """What becomes of the rows of a batch, in their order."""
    outcomes = {row.number: Outcome(row.reason, code=row.code) for row in batch if isinstance(row, RefusedRow)}
    wanted: List[PersonRow] = []
    twice: List[PersonRow] = []
    here: Set[str] = set()
    for row in batch:
        if isinstance(row, PersonRow):
            identity_id = row.person.identity_id
            if identity_id in used:
                outcomes[row.number] = Outcome(_used(identity_id), code="twice")
            else:
                (twice if identity_id in here else wanted).append(row)
                here.add(identity_id)
    while wanted:
        told = await registrar.register(wanted, order)
        outcomes.update((row.number, outcome) for row, outcome in zip(wanted, told))
        used.update(row.person.identity_id for row, outcome in zip(wanted, told) if not outcome.refused)
        wanted, twice = _again(twice, used, outcomes)
    return [(row, outcomes[row.number]) for row in batch]


def _again(
    twice: List[PersonRow], used: Set[str], outcomes: Dict[int, Outcome]
) -> Tuple[List[PersonRow], List[PersonRow]]:
    """The first row of each id that was in the batch before and was refused there; and the rows after it."""
    wanted: List[PersonRow] = []
    later: List[PersonRow] = []
    here: Set[str] = set()
    for row in twice:
        identity_id = row.person.identity_id
        if identity_id in used:
            outcomes[row.number] = Outcome(_used(identity_id), code="twice")
        else:
            (later if identity_id in here else wanted).append(row)
            here.add(identity_id)
    return wanted, later


def _used(identity_id: str) -> str:
    return f"the id {identity_id} is used by another row before it"


def _batches(rows: Iterator[Row]) -> Iterator[List[Row]]:
    """Rows in batches that are bounded by what they hold; at least one each."""
    batch: List[Row] = []
    size_bytes = photos = 0
    try:
        for row in rows:
            batch.append(row)
            if isinstance(row, PersonRow):
                size_bytes += row.size_bytes
                photos += sum(not face.feature for face in row.faces)
            if len(batch) >= BATCH_ROWS or size_bytes >= BATCH_BYTES or photos >= BATCH_PHOTOS:
                yield batch
                batch, size_bytes, photos = [], 0, 0
    except SophonReportError:
        if batch:
            yield batch  # they were read before it could not go on
        raise
    if batch:
        yield batch


def _next(batches: Iterator[List[Row]]) -> Optional[List[Row]]:
    return next(batches, None)


def _write(note: OpenNote, done: _Done) -> None:
    for row, outcome in done:
        if outcome.refused or outcome.left_out:
            what, why = (REFUSED, outcome.refused) if outcome.refused else (LEFT_OUT, outcome.left_out)
            note.line(row.number, row.label, what, why, outcome.code)
    refused = sum(bool(outcome.refused) for _, outcome in done)
    before = note.note
    note.save(
        rows=before.rows + len(done),
        registered=before.registered + len(done) - refused,
        refused=before.refused + refused,
    )


def _end(note: OpenNote, how: str) -> ImportNote:
    note.save(ended=how)
    return note.note
