"""The first run of a service, its port for browsers and its certificate, by calls: real ports and files."""

import http.client
import json
import socket
import ssl
import stat

import pytest
import tls
from running_box import HOST, running_box
from waiting import until

SETUP, TLS = "/api/v1/setup", "/api/v1/tls"
BOX = {"certificate": tls.CERTIFICATES / "box.crt", "key": tls.CERTIFICATES / "box.key"}


@pytest.fixture
def root(tmp_path_factory):
    """A short path: sockets live in it."""
    return tmp_path_factory.mktemp("f") / "d"


def admin(box):
    password = box.place.admin_password.read_text().strip()
    opened = box.post("/api/v1/session", {"username": "admin", "password": password})
    return {"Authorization": f"Bearer {opened.body['token']}"}


def pem(certificate="box.crt", key="box.key", **more):
    return {
        "certificate": (tls.CERTIFICATES / certificate).read_text(),
        "key": (tls.CERTIFICATES / key).read_text(),
        **more,
    }


def free_port():
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]


def shown_by(port):
    """The certificate that a TLS port shows."""
    return ssl.get_server_certificate((HOST, port))


def test_anybody_is_told_how_far_the_first_run_is_and_no_secret(root):
    """An admin says that a step is behind; it is so after a restart."""
    with running_box(root, device=[]) as box:
        told = box.ask("GET", SETUP)
        assert told.body == {
            "done": False,
            "passed": [],
            "generated": True,
            "password_file": str(box.place.admin_password),
            "name": "",
            "version": told.body["version"],
        }
        assert box.place.admin_password.read_text().strip() not in json.dumps(told.body)
        assert box.ask("PUT", SETUP, {"done": True, "passed": []}).status == 401
        token = admin(box)
        wrong = box.ask("PUT", SETUP, {"done": False, "passed": ["dance"]}, token)
        assert (wrong.code, wrong.body["errors"][0]["pointer"]) == ("INVALID_ARGUMENTS", "#/passed/0")
        kept = box.ask("PUT", SETUP, {"done": False, "passed": ["name", "password", "name"]}, token)
        assert (kept.status, kept.body["passed"]) == (200, ["password", "name"])
        named = box.ask("PATCH", "/api/v1/settings", {"changes": {"name": " Gate 3 东门 "}}, token)
        assert next(row["value"] for row in named.body["settings"] if row["key"] == "name") == "Gate 3 东门"
        refused = box.ask("PATCH", "/api/v1/settings", {"changes": {"name": "a\nb"}}, token)
        assert refused.body["errors"][0] == {"detail": "must be one line of text", "pointer": "#/changes/name"}
    with running_box(root, device=[]) as box:
        told = box.ask("GET", SETUP).body
        assert (told["passed"], told["done"], told["name"]) == (["password", "name"], False, "Gate 3 东门")
        assert box.ask("PUT", SETUP, {"done": True, "passed": []}, admin(box)).body["done"]


def test_the_page_port_serves_what_the_api_port_serves(root):
    """And when another program has it, the service goes on without."""
    port = free_port()
    with running_box(root, server={"page_port": port}) as box:
        assert box.ask("GET", SETUP, port=port).body == box.ask("GET", SETUP).body
        assert box.process.doors.told() == {"api_port": box.process.api_port, "page_port": port}
    with socket.create_server((HOST, port)), running_box(root, server={"page_port": port}) as box:
        assert box.ask("GET", SETUP).status == 200
        assert box.process.doors.told() == {"api_port": box.process.api_port}


def test_the_page_port_sends_browsers_on_to_tls_when_it_should(root):
    """To the host that they asked; what would change something is not sent on."""
    page, secure = free_port(), free_port()
    server = {"page_port": page, "page_to_tls": True, "tls_api_port": secure}
    access = {"tls_cert": tls.path("box.crt"), "tls_key": tls.path("box.key")}
    with running_box(root, server=server, access=access):
        for host, seen in (("box.local:80", "box.local"), ("[::1]", "[::1]"), (HOST, HOST)):
            connection = http.client.HTTPConnection(HOST, page, timeout=20)
            connection.request("GET", "/a?b=%20c", headers={"Host": host})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Location"]) == (307, f"https://{seen}:{secure}/a?b=%20c")
            connection.close()
        connection = http.client.HTTPConnection(HOST, page, timeout=20)
        connection.request("POST", "/api/v1/session", b"{}", {"Content-Type": "application/json"})
        assert connection.getresponse().status == 405
        connection.close()


def test_a_certificate_is_made_and_counts_at_the_next_start(root):
    """The page's port by TLS opens then; the file is its owner's, and no answer holds the key."""
    port = free_port()
    with running_box(root) as box:
        token = admin(box)
        assert box.ask("GET", TLS, headers=token).body["origin"] == "none"
        taken = box.ask("POST", TLS + "/self-signed", {"names": [HOST], "port": box.process.api_port}, token)
        assert taken.status == 200  # the port of the settings is 0 here: nobody has that one
        wrong = box.ask("POST", TLS + "/self-signed", {"names": ["a b"]}, token)
        assert (wrong.status, wrong.code) == (400, "NAME_UNUSABLE")
        made = box.ask("POST", TLS + "/self-signed", {"names": [HOST, "Box.local"], "port": port}, token)
        assert (made.body["origin"], made.body["certificate"]["names"]) == ("page", ["box.local", HOST])
        ports = {row["key"]: row for row in made.body["ports"]}
        told = {"key": "server.tls_api_port", "port": port, "open": 0, "waits": True}
        assert ports["server.tls_api_port"] == told
        assert "PRIVATE" not in json.dumps(made.body)
        assert stat.S_IMODE(box.place.tls.stat().st_mode) == 0o600
    with running_box(root) as box:
        context = ssl.create_default_context(cadata=shown_by(port))
        with socket.create_connection((HOST, port)) as raw, context.wrap_socket(
            raw, server_hostname=HOST
        ) as secure:
            assert secure.version() in ("TLSv1.2", "TLSv1.3")
        assert box.ask("DELETE", TLS, {}, admin(box)).status == 200
        assert not box.place.tls.exists()
    with running_box(root) as box:
        state = box.ask("GET", TLS, headers=admin(box)).body
        assert (state["origin"], [row["open"] for row in state["ports"]]) == ("none", [0, 0])


def test_an_open_tls_port_takes_up_what_is_brought(root):
    """Without a restart; what cannot be used is refused with its field, and the former goes on."""
    port = free_port()
    access = {"tls_cert": tls.path("box.crt"), "tls_key": tls.path("box.key")}
    with running_box(root, server={"tls_api_port": port}, access=access) as box:
        token = admin(box)
        assert box.ask("GET", TLS, headers=token).body["origin"] == "file"
        before = shown_by(port)
        for key, code in (("renewed.key", "KEY_MISMATCH"), ("encrypted.key", "KEY_ENCRYPTED")):
            wrong = box.ask("POST", TLS, pem(key=key), token)
            assert (wrong.status, wrong.code, wrong.body["errors"][0]["pointer"]) == (400, code, "#/key")
        assert shown_by(port) == before
        assert not box.place.tls.exists()
        taken = box.ask("POST", TLS, pem("renewed.crt", "renewed.key"), token)
        assert (taken.status, taken.body["problem"], taken.body["origin"]) == (200, "", "page")
        until(lambda: shown_by(port) != before, "the new certificate is shown")
        box.ask("DELETE", TLS, {}, token)
        until(lambda: shown_by(port) == before, "that of the settings file is shown again")
        assert box.ask("GET", TLS, headers=token).body["ports"][0]["port"] == port
