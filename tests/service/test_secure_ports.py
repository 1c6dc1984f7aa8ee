"""The service over TLS, and what a client missed while nobody was there: real ports, scripted vision."""

import json
import socket
import urllib.request

import pytest
import tls
from event_port import receive
from running_box import running_box
from waiting import until
from websocket import WebSocket

from sophon_report.errors import ConfigError


@pytest.fixture
def root(tmp_path_factory):
    """A short path: sockets live in it."""
    return tmp_path_factory.mktemp("s") / "d"


def two_free_ports():
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def files(cert="box.crt", key="box.key"):
    return {"tls_cert": tls.path(cert), "tls_key": tls.path(key)}


def test_both_ports_speak_tls_beside_the_plain_ones(root):
    """The same calls and the same events; a renewed certificate is shown without a restart."""
    event_port, api_port = two_free_ports()
    server = {"tls_event_port": event_port, "tls_api_port": api_port}
    with running_box(root, server=server, access=files()) as box:
        box.register("E-1", "Ada", "ada")
        secure = WebSocket(sslopt={"context": tls.trusting()})
        secure.connect(f"wss://localhost:{event_port}", timeout=20)
        plain = box.connect()
        for client in (secure, plain):
            client.send("{}")
        until(lambda: box.subscribed() == 2)
        box.vision.visit("ada")
        assert receive(secure) == receive(plain)
        path = "/sophon/v2/face/getmediadevices"
        call = urllib.request.Request(
            f"https://localhost:{api_port}{path}", b"{}", {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(call, timeout=20, context=tls.trusting()) as answer:
            assert json.loads(answer.read()) == box.post(path, {}).body
        assert box.call(box.process.events.stats).certificate.problem == ""


def test_a_certificate_that_cannot_be_used_stops_the_start(root):
    """With the key of the settings; without a TLS port nobody looks at it."""
    for name, port in zip(("tls_event_port", "tls_api_port"), two_free_ports()):
        box = running_box(root, server={name: port}, access=files(key="renewed.key"))
        with pytest.raises(ConfigError, match=r"access\.tls_key: .*renewed\.key is not the key"), box:
            pass
    with running_box(root, access=files(key="renewed.key")):
        pass


def test_what_a_client_missed_over_a_restart_comes_first(root):
    """The event that came while it was away, then the new one; both exactly once."""
    with running_box(root) as box:
        box.register("E-1", "Ada", "ada")
        client = box.connect()
        client.send("{}")
        until(lambda: box.subscribed() == 1)
        box.vision.visit("ada")
        had = receive(client)
        client.close()
        until(lambda: not box.clients())
        box.vision.visit("ada", cosine=0.8)
        until(lambda: box.journaled() == 4)
    with running_box(root) as box:
        client = box.connect()
        client.send(json.dumps({"since": had["seq"]}))
        missed = receive(client)
        assert missed["seq"] > had["seq"]
        assert "resume_gone" not in missed
        until(lambda: not any(row.catching_up for row in box.clients()))
        box.vision.visit("ada", cosine=0.9)
        new = receive(client)
        assert new["seq"] > missed["seq"]
        assert len({each["event_id"] for each in (had, missed, new)}) == 3
