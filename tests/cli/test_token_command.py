"""``token create|list|revoke``, beside a service and without one."""

import json
import urllib.error
import urllib.request

import pytest
from command import command, running_service, write_config
from event_port import closed_with
from websocket import WebSocket, WebSocketBadStatusException


def test_a_token_is_made_listed_and_revoked_without_a_service(folder):
    """The token alone is on standard output; no listing shows it."""
    config = write_config(folder)
    made = command("token", "create", "platform", "--config", config)
    token = made.stdout.strip()
    assert (made.returncode, len(token)) == (0, 64)
    listed = command("token", "list", "--config", config).stdout
    assert "platform" in listed
    assert "never" in listed
    assert token not in listed
    assert command("token", "revoke", "platform", "--config", config).returncode == 0
    assert "platform" not in command("token", "list", "--config", config).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["create", "two words"], "the name of a token has"),
        (["revoke", "nobody"], "no token has the name nobody"),
    ],
)
def test_what_cannot_be_done_is_status_1(folder, arguments, words):
    """With the reason."""
    ended = command("token", *arguments, "--data-dir", folder / "d")
    assert ended.returncode == 1
    assert words in ended.stderr


def test_looking_at_no_tokens_makes_nothing(folder):
    """Not even the folder."""
    assert command("token", "list", "--data-dir", folder / "d").stdout == "there are no tokens\n"
    assert not (folder / "d").exists()


def test_doctor_tells_in_words_who_may_do_what(folder):
    """And warns when a switch is open to the world."""
    data = folder / "d"
    command("token", "create", "platform", "--data-dir", data)

    def told(access):
        config = write_config(folder, f"[access]\n{access}")
        rows = json.loads(command("doctor", "--json", "--config", config).stdout)
        return {row["subject"]: (row["level"], row["text"]) for row in rows}

    usual = told("")
    assert usual["who sees events, devices, health"][1].startswith("without a token: anyone in 127.0.0.0/8, ")
    assert usual["who changes anything"] == ("ok", "without a token: nobody (access.open_writes)")
    assert usual["tokens, and what they are good for"] == ("ok", "platform (admin)")
    world = told('trusted_networks = ["0.0.0.0/0"]\nopen_writes = true')
    assert world["who changes anything"] == (
        "warning",
        "without a token: anyone in the world (access.open_writes)",
    )
    nobody = told("trusted_networks = []\nopen_reads = true")
    assert nobody["who reads people, pictures, history"][1] == "without a token: nobody (access.open_reads)"


def status(service, path, token=None):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{service.api_port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_running_service_knows_a_token_at_once_and_forgets_it_at_once(folder):
    """It is asked from an address that it does not trust; its log holds the switch's name and no token."""
    config = write_config(folder, "[access]\ntrusted_networks = []\n")
    with running_service(config, "--only", "report") as service:
        assert status(service, "/metrics") == 401
        token = command("token", "create", "platform", "--config", config).stdout.strip()
        assert status(service, "/metrics", token) == 200
        stream = WebSocket()
        with pytest.raises(WebSocketBadStatusException, match="401"):
            stream.connect(f"ws://127.0.0.1:{service.event_port}/", timeout=20)
        stream.connect(f"ws://127.0.0.1:{service.event_port}/?token={token}", timeout=20)
        command("token", "revoke", "platform", "--config", config)
        assert status(service, "/metrics", token) == 401
        assert closed_with(stream) == (1008, "not allowed any more")
        assert "access.trusted_networks" in service.log
        assert token not in service.log
