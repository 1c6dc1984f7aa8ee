"""``models list|fetch|verify``."""

import argparse
import contextlib
from typing import Iterator, Sequence

from sophon_report.cli import settings_of
from sophon_report.errors import ModelError
from sophon_report.ops.data_dir import DataDir
from sophon_report.terminal import print_table
from sophon_report.vision.models.card import ATTRIBUTES
from sophon_report.vision.models.chip_files import ChipFile
from sophon_report.vision.models.files import sha256_of
from sophon_report.vision.models.library import BMODEL, ModelLibrary, ModelRow


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
        problems = [*library.verify(settings.models), *_misfits(library, settings.models.attributes)]
        for problem in problems:
            print(problem)
        if not problems:
            print("all model files are right")
        return 1 if problems else 0
    headings = ("role", "name", "state", "licence", "bytes", "sha256", "source", "path")
    print_table(headings, (_cells(row) for row in library.list(settings.models)))
    compiled = library.chip_files()
    if compiled:
        headings = ("chip", "role", "precision", "batch", "state", "bytes", "sha256", "path")
        print_table(headings, (_chip_cells(file) for file in compiled))
    return 0


def _misfits(library: ModelLibrary, paths: Sequence[str]) -> Iterator[str]:
    """What is wrong with the user's models of attributes beyond their files: they and their cards disagree."""
    from sophon_report.vision.engines.attributes import check_net
    from sophon_report.vision.engines.cpu import CpuAttributes

    for path in paths:
        with contextlib.suppress(ModelError):  # told of the file itself
            file = library.open(ATTRIBUTES, path)
            if file.path.suffix == BMODEL:
                continue
            try:
                check_net(CpuAttributes(file))
            except ModelError as error:
                yield f"{ATTRIBUTES}: {error}"


def _chip_cells(file: ChipFile) -> Sequence[str]:
    size, sha256 = "", ""
    if file.path.is_file():  # and no link to nowhere, of a folder that was copied in part
        size, sha256 = f"{file.path.stat().st_size:,}", sha256_of(file.path)[:16]
    return (file.chip, file.role, file.precision, str(file.batch), file.state(), size, sha256, str(file.path))


def _cells(row: ModelRow) -> Sequence[str]:
    size, sha256 = f"{row.size_bytes:,}", row.sha256[:16]
    return (row.role, row.name, row.state, row.licence, size, sha256, row.source, str(row.path))
