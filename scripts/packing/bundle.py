"""Make the offline bundle of a box: what ``scripts/bundle`` runs.

::

    sophon-report-0.1.0-aarch64/
      install.sh  systemd/       the installer and the units
      wheelhouse/                the packages, pip among them
      requirements.txt           what is installed of them, by version and hash
      models/                    a models folder: sources/, ready/, and BM1684/, BM1684X/ when compiled
      licences/  sbom.cdx.json   what is inside, under which terms
      VERSION  PYTHON  ARCH      a word each
      SHA256SUMS  SHA256SUMS.sig of all of the above; signed with ECDSA on P-256

The same tree, tools and packages give the same bytes, but for the signature: ECDSA takes a random number for each.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Sequence

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
sys.path[:0] = [str(HERE), str(REPO)]

from archive import SIGNATURE, pack, write_sums  # noqa: E402 - found by the line above
from contents import (  # noqa: E402
    PACKAGE,
    copy_chip_models,
    copy_models,
    licence_texts,
    parts_of_wheels,
)
from sbom import RUNTIME, Part, sbom  # noqa: E402
from target import USUAL_PYTHON, Target, target  # noqa: E402
from wheel_file import read_wheel  # noqa: E402
from wheelhouse import download, format_lock, renew_lock  # noqa: E402

from sophon_report import __version__  # noqa: E402

DIST = REPO / "dist"
BUILD = REPO / "build" / "bundle"
RELEASE_VENV = REPO / os.environ.get("RELEASE_VENV", ".venv-release")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit status."""
    given = _parser().parse_args(arguments)
    os.umask(0o022)
    os.environ.setdefault("SOURCE_DATE_EPOCH", _commit_time())
    try:
        if given.make_key:
            return make_key(given.make_key)
        goal = target(given.arch, given.python)
        if given.lock:
            _run(str(REPO / "scripts" / "wheels"), "--setup")
            _say(f"{renew_lock(goal, RELEASE_VENV / 'bin' / 'uv').relative_to(REPO)} is written")
            return 0
        print(make(goal, given))
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"bundle: {error}", file=sys.stderr)
        return 1
    return 0


def make(goal: Target, given: argparse.Namespace) -> Path:
    """Make the bundle for ``goal``; returns the archive, or its folder when it is to stay unpacked."""
    name = f"{PACKAGE}-{__version__}-{goal.label}"
    folder = BUILD / name
    shutil.rmtree(str(folder), ignore_errors=True)
    wheelhouse = folder / "wheelhouse"
    wheelhouse.mkdir(parents=True)

    _say("making the wheel")
    _run(str(REPO / "scripts" / "wheels"), goal.arch)
    _say(f"fetching packages for Python {goal.python_version}")
    wheels = download(goal, wheelhouse)
    own = next(DIST.glob(f"{PACKAGE.replace('-', '_')}-{__version__}-*_{goal.arch}.whl"))
    shutil.copyfile(str(own), str(wheelhouse / own.name))
    wheels.append(read_wheel(wheelhouse / own.name))
    installed = [wheel for wheel in wheels if wheel.plain_name != "pip"]
    (folder / "requirements.txt").write_text(format_lock(installed))

    _say("copying models")
    parts = parts_of_wheels(wheels)
    parts += copy_models(REPO / "var" / "models", folder / "models")
    if not given.without_chip_models:
        compiled = given.chip_models or _compiled_models()
        parts += copy_chip_models(compiled, folder / "models")

    _copy_units(folder)
    libcxx = next(RELEASE_VENV.glob("lib/python*/site-packages/ziglang/lib/libcxx/LICENSE.TXT"))
    for path, text in licence_texts(wheels, (REPO / "LICENSE").read_bytes(), libcxx.read_bytes()).items():
        target_path = folder / "licences" / path
        target_path.parent.mkdir(parents=True, exist_ok=True)
        target_path.write_bytes(text)
    root = Part(
        ref=name,
        name=f"{PACKAGE} bundle",
        version=__version__,
        licence="Apache-2.0",
        kind=RUNTIME,
        needs=tuple(part.ref for part in parts),
        about=f"Offline bundle for {goal.arch}, Python {goal.python_version}",
    )
    (folder / "sbom.cdx.json").write_text(sbom(root, parts, _time_s()))
    for label, word in (("VERSION", __version__), ("ARCH", goal.arch), ("PYTHON", goal.python_version)):
        (folder / label).write_text(f"{word}\n")
    sums = write_sums(folder)
    if given.sign:
        sign(sums, given.sign)
    if given.unpacked:
        return folder
    _say("packing")
    archive = DIST / f"{name}.tar.xz"
    pack(folder, archive, _time_s())
    return archive


def make_key(folder: Path) -> int:
    """Make a key pair to sign with; an existing one is never written over."""
    folder.mkdir(parents=True, exist_ok=True)
    private, public = folder / "release.key", folder / "release.pub"
    if private.exists() or public.exists():
        raise ValueError(f"{folder} holds a key already")
    os.umask(0o077)
    _run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(private))
    os.umask(0o022)
    _run("openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public))
    _say(f"keep {private} secret, and give {public} out by another way than the bundles")
    return 0


def sign(sums: Path, key: Path) -> None:
    """Write the signature of ``sums`` beside it."""
    _run("openssl", "dgst", "-sha256", "-sign", str(key), "-out", str(sums.with_name(SIGNATURE)), str(sums))


def _compiled_models() -> Path:
    """Compile what is not compiled yet, into a folder of the build."""
    into = REPO / "build" / "chip-models"
    _say("compiling chip models (hours at the first time; --chip-models DIR takes some that are there)")
    environment = {**os.environ, "SOPHON_NO_SETUP": "1"}
    subprocess.run([str(REPO / "scripts" / "compile-models"), "--out", str(into)], env=environment, check=True)
    return into


def _copy_units(folder: Path) -> None:
    """The installer goes to the top, all else that is tracked into ``systemd``."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "systemd"], cwd=str(REPO), check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = REPO / name
        into = folder / (source.name if name == "systemd/install.sh" else name)
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(source), str(into))
        into.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bundle", description="Make the offline bundle of a box in dist/.")
    add = parser.add_argument
    add("--arch", choices=sorted(USUAL_PYTHON), default="aarch64")
    add("--python", default="", metavar="3.N", help="3.8 for aarch64, 3.11 for x86_64 when it is not said")
    chip = parser.add_mutually_exclusive_group()
    chip.add_argument("--chip-models", type=Path, metavar="DIR", help="compiled before, BM1684 and BM1684X inside")
    chip.add_argument("--without-chip-models", action="store_true")
    add("--unpacked", action="store_true", help="leave it a folder below build/bundle: for trying an installer")
    add("--sign", type=Path, metavar="KEY", help="private key, PEM")
    add("--make-key", type=Path, metavar="DIR", help="only make release.key and release.pub there")
    add("--lock", action="store_true", help="only resolve the packages anew")
    return parser


def _commit_time() -> str:
    return subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=str(REPO), check=True, capture_output=True, text=True
    ).stdout.strip()


def _time_s() -> int:
    return int(os.environ["SOURCE_DATE_EPOCH"])


def _run(*command: str) -> None:
    subprocess.run(list(command), check=True, stdout=sys.stderr)


def _say(line: str) -> None:
    print(f"bundle: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
