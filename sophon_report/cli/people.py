"""``people import|list|erase``."""

import argparse
from contextlib import closing
from typing import Iterator, Sequence

from rich.console import Console
from rich.progress import Progress

from sophon_report.cli import settings_of
from sophon_report.config import Settings
from sophon_report.ops.data_dir import DataDir
from sophon_report.people_erase import erase_person
from sophon_report.people_import import import_folder, photos_of
from sophon_report.report.erasing import Progress as HowFar
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.terminal import print_table, printable

PAGE = 500
LONGEST_LINE = 600
"""A file name and the reason of its refusal."""


def people(arguments: argparse.Namespace) -> int:
    """Run one action on the registered people."""
    if arguments.action == "import":
        return _import(arguments)
    return _erase(arguments) if arguments.action == "erase" else _list(settings_of(arguments))


def _import(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    console = Console(highlight=False)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("photos", total=len(photos_of(arguments.directory)))

        def told(name: str, refused: str) -> None:
            progress.advance(task)
            if refused:
                progress.console.print(printable(f"{name}: {refused}", LONGEST_LINE), markup=False, soft_wrap=True)

        report = import_folder(
            settings, arguments.directory, arguments.type, arguments.replace, told, arguments.fiqa_level
        )
    console.print(f"registered {len(report.registered)}, refused {len(report.refused)}")
    return 1 if report.refused else 0


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
