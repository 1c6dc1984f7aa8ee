"""The Debian package of a bundle: what it holds, and what is no bundle. What dpkg does with it: tests/box."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
sys.path.append(str(REPO / "tests" / "install"))

from fake_bundle import list_files, make_bundle  # noqa: E402 - its folder is one of tests of their own

pytestmark = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb is not there")


@pytest.fixture
def repo(tmp_path):
    """A checkout in which the script may write."""
    (tmp_path / "repo" / "scripts").mkdir(parents=True)
    shutil.copy(REPO / "scripts" / "deb", tmp_path / "repo" / "scripts")
    return tmp_path / "repo"


def deb(repo, *arguments):
    return subprocess.run(
        [str(repo / "scripts" / "deb"), *map(str, arguments)], capture_output=True, text=True, check=False
    )


def field(package, name):
    return subprocess.run(
        ["dpkg-deb", "--field", package, name], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_package_holds_its_bundle_and_runs_its_installer(repo, tmp_path):
    """Its version is before that of the release that it leads to; another Python is not enough for it."""
    bundle = make_bundle(tmp_path, "0.2.0rc1")
    (bundle / "ARCH").write_text("aarch64\n")
    (bundle / "PYTHON").write_text("3.8\n")
    list_files(bundle)
    made = deb(repo, bundle)
    assert made.returncode == 0, made.stderr
    (package,) = (repo / "dist").iterdir()
    assert package.name == "sophon-report_0.2.0~rc1_arm64.deb"
    assert field(package, "Depends") == "python3 (>= 3.8), python3 (<< 3.9~), systemd"
    subprocess.run(["dpkg-deb", "-R", package, tmp_path / "out"], check=True)
    share = tmp_path / "out" / "usr/share/sophon-report"
    assert {path.name for path in share.iterdir()} == {path.name for path in bundle.iterdir()}
    for script in ("postinst", "prerm", "postrm"):
        path = tmp_path / "out" / "DEBIAN" / script
        assert os.access(path, os.X_OK)
        subprocess.run(["dash", "-n", path], check=True)
    subprocess.run(["md5sum", "--check", "--quiet", "DEBIAN/md5sums"], cwd=tmp_path / "out", check=True)


def test_the_same_bundle_gives_the_same_bytes(repo, tmp_path):
    """Who doubts a package can make it again."""
    bundle = make_bundle(tmp_path, "0.2.0")
    made = []
    for _ in range(2):
        assert deb(repo, bundle).returncode == 0
        (package,) = (repo / "dist").iterdir()
        made.append(package.read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda bundle: (bundle / "VERSION").unlink(), "it has no VERSION"),
        (lambda bundle: (bundle / "requirements.txt").write_text("other"), "is damaged"),
        (shutil.rmtree, "is not there"),
    ],
)
def test_what_is_no_whole_bundle_becomes_no_package(repo, tmp_path, spoil, why):
    """And nothing is left behind."""
    bundle = make_bundle(tmp_path, "0.2.0")
    spoil(bundle)
    refused = deb(repo, bundle)
    assert refused.returncode == 1
    assert why in refused.stderr
    assert not list(repo.glob("dist/*"))
