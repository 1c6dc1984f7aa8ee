"""A release is refused as long as anything is amiss, and made as a whole or not at all; in a repository for it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
sys.path.append(str(REPO / "scripts" / "packing"))

from release import amiss  # noqa: E402 - it is a script, and no part of the package

CHANGES = "# Changes\n\n## 0.2.0 (unreleased)\n\nBetter.\n\n## 0.1.0 (2025-01-01)\n\nFirst.\n"
NOTES = [
    {"version": "0.2.0", "released": "", "en": ["Better."], "zh": ["更好。"]},
    {"version": "0.1.0", "released": "2025-01-01", "en": ["First."], "zh": ["第一版。"]},
]
STEPS = {
    "check": "true",
    "test": "true",
    "wheels": "mkdir -p dist; cp pyproject.toml dist/w.whl",
    "bundle": 'cp CHANGELOG.md dist/b.tar.xz; echo "$*" > dist/options',
    "deb": "cp sophon_report/release_notes.json dist/d.deb",
}


class Scratch:
    """A repository that can be released as 0.2.0; its steps do nothing, or make a file."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("release", "packing/release.py"):
            (folder / "scripts" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPO / "scripts" / name, folder / "scripts" / name)
        for name, does in STEPS.items():
            self.write(f"scripts/{name}", f"#!/bin/sh -e\n{does}\n").chmod(0o755)
        self.write("pyproject.toml", '[project]\nversion = "0.2.0"\n')
        self.write("sophon_report/__init__.py", '__version__ = "0.2.0"\n')
        self.write("CHANGELOG.md", CHANGES)
        self.write("sophon_report/release_notes.json", json.dumps(NOTES, ensure_ascii=False, indent=2) + "\n")
        self.write(".gitignore", "/dist/\n__pycache__/\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()
        self.git("tag", "v0.1.0")

    def write(self, path, text):
        (self.folder / path).parent.mkdir(exist_ok=True)
        (self.folder / path).write_text(text, "utf-8")
        return self.folder / path

    def git(self, *words):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"]
        return subprocess.run(
            ["git", *who, *words], cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout.strip()

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "all")

    def release(self, *arguments):
        who = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        venv = str(Path(sys.executable).parent.parent)
        environment = {**os.environ, **who, "SOPHON_NO_SETUP": "1", "VENV": venv}
        return subprocess.run(
            ["./scripts/release", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def state(self):
        """Whatever a release changes."""
        dist = self.folder / "dist"
        made = sorted(path.name for path in dist.iterdir()) if dist.exists() else []
        return self.git("rev-parse", "HEAD"), self.git("tag"), self.git("worktree", "list"), made


@pytest.fixture
def scratch(tmp_path):
    return Scratch(tmp_path)


def test_a_release_is_built_from_the_commit_that_is_tagged(scratch):
    """The day stands in the changelog and in the notes of all that was built; checksums name every file."""
    made = scratch.release("0.2.0", "--", "--without-chip-models")
    assert made.returncode == 0, made.stderr
    assert scratch.git("rev-parse", "v0.2.0^{commit}") == scratch.git("rev-parse", "main")
    assert "unreleased" not in scratch.git("show", "v0.2.0:CHANGELOG.md")
    dist = scratch.folder / "dist"
    assert (dist / "b.tar.xz").read_text() == (scratch.folder / "CHANGELOG.md").read_text()
    assert json.loads((dist / "d.deb").read_text())[0]["released"] in (dist / "b.tar.xz").read_text()
    assert (dist / "options").read_text() == "--without-chip-models\n"
    subprocess.run(["sha256sum", "--check", "--strict", "sophon-report-0.2.0.sha256"], cwd=dist, check=True)
    assert not scratch.git("status", "--porcelain")
    assert "is tagged already" in scratch.release("0.2.0").stderr


def dirty(scratch):
    scratch.write("new", "")


def red(scratch):
    scratch.write("scripts/test", "#!/bin/sh\nexit 1\n")
    scratch.commit()


def that_cannot_be_built(scratch):
    scratch.write("scripts/deb", "#!/bin/sh\nexit 1\n")
    scratch.commit()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (dirty, "new is not committed"),
        (red, "scripts/test fails"),
        (that_cannot_be_built, "branch, tags and dist/ are as they were"),
    ],
)
def test_a_tree_that_is_not_fit_is_refused_and_left_as_it_is(scratch, spoil, why):
    """Nothing is tagged, committed or put into dist/; the reason is told."""
    spoil(scratch)
    before = scratch.state()
    refused = scratch.release("0.2.0")
    assert refused.returncode == 1
    assert why in refused.stderr
    assert scratch.state() == before


def test_a_dry_run_checks_all_and_changes_nothing(scratch):
    """It says so, or why it would not be."""
    before = scratch.state()
    rehearsed = scratch.release("0.2.0", "--dry-run")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert "can be released" in rehearsed.stderr
    assert scratch.state() == before
    red(scratch)
    assert scratch.release("0.2.0", "--dry-run").returncode == 1


FILES = {
    "pyproject.toml": '[project]\nversion = "0.2.0"\n',
    "sophon_report/__init__.py": '__version__ = "0.2.0"\n',
    "CHANGELOG.md": CHANGES,
    "sophon_report/release_notes.json": json.dumps(NOTES),
}


@pytest.mark.parametrize(
    ("version", "tags", "other", "why"),
    [
        ("next", [], {}, "next is no version: 1.2.3, or 1.2.3rc1"),
        ("0.2.0", ["v0.2.0"], {}, "v0.2.0 is tagged already"),
        ("0.2.0", ["v0.10.0", "v0.9.0", "other"], {}, "v0.10.0 is newer and tagged already"),
        ("0.2.0", [], {"pyproject.toml": 'version = "0.3.0"'}, "pyproject.toml says version 0.3.0"),
        ("0.2.0", [], {"CHANGELOG.md": "# Changes\n"}, "CHANGELOG.md has no entry '## 0.2.0 (unreleased)'"),
        (
            "0.2.0",
            [],
            {"CHANGELOG.md": CHANGES.replace("Better.\n", "")},
            "CHANGELOG.md says nothing about 0.2.0",
        ),
        (
            "0.2.0",
            [],
            {"sophon_report/release_notes.json": json.dumps(NOTES[1:])},
            "sophon_report/release_notes.json has no entry for 0.2.0",
        ),
    ],
)
def test_what_is_amiss_is_named(version, tags, other, why):
    """One reason for each; a candidate comes before what it leads to."""
    assert amiss(version, "", tags, {**FILES, **other}) == [why]
    assert amiss("0.2.0", "", ["v0.1.0", "v0.2.0rc1"], FILES) == []
