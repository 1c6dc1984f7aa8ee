"""Finding out what a path holds, and opening it."""

from pathlib import Path
from typing import List

from sophon_report.errors import BadInput, Unavailable
from sophon_report.report.bulk.bundle import Bundle, FolderBundle, ZipBundle
from sophon_report.report.bulk.feature_tar import FeatureTar, is_feature_tar
from sophon_report.report.bulk.named_photos import NamedPhotos
from sophon_report.report.bulk.rows import Defaults, Source, label_of
from sophon_report.report.bulk.sheets import LIST_SUFFIXES, ListedPeople


def open_source(path: Path, defaults: Defaults) -> Source:
    """The people in ``path``.

    A folder or a zip with one list in it is that list with its pictures; without one it is photos named
    ``<id>__<name>.jpg``. A list by itself has its pictures beside it. A tar is what another box exported.

    Args:
        path: a folder, a zip, a CSV, an XLSX or a tar.
        defaults: what everybody gets who brings nothing of their own.

    Raises:
        Unavailable: it cannot be read.
        BadInput: it is none of these, or one that is not taken, and why.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        return _of_bundle(FolderBundle(path), defaults)
    if path.exists() and not path.is_file():  # a pipe would wait for a writer
        raise BadInput(f"{path.name} is no file")
    if suffix in LIST_SUFFIXES:
        return ListedPeople(FolderBundle(path.parent), path.name, defaults)
    if suffix == ".zip":
        return _of_bundle(ZipBundle(path), defaults)
    if suffix == ".tar" or is_feature_tar(path):
        return FeatureTar(path, defaults)
    if not path.exists():
        raise Unavailable(f"{path} cannot be read: there is no such file")
    raise BadInput(f"{path.name} is no folder, .zip, .csv, .xlsx or .tar")


def _of_bundle(bundle: Bundle, defaults: Defaults) -> Source:
    try:
        lists = _lists_of(bundle)
        return ListedPeople(bundle, lists[0], defaults) if lists else NamedPhotos(bundle, defaults)
    except BaseException:
        bundle.close()
        raise


def _lists_of(bundle: Bundle) -> List[str]:
    """The list of a bundle, or none.

    Raises:
        BadInput: there are several.
    """
    lists = [name for name in bundle.names() if name.lower().endswith(LIST_SUFFIXES)]
    if len(lists) > 1:
        raise BadInput(f"{bundle.title} holds {len(lists)} lists ({label_of(', '.join(lists))}): leave one")
    return lists
