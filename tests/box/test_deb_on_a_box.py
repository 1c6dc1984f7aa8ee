"""The Debian package under a real dpkg and systemd: installed, updated, removed, purged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from machine import REPO
from waiting import until

sys.path.append(str(REPO / "tests" / "install"))

from fake_bundle import list_files, write_zip
from small_bundle import small_bundle

pytestmark = [pytest.mark.box, pytest.mark.timeout(600)]


def package(tmp_path, version, change=lambda bundle: None):
    """The package of this checkout as ``version``; ``change`` gets its unpacked bundle."""
    work = tmp_path / version
    (work / "scripts").mkdir(parents=True)
    shutil.copy(REPO / "scripts" / "deb", work / "scripts")
    bundle = small_bundle(work, version)
    change(bundle)
    subprocess.run(
        [str(work / "scripts" / "deb"), str(bundle)], check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    (made,) = (work / "dist").glob("*.deb")
    return made


def test_a_box_is_kept_by_apt_from_the_first_package_to_the_last(machine, tmp_path):
    """An update takes the former version's place, removing keeps settings and data, purging keeps nothing."""
    base = Path("/data/sophon-report")
    here = machine.root / str(base)[1:]
    for version in ("1.0.0", "1.1.0"):
        machine.copy(package(tmp_path, version), f"/root/{version}.deb")
    machine.boot()

    machine.run("dpkg", "-i", "/root/1.0.0.deb", timeout_s=300)
    assert machine.run("systemctl", "is-active", "sophon-report").stdout.strip() == "active"
    assert os.readlink(here / "current") == "1.0.0"
    machine.shell("touch /data/sophon-report/var/mine")

    machine.run("dpkg", "-i", "/root/1.1.0.deb", timeout_s=300)
    assert os.readlink(here / "current") == "1.1.0"
    assert os.readlink(here / "previous") == "1.0.0"
    assert machine.run("systemctl", "is-active", "sophon-report").stdout.strip() == "active"

    machine.run("dpkg", "--remove", "sophon-report", timeout_s=300)
    assert not (here / "current").exists()
    assert (here / "etc/config.toml").exists()
    assert (here / "var/mine").exists()
    until(lambda: machine.run("systemctl", "is-active", "sophon-report", check=False).returncode != 0, "its end")

    machine.run("dpkg", "--purge", "sophon-report", timeout_s=300)
    assert not here.exists()
    assert not (machine.root / "etc/systemd/system/sophon-report.service").exists()
    assert machine.run("getent", "passwd", "sophon-report", check=False).returncode != 0


def without_pip(bundle):
    write_zip(bundle / "wheelhouse" / "pip-0-py3-none-any.whl", {"pip/__main__.py": "raise SystemExit(1)\n"})
    list_files(bundle)


def test_a_package_that_could_not_be_configured_can_be_removed(machine, tmp_path):
    """Nothing of it is there to be removed, which was a failure: dpkg kept it for ever."""
    machine.copy(package(tmp_path, "1.0.0", without_pip), "/root/1.0.0.deb")
    machine.boot()
    ended = machine.run("dpkg", "-i", "/root/1.0.0.deb", timeout_s=300, check=False)
    assert ended.returncode != 0
    assert "sudo dpkg --configure sophon-report" in ended.stderr
    machine.run("dpkg", "--remove", "sophon-report", timeout_s=300)
    machine.run("dpkg", "--purge", "sophon-report", timeout_s=300)
    assert machine.run("dpkg", "-s", "sophon-report", check=False).returncode != 0
