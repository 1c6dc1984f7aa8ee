"""What commands and the API port say beside a running service whose camera, receiver and models vary."""

import json
import urllib.error
import urllib.request

import cv2
import numpy as np
import pytest
from command import SECRET, command, running_service, until, write_config
from prometheus_client.parser import text_string_to_metric_families

from sophon_report.testing import RtspCamera

pytestmark = pytest.mark.models

AWAY = f"""
[[device]]
id = "door"
name = "front [/b] door"
url = "rtsp://admin:{SECRET}@127.0.0.1:9/main"
permission_id = "day"
roi = [0, 0, 640, 480]
[[destination]]
name = "platform"
url = "http://127.0.0.1:9/HistoryEvent"
"""
"""A camera and a receiver at a port where nobody listens."""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return write_config(tmp_path_factory.mktemp("c"), AWAY)


@pytest.fixture(scope="module")
def service(config):
    with running_service(config) as service:
        until(lambda: health(service)[1]["status"] == "degraded", "vision and the camera's state")
        yield service


def get(service, path):
    """Status and text of an answer of the API port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{service.api_port}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def health(service):
    status, text = get(service, "/healthz")
    return status, json.loads(text)


def listed(*arguments):
    """Rows of cells of a listing."""
    ended = command(*arguments)
    assert ended.returncode == 0, ended
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.stdout.splitlines()]
    return [row for row in rows if row]


def test_a_camera_that_is_away_degrades_the_service_and_does_not_fail_it(service):
    """Status 200, with the camera's name: a restart would not mend it. No password is told."""
    status, said = health(service)
    assert (status, said["status"]) == (200, "degraded")
    [reason] = said["reasons"]
    assert reason.startswith("device door: offline")
    assert SECRET not in reason


def test_a_service_without_vision_is_failing(folder):
    """Status 503: no event can come."""
    with running_service(write_config(folder), "--only", "report") as service:
        status, said = health(service)
    assert status == 503
    assert said == {"status": "failing", "reasons": ["the vision process is not there"]}


def test_vision_that_cannot_start_is_told_with_the_reason(folder):
    """Its models are missing: the service stays up and says which, and what to do."""
    config = write_config(folder)
    (folder / "d" / "models").unlink()
    with running_service(config) as service:
        [reason] = until(
            lambda: [each for each in health(service)[1]["reasons"] if "is missing" in each], "the reason"
        )
        assert reason.startswith("the vision process is not there: ")
        assert "sophon-report models fetch" in reason
        assert health(service)[0] == 503
        assert service.stop() == 0


def test_figures_can_be_read_by_prometheus(service):
    """Every family once, with a sentence of its own; no sample twice."""
    families = list(text_string_to_metric_families(get(service, "/metrics")[1]))
    names = [family.name for family in families]
    assert len(names) == len(set(names)) > 40
    helps = [family.documentation for family in families]
    assert all(text.endswith(".") and len(text) > 15 for text in helps)
    assert len(helps) == len(set(helps))
    samples = [(sample.name, *sorted(sample.labels.items())) for family in families for sample in family.samples]
    assert len(samples) == len(set(samples))
    assert all(name.startswith("sophon_report_") for name in names)


def test_figures_tell_how_it_stands(service):
    """The camera is offline, the destination idle, vision up."""
    text = get(service, "/metrics")[1]
    for line in (
        'sophon_report_device_state{device="door",state="offline"} 1.0',
        'sophon_report_destination_state{destination="platform",state="idle"} 1.0',
        "sophon_report_vision_up 1.0",
        "sophon_report_vision_starts_total 1.0",
        'sophon_report_clients_refused_total{why="flood"} 0.0',
        "sophon_report_gallery_faces 0.0",
        "sophon_report_vision_tracker_refused_tracks_total 0.0",
    ):
        assert line in text.splitlines()


