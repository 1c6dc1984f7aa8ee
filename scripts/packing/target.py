"""What a bundle is made for: a processor, a Python, a C library."""

from dataclasses import dataclass
from typing import Tuple

GLIBC = (2, 31)
"""Of Ubuntu 20.04, which a box has; no package may ask for a newer one."""
USUAL_PYTHON = {"aarch64": (3, 8), "x86_64": (3, 11)}
"""Of a box, whose TPU library is built for it; and of Debian 12."""
OLDEST_GLIBC = {"aarch64": 17, "x86_64": 5}
"""2.x: no package is tagged for an older one."""
LEGACY = {"aarch64": ("manylinux2014",), "x86_64": ("manylinux2014", "manylinux2010", "manylinux1")}


@dataclass(frozen=True)
class Target:
    """A processor and a Python."""

    arch: str
    """``aarch64`` or ``x86_64``."""
    python: Tuple[int, int]

    @property
    def python_version(self) -> str:
        """E.g. ``3.8``."""
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def oldest_release(self) -> str:
        """The release to resolve for, e.g. ``3.8.2``: Ubuntu 20.04, Debian 11 and Debian 12 began with a .2.

        Packages do leave out a .0 or a .1.
        """
        return f"{self.python_version}.2"

    @property
    def python_tag(self) -> str:
        """E.g. ``py38``."""
        return f"py{self.python[0]}{self.python[1]}"

    @property
    def label(self) -> str:
        """How its bundle is called after the version: the processor, and the Python where it is another one."""
        return self.arch if self.python == USUAL_PYTHON[self.arch] else f"{self.arch}-{self.python_tag}"

    @property
    def lock_name(self) -> str:
        """Name of the file with its packages."""
        return f"{self.arch}-{self.python_tag}.txt"

    @property
    def platforms(self) -> Tuple[str, ...]:
        """The tags of native packages that it runs, the newest first."""
        newer = tuple(f"manylinux_2_{minor}" for minor in range(GLIBC[1], OLDEST_GLIBC[self.arch] - 1, -1))
        return tuple(f"{name}_{self.arch}" for name in (*newer, *LEGACY[self.arch]))

    @property
    def resolver_platform(self) -> str:
        """Its name for ``uv``."""
        return f"{self.arch}-manylinux_{GLIBC[0]}_{GLIBC[1]}"

    @property
    def pip_arguments(self) -> Tuple[str, ...]:
        """Arguments by which ``pip download`` takes wheels for it, whatever pip itself runs on."""
        plain = f"{self.python[0]}{self.python[1]}"
        return (
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={self.oldest_release}",
            f"--abi=cp{plain}",
            "--abi=abi3",
            "--abi=none",
            *(f"--platform={name}" for name in self.platforms),
        )


def target(arch: str, python: str = "") -> Target:
    """Return the target that a command line names.

    Raises:
        ValueError: no such Python.
    """
    if not python:
        return Target(arch, USUAL_PYTHON[arch])
    major, _, minor = python.partition(".")
    if major != "3" or not minor.isdigit() or int(minor) < 8:
        raise ValueError(f"--python: {python} is not 3.8 or a later one")
    return Target(arch, (3, int(minor)))
