"""The service as an installer meets it: its own processes, real models, the demo film and the people in it."""

import json
import shutil
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import NamedTuple

from command import VAR, command, running_service, write_config
from waiting import until

from sophon_report.demo.media import make_demo_media

FILM_S = 150.0
"""Thirty seconds of film on a machine that others use too."""
PASSWORD = "correct-horse-9"
"""Of everybody these tests make."""


class Answer(NamedTuple):
    """What the box answered."""

    status: int
    body: object


class Box:
    """A running service and its owner's way into it."""

    def __init__(self, service, folder, password):
        self.service, self.folder = service, folder
        self.url = f"http://127.0.0.1:{service.api_port}"
        self.user, self.password = "admin", password
        self._token = ""

    def ask(self, method, path, body=None, *, raw=None, content_type="application/json"):
        """A call of ``/api/v1`` by the admin; with a token, since the readers of many tests crowd sessions out."""
        if not self._token:
            self._token = "-"
            told = self.ask("POST", "/session", {"username": self.user, "password": self.password})
            self._token = told.body["token"]
            self._token = self.ask("POST", "/tokens", {"name": "tests", "role": "admin"}).body["token"]
        headers = {"Content-Type": content_type}
        if self._token != "-":
            headers["Authorization"] = f"Bearer {self._token}"
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                content, status, kind = answer.read(), answer.status, answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            content, status, kind = error.read(), error.code, error.headers.get_content_type()
        return Answer(status, json.loads(content) if kind.endswith("json") and content else content)

    def made(self, *of):
        """What a call gives that must go well."""
        answer = self.ask(*of)
        assert answer.status < 300, answer
        return answer.body

    def choose(self, password):
        """Another password for the admin: what only somebody who logged in may do, and no token."""
        former, self._token = self._token, "-"
        self._token = self.made("POST", "/session", {"username": self.user, "password": self.password})["token"]
        self.made("PUT", "/session/password", {"old_password": self.password, "new_password": password})
        self.password, self._token = password, former

    def see_the_film_end(self):
        """Wait until nobody of the film is there any more."""
        until(lambda: _is_over(self.made("GET", "/delivery")), "the end of the film", FILM_S)


@contextmanager
def fresh_box(folder, more="", *arguments):
    """A service on an empty folder, as it is after the installation; no vision unless ``arguments`` say so."""
    config = write_config(folder, more)
    with running_service(config, *(arguments or ("--only", "report"))) as service:
        password = until(lambda: _password(folder / "d" / "admin-password"), "a password")
        yield Box(service, folder, password)


@contextmanager
def film_box(folder, media=None, speed="fast"):
    """A service that knows the film's people and has played the film once; the demo's when none is given.

    In ``realtime`` it has only begun.
    """
    media = media or make_demo_media(VAR / "demo" / "media", VAR / "pictures", say=lambda _line: None)
    (folder / "d" / "import").mkdir(parents=True)
    film = folder / "d" / "import" / "demo.mp4"
    shutil.copy(media.video, film)
    device = f'[[device]]\nid = "demo"\nname = "Front door"\ntype = "file"\nurl = "{film}"\nspeed = "{speed}"\n'
    config = write_config(folder, device)
    registered = command("people", "import", media.people, "--config", config)
    assert registered.returncode == 0, registered
    with running_service(config) as service:
        box = Box(service, folder, until(lambda: _password(folder / "d" / "admin-password"), "a password"))
        if speed == "fast":
            box.see_the_film_end()
        yield box


def _is_over(figures):
    states = {device["device_id"]: device["state"] for device in figures["devices"]}
    return states.get("demo") == "ended" and figures["visits"]["ended"] > 0 and figures["visits"]["open"] == 0


def _password(file):
    return file.read_text().strip().splitlines()[-1] if file.exists() and file.read_text().strip() else None
