"""Versions that come up, late or not at all, under a real systemd with data on another disk: in this order."""

import os

import pytest
from machine import REPO, ROOT, fresh_machine
from small_bundle import small_bundle

pytestmark = [pytest.mark.box, pytest.mark.models, pytest.mark.timeout(600)]

BASE = "/data/sophon-report"
VAR = "/mnt/disk/faces"
MODEL = "BM1684X/detector.bmodel"
SETTINGS = f'data_dir = "{VAR}"\n[access]\ntrusted_networks = []\n'
"""Who asks for its health without a token is told 401."""
VISION = "sophon_report/cli/vision.py"
VENDOR = """
[Service]
ExecStartPre=/bin/sh -c 'ps -u sophon-report -o pid= > /root/held-the-chip || true'
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""
STOPS_SLOWLY = "[Service]\nExecStop=/bin/sleep 5\n"


@pytest.fixture(scope="module")
def box():
    folder = ROOT / f"run-back-{os.getpid()}"
    folder.mkdir()
    with fresh_machine(folder, f"box-back-{os.getpid()}") as machine:
        (machine.root / "etc/systemd/system/vendor-face.service").write_text(VENDOR)
        etc = machine.root / BASE[1:] / "etc"
        etc.mkdir(parents=True)
        (etc / "config.toml").write_text(SETTINGS)
        machine.copy(REPO / "var" / "models", f"{VAR}/models")
        machine.boot()
        yield machine


def install(box, tmp_path, version, *options, first_line=""):
    bundle = small_bundle(tmp_path, version, {MODEL: f"of {version}"}, {VISION: first_line})
    box.copy(bundle, f"/data/{version}")
    return box.run(f"/data/{version}/install.sh", *options, timeout_s=500, check=False)


def state(box):
    """The version that runs, whose chip model there is, and whether both units are up."""
    units = box.run("systemctl", "is-active", "sophon-report", "sophon-vision", check=False).stdout.split()
    model = (box.root / VAR[1:] / "models" / MODEL).read_text()
    return os.readlink(box.root / BASE[1:] / "current"), model, units


def test_data_on_another_disk_are_written_there_and_its_health_is_asked_where_nobody_is_kept_out(box, tmp_path):
    """The units let the service write where the settings say; no drop-in is made by hand."""
    ended = install(box, tmp_path, "1.0.0", "--take-over", "vendor-face")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "says:" not in ended.stdout
    assert state(box) == ("1.0.0", "of 1.0.0", ["active", "active"])
    assert (box.root / VAR[1:] / "store.sqlite").exists()


def test_a_version_whose_vision_does_not_stay_up_is_left_with_its_models(box, tmp_path):
    """Its refusal to tell a stranger of its health counted as health; the old version got the new one's models."""
    ended = install(box, tmp_path, "1.1.0", first_line='raise RuntimeError("broken on purpose")\n')
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert "going back to 1.0.0" in ended.stdout
    assert state(box) == ("1.0.0", "of 1.0.0", ["active", "active"])


def test_a_version_that_starts_late_is_waited_for_as_long_as_its_unit_waits(box, tmp_path):
    """Models that take their time to load were no reason to go back."""
    ended = install(box, tmp_path, "1.2.0", "--wait-s", "6", first_line="import time\ntime.sleep(15)\n")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert state(box) == ("1.2.0", "of 1.2.0", ["active", "active"])


def test_the_way_back_after_an_update_of_the_sdk_leaves_nothing_of_roots_in_the_data(box):
    """Without its user all of it was done as root, which follows any name there."""
    box.shell(
        "systemctl stop sophon-report.target sophon-report sophon-vision; userdel sophon-report;"
        "rm -rf /etc/systemd/system/sophon-* /etc/systemd/system/*.wants/sophon-*; systemctl daemon-reload"
    )
    ended = box.run(f"{BASE}/current/install.sh", "--rollback", timeout_s=500, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert state(box) == ("1.0.0", "of 1.0.0", ["active", "active"])
    assert box.shell(f"find {VAR} ! -user sophon-report").strip() == ""


def test_the_vendors_service_is_given_back_once_nothing_of_this_one_runs(box):
    """Both want the chip, and a user whose processes run cannot be removed."""
    box.shell(
        "cd /etc/systemd/system; mkdir -p sophon-vision.service.d;"
        "cat > sophon-vision.service.d/slow.conf; systemctl daemon-reload; systemctl stop sophon-report",
        input=STOPS_SLOWLY,
    )
    box.run(f"{BASE}/current/install.sh", "--uninstall", "--purge", "--yes", timeout_s=500)
    assert box.run("systemctl", "is-active", "vendor-face").stdout.strip() == "active"
    assert box.shell("cat /root/held-the-chip").strip() == ""
    assert box.run("getent", "passwd", "sophon-report", check=False).returncode != 0
    assert not list((box.root / "etc/systemd/system").rglob("data-dir.conf"))
