"""``models list|fetch|verify``."""

import argparse
from typing import Sequence

from sophon_report.cli import settings_of
from sophon_report.ops.data_dir import DataDir
from sophon_report.terminal import print_table
from sophon_report.vision.models.library import ModelLibrary, ModelRow


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
    headings = ("role", "name", "state", "licence", "bytes", "sha256", "source", "path")
    print_table(headings, (_cells(row) for row in library.list(settings.models)))
    return 0


def _cells(row: ModelRow) -> Sequence[str]:
    size, sha256 = f"{row.size_bytes:,}", row.sha256[:16]
    return (row.role, row.name, row.state, row.licence, size, sha256, row.source, str(row.path))
