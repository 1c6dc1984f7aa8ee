"""A port by TLS could be set in the page without a certificate; the next start failed, and the page with it."""

import pytest
from running_box import running_box


@pytest.fixture
def patch(tmp_path):
    """Changes settings as the admin; gives the status and the answer."""
    with running_box(tmp_path) as box:
        password = (tmp_path / "admin-password").read_text().strip()
        token = box.post("/api/v1/session", {"username": "admin", "password": password}).body["token"]

        def patched(**changes):
            headers = {"Authorization": f"Bearer {token}"}
            return box.ask("PATCH", "/api/v1/settings", {"changes": changes}, headers=headers)

        yield patched


@pytest.mark.parametrize("key", ["server.tls_api_port", "server.tls_event_port"])
def test_a_port_by_tls_needs_a_certificate_first(patch, key):
    """The refusal names the port and says what to do; nothing is changed."""
    answer = patch(**{key: 8443})
    assert answer.status == 400
    (field,) = answer.body["errors"]
    assert field["pointer"] == f"#/changes/{key}"
    assert "upload one first" in field["detail"]
    assert patch(**{"log.level": "info"}).body["waiting"] == []


def test_no_port_by_tls_needs_nothing(patch):
    """Nor does taking one back."""
    assert patch(**{"server.tls_api_port": 0, "server.tls_event_port": None}).status == 200
