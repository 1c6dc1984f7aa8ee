"""From the film to client and receiver: two processes, real models, real sockets, kills in between."""

import asyncio
import base64
import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import aiohttp
import pytest
from bundled_receiver import bundled_receiver
from websocket import WebSocket

from sophon_report.config import load_settings
from sophon_report.delivery.journal import stat, verify
from sophon_report.demo.run import play
from sophon_report.demo.service import Ports, Service
from sophon_report.people_import import Wish, import_people
from sophon_report.receiver import Receiver
from sophon_report.wire.pictures import decode_image

REPO = Path(__file__).resolve().parent.parent.parent
VAR = REPO / "var"
pytestmark = pytest.mark.models


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_ports():
    return Ports(events=free_port(), api=free_port(), receiver=free_port())


def register(people):
    return lambda config: import_people(load_settings(config), people, Wish(replace=True))


def test_the_film_comes_out_as_it_is_in_truth(media, folder):
    """Every visit once, the right person, times within the tolerance, each event on both ways; then exit 0."""

    async def story():
        run, service, receiver = await play(
            media, folder, VAR / "models", "fast", lambda _line: None, register(media.people), free_ports()
        )
        status = await service.stop()
        await receiver.stop()
        return run, status

    run, status = asyncio.run(story())
    assert run.problems == []
    assert len(run.posted) == len(media.truth.visits)
    assert status == 0


class Story:
    """A service that is killed and started again, with a receiver that stays."""

    def __init__(self, make_service):
        self.ports = free_ports()
        self.service = make_service(self.ports)
        self.posted = []
        self.receiver = Receiver(
            "127.0.0.1",
            self.ports.receiver,
            say=lambda _line: None,
            on_event=lambda _path, event: self.posted.append(event),
        )

    async def until(self, reached, deadline_s=60):
        return await self.service.until(reached, deadline_s)

    def pids(self):
        """Process ids of report and vision."""
        report = self.service._process.pid
        children = Path(f"/proc/{report}/task/{report}/children").read_text().split()
        return report, int(children[0])


def documented_client(port, configuration, events):
    """The vendor's sample: connect, send the configuration, then read for ever and parse what comes."""
    client = WebSocket()
    client.connect(f"ws://127.0.0.1:{port}")
    client.send(json.dumps(configuration))
    with contextlib.suppress(UnicodeDecodeError):  # it dies of the close frame with which the service leaves
        while True:
            events.put(json.loads(client.recv_data(4096)[1].decode("utf-8")))


NEW = {"with_face_image": True, "with_register_image": True, "media_device_ids": []}
OLD = {"need_face": True, "need_register": True, "event_list": []}
IN_FLASK = """
[[destination]]
name = "flask-history"
layout = "g1"
content_type = "form-data"
from = "oldest"
url = "{history}"
[[destination]]
name = "flask-realtime"
layout = "se3"
timeout_s = 30  # one attempt an event: half a second may be too little on a busy machine
url = "{realtime}"
"""


def test_documented_clients_and_receivers_read_every_event_of_the_running_service(make_service, media):
    """Samples of both generations, the bundled receiver with real pictures in forms: what was posted, no more."""
    new, old = queue.Queue(), queue.Queue()

    async def story(flask):
        tale = Story(make_service)
        with tale.service._config.open("a") as config:
            config.write(IN_FLASK.format(history=flask.url("/HistoryEvent"), realtime=flask.url("/RealTimeEvent")))
        # The command runs a loop of its own.
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, register(media.people), tale.service._config)
        await tale.receiver.start()
        await tale.service.start()
        for configuration, events in ((NEW, new), (OLD, old)):
            arguments = (tale.ports.events, configuration, events)
            threading.Thread(target=documented_client, args=arguments, daemon=True).start()
        await tale.until(finished)
        clients = (await tale.until(lambda _figures: True))["clients"]
        assert await tale.service.stop() == 0
        await tale.receiver.stop()
        return clients, tale.posted

    with bundled_receiver() as flask:
        clients, posted = asyncio.run(story(flask))
    assert [client["dropped"] for client in clients] == [0, 0]
    read = [new.get_nowait() for _ in range(new.qsize())]
    ids = [event["event_id"] for event in read]
    assert ids == sorted(event["event_id"] for event in posted)
    assert all(event["recognize_face_image"].startswith("data:image/jpeg;base64,/9j/") for event in read)
    names = {event["identity_id"]: event["identity_name"] for event in read}
    registered = dict(path.stem.split("__") for path in media.people.iterdir())
    assert names == {"": "", **registered}
    printed = [old.get_nowait() for _ in range(old.qsize())]
    assert [(event["video_id"], event["event_id"]) for event in printed] == [("demo", one) for one in ids]
    forms, realtime = flask.came["/HistoryEvent"], flask.came["/RealTimeEvent"]
    assert [form["event_id"] for form in forms] == [event["event_id"] for event in posted]
    assert all(decode_image(base64.b64decode(form["spot_pic"])).size for form in forms)
    assert [event["event_id"] for event in realtime] == [
        event["event_id"] for event in read if event["identity_id"]
    ]


