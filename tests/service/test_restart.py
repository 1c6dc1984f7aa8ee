"""The service begins anew when it is asked to: in the same process, with what waited for it."""

import json
import urllib.error
import urllib.request

from command import running_service, write_config
from waiting import until


def test_a_restart_keeps_the_process_and_takes_up_what_waited_for_it(tmp_path_factory):
    """Nobody has to start it again; whoever asks while it is away is not answered, and a moment later is."""
    folder = tmp_path_factory.mktemp("r")
    with running_service(write_config(folder), "--only", "report") as service:

        def ask(method, path, body=None, **headers):
            data = None if body is None else json.dumps(body).encode()
            sent = {"Content-Type": "application/json", **headers}
            request = urllib.request.Request(
                f"http://127.0.0.1:{service.api_port}/api/v1{path}", data, sent, method=method
            )
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())

        password = (folder / "d" / "admin-password").read_text().strip()
        token = ask("POST", "/session", {"username": "admin", "password": password})["token"]
        admin = {"Authorization": f"Bearer {token}"}
        ask("PATCH", "/settings", {"changes": {"engine.threads": 1}}, **admin)
        assert ask("POST", "/restart", {}, **admin)["waiting"] == ["engine.threads"]
        until(lambda: service.log.count('"serving"') == 2, "the second start")
        assert service.process.poll() is None
        last = [json.loads(line) for line in service.log.splitlines() if '"serving"' in line][-1]
        service.api_port = last["api_port"]

        def waiting():
            try:
                return ask("GET", "/status")["waiting_for_restart"]
            except urllib.error.URLError:
                return None

        assert until(lambda: waiting() is not None and [waiting()], "an answer") == [[]]
        assert service.stop() == 0
