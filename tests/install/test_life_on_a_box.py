"""The installer with a real bundle on a system of its own, from the first install to the last: in this order."""

import http.client
import json
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from box_traffic import Client, Pusher
from machine import ROOT, fresh_machine
from next_bundle import next_bundle
from waiting import until

pytestmark = [pytest.mark.box, pytest.mark.timeout(1200)]

REPO = Path(__file__).resolve().parent.parent.parent
PEOPLE = REPO / "var" / "demo" / "media" / "people"
BASE = "/data/sophon-report"
INSTALLER = f"{BASE}/current/install.sh"
PROGRAM = f"{BASE}/current/venv/bin/sophon-report"
CONFIG = f"{BASE}/etc/config.toml"
VENDOR = """
[Unit]
Description=A service of the vendor's on the port of the events
[Service]
ExecStart=/usr/bin/python3 -m http.server 5679
[Install]
WantedBy=multi-user.target
"""
GATE = """
[match]
duplicate_s = 0
[[device]]
id = "gate"
name = "main gate"
type = "photo"
url = "127.0.0.1"
[[destination]]
name = "receiver"
url = "http://127.0.0.1:9528/HistoryEvent"
"""
MIGRATION = "sophon_report/store/migrations/0099_later.sql"


@pytest.fixture(scope="module")
def bundle():
    """The bundle of this machine's processor for Debian 12, unpacked: of SOPHON_BUNDLE, or the newest in dist/."""
    named = os.environ.get("SOPHON_BUNDLE")
    archives = sorted((REPO / "dist").glob("sophon-report-*-x86_64.tar.xz"), key=lambda path: path.stat().st_mtime)
    if named is None and not archives:
        pytest.fail(
            "no bundle: ./scripts/bundle --arch x86_64 --without-chip-models makes one, or SOPHON_BUNDLE=DIR"
        )
    with tempfile.TemporaryDirectory(dir=str(ROOT)) as folder:
        if named is not None:
            yield Path(named)
        else:
            with tarfile.open(str(archives[-1])) as archive:
                archive.extractall(folder)
            yield next(Path(folder).iterdir())


@pytest.fixture(scope="module")
def box(bundle):
    """A system with the vendor's service on it, and the bundle beside."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=str(ROOT)) as folder:
        inner = Path(folder) / "machine"
        inner.mkdir()
        with fresh_machine(inner, f"box-life-{os.getpid()}") as machine:
            (machine.root / "etc/systemd/system/vendor-face.service").write_text(VENDOR)
            machine.copy(bundle, "/data/bundle")
            machine.boot()
            machine.run("systemctl", "enable", "--now", "vendor-face")
            yield machine


def install(box, script, *options, **more):
    return box.run(script, *options, timeout_s=600, check=False, **more)


def installed(box, script, *options):
    ended = install(box, script, *options)
    assert ended.returncode == 0, f"{ended.stdout}{ended.stderr}"
    return ended.stdout


def health(box):
    """Status of the page's port, and of ``/healthz``; ``None`` when nobody answers."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", 5555)
        connection.sock = box.connect(5555)
        with connection.sock:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None


def current(box):
    return os.readlink(str(box.root / "data/sophon-report/current"))


def give(box, made):
    """Put a bundle on its disk; where its installer is."""
    box.copy(made, f"/data/{made.name}")
    return f"/data/{made.name}/install.sh"


def test_a_port_that_a_unit_of_the_vendor_holds_is_refused_and_the_unit_named(box):
    """Nothing is touched."""
    ended = install(box, "/data/bundle/install.sh")
    assert ended.returncode == 1
    assert "--take-over vendor-face.service" in ended.stdout
    assert not (box.root / "data/sophon-report").exists()


def test_installed_it_has_taken_over_and_answers(box):
    """Each process is the service's own user; the password lies where the installer says."""
    said = installed(box, "/data/bundle/install.sh", "--take-over", "vendor-face")
    assert "first password: cat /data/sophon-report/var/admin-password" in said
    assert health(box) == 200
    assert box.unit("vendor-face.service", "ActiveState", "UnitFileState") == {
        "ActiveState": "inactive",
        "UnitFileState": "disabled",
    }
    for unit in ("sophon-report.service", "sophon-vision.service"):
        pid = box.unit(unit, "MainPID")["MainPID"]
        assert box.shell(f"ps -o user:20= -p {pid}").strip() == "sophon-report"
    assert box.shell(f"stat -c '%U %a' {BASE}/var/admin-password").split() == ["sophon-report", "600"]


def test_run_again_the_running_processes_stay(box):
    before = box.unit("sophon-report.service", "MainPID")
    installed(box, "/data/bundle/install.sh")
    assert box.unit("sophon-report.service", "MainPID") == before


def test_after_a_reboot_it_answers_again(box):
    box.reboot()
    until(lambda: health(box) == 200, "its health")


