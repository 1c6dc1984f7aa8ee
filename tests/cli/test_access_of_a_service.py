"""Who is let in by a real service, in both shapes, and what its log says of it."""

import json

import pytest
from command import running_service, write_config
from http_port import HttpPort

READS = [("POST", "/sophon/v2/face/getconfigs"), ("GET", "/SophonConfig/api/Configs")]
WRITES = [("POST", "/sophon/v2/face/setconfigs"), ("PUT", "/SophonConfig/api/Configs")]
OPEN = [("GET", "/healthz"), ("GET", "/metrics"), ("POST", "/sophon/v2/face/getmediadevices")]
MANY = 20


@pytest.fixture
def service(tmp_path_factory):
    """Starts one with more settings."""
    started = []

    def start(more=""):
        started.append(running_service(write_config(tmp_path_factory.mktemp("s"), more), "--only", "report"))
        service = started[0].__enter__()
        return service, HttpPort(service.api_port, None)

    yield start
    for each in started:
        each.__exit__(None, None, None)


def refusals(service):
    lines = (json.loads(line) for line in service.log.splitlines())
    return [line for line in lines if line["event"] == "call_refused"]


def test_by_default_reading_and_changing_need_a_token(service):
    """401 in the shape of the call, with the switch; one line each in the log, however often it is asked."""
    running, port = service()
    for calls, switch in ((READS, "access.open_reads"), (WRITES, "access.open_writes")):
        for method, path in calls * MANY:
            reply = port.ask(method, path, b"{}")
            error = reply.json["error"]
            code = ("PASSWORD_ERROR", None) if path.startswith("/sophon/") else (40100, "UNAUTHORIZED")
            assert (reply.status, error["code"], error.get("status")) == (401, *code)
            assert switch in error["message"]
    assert all(port.ask(method, path, b"").status != 401 for method, path in OPEN)
    told = refusals(running)
    assert [(line["peer"], line["need"]) for line in told] == [("127.0.0.1", "read"), ("127.0.0.1", "write")]
    assert ["access.open_reads" in told[0]["reason"], "access.open_writes" in told[1]["reason"]] == [True, True]
    figures = port.ask("GET", "/metrics").body.decode()
    assert f'sophon_report_calls_refused_total{{need="read"}} {2.0 * MANY}' in figures


@pytest.mark.parametrize(("switch", "calls"), [("open_reads", READS), ("open_writes", WRITES)])
def test_a_switch_lets_in_who_sends_no_token(service, switch, calls):
    """As a client that was written for the vendor's box."""
    _, port = service(f"[access]\n{switch} = true\n")
    for method, path in READS + WRITES:
        assert (port.ask(method, path, b"{}").status == 401) is ((method, path) not in calls)


def test_calls_that_are_not_built_need_a_trusted_network(service):
    """From elsewhere they are refused like all others."""
    _, port = service("[access]\ntrusted_networks = []\n")
    assert port.ask("POST", "/sophon/v2/face/detect").status == 401
    assert port.ask("GET", "/SophonFace/api/events").status == 401
