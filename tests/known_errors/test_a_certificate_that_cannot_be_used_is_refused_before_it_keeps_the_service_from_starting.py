"""A path that no certificate can be read from was stored: the next start failed, or a look at it ended the watch.

The start went on failing with nobody there who could take the path back. A name with a NUL byte raised in the task
that feeds systemd's watchdog, and a pipe kept the event loop waiting for a writer.
"""

import os

import pytest
import tls
from running_box import running_box

from sophon_report.ops.certificate import Certificate

CERT, KEY, PORT, EVENTS = "access.tls_cert", "access.tls_key", "server.tls_api_port", "server.tls_event_port"
GOOD = {CERT: tls.path("box.crt"), KEY: tls.path("box.key")}


@pytest.fixture
def patch(tmp_path):
    """Changes settings as the admin; gives the status and what is wrong by its key."""
    with running_box(tmp_path) as box:
        password = (tmp_path / "admin-password").read_text().strip()
        token = box.post("/api/v1/session", {"username": "admin", "password": password}).body["token"]

        def patched(changes):
            headers = {"Authorization": f"Bearer {token}"}
            answer = box.ask("PATCH", "/api/v1/settings", {"changes": changes}, headers=headers)
            prefix = len("#/changes/")
            wrong = {field["pointer"][prefix:]: field["detail"] for field in answer.body.get("errors", ())}
            return answer.status, wrong

        yield patched


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({CERT: "/nope", KEY: "/nope", PORT: 8443}, CERT, "/nope cannot be read: No such file"),
        ({**GOOD, KEY: tls.path("renewed.key"), EVENTS: 5680}, KEY, "is not the key of the certificate"),
        ({**GOOD, CERT: "a\0b", PORT: 8443}, CERT, "not the name of a file"),
    ],
)
def test_what_a_start_could_not_use_is_refused_with_its_key(patch, changes, key, words):
    """Nothing of it is stored."""
    status, wrong = patch(changes)
    assert (status, list(wrong)) == (400, [key])
    assert words in wrong[key]
    assert patch(dict.fromkeys(changes)) == (200, {})


def test_a_port_is_refused_for_the_sake_of_files_that_were_there_before(patch):
    """While there is no port nobody looks at them."""
    assert patch({CERT: "/nope", KEY: "/nope"}) == (200, {})
    status, wrong = patch({PORT: 8443})
    assert (status, list(wrong)) == (400, [PORT])
    assert "access.tls_cert /nope cannot be read" in wrong[PORT]
    assert patch({**GOOD, PORT: 8443}) == (200, {})


def test_a_port_can_be_closed_whatever_became_of_the_files(patch, tmp_path):
    """Another one that stays open is not what is changed."""
    named = tls.put(tmp_path, "box")
    assert patch({CERT: named.tls_cert, KEY: named.tls_key, PORT: 8443, EVENTS: 5680}) == (200, {})
    (tmp_path / "live.crt").unlink()
    assert patch({EVENTS: 0}) == (200, {})


@pytest.mark.parametrize("bad", ["a\0b", "pipe"])
def test_files_that_became_something_else_end_nothing(tmp_path, bad):
    """The pair in memory goes on, and the figures say why."""
    os.mkfifo(str(tmp_path / "pipe"))
    named = [tls.access()]
    certificate = Certificate(lambda: named[-1])
    named.append(tls.access().model_copy(update={"tls_cert": str(tmp_path / bad)}))
    certificate.look_again()
    assert "cannot be read: not " in certificate.stats().problem


def test_a_stored_certificate_that_has_gone_keeps_no_service_down(tmp_path):
    """It starts without the port, says why, and takes another one."""
    named = tls.put(tmp_path, "box")
    stored = {CERT: named.tls_cert, KEY: named.tls_key, PORT: 8443}
    with running_box(tmp_path / "d") as box:
        box.run(box.process.live.change(stored))
    (tmp_path / "live.crt").unlink()
    with running_box(tmp_path / "d", access={"open_reads": True}) as box:
        assert box.process.doors.tls == 0
        problems = {each["code"]: each for each in box.ask("GET", "/api/v1/problems-now").body["problems"]}
        assert "live.crt cannot be read" in problems["certificate_unused"]["values"]["reason"]
        changed = box.run(box.process.live.change({**GOOD, PORT: 8443}))
        assert changed.waiting == (PORT,)
        problems = {each["code"] for each in box.ask("GET", "/api/v1/problems-now").body["problems"]}
        assert problems & {"certificate_unused", "restart_waits"} == {"restart_waits"}
