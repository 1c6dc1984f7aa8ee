"""Checksums of a folder and its archive: the same files give the same bytes, whoever packs them and when."""

import subprocess
import tarfile
from pathlib import Path
from typing import Iterator, List

from sophon_report.vision.models.files import sha256_of

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
XZ = ("xz", "-0", "-T0", f"--block-size={32 << 20}", "-c")
"""Wheels are packed already and weights hardly can be: what more effort saves is a few percent, for minutes. The
size of a block is said, because xz's own choice may differ between versions and machines."""


def files(folder: Path) -> Iterator[Path]:
    """All files below ``folder``, by their path as text.

    Raises:
        ValueError: something is neither a file nor a folder; links have no place in a bundle.
    """
    for path in sorted(folder.rglob("*"), key=lambda each: each.relative_to(folder).as_posix()):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ValueError(f"{path} is no plain file")
        if path.is_file():
            yield path


def write_sums(folder: Path) -> Path:
    """Write ``SHA256SUMS``, as ``sha256sum -c`` reads it, of all files but itself and its signature."""
    lines = [
        f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in files(folder)
        if path.relative_to(folder).as_posix() not in (SUMS, SIGNATURE)
    ]
    (folder / SUMS).write_text("".join(lines))
    return folder / SUMS


def pack(folder: Path, archive: Path, time_s: int) -> None:
    """Write ``folder`` as a ``.tar.xz``: sorted, owned by root, every time ``time_s``, modes 755 and 644.

    It is there whole or not at all. Needs ``xz``.
    """
    part = archive.with_name(archive.name + ".part")
    with part.open("wb") as output, subprocess.Popen(XZ, stdin=subprocess.PIPE, stdout=output) as packer:
        assert packer.stdin is not None
        with tarfile.open(fileobj=packer.stdin, mode="w|", format=tarfile.GNU_FORMAT) as tar:
            for member, path in _members(folder, time_s):
                if path.is_dir():
                    tar.addfile(member)
                    continue
                with path.open("rb") as content:
                    tar.addfile(member, content)
        packer.stdin.close()
    if packer.returncode:
        part.unlink()
        raise OSError(f"xz ended with {packer.returncode}")
    part.replace(archive)


def _members(folder: Path, time_s: int) -> Iterator["tuple[tarfile.TarInfo, Path]"]:
    paths: List[Path] = [folder, *folder.rglob("*")]
    for path in sorted(paths, key=lambda each: each.relative_to(folder.parent).as_posix()):
        member = tarfile.TarInfo(path.relative_to(folder.parent).as_posix())
        member.mtime = time_s
        member.uname = member.gname = "root"
        if path.is_dir():
            member.type, member.mode = tarfile.DIRTYPE, 0o755
        else:
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            member.size = path.stat().st_size
        yield member, path
