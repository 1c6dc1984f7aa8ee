"""Layouts of installed packages: entry points of the group ``sophon_report.layouts``, each a ``Layout``.

A package is imported when its layout is asked for and not before, so that a broken one hurts nobody who does not
use it. Where two packages have the same name for theirs, the first on Python's path has it.
"""

from importlib import metadata
from typing import Any, Iterator, Optional, Tuple

from sophon_report.errors import LayoutError

GROUP = "sophon_report.layouts"


def names() -> Tuple[str, ...]:
    """The names that packages bring, whether they can be loaded or not."""
    return tuple(point.name for _, point in _points())


def load(name: str) -> Tuple[Optional[str], Any]:
    """The package that brings layout ``name``, and what it brings; ``(None, None)`` when none does.

    Raises:
        LayoutError: it cannot be loaded.
    """
    for package, point in _points():
        if point.name == name:
            try:
                return package, point.load()
            except (Exception, SystemExit) as error:
                why = f"{type(error).__name__}: {str(error)[:200]}"
                raise LayoutError(f"layout {name} of package {package} cannot be loaded: {why}") from error
    return None, None


def _points() -> Iterator[Tuple[str, metadata.EntryPoint]]:
    """Each entry point of the group with its package: asked in the one way that all Pythons from 3.8 on have."""
    for distribution in metadata.distributions():
        for point in distribution.entry_points:
            if point.group == GROUP:
                yield distribution.metadata["Name"], point
