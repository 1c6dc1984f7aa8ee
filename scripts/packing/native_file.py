"""What a native file of a wheel asks of the machine it will run on, and what of that no box gives.

A box has glibc 2.31 (Ubuntu 20.04) and no C++ library that may be relied on: its SDK brings several. So the file
asks for old glibc symbols only, and carries its C++ library inside.
"""

import re
from dataclasses import dataclass
from typing import List, Tuple

GLIBC_CEILING = (2, 17)
"""What ``manylinux2014`` stands for; older than a box's 2.31, so that a wheel serves other machines too."""
MACHINES = {"aarch64": "EM_AARCH64", "x86_64": "EM_X86_64"}
LIBRARIES = {
    "libc.so.6",
    "libm.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
}
"""All parts of glibc."""


@dataclass(frozen=True)
class NativeFile:
    """The facts of one ELF file."""

    machine: str
    """As the ELF header says, e.g. ``EM_AARCH64``."""
    needed: Tuple[str, ...]
    """Libraries it is loaded with."""
    versions: Tuple[str, ...]
    """Versions of symbols it asks of them, e.g. ``GLIBC_2.17``."""
    search_paths: Tuple[str, ...] = ()
    """RPATH and RUNPATH: where it would look for libraries first."""


def problems(file: NativeFile, arch: str, ceiling: Tuple[int, int] = GLIBC_CEILING) -> List[str]:
    """Return why ``file`` must not be shipped for ``arch``, a sentence each; none when it may."""
    found = []
    if file.machine != MACHINES[arch]:
        found.append(f"it is made for {file.machine}, not for {arch}")
    found += [f"it needs {name}, which is no part of glibc" for name in file.needed if name not in LIBRARIES]
    for version in file.versions:
        number = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", version)
        if number is None:
            found.append(f"it asks for symbols of {version}, which only a newer or another system has")
        elif (int(number[1]), int(number[2])) > ceiling:
            found.append(f"it asks for {version}, newer than {'.'.join(map(str, ceiling))}")
    found += [f"it looks for libraries in {path}" for path in file.search_paths]
    return found
