"""The units under a real systemd: starting, crashing, hanging, a wrong setting, a reboot, a busy neighbour."""

import json
import subprocess

import pytest
from command import VAR
from service import API, CONFIG, EVENTS, REPORT, TARGET, VISION, Service
from waiting import until

pytestmark = pytest.mark.box

HELD = "ExecStartPre=/bin/sh -c 'until [ -e /run/go ]; do sleep 0.1; done'"
"""A start that waits for a word from the test."""
WEIGHT = "cd /sys/fs/cgroup; cat cpu/system.slice/{0}/cpu.shares system.slice/{0}/cpu.weight 2> /dev/null"
OWNED = "systemd-sysusers; chown -R sophon-report: /data/sophon-report/var"
STICKS = """
import signal, sys, time
from sophon_report.cli import main
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(1e6))
sys.argv[0] = "sophon-report"
sys.exit(main())
"""
"""The service, whose event loop stands still from SIGUSR1 on."""


@pytest.fixture
def service(machine):
    made = Service(machine)
    yield made
    made.vision_goes()


def drop_in(service, *lines, unit=REPORT):
    """What an operator may put beside a unit."""
    folder = service.machine.root / f"etc/systemd/system/{unit}.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.conf").write_text("[Service]\n" + "\n".join(lines) + "\n")


def received(client):
    return json.loads(client.recv())


def test_the_unit_is_up_when_its_ports_are_open(service):
    """Whoever is started after it may connect at once; what it does is told in plain words."""
    service.machine.boot()
    service.systemctl("start", REPORT)
    assert service.ask("/healthz")[0] in (200, 503)
    assert service.show("StatusText") == f"Serving: events on port {EVENTS}, page and calls on port {API}"
    assert service.show("User") == "sophon-report"
    assert service.machine.shell("stat -c %U:%a /data/sophon-report/var").strip() == "sophon-report:700"


def test_a_killed_service_is_back_with_its_events(service):
    """SIGKILL gives it no word; what was on the disk is told to who asks for it."""
    service.boot()
    service.vision_comes().visit("eve")
    until(lambda: service.journaled() >= 2, "a recognition and a visit on the disk")
    service.vision_goes()
    before = service.show("MainPID")
    service.systemctl("kill", "--signal=KILL", "--kill-who=main", REPORT)
    until(lambda: service.show("NRestarts") == "1" and service.state() == "active", "the restart")
    assert service.show("MainPID") != before
    client = service.client({"since": 0})
    assert received(client)["seq"] == 1
    client.close()


def test_a_loop_that_stands_still_is_ended_and_started_anew(service):
    """The watchdog is fed by a turn of the loop; where it stood is in the journal."""
    command = "/usr/bin/python3 /opt/sticks.py run --only report --config /data/sophon-report/etc/config.toml"
    path = "Environment=PYTHONPATH=/opt/packages:/opt/source"
    drop_in(service, "WatchdogSec=3", path, "ExecStart=", f"ExecStart={command}")
    (service.machine.root / "opt/sticks.py").write_text(STICKS)
    service.boot()
    before = service.show("MainPID")
    service.systemctl("kill", "--signal=USR1", "--kill-who=main", REPORT)
    until(lambda: service.show("NRestarts") == "1" and service.state() == "active", "the restart")
    assert service.show("MainPID") != before
    said = service.machine.journal(REPORT)
    assert "Watchdog timeout" in said
    assert "sticks.py" in said


def test_who_connects_during_a_restart_waits_and_is_served(service):
    """The listening socket is kept by systemd: nobody is refused."""
    service.boot()
    drop_in(service, HELD)
    service.systemctl("daemon-reload")
    service.systemctl("restart", "--no-block", REPORT)
    until(lambda: service.show("ControlPID") != "0" and service.state() == "activating", "the start that is held")
    waiting = service.machine.connect(EVENTS)
    service.machine.shell("touch /run/go")
    client = service.client(sock=waiting)
    service.until_up()
    service.vision_comes().visit("eve")
    assert received(client)["seq"] >= 1
    client.close()


def test_a_port_that_is_not_in_the_settings_any_more_is_closed(service):
    """Systemd would hold it open for ever, and whoever connects would wait; the new one may be below 1024."""
    service.boot()
    kept = service.show("NFileDescriptorStore")
    service.configure(CONFIG + "[server]\nevent_port = 700\n")
    service.systemctl("restart", REPORT)
    with pytest.raises(ConnectionRefusedError):
        service.machine.connect(EVENTS)
    service.machine.connect(700).close()
    assert service.show("NFileDescriptorStore") == kept