def test_devices_are_listed_with_their_states_and_without_passwords(service, config):
    """Beside a service: what vision says. A name is no markup."""
    [row] = listed("devices", "list", "--config", config)
    assert row[:4] == ["door", "front [/b] door", "rtsp", "rtsp://admin:***@127.0.0.1:9/main"]
    assert row[4].startswith("offline")
    assert row[8:] == ["", "", "day", "0, 0, 640, 480", ""]


def test_devices_of_a_stopped_service_are_those_of_the_settings(folder):
    """What the next start will watch; nothing is made."""
    config = write_config(folder, AWAY)
    before = sorted(folder.rglob("*"))
    [row] = listed("devices", "list", "--config", config)
    assert row[:5] == ["door", "front [/b] door", "rtsp", "rtsp://admin:***@127.0.0.1:9/main", "service stopped"]
    assert sorted(folder.rglob("*")) == before


def test_a_device_can_be_tried_before_it_is_registered(folder):
    """A stream or a file is opened once: size, rate and picture; no password is told."""
    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 99, np.uint8))[1].tobytes()
    with RtspCamera([picture] * 5, credentials=("admin", SECRET)) as camera:
        ended = command("devices", "test", camera.url(), "--transport", "udp", "--picture", folder / "seen.jpg")
    assert ended.returncode == 0, ended
    assert set(camera.transports) == {"udp"}
    assert cv2.imread(str(folder / "seen.jpg")).shape == (48, 64, 3)
    assert ended.stdout.startswith("rtsp://admin:***@127.0.0.1:")
    assert ": 64x48, " in ended.stdout


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"rtsp://admin:{SECRET}@127.0.0.1:9/main", "rtsp://admin:***@127.0.0.1:9/main cannot be reached"),
        ("/nothing/there.mp4", "/nothing/there.mp4 cannot be read: No such file"),
        ("gb28281://34020000@10.0.0.1:5060", "GB28181, which is not supported yet"),
    ],
)
def test_a_device_that_gives_nothing_says_why(url, words):
    """Status 1, and the reason in words."""
    ended = command("devices", "test", url)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert words in ended.stderr


def test_doctor_beside_a_service_finds_it_running(service, config):
    """Status 0; a receiver that does not answer is a warning with its name."""
    ended = command("doctor", "--json", "--config", config)
    found = {finding["subject"]: finding for finding in json.loads(ended.stdout)}
    assert ended.returncode == 0, ended
    assert found["service"]["text"] == "is running"
    assert found["destination platform"]["level"] == "warning"
    assert found["destination platform"]["text"].endswith("; told g2 as json")
    assert found["delivery to platform"]["text"] == "idle: 0 accepted"
    assert found["model detector"]["level"] == "ok"


def test_doctor_on_a_fresh_folder_says_what_is_lacking_and_makes_nothing(folder):
    """Status 1: the models are missing, and the command that fetches them is told."""
    ended = command("doctor", "--data-dir", folder / "d")
    assert ended.returncode == 1
    assert "models fetch" in ended.stdout
    assert "is not running" in ended.stdout
    assert not (folder / "d").exists()


def test_doctor_knocks_where_status_is_reported(folder):
    """Each address with its place in the settings."""
    config = write_config(folder, '[status]\nurls = ["http://127.0.0.1:9/DeviceStatus"]\n')
    found = {row["subject"]: row for row in json.loads(command("doctor", "--json", "--config", config).stdout)}
    assert found["status.urls 1"]["level"] == "warning"
    assert found["status.urls 1"]["text"].startswith("127.0.0.1:9:")


def test_doctor_tells_a_port_that_another_program_has(folder, service):
    """With the port, before the service is started."""
    config = write_config(folder)
    config.write_text(config.read_text().replace("api_port = 0", f"api_port = {service.api_port}"))
    found = {row["subject"]: row for row in json.loads(command("doctor", "--json", "--config", config).stdout)}
    assert found["server.api_port"]["level"] == "error"
    assert f"port {service.api_port} is in use by" in found["server.api_port"]["text"]


def test_the_log_holds_no_password(service):
    """Of the camera, neither of the report process nor of vision."""
    assert SECRET not in service.log
