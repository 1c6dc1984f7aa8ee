"""The packages of a bundle: exact versions and hashes in a lock file, and the wheels that it names.

A lock is resolved by ``uv`` for the target's Python and machine (pip would take the markers of its own Python)
and holds one hash a package: of the one wheel that fits. pip downloads by it, and takes nothing with another hash.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence

from target import Target
from wheel_file import WheelFile, plain, read_wheel

REPO = Path(__file__).resolve().parents[2]
LOCKS = Path(__file__).resolve().parent / "locks"
EXTRAS = ("cpu",)
"""Of this package: what runs on a box."""
ALSO = "pip\n"
"""The installer's own: the Python of a box may have none, or one that is too old for today's tags."""


class Pin(NamedTuple):
    """One package of a lock."""

    version: str
    sha256: str


def format_lock(wheels: Iterable[WheelFile], head: str = "") -> str:
    """Return the lock of exactly these wheels, by name."""
    ordered = sorted(wheels, key=lambda wheel: wheel.plain_name)
    lines = [f"{wheel.plain_name}=={wheel.version} \\\n    --hash=sha256:{wheel.sha256}\n" for wheel in ordered]
    return head + "".join(lines)


def parse_lock(text: str) -> Dict[str, Pin]:
    """Return the packages of a lock by name.

    Raises:
        ValueError: a line that is not ``name==version --hash=sha256:...``, or a package that comes twice.
    """
    found: Dict[str, Pin] = {}
    for line in text.replace("\\\n", " ").splitlines():
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        name, equal, version = words[0].partition("==")
        if not equal or len(words) != 2 or not words[1].startswith("--hash=sha256:") or plain(name) in found:
            raise ValueError(f"not a line of a lock: {line.strip()}")
        found[plain(name)] = Pin(version, words[1][len("--hash=sha256:") :])
    return found


def misfits(locked: Dict[str, Pin], wheels: Sequence[WheelFile]) -> List[str]:
    """Return what differs between a lock and wheels, a sentence each."""
    there = {wheel.plain_name: Pin(wheel.version, wheel.sha256) for wheel in wheels}
    found = [f"{name} is missing" for name in locked if name not in there]
    found += [f"{name} is not in the lock" for name in there if name not in locked]
    found += [
        f"{name} is {there[name].version} with {there[name].sha256}, locked is {pin.version} with {pin.sha256}"
        for name, pin in locked.items()
        if name in there and there[name] != pin
    ]
    return found


def renew_lock(target: Target, uv: Path) -> Path:
    """Resolve the packages for ``target`` anew and write its lock; returns the lock."""
    lock = LOCKS / target.lock_name
    with tempfile.TemporaryDirectory() as folder:
        resolved = Path(folder) / "resolved.txt"
        extras = [f"--extra={extra}" for extra in EXTRAS]
        subprocess.run(
            [
                *(str(uv), "pip", "compile", "pyproject.toml", "-", "--quiet", "--no-config", "--upgrade"),
                *("--no-annotate", "--no-header", "--generate-hashes", "--only-binary=:all:", *extras),
                f"--python-version={target.oldest_release}",
                f"--python-platform={target.resolver_platform}",
                f"--output-file={resolved}",
            ],
            cwd=str(REPO),
            input=ALSO,
            text=True,
            check=True,
        )
        into = Path(folder) / "wheels"
        _download(target, resolved, into)
        head = (
            f"# The packages of a bundle for {target.arch}, Python {target.python_version}"
            f": a wheel each, by its hash.\n"
            f"# Made by: ./scripts/bundle --lock --arch {target.arch} --python {target.python_version}\n"
        )
        LOCKS.mkdir(exist_ok=True)
        lock.write_text(format_lock(map(read_wheel, sorted(into.iterdir())), head))
    return lock


def download(target: Target, into: Path) -> List[WheelFile]:
    """Put the wheels of the target's lock into ``into``; returns them by name.

    Raises:
        FileNotFoundError: there is no lock for this target.
        ValueError: what came is not what is locked.
    """
    lock = LOCKS / target.lock_name
    _download(target, lock, into)
    wheels = [read_wheel(path) for path in sorted(into.iterdir())]
    wrong = misfits(parse_lock(lock.read_text()), wheels)
    if wrong:
        raise ValueError("; ".join(wrong))
    return wheels


def _download(target: Target, requirements: Path, into: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--require-hashes", *target.pip_arguments),
            f"--dest={into}",
            f"--requirement={requirements}",
        ],
        env={**os.environ, "PYTHONNOUSERSITE": "1"},
        check=True,
    )
