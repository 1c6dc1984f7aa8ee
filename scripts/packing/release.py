"""A release: refused as long as anything is amiss, and then made as a whole or not at all.

::

    checks ──► tests ──► scratch checkout: the day is written in, committed, built from ──► tag, branch, dist/
    (all are told)                  (gone again when anything fails)

The build is from the commit that gets the tag, in a checkout of its own; branch, tag and ``dist/`` are touched
when everything is there. So a failure at any place leaves the repository as it was.
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

CHANGELOG, NOTES = "CHANGELOG.md", "sophon_report/release_notes.json"
VERSIONS = {"pyproject.toml": r'^version = "(.*)"$', "sophon_report/__init__.py": r'^__version__ = "(.*)"$'}
"""Where the program says its version."""
LANGUAGES = ("en", "zh")
NUMBER = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:rc(\d+))?")


def number(version: str) -> Optional[Tuple[float, ...]]:
    """``version`` as a value that sorts; ``None`` for one that is no version. Pure."""
    found = NUMBER.fullmatch(version)
    if found is None:
        return None
    major, minor, patch, candidate = found.groups()
    return int(major), int(minor), int(patch), float("inf") if candidate is None else int(candidate)


def amiss(version: str, status: str, tags: Sequence[str], files: Dict[str, str]) -> List[str]:
    """Why no release may be made of a tree, each reason in words; pure.

    Args:
        version: that is asked for.
        status: of the tree, as ``git status --porcelain`` tells it.
        tags: of the repository.
        files: text of those that the release concerns, by their paths.
    """
    wanted = number(version)
    if wanted is None:
        return [f"{version} is no version: 1.2.3, or 1.2.3rc1"]
    found = [f"{line[3:]} is not committed" for line in status.splitlines()]
    if f"v{version}" in tags:
        found.append(f"v{version} is tagged already")
    else:
        released = [(value, tag) for tag in tags for value in [number(tag[1:])] if value is not None]
        newest = max(released, default=None)
        if newest is not None and newest[0] > wanted:
            found.append(f"{newest[1]} is newer and tagged already")
    for path, pattern in VERSIONS.items():
        said = re.search(pattern, files[path], re.MULTILINE)
        if said is None or said[1] != version:
            found.append(f"{path} says version {said[1] if said else 'nothing'}")
    return found + _amiss_in_changes(version, files[CHANGELOG]) + _amiss_in_notes(version, files[NOTES])


def _amiss_in_changes(version: str, text: str) -> List[str]:
    entry = re.search(
        rf"^## {re.escape(version)} \(unreleased\)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    if entry is None:
        return [f"{CHANGELOG} has no entry '## {version} (unreleased)'"]
    return [] if entry[1].strip() else [f"{CHANGELOG} says nothing about {version}"]


def _amiss_in_notes(version: str, text: str) -> List[str]:
    entry = next((entry for entry in json.loads(text) if entry["version"] == version), None)
    if entry is None:
        return [f"{NOTES} has no entry for {version}"]
    empty = [
        f"{NOTES} says nothing in {language!r} about {version}" for language in LANGUAGES if not entry[language]
    ]
    return empty + ([f"{NOTES} has {version} released on {entry['released']}"] if entry["released"] else [])


def dated(version: str, day: str, files: Dict[str, str]) -> Dict[str, str]:
    """The files that tell when ``version`` was released, with ``day`` in them; pure."""
    changes = files[CHANGELOG].replace(f"## {version} (unreleased)", f"## {version} ({day})", 1)
    notes = re.sub(
        rf'("version": "{re.escape(version)}",\s*"released": )""', rf'\g<1>"{day}"', files[NOTES], count=1
    )
    return {CHANGELOG: changes, NOTES: notes}


def main() -> int:
    """Exit status 0: made, or it could be; 1: refused or failed, with everything as it was."""
    arguments = _arguments()
    repo = Path(__file__).resolve().parents[2]
    files = {path: (repo / path).read_text("utf-8") for path in (*VERSIONS, CHANGELOG, NOTES)}
    status, tags = _git(repo, "status", "--porcelain"), _git(repo, "tag", "--list").split()
    reasons = amiss(arguments.version, status, tags, files)
    for reason in reasons:
        _say(f"refused: {reason}")
    if reasons:
        return 1
    for step in ("check", "test"):
        _say(f"scripts/{step}")
        if subprocess.run([f"./scripts/{step}"], cwd=repo, check=False).returncode:
            _say(f"refused: scripts/{step} fails")
            return 1
    if _git(repo, "status", "--porcelain"):
        _say("refused: the tests have changed the tree")
        return 1
    if arguments.dry_run:
        _say(f"{arguments.version} can be released: nothing was changed or made")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        _git(repo, "worktree", "add", "--quiet", "--detach", str(checkout))
        try:
            _make(repo, checkout, arguments, files)
        except subprocess.CalledProcessError as error:
            _say(f"failed: {' '.join(map(str, error.cmd))}; branch, tags and dist/ are as they were")
            return 1
        finally:
            _git(repo, "worktree", "remove", "--force", str(checkout))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./scripts/release")
    parser.add_argument("version", help="1.2.3, as the program says it already")
    parser.add_argument("--dry-run", action="store_true", help="check everything, change and make nothing")
    parser.add_argument("--sign", metavar="KEY", help="sign the bundle with it")
    own, rest = sys.argv[1:], []
    if "--" in own:
        own, rest = own[: own.index("--")], own[own.index("--") + 1 :]
    arguments = parser.parse_args(own)
    arguments.bundle = rest + (["--sign", str(Path(arguments.sign).resolve())] if arguments.sign else [])
    return arguments


def _make(repo: Path, checkout: Path, arguments: argparse.Namespace, files: Dict[str, str]) -> None:
    version = arguments.version
    day = dt.datetime.now(dt.timezone.utc).date().isoformat()
    for path, text in dated(version, day, files).items():
        (checkout / path).write_text(text, "utf-8")
    _git(checkout, "commit", "--quiet", "--all", "--message", f"Release {version}")
    if (repo / "var").is_dir():
        (checkout / "var").symlink_to(repo / "var")  # models, and what else takes long to fetch
    venv = (repo / os.environ.get("VENV", ".venv")).absolute()
    release_venv = (repo / os.environ.get("RELEASE_VENV", ".venv-release")).absolute()
    environment = {**os.environ, "SOPHON_NO_SETUP": "1", "VENV": str(venv), "RELEASE_VENV": str(release_venv)}
    for step in (["./scripts/wheels"], ["./scripts/bundle", *arguments.bundle], ["./scripts/deb"]):
        _say(" ".join(step[:1]).lstrip("./"))
        subprocess.run(step, cwd=checkout, env=environment, check=True)
    made = sorted(path for path in (checkout / "dist").iterdir() if path.is_file())
    sums = checkout / "dist" / f"sophon-report-{version}.sha256"
    sums.write_text("".join(f"{_sha256(path)}  {path.name}\n" for path in made))
    with tempfile.TemporaryDirectory(dir=str(_folder(repo / "dist"))) as staged:
        for path in (*made, sums):
            shutil.copy2(path, staged)
        _tag(repo, checkout, version)
        for path in Path(staged).iterdir():
            path.rename(repo / "dist" / path.name)
    for path in (*made, sums):
        _say(f"dist/{path.name}")
    _say(f"v{version} is tagged; nothing was pushed: git push --follow-tags")


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _tag(repo: Path, checkout: Path, version: str) -> None:
    commit = _git(checkout, "rev-parse", "HEAD").strip()
    _git(repo, "merge", "--quiet", "--ff-only", commit)
    _git(repo, "tag", "--annotate", "--message", f"Release {version}", f"v{version}", commit)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _git(place: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=place, stdout=subprocess.PIPE, check=True).stdout.decode()


def _say(text: str) -> None:
    print(f"release: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
