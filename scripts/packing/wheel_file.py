"""What a wheel tells of itself: name, licence, texts, needs, hash. No wheel is installed for that."""

import email.parser
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Mapping, Tuple

from sophon_report.ops.licences import told_by
from sophon_report.vision.models.files import sha256_of

LICENCE_NAME = re.compile(r"(?i)^(licen[cs]es?|copying|copyright|notice|authors|third.?party)")
LARGEST_TEXT_BYTES = 4 << 20


@dataclass(frozen=True)
class WheelFile:
    """The facts of one wheel."""

    file_name: str
    sha256: str
    name: str
    """As it writes itself."""
    version: str
    licence: str
    """As it says; ``""``: it does not say."""
    home: str
    requires: Tuple[str, ...]
    """Its ``Requires-Dist`` lines."""
    texts: Mapping[str, bytes]
    """Licence texts by their path inside."""

    @property
    def plain_name(self) -> str:
        """As a registry writes it."""
        return plain(self.name)


def plain(name: str) -> str:
    """Return a distribution's name as a registry writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_wheel(path: Path) -> WheelFile:
    """Return what the wheel at ``path`` tells.

    Raises:
        ValueError: it is no wheel.
    """
    with zipfile.ZipFile(str(path)) as archive:
        names = archive.namelist()
        metadata = next((name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)), None)
        if metadata is None:
            raise ValueError(f"{path.name} has no METADATA")
        told = email.parser.Parser().parsestr(archive.read(metadata).decode("utf-8"))
        texts = {
            info.filename: archive.read(info)
            for info in archive.infolist()
            if _is_licence(info.filename) and info.file_size <= LARGEST_TEXT_BYTES
        }
    known = told_by(told)
    return WheelFile(
        file_name=path.name,
        sha256=sha256_of(path),
        name=known.name,
        version=known.version,
        licence=known.licence,
        home=known.home,
        requires=tuple(str(line) for line in told.get_all("Requires-Dist") or ()),
        texts=dict(sorted(texts.items())),
    )


def _is_licence(name: str) -> bool:
    path = PurePosixPath(name)
    inside = any(part.endswith(".dist-info") for part in path.parts) and "licenses" in path.parts
    code = path.suffix in (".py", ".pyi", ".so", ".js", ".pyc")
    return not name.endswith("/") and not code and (inside or LICENCE_NAME.match(path.name) is not None)