def finished(figures):
    """The film is over, nobody is in front of it, everything is delivered."""
    return (
        figures["visits"]["open"] == 0
        and figures["visits"]["recognitions"] >= 1
        and all(device["state"] == "ended" for device in figures["devices"])
        and all(row["backlog"] == 0 for row in figures["destinations"])
    )


def test_killing_vision_loses_no_event_and_it_comes_back(make_service):
    """A kill -9 of vision in the middle of visits: they end, are posted, and the film is looked at again."""

    async def story():
        tale = Story(make_service)
        await tale.receiver.start()
        await tale.service.start()
        await tale.until(lambda figures: figures["visits"]["recognitions"] >= 1)
        report, vision = tale.pids()
        os.kill(vision, signal.SIGKILL)
        figures = await tale.until(
            lambda figures: (
                figures["visits"]["open"] == 0
                and figures["visits"]["recognitions"] >= 3
                and all(device["state"] == "ended" for device in figures["devices"])
                and all(row["backlog"] == 0 for row in figures["destinations"])
            )
        )
        assert tale.pids()[0] == report
        assert await tale.service.stop() == 0
        await tale.receiver.stop()
        return figures, tale.posted

    figures, posted = asyncio.run(story())
    assert len(posted) == figures["visits"]["ended"] == figures["visits"]["recognitions"]
    assert len({event["event_id"] for event in posted}) == len(posted)


def test_killing_the_report_process_loses_no_accepted_event(make_service, folder):
    """After a kill -9 and a new start each recognition on disk has its visit posted, in order and once known."""

    async def story():
        tale = Story(make_service)
        await tale.receiver.start()
        await tale.service.start()
        await tale.until(lambda figures: figures["journal"]["last_seq"] >= 2)
        report, vision = tale.pids()
        os.kill(report, signal.SIGKILL)
        await tale.service._process.wait()
        before = stat(folder / "journal")
        assert verify(folder / "journal").damaged_bytes == 0
        again = Service(folder, folder / "config.toml")
        await again.start()
        await again.until(
            lambda figures: (
                figures["visits"]["open"] == 0
                and all(device["state"] == "ended" for device in figures["devices"])
                and all(row["backlog"] == 0 for row in figures["destinations"])
            ),
            60,
        )
        assert not Path(f"/proc/{vision}").exists() or "Z" in Path(f"/proc/{vision}/stat").read_text()
        assert await again.stop() == 0
        await tale.receiver.stop()
        return before, tale.posted

    before, posted = asyncio.run(story())
    ids = [event["event_id"] for event in posted]
    assert before.records["recognition"] >= 1
    assert len(set(ids)) >= before.records["recognition"]
    assert stat(folder / "journal").records["visit"] == len(set(ids))


def test_a_port_in_use_is_told_with_its_holder(make_service, folder):
    """Exit status 1, one line with the port; nothing is left running."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        make_service(Ports(events=port, api=free_port(), receiver=free_port()))
        ended = run_to_its_end(["run", "--config", str(folder / "config.toml")])
    assert ended.returncode == 1
    assert f"port {port} is in use by" in ended.stderr


def test_a_second_service_on_the_same_folder_is_told_who_runs(make_service, folder):
    """The lock names the process; the first goes on."""

    async def story():
        tale = Story(make_service)
        await tale.service.start()
        ended = await asyncio.get_running_loop().run_in_executor(
            None, run_to_its_end, ["run", "--config", str(folder / "config.toml")]
        )
        async with aiohttp.ClientSession() as session, session.get(
            f"http://127.0.0.1:{tale.ports.api}/metrics"
        ) as reply:
            text = await reply.text()
        report = tale.pids()[0]
        await tale.service.stop()
        return ended, report, text

    ended, report, text = asyncio.run(story())
    assert ended.returncode == 1
    assert f"process {report}" in ended.stderr
    assert "sophon_report_vision_starts_total" in text


def run_to_its_end(arguments):
    return subprocess.run(
        [sys.executable, "-m", "sophon_report", *arguments],
        cwd=REPO,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
