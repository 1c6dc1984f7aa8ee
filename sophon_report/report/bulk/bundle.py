"""Where the files of an import lie: a folder or a zip, read by name within bounds.

Nothing is ever unpacked onto the disk, so a name in a zip is a key and no path: ``../../etc/passwd`` is an entry
of that name or none. A zip is refused whole when its directory is larger than :data:`MAX_DIRECTORY_BYTES`, has
more than :data:`MAX_FILES` entries or says that it unpacks to more than :data:`MAX_RATIO` times its size, which
also tells those whose entries overlap; an entry is read up to a bound and no further, whatever it says of its
size.

Names are UTF-8 where the entry says so, by its flag or by the extra field of Info-ZIP. Chinese Windows writes them
in its code page and says nothing: what is valid UTF-8 then is taken as that (macOS), all else as GB 18030, of
which CP936 and GBK are parts.
"""

import io
import os
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO, Dict, List, Protocol

from sophon_report.errors import BadInput, NotFound, Unavailable
from sophon_report.ops.import_folder import read_import

MAX_FILES = 200_000
"""In a folder or a zip, directories and whatever else lies there included."""
MAX_DIRECTORY_BYTES = 32 << 20
"""Of a zip; 100,000 entries with long names have half of it."""
MAX_RATIO = 100
"""How many times its size a zip may unpack to. Photos do not shrink; a drawing as BMP shrinks by 20."""
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_UNICODE_PATH = 0x7075
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NOT_MEANT = ("__MACOSX/", "Thumbs.db")


class Bundle(Protocol):
    """Files by name."""

    title: str
    """Of the folder or zip, for messages."""

    def names(self) -> List[str]:
        """Of all files in the order in which they are to be read, ``/`` between folders."""

    def read(self, name: str, most_bytes: int) -> bytes:
        """A file, one byte more than ``most_bytes`` when it is too large.

        Raises:
            BadInput: there is none of that name, or it cannot be unpacked.
        """

    def close(self) -> None:
        """Let it go."""


class FolderBundle:
    """The files of a folder; those of its sub-folders can be read by name and are not listed.

    Raises:
        Unavailable: it cannot be read.
        BadInput: too much lies in it.
    """

    def __init__(self, folder: Path) -> None:
        self.title, self._folder = str(folder), folder
        try:
            with os.scandir(folder) as entries:
                self._names = sorted(
                    entry.name for entry in entries if entry.is_file() and not _is_clutter(entry.name)
                )
        except OSError as error:
            raise Unavailable(f"{folder} cannot be read: {error.strerror}") from error
        _check_files(len(self._names), self.title)

    def names(self) -> List[str]:
        return self._names

    def read(self, name: str, most_bytes: int) -> bytes:
        try:
            return read_import(self._folder, name, most_bytes)
        except NotFound:
            raise BadInput(f"there is no readable file {name}") from None
        except OSError as error:
            raise BadInput(f"{name} cannot be read: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is held."""


class ZipBundle:
    """The files of a zip.

    Raises:
        Unavailable: it cannot be read.
        BadInput: it is no zip, or one that is not taken, and why.
    """

    def __init__(self, path: Path) -> None:
        self.title = path.name
        try:
            file = _Bounded(io.FileIO(str(path)))
            size_bytes = os.fstat(file.fileno()).st_size
        except OSError as error:
            raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
        try:
            self._zip = opened_zip(file, self.title)
            self._entries = self._listed(size_bytes)
        except BaseException:
            file.close()
            raise
        self._file = file

    def _listed(self, size_bytes: int) -> Dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        _check_files(len(infos), self.title)
        check_ratio(infos, size_bytes, self.title)
        named = ((entry_name(info), info) for info in infos if not info.is_dir())
        return {name: info for name, info in named if not _is_clutter(name)}

    def names(self) -> List[str]:
        return list(self._entries)

    def read(self, name: str, most_bytes: int) -> bytes:
        info = self._entry(name)
        try:
            with self._zip.open(info) as entry:
                return entry.read(most_bytes + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, ValueError) as error:
            raise BadInput("it is damaged in the zip") from error
        except OSError as error:
            raise BadInput(f"the zip cannot be read: {error.strerror}") from error

    def opened(self, name: str) -> IO[bytes]:
        """A file to be read piece by piece; what is damaged in it is told by zipfile as it is read.

        Raises:
            BadInput: there is none of that name, or it cannot be unpacked.
        """
        try:
            return self._zip.open(self._entry(name))
        except (zipfile.BadZipFile, EOFError, NotImplementedError, struct.error, ValueError) as error:
            raise BadInput("it is damaged in the zip") from error

    def _entry(self, name: str) -> zipfile.ZipInfo:
        info = self._entries.get(unicodedata.normalize("NFC", name.replace("\\", "/")))
        if info is None:
            raise BadInput(f"there is no file {name}")
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise BadInput("it is locked with a password")
        if info.compress_type not in _METHODS:
            raise BadInput("it is packed in a way that is not taken: use the usual one (deflate)")
        return info

    def close(self) -> None:
        self._zip.close()
        self._file.close()


class _Bounded(io.BufferedReader):
    """A file of which nobody gets more at once than a zip's directory may have.

    So the one read is bounded that takes its length from the file.
    """

    def read(self, size: "int | None" = -1) -> bytes:
        if size is None or size < 0:
            size = MAX_DIRECTORY_BYTES + 1
        found = super().read(min(size, MAX_DIRECTORY_BYTES + 1))
        if len(found) > MAX_DIRECTORY_BYTES:
            raise BadInput("the zip's list of files is larger than any that is meant")
        return found


def opened_zip(file: BinaryIO, title: str) -> zipfile.ZipFile:
    """The zip in ``file``.

    Raises:
        BadInput: it is none.
    """
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, EOFError) as error:
        raise BadInput(f"{title} is no zip, or a damaged one") from error
    except OSError as error:
        raise Unavailable(f"{title} cannot be read: {error.strerror}") from error


def check_ratio(infos: List[zipfile.ZipInfo], size_bytes: int, title: str) -> None:
    """Refuse a zip that would unpack to far more than it is.

    Raises:
        BadInput: it would.
    """
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_RATIO * max(size_bytes, 1):
        raise BadInput(f"{title} would unpack to more than {MAX_RATIO} times its size")


def entry_name(info: zipfile.ZipInfo) -> str:
    """The name of an entry as it was meant, composed (NFC), ``/`` between folders."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        raw = name.encode("cp437", "replace")  # as zipfile has read it: all 256 bytes are letters there
        name = _unicode_path(info.extra, raw) or _guessed(raw)
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in the extra field that tells it in UTF-8; ``""`` without one that belongs to ``raw``."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and body[:5] == struct.pack("<BI", 1, zlib.crc32(raw)):
            return body[5:].decode("utf-8", "replace")
    return ""


def _guessed(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")


def _is_clutter(name: str) -> bool:
    """What file managers leave behind, and sheets that are open in a program."""
    return name.startswith(_NOT_MEANT) or name.rpartition("/")[2].startswith(("._", ".", "~$"))


def _check_files(count: int, title: str) -> None:
    if count > MAX_FILES:
        raise BadInput(f"{title} holds {count} files, at most {MAX_FILES} are taken")
