"""What somebody who has got hold of the service left in its folder, when root updates, goes back and restores."""

import os
import zipfile

import pytest
from fake_bundle import list_files
from machine import ROOT, fresh_machine
from small_bundle import small_bundle

pytestmark = [pytest.mark.box, pytest.mark.timeout(600)]

BASE = "/data/sophon-report"
VAR = f"{BASE}/var"
SOON = ("--wait-s", "15")
"""Without models it runs and is not healthy."""
PLANT = f"""
as_it() {{ runuser -u sophon-report -- "$@"; }}
cd /
as_it rm -rf {VAR}/after-update
for name in after-update before-update.part events.sqlite.part store.sqlite.part away; do
    as_it ln -sfn /etc/of-root {VAR}/$name
done
as_it mkfifo {VAR}/waits-for-ever 2> /dev/null || true
"""
LATER = "sophon_report/store/migrations/0099_later.sql"


@pytest.fixture
def box():
    folder = ROOT / f"run-hostile-{os.getpid()}"
    folder.mkdir()
    with fresh_machine(folder, f"box-hostile-{os.getpid()}") as machine:
        yield machine


def test_root_gives_and_writes_nothing_that_is_not_the_services(box, tmp_path):
    """A folder of root's that links name stays as it is; so does a file of it that has a name there too."""
    for version in ("1.0.0", "1.1.0"):
        bundle = small_bundle(tmp_path, version)
        if version == "1.1.0":
            (wheel,) = (bundle / "wheelhouse").glob("sophon_report-*.whl")
            with zipfile.ZipFile(wheel, "a") as archive:
                archive.writestr(LATER, "CREATE TABLE later (number INTEGER PRIMARY KEY);\n")
            list_files(bundle)
        box.copy(bundle, f"/data/{version}")
    box.boot()
    box.run("/data/1.0.0/install.sh", *SOON)
    box.shell(
        "mkdir /etc/of-root; echo secret > /etc/of-root/file; chmod 755 /etc/of-root; chmod 600 /etc/of-root/file"
    )
    # As a kernel without protected_hardlinks lets the service do; a file of root's makes all be looked through.
    box.shell(f"ln {BASE}/1.0.0/install.sh {VAR}/mine; touch {VAR}/of-root")

    box.shell(PLANT)
    said = box.run("/data/1.1.0/install.sh", *SOON).stdout
    assert "1 files in /data/sophon-report/var have another name outside" in said
    assert "keeping a copy in" in said
    box.shell(PLANT)
    said = box.run(f"{BASE}/current/install.sh", "--rollback", *SOON).stdout
    assert "the store is that of before the update" in said
    box.shell(PLANT)
    assert "is installed" in box.run(f"{BASE}/restore", *SOON, check=False).stdout

    assert box.shell("stat -c '%U %a' /etc/of-root /etc/of-root/file").split() == ["root", "755", "root", "600"]
    assert box.shell("ls -A /etc/of-root").split() == ["file"]
    assert box.shell(f"stat -c %U {BASE}/1.0.0/install.sh {VAR}/of-root").split() == ["root", "sophon-report"]
    assert box.run("systemctl", "is-active", "sophon-report").stdout.strip() == "active"
