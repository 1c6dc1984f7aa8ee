"""``models list|fetch|verify``."""

import argparse

from rich.console import Console
from rich.table import Table

from sophon_report.cli import settings_of
from sophon_report.ops.data_dir import DataDir
from sophon_report.vision.models.library import ModelLibrary


def models(arguments: argparse.Namespace) -> int:
    """Run one action on the model files."""
    settings = settings_of(arguments)
    place = DataDir(settings.data_dir)
    library = ModelLibrary(place.models)
    if arguments.action == "fetch":
        place.prepare()
        library.fetch(arguments.from_dir)
        return 0
    if arguments.action == "verify":
        problems = library.verify(settings.models)
        for problem in problems:
            print(problem)
        if not problems:
            print("all model files are right")
        return 1 if problems else 0
    table = Table()
    for heading in ("role", "name", "state", "licence", "bytes", "sha256", "source", "path"):
        table.add_column(heading, overflow="fold")
    for row in library.list(settings.models):
        size = f"{row.size_bytes:,}"
        table.add_row(row.role, row.name, row.state, row.licence, size, row.sha256[:16], row.source, str(row.path))
    Console(highlight=False).print(table)
    return 0
