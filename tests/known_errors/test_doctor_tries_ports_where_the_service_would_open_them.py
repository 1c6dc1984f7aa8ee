"""With a host of IPv6 every port was an error for ``doctor``: it tried them by IPv4 alone."""

import contextlib
import socket

import pytest

from sophon_report.config import parse_settings
from sophon_report.doctor.access import LOOKS
from sophon_report.ops.data_dir import DataDir

PORTS = ("event_port", "api_port", "preview_port", "control_port", "system_port")


def ports_told(folder, host, port):
    """By what is looked at: the level and the words."""
    server = {"host": host, **dict.fromkeys(PORTS, 0), "api_port": port}
    settings = parse_settings({"data_dir": str(folder), "server": server})
    return {each.subject: (each.level, each.text) for each in LOOKS[0](settings, DataDir(folder))}


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 in this Python")
@pytest.mark.parametrize("host", ["::1", "::", "localhost", "127.0.0.1"])
def test_doctor_tries_ports_where_the_service_would_open_them(tmp_path, host):
    """A free port is free, and one that a program has at that address is told with the program."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        other = socket.create_server(("::1" if ":" in host else "127.0.0.1", 0), family=family)
    except OSError:
        pytest.skip("this system has no IPv6")
    with contextlib.closing(other):
        port = other.getsockname()[1]
        told = ports_told(tmp_path, host, port)
    assert told["server.event_port"] == ("ok", "port 0 is free")
    level, text = told["server.api_port"]
    assert (level, text.startswith(f"port {port} is in use by ")) == ("error", True)