def test_a_stopped_service_gives_its_ports_back(service):
    """To the vendor's program, which wants the same."""
    service.boot()
    service.systemctl("stop", TARGET)
    until(lambda: service.state() == "inactive", "its end")
    for port in (EVENTS, API):
        with pytest.raises(ConnectionRefusedError):
            service.machine.connect(port)


def test_a_wrong_setting_is_named_where_an_operator_looks(service):
    """It never gives up: once the setting is right the service is up again without a hand."""
    retry = service.machine.root / "etc/systemd/system/sophon-retry@.service"
    retry.write_text(retry.read_text().replace("sleep 60", "sleep 1"))
    service.boot()
    service.configure(CONFIG + "[server]\nevent_prot = 1\n")
    assert service.systemctl("restart", REPORT, check=False).returncode != 0
    until(lambda: "server.event_prot" in service.systemctl("status", REPORT, check=False).stdout, "the reason")
    until(lambda: "Start request repeated too quickly" in service.machine.journal(REPORT), "the limit of starts")
    service.configure(CONFIG)
    service.until_up()


def test_a_unit_that_was_stopped_by_hand_stays_stopped(service):
    """Also one that had failed, and was to be started again in a minute."""
    service.configure("nonsense")
    service.machine.boot()
    until(lambda: service.state() == "failed", "the limit of starts")
    assert service.show("ActiveState", f"sophon-retry@{REPORT}.service") == "activating"
    service.systemctl("stop", TARGET)
    until(lambda: service.show("ActiveState", f"sophon-retry@{REPORT}.service") != "activating", "its end")


def test_after_a_reboot_and_a_pulled_plug_it_is_there_by_itself(service):
    """And so are its events."""
    service.boot()
    service.vision_comes().visit("eve")
    until(lambda: service.journaled() >= 2, "a recognition and a visit on the disk")
    service.vision_goes()
    service.machine.reboot()
    service.until_up()
    assert service.journaled() == 2
    service.machine.pull_plug()
    service.boot()
    assert service.journaled() == 2


def test_a_vision_that_takes_all_it_can_does_not_slow_the_report_process_down(service):
    """Both want the same cores: the weights of the units decide."""
    (service.machine.root / "opt/busy.py").write_text(
        "import os\nfor _ in range(4):\n    os.fork()\nwhile True:\n    pass\n"
    )
    busy = ("Type=simple", "WatchdogSec=0", "ExecStart=", "ExecStart=/usr/bin/python3 /opt/busy.py")
    drop_in(service, *busy, unit=VISION)
    service.boot()
    service.systemctl("start", VISION)
    client = service.client()
    vision = service.vision_comes()
    for _ in range(50):
        vision.visit("eve")
    numbers = [received(client)["seq"] for _ in range(50)]
    assert numbers == sorted(numbers)
    weights = [service.machine.shell(WEIGHT.format(unit), check=False).split() for unit in (REPORT, VISION)]
    assert weights in ([["4096"], ["512"]], [["400"], ["50"]]), "by the older and the newer control groups"
    client.close()


@pytest.mark.models
def test_vision_works_within_what_its_unit_lets_it_do(machine):
    """The models are loaded on the CPU, and it is up when they have answered; a changed setting begins it anew."""
    service = Service(machine, vision=True)
    machine.copy(VAR / "models", "/data/sophon-report/var/models")
    subprocess.run(["chroot", machine.root, "sh", "-ec", OWNED], check=True)
    service.boot()
    until(lambda: service.show("ActiveState", VISION) == "active", "vision")
    assert service.show("StatusText", VISION) == "Looking at cameras: cpu engine"
    until(lambda: service.ask("/healthz")[0] == 200, "health")
    before = service.show("MainPID", VISION)
    service.systemctl("restart", REPORT)
    until(lambda: service.ask("/healthz")[0] == 200, "health")
    assert service.show("MainPID", VISION) == before
    service.configure(CONFIG + "[match]\nmin_face_px = 77\n")
    service.systemctl("restart", REPORT)
    until(lambda: service.show("MainPID", VISION) not in (before, "0"), "another vision")
    until(lambda: service.ask("/healthz")[0] == 200, "health")