def test_an_update_while_events_flow_loses_none_and_clients_are_back_once(box, bundle, tmp_path):
    """Every record of the journal is at the client and at the receiver; the store is that of the new version."""
    box.shell(f"cat >> {CONFIG}", input=GATE)
    box.run("systemctl", "restart", "sophon-report.target")
    box.copy(PEOPLE, "/data/people")
    box.run(PROGRAM, "people", "import", "/data/people", "--config", CONFIG)
    old = f"{BASE}/{current(box)}/venv/bin/sophon-report"
    receive = ("receive", "--port", "9528", "--save", "/data/got")
    box.run("systemd-run", "--unit=receiver", old, *receive)
    later = give(box, next_bundle(bundle, tmp_path, "0.1.1", add_migration))
    until(lambda: health(box) == 200, "its health")
    pictures = [path.read_bytes() for path in sorted(PEOPLE.glob("*.jpg"))]
    with Client(box) as client, Pusher(box, pictures) as pusher:
        until(lambda: len(client.seqs) >= 10, "events")
        before = pusher.answered
        said = installed(box, later)
        assert "keeping a copy in" in said
        until(lambda: pusher.answered >= before + 20, "events after the update")
        pusher.__exit__()
        stat = until(lambda: drained(box), "the receiver")
        until(lambda: client.seqs[-1] >= stat["last_seq"] - 1, "the client")
    assert current(box) == "0.1.1"
    posted = posted_ids(box)
    print(f"without a connection: {client.gaps_s} s; events: {len(client.seqs)}, pushes: {pusher.answered}")
    assert client.seqs == sorted(set(client.seqs))
    assert len(client.seqs) == len(posted) >= pusher.answered
    assert len(client.gaps_s) == 1


def add_migration(files):
    files[MIGRATION] = b"CREATE TABLE later (number INTEGER PRIMARY KEY);\n"


def drained(box):
    """The journal's figures once everything is delivered."""
    stat = json.loads(box.run(PROGRAM, "journal", "stat", "--json", "--config", CONFIG).stdout)
    return stat if all(row["backlog"] == 0 for row in stat["destinations"].values()) else None


def posted_ids(box):
    """Ids of all events that the receiver has saved."""
    return {json.loads(path.read_text())["event_id"] for path in (box.root / "data/got").rglob("*.json")}


def test_a_version_that_does_not_come_up_is_left_again_by_itself(box, bundle, tmp_path):
    """With its last words, and what ran before runs again."""

    def spoil(files):
        add_migration(files)
        files["sophon_report/app.py"] = b'raise RuntimeError("broken on purpose")\n'

    ended = install(box, give(box, next_bundle(bundle, tmp_path, "0.1.2", spoil)))
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert "broken on purpose" in ended.stdout
    assert "going back to 0.1.1" in ended.stdout
    assert (current(box), health(box)) == ("0.1.1", 200)


def test_the_way_back_over_a_change_of_the_store_keeps_every_event(box):
    """0.1.0 cannot read the store of 0.1.1: it gets that of before the update."""
    before = json.loads(box.run(PROGRAM, "journal", "stat", "--json", "--config", CONFIG).stdout)
    said = installed(box, INSTALLER, "--rollback")
    assert "the store is that of before the update" in said
    assert (current(box), health(box)) == ("0.1.0", 200)
    after = json.loads(box.run(PROGRAM, "journal", "stat", "--json", "--config", CONFIG).stdout)
    assert (after["first_seq"], after["last_seq"]) == (before["first_seq"], before["last_seq"])
    assert "E-0001" in box.run(PROGRAM, "people", "list", "--config", CONFIG).stdout


def test_restore_puts_back_what_an_update_of_the_sdk_took(box):
    """Units, the user, what was in /usr/local; the vendor's service runs again, and its user has our number."""
    box.shell(
        "systemctl stop sophon-report.target sophon-report sophon-vision; rm -rf /usr/local/*;"
        "number=$(id -u sophon-report); userdel sophon-report; groupdel sophon-report 2> /dev/null || true;"
        "find /etc/systemd/system /etc/tmpfiles.d /etc/udev/rules.d -name '*sophon*' -delete;"
        "useradd --system --uid $number vendor; systemctl daemon-reload; systemctl enable --now vendor-face"
    )
    installed(box, f"{BASE}/restore")
    assert health(box) == 200
    assert box.shell(f"find {BASE}/var ! -user sophon-report").strip() == ""
    assert box.unit("vendor-face.service", "ActiveState")["ActiveState"] == "inactive"
    box.reboot()
    until(lambda: health(box) == 200, "its health")


def test_removed_it_gives_back_to_the_vendor_and_keeps_the_data(box):
    installed(box, INSTALLER, "--uninstall")
    assert box.unit("vendor-face.service", "ActiveState", "UnitFileState") == {
        "ActiveState": "active",
        "UnitFileState": "enabled",
    }
    assert sorted(path.name for path in (box.root / "data/sophon-report").iterdir()) == ["etc", "var"]
    assert health(box) is None
