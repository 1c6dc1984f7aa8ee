"""Whose work is shipped with the service, under which licences: Python packages, files of the page, native parts.

Packages are those that this one needs at run time, and theirs, as far as they are installed; each says itself what
its licence is. What a wheel carries inside, such as FFmpeg in OpenCV's, is told here by hand: no field has it.
"""

import importlib.metadata
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from sophon_report import __version__

PACKAGE = "sophon-report"
EXTRAS = ("cpu", "models")
"""Of the extras of this package: what runs on a box or makes its models ready."""
LONGEST_LICENCE = 80
_WEB = Path(__file__).resolve().parents[1] / "web" / "vendor"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
INSIDE: Dict[str, Tuple[Tuple[str, str], ...]] = {
    "opencv-python-headless": (("FFmpeg (in OpenCV's wheel)", "LGPL-2.1-or-later"),),
    "numpy": (("OpenBLAS (in NumPy's wheel)", "BSD-3-Clause"),),
}
OF_PAGE: Dict[str, Tuple[str, str, str]] = {"lit-html": ("3.3.3", "BSD-3-Clause", "https://lit.dev")}
"""Version, licence and home by folder: releases are copied without the files that say so."""


@dataclass(frozen=True)
class Licence:
    """Of one piece."""

    name: str
    version: str
    licence: str
    """As the piece says; ``""``: it does not say."""
    kind: str
    """``own``, ``python``, ``web`` or ``native``."""
    home: str = ""
    """Where it comes from."""


def shipped() -> List[Licence]:
    """Everything, by kind and name. Reads files: not on an event loop."""
    found = [
        Licence(PACKAGE, __version__, "Apache-2.0", "own"),
        Licence("CPython", platform.python_version(), "PSF-2.0", "native", "https://www.python.org"),
    ]
    for name in sorted(_needed() - {PACKAGE}):
        one = _distribution(name)
        if one is None:
            continue
        found.append(told_by(_fields(one)))
        found += [
            Licence(inside, "", licence, "native", found[-1].home) for inside, licence in INSIDE.get(name, ())
        ]
    found += _of_page()
    return sorted(found, key=lambda each: (each.kind != "own", each.kind, each.name.lower()))


def _needed() -> Set[str]:
    """Names of this package and what it needs, as the registry writes them; uninstalled, of all there is."""
    found: Set[str] = set()
    if _distribution(PACKAGE) is None:
        names = (str(_fields(one).get("Name") or "") for one in importlib.metadata.distributions())
        return {_plain(name) for name in names if name}
    left: List[Tuple[str, Tuple[str, ...]]] = [(PACKAGE, EXTRAS)]
    while left:
        name, extras = left.pop()
        if name in found:
            continue
        found.add(name)
        one = _distribution(name)
        left += [
            (needed, ()) for needed in required_names((one.requires or ()) if one is not None else (), extras)
        ]
    return found


def required_names(requires: Iterable[str], extras: Sequence[str] = ()) -> Iterator[str]:
    """Names, as the registry writes them, that lines of ``Requires-Dist`` ask for: always, or with an extra."""
    for needed in requires:
        extra = _EXTRA.search(needed)
        match = _NAME.match(needed)
        if match and (extra is None or extra[1] in extras):
            yield _plain(match[0])


def _distribution(name: str) -> Optional[importlib.metadata.Distribution]:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def told_by(told: Any) -> Licence:
    """Return what a package's metadata say of it, given as a message of mail or what looks like one."""
    home = str(told.get("Home-page") or "")
    for line in told.get_all("Project-URL") or ():
        label, _, url = str(line).partition(",")
        if not home and label.strip().lower() in ("homepage", "source", "repository", "source code"):
            home = url.strip()
    return Licence(str(told["Name"]), str(told["Version"]), _licence_of(told), "python", home)


def _fields(one: importlib.metadata.Distribution) -> Any:
    """A message of mail, or what looks like one."""
    return one.metadata


def _licence_of(told: Any) -> str:
    """The expression, else what the classifiers say, else the first line of the field."""
    expression = str(told.get("License-Expression") or "").strip()
    if expression:
        return expression
    said = [
        str(line).rpartition("::")[2].strip() for line in told.get_all("Classifier") or () if "License ::" in line
    ]
    said = [line for line in said if line != "OSI Approved"]
    if said:
        return ", ".join(said)[:LONGEST_LICENCE]
    text = str(told.get("License") or "").strip()
    return text.splitlines()[0][:LONGEST_LICENCE] if text and text != "UNKNOWN" else ""


def _of_page() -> Iterator[Licence]:
    """What lies in ``web/vendor``: a folder each."""
    for folder in sorted(_WEB.iterdir()) if _WEB.is_dir() else ():
        version, licence, home = OF_PAGE.get(folder.name, ("", "", ""))
        yield Licence(folder.name, version, licence, "web", home)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
