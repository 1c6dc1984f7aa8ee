"""A SIGTERM or Ctrl-C while the service left in order to begin anew was passed over: it served again."""

import json
import signal
import socket
import urllib.request

import pytest
from command import DEADLINE_S, running_service, write_config
from running_box import Vision
from waiting import until

from sophon_report.ops.data_dir import DataDir


def begin_anew(service, folder):
    """Have the service leave and begin anew, as the page does."""

    def post(path, body, **headers):
        url = f"http://127.0.0.1:{service.api_port}/api/v1{path}"
        sent = {"Content-Type": "application/json", **headers}
        with urllib.request.urlopen(
            urllib.request.Request(url, json.dumps(body).encode(), sent), timeout=DEADLINE_S
        ) as answer:
            return json.loads(answer.read())

    password = (folder / "d" / "admin-password").read_text().strip()
    token = post("/session", {"username": "admin", "password": password})["token"]
    post("/restart", {}, Authorization=f"Bearer {token}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_stop_during_a_restart_is_a_stop(tmp_path_factory, number):
    """It ends with 0, as without the restart. A receiver that does not answer makes the leaving take its time."""
    folder = tmp_path_factory.mktemp("r")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        device = '[[device]]\nid = "door"\nurl = "rtsp://127.0.0.1:9/1"\n'
        receiver = f'[[destination]]\nname = "a"\nurl = "http://127.0.0.1:{silent.getsockname()[1]}/"\n'
        with running_service(write_config(folder, device + receiver), "--only", "report") as service:
            vision = Vision(DataDir(folder / "d"))
            try:
                until(lambda: vision.devices, "it is told what to watch")
                vision.visit("ada")
                silent.settimeout(DEADLINE_S)
                with silent.accept()[0] as post:
                    assert post.recv(4) == b"POST"
                    begin_anew(service, folder)
                    until(lambda: service.said("leaving"), "it leaves")
                    assert service.stop(number) == 0
            finally:
                vision.close()
            assert service.log.count('"serving"') == 1
