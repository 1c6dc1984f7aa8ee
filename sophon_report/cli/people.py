"""``people import|list`` and ``devices list``."""

import argparse
import asyncio
from typing import Any, Dict, List

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from sophon_report import figures
from sophon_report.admin import Admin
from sophon_report.cli import settings_of
from sophon_report.config import Settings
from sophon_report.errors import ConfigError
from sophon_report.ops.data_dir import DataDir
from sophon_report.people_import import import_folder, photos_of
from sophon_report.store.database import Database
from sophon_report.store.devices import DeviceStore
from sophon_report.store.people import PeopleStore

PAGE = 500


def people(arguments: argparse.Namespace) -> int:
    """Run one action on the registered people."""
    if arguments.action == "import":
        return _import(arguments)
    if arguments.action == "list":
        return _list(settings_of(arguments))
    raise ConfigError([("people", "say what to do: import DIR or list")])


def devices(arguments: argparse.Namespace) -> int:
    """List the devices, with their states when the service runs."""
    if arguments.action != "list":
        raise ConfigError([("devices", "say what to do: list")])
    settings = settings_of(arguments)
    place = DataDir(settings.data_dir)
    rows = asyncio.run(_live_devices(place)) if _runs(place) else _stored_devices(settings, place)
    table = Table("id", "name", "type", "address", "state", "picture", "frames", "faces")
    for row in rows:
        state = row["state"] + (f": {row['reason']}" if row["reason"] else "")
        size = f"{row['width']}x{row['height']}" if row["width"] else ""
        numbers = (str(row["frames"]), str(row["faces"]))
        table.add_row(row["device_id"], row["name"], row["type"], row["url"], state, size, *numbers)
    Console(highlight=False).print(table)
    return 0


def _import(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    console = Console(highlight=False)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("photos", total=len(photos_of(arguments.directory)))

        def told(name: str, refused: str) -> None:
            progress.advance(task)
            if refused:
                progress.console.print(f"{name}: {refused}", markup=False)

        report = import_folder(settings, arguments.directory, arguments.type, arguments.replace, told)
    console.print(f"registered {len(report.registered)}, refused {len(report.refused)}")
    return 1 if report.refused else 0


def _list(settings: Settings) -> int:
    place = DataDir(settings.data_dir)
    if not place.store.exists():
        print("nobody is registered")
        return 0
    database = Database.open(place.store)
    table = Table("id", "name", "type", "faces")
    store = PeopleStore(database)
    try:
        for offset in range(0, store.count(), PAGE):
            for person in store.list(limit=PAGE, offset=offset):
                faces = len(store.faces_of(person.identity_id))
                table.add_row(person.identity_id, person.name, person.user_type.value, str(faces))
    finally:
        database.close()
    Console(highlight=False).print(table)
    return 0


def _runs(place: DataDir) -> bool:
    return place.root.exists() and place.running()


async def _live_devices(place: DataDir) -> List[Dict[str, Any]]:
    async with Admin(place) as admin:
        rows: List[Dict[str, Any]] = (await admin.get("/api/v1/devices"))["devices"]
    return rows


def _stored_devices(settings: Settings, place: DataDir) -> List[Dict[str, Any]]:
    """What is stored, and what the settings would add at the next start."""
    known = []
    if place.store.exists():
        database = Database.open(place.store)
        try:
            known = DeviceStore(database).list()
        finally:
            database.close()
    seeds = [seed.device() for seed in settings.device]
    known += [seed for seed in seeds if seed.device_id not in {device.device_id for device in known}]
    return [{**row, "state": "service stopped"} for row in figures.device_rows(known, {})]
