"""``people import|export|list|erase``."""

import argparse
import os
from contextlib import closing
from pathlib import Path
from typing import Iterator, Sequence

from rich.console import Console
from rich.progress import Progress

from sophon_report.cli import settings_of
from sophon_report.config import Settings
from sophon_report.errors import NotFound, Unavailable
from sophon_report.ops.data_dir import DataDir
from sophon_report.people_erase import erase_person
from sophon_report.people_import import Wish, import_people
from sophon_report.report.bulk.exporting import Exporter
from sophon_report.report.bulk.importing import Watcher
from sophon_report.report.bulk.notebook import ImportNote
from sophon_report.report.erasing import Progress as HowFar
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.terminal import print_table, printable

PAGE = 500
MAX_LINES = 1000
"""Refusals that are shown; the report has more."""
LONGEST_LINE = 600
"""A file name and the reason of its refusal."""


def people(arguments: argparse.Namespace) -> int:
    """Run one action on the registered people."""
    if arguments.action == "import":
        return _import(arguments)
    if arguments.action == "export":
        return _export(arguments)
    return _erase(arguments) if arguments.action == "erase" else _list(settings_of(arguments))


def _import(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    console = Console(highlight=False)
    wish = Wish(
        arguments.type,
        tuple(arguments.permission),
        arguments.replace,
        arguments.fiqa_level,
        arguments.resume,
    )
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("people", total=None)
        lines = 0

        def told(note: ImportNote) -> None:
            progress.update(task, completed=note.rows, total=note.total)

        def told_row(label: str, refused: str) -> None:
            nonlocal lines
            lines += bool(refused)
            if refused and lines <= MAX_LINES:
                line = printable(f"{label}: {refused}", LONGEST_LINE)
                progress.console.print(line, markup=False, soft_wrap=True)

        done = import_people(settings, arguments.path, wish, Watcher(told, told_row))
    for line in done.notes:
        console.print(printable(line, LONGEST_LINE), markup=False, soft_wrap=True)
    if lines > MAX_LINES:
        console.print(f"{lines - MAX_LINES} more were refused")
    if arguments.report is not None:
        _write(arguments.report, done.report)
    console.print(f"registered {done.note.registered}, refused {done.note.refused}")
    return 1 if done.note.refused else 0


def _write(path: Path, report: bytes) -> None:
    try:
        with os.fdopen(os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(report)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error


def _export(arguments: argparse.Namespace) -> int:
    place = DataDir(settings_of(arguments).data_dir)
    if not place.store.exists():
        raise NotFound(f"nothing is stored in {place.root}")
    console = Console(highlight=False)
    with closing(Database.open(place.store)) as database, Progress(console=console, transient=True) as progress:
        task = progress.add_task("people", total=None)

        def told(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        people = Exporter(database).write(arguments.path, "", arguments.photos, told)
    console.print(f"wrote {people} people; whoever has this file has their faces")
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    console = Console(highlight=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("people", total=None)

        def told(now: HowFar) -> None:
            progress.update(task, description=now.step, completed=now.done_bytes, total=now.all_bytes or None)

        erased = erase_person(settings, arguments.id, told)
    print(
        f"erased: {erased.faces} faces with their photos, {erased.records} records of events, "
        f"{erased.dead_letters} dead letters, {erased.rows} rows of the history"
    )
    left = _imported(settings, arguments.id)
    if left:
        print(f"{left} files in the import folder carry this id; they are yours to remove")
    return 0


def _imported(settings: Settings, identity_id: str) -> int:
    folder = DataDir(settings.data_dir).import_folder
    names = [path.stem for path in folder.iterdir()] if folder.is_dir() else []
    return sum(name.partition("__")[0] == identity_id for name in names)


def _list(settings: Settings) -> int:
    place = DataDir(settings.data_dir)
    if not place.store.exists():
        print("nobody is registered")
        return 0
    with closing(Database.open(place.store)) as database:
        print_table(("id", "name", "type", "faces"), _person_cells(PeopleStore(database)))
    return 0


def _person_cells(store: PeopleStore) -> Iterator[Sequence[str]]:
    for offset in range(0, store.count(), PAGE):
        for person in store.list(limit=PAGE, offset=offset):
            faces = len(store.faces_of(person.identity_id))
            yield (person.identity_id, person.name, person.user_type.value, str(faces))
