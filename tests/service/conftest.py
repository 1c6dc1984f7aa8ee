"""The real service on the sample film: models and media as setup and the demo put them into ``var``."""

from pathlib import Path

import pytest

from sophon_report.demo.media import make_demo_media
from sophon_report.demo.service import Ports, Service, prepare

VAR = Path(__file__).resolve().parent.parent.parent / "var"


@pytest.fixture(scope="session")
def media():
    return make_demo_media(VAR / "demo" / "media", VAR / "pictures", say=lambda _line: None)


@pytest.fixture
def folder(tmp_path_factory):
    """A short path: sockets live in it."""
    return tmp_path_factory.mktemp("s") / "d"


@pytest.fixture
def ports():
    return Ports(events=0, api=0, receiver=0)


@pytest.fixture
def make_service(media, folder):
    """Makes a service that plays the film; the caller starts and stops it, and a test that fails leaves none."""
    made = []

    def make(ports, speed="fast"):
        made.append(Service(folder, prepare(folder, VAR / "models", media.video, ports, speed)))
        return made[-1]

    yield make
    for service in made:
        service.kill()
