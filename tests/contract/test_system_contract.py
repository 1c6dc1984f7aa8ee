"""Port 8888: the documented system calls, and logins of both generations."""

import socket

import pytest
from command import running_service, write_config
from http_port import HttpPort
from running_box import running_box
from test_login_contract import bearer, first_password

V6, V5 = "/sophon/v2/system/", "/SophonSystem/api/"
TOLD_V6 = (
    *("gethostname", "getdevicesn", "getcpuinfo", "gettpuinfo", "getmemoryinfo", "getexternaldisk"),
    *("gettemperature", "getfanspeed", "gettime", "getuptime", "getsoftwareversion", "getsystemmode"),
)
TOLD_V5 = (
    *("hostname", "cpu", "tpu", "memoryInfo", "diskInfo", "externalDiskInfo"),
    *("temperature", "uptime", "systemVersion", "systemMode"),
)
REPORTS = {
    "device_monitor_url": "http://192.0.2.1/a, http://192.0.2.2/b",
    "device_monitor_report_period": 20,
    "reporter_id": "AFVKQF000120210604151110",
}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("s") / "d") as running:
        running.session = login(running, V6 + "login").body["session"]
        yield running


def ask(box, method, path, body=None, **headers):
    return box.ask(method, path, body, headers, port=box.process.system_port)


def login(box, path, password=None):
    given = {"username": "admin", "password": password or first_password(box.place.root)}
    return ask(box, "POST", path, given)


@pytest.mark.parametrize("name", TOLD_V6)
def test_v6_answers_to_whom_health_is_told(box, name):
    """By POST without a body, as the samples ask."""
    answer = ask(box, "POST", V6 + name)
    assert (answer.status, bool(answer.body)) == (200, True)


@pytest.mark.parametrize("name", TOLD_V5)
def test_v5_answers_by_get_within_data(box, name):
    """As its samples have it."""
    answer = ask(box, "GET", V5 + name)
    assert (answer.status, list(answer.body)) == (200, ["data"])


def test_storage_is_asked_for_by_its_device(box):
    """The built-in one, or the one that is plugged in; nothing else."""
    assert ask(box, "POST", V6 + "getstorage", {"device": "emmc"}).body["mount_status"] is True
    assert ask(box, "POST", V6 + "getstorage", {"device": "hdd"}).status == 200
    assert ask(box, "POST", V6 + "getstorage", {"device": "/etc"}).code == "INVALID_ARGUMENTS"
    assert ask(box, "POST", V6 + "getstorage", {}).code == "MISSING_ARGUMENTS"


def test_addresses_are_for_who_may_read(box):
    """A program that only sees events learns nothing of the network."""
    for method, path in (("POST", V6 + "getip"), ("GET", V5 + "ip")):
        assert ask(box, method, path).status == 401
        assert ask(box, method, path, **bearer(box.session)).status == 200


def test_who_is_told_how_the_box_does_is_set_and_told(box):
    """The answer has the names of the vendor's table and those of its sample; what is set is our own setting."""
    shown = bearer(box.session)
    assert ask(box, "POST", V6 + "setsystemmonitorconfig", REPORTS).status == 401
    answer = ask(box, "POST", V6 + "setsystemmonitorconfig", REPORTS, **shown)
    urls = ["http://192.0.2.1/a", "http://192.0.2.2/b"]
    assert answer.status == 200
    assert answer.body["device_monitor_url"] == answer.body["monitor_address_list"] == urls
    assert answer.body["device_monitor_report_period"] == answer.body["report_period"] == 20
    told = ask(box, "POST", V6 + "getsystemmonitorconfig", **shown).body
    assert told == {**REPORTS, "device_monitor_url": ",".join(urls)}
    now = box.call(lambda: box.process.live.now.box_status)
    assert (now.urls, now.period_s, now.reporter_id) == (tuple(urls), 20.0, REPORTS["reporter_id"])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"device_monitor_url": "ftp://192.0.2.1/"}, "device_monitor_url"),
        ({"device_monitor_url": ["http://192.0.2.1/"]}, "device_monitor_url"),
        ({"device_monitor_report_period": 0}, "device_monitor_report_period"),
        ({"device_monitor_report_period": "20; reboot"}, "device_monitor_report_period"),
        ({"reporter_id": "x" * 129}, "reporter_id"),
        ({"device_monitor_url": None}, "device_monitor_url"),
    ],
)
def test_what_cannot_be_set_is_refused_by_name(box, change, named):
    """And changes nothing."""
    before = box.call(lambda: box.process.live.now.box_status)
    answer = ask(box, "POST", V6 + "setsystemmonitorconfig", {**REPORTS, **change}, **bearer(box.session))
    assert answer.status == 400
    assert named in answer.body["error"]["message"]
    assert box.call(lambda: box.process.live.now.box_status) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", V6 + name) for name in ("setip", "sethostname", "settime", "setregularreboot", "getlogs", "x")),
        *(("POST", V5 + name) for name in ("ip", "monitor", "reboot")),
        ("GET", V5 + "logs"),
        ("DELETE", V5 + "anything"),
    ],
)
def test_what_would_change_the_machine_is_not_done(box, method, path):
    """Whatever is sent, and by whom."""
    answer = ask(box, method, path, b"anything; reboot", **bearer(box.session))
    assert answer.status == 501
    assert answer.code == ("NOT_IMPLEMENTED" if path.startswith(V6) else 50100)


@pytest.mark.parametrize("path", [V6 + "login", "/SophonConfig/api/login"])
def test_logins_of_both_generations_open_a_session(box, path):
    """Which counts on the API port as well."""
    answer = login(box, path)
    told = answer.body if path.startswith(V6) else answer.body["data"]
    assert answer.status == 200
    assert answer.body.get("result", True) is True
    assert answer.body["data"]["success"] is True
    assert box.ask("GET", "/api/v1/devices", headers=bearer(told["session"])).status == 200
    wrong = login(box, path, "admin")
    assert (wrong.status, wrong.body["data"]["success"]) == (401, False)
    assert wrong.code == ("PASSWORD_ERROR" if path.startswith(V6) else 40100)


@pytest.mark.parametrize("path", [V6 + "updatepassword", "/SophonConfig/api/password", V5 + "password"])
def test_the_password_is_changed_by_each_call_for_it(tmp_path_factory, path):
    """And the old one is worth nothing."""
    with running_box(tmp_path_factory.mktemp("s") / "d") as box:
        old = first_password(box.place.root)
        given = {"username": "admin", "old_password": old, "new_password": "linaro123456"}
        changed = ask(box, "POST", path, given)
        assert (changed.status, changed.body["data"]["success"]) == (200, True)
        assert login(box, V6 + "login", old).status == 401
        assert login(box, V6 + "login", "linaro123456").status == 200


def test_a_port_that_another_program_holds_is_left_to_it(tmp_path_factory):
    """On a box the vendor's own service may answer there; this one goes on, and says so."""
    folder = tmp_path_factory.mktemp("s")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        config = write_config(folder)
        config.write_text(config.read_text().replace("system_port = 0", f"system_port = {other.getsockname()[1]}"))
        with running_service(config, "--only", "report") as service:
            assert service.system_port == 0
            assert "is in use" in service.said("system_port_not_served")["reason"]
            port = HttpPort(service.api_port, None)
            assert port.ask("POST", "/sophon/v2/face/getmediadevices", b"{}").status == 200
