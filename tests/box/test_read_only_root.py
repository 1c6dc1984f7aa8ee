"""The report process where nothing but its data folder can be written, as on a box whose root is read-only.

The whole service runs in a mount namespace of its own in which every file system is read-only but for that folder
and what is no disk (``/proc``, ``/dev``).
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.box,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="mounting takes root"),
]

REPO = Path(__file__).resolve().parents[2]
START_S = 60.0
CLOSED = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -o remount,bind,ro /
for place in /tmp /var/tmp /run /work /root /home; do
    ! mountpoint -q "$place" || mount -o remount,bind,ro "$place"
done
! touch /tmp/x /var/tmp/x "$HOME/x" ./x 2> /dev/null
shift
exec "$@"
"""


@pytest.fixture
def folder(tmp_path_factory):
    """The data folder; its path is short, since sockets lie in it."""
    return tmp_path_factory.mktemp("ro")


def started(folder):
    ports = "".join(f"{name}_port = 0\n" for name in ("event", "api", "preview", "control", "system"))
    config = folder / "config.toml"
    config.write_text(f'[server]\nhost = "127.0.0.1"\n{ports}[log]\nformat = "json"\n', encoding="utf-8")
    run = ["run", "--only", "report", "--config", config, "--data-dir", folder / "d"]
    product = [sys.executable, "-m", "sophon_report", *map(str, run)]
    environment = {"PATH": os.environ["PATH"], "HOME": "/", "PYTHONPATH": str(REPO)}
    closed = ["unshare", "--mount", "sh", "-c", CLOSED, "sh", str(folder), *product]
    return subprocess.Popen(closed, cwd="/", env=environment, stderr=subprocess.PIPE, text=True)


def test_the_service_needs_no_place_to_write_but_its_data_folder(folder):
    service = started(folder)
    try:
        said = next(json.loads(line) for line in service.stderr if '"serving"' in line)
        connection = http.client.HTTPConnection("127.0.0.1", said["api_port"], timeout=START_S)
        connection.request("GET", "/healthz")
        assert json.loads(connection.getresponse().read())["reasons"] == ["the vision process is not there"]
        connection.close()
    finally:
        service.terminate()
        status = service.wait(START_S)
        rest = service.stderr.read()
        service.stderr.close()
    assert status == 0, rest
    assert "Read-only" not in rest
    assert (folder / "d" / "store.sqlite").exists()
    assert list((folder / "d" / "journal").glob("*.journal"))
