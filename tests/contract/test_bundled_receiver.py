"""The vendor's own calls tell the running service where to post, and its bundled receiver reads all of it.

Each call has its layout: ``EventServerUrl`` that of the SE3, ``HistoryEventUrl`` that of firmware V5 or V2,
``setconfigs`` that of V6, and likewise the report on devices. What each layout holds is held against its tables in
the other files of this folder; here counts which one arrives, where, and that a Flask program can read it.
"""

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode

import pytest
from bundled_receiver import bundled_receiver
from command import REPO
from running_box import running_box, until

FOG = "/SophonFogSys/api/"
SET = "/sophon/v2/face/setconfigs"
OPEN = {"open_writes": True}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def receiver():
    with bundled_receiver() as running:
        yield running


@contextmanager
def open_box(root, **settings):
    """A service whose settings any program may change."""
    with running_box(root, access=OPEN, **settings) as box:
        box.register("E-1", "Ada", "ada")
        yield box


@pytest.fixture
def box(root):
    with open_box(root) as running:
        yield running


def set_realtime(box, *urls, content_type="json", **more):
    return box.post(FOG + "EventServerUrl", {"event_server_url": urls, "content-type": content_type, **more})


def set_history(box, *urls, content_type="json", **more):
    body = {"history_upload_event_url": urls, "content-type": content_type, "reported_peroid": 1, **more}
    return box.post(FOG + "HistoryEventUrl", body)


def set_configs(box, **values):
    return box.post(SET, {"config_dict": values})


def set_old_configs(box, **values):
    return box.ask("PUT", "/SophonConfig/api/Configs", {"config_dict": values})


def come_until_told(box, count=1, name="realtime-1"):
    """Ada comes until a realtime receiver took so many: it has half a second, a busy machine may lose one."""

    def accepted():
        return {row.destination: row.accepted for row in box.call(box.process.destinations.stats)}[name]

    def decided(records):
        return box.journaled() == records and box.backlogs()[name] == 0

    wanted = accepted() + count
    while accepted() < wanted:
        records = box.journaled() + 2
        box.vision.visit("ada")
        until(partial(decided, records))


def layout_of(told):
    """Which layout this is, by the keys that no other has."""
    if "media_device_info" in told:
        return "g2"
    if "ep_info" in told:
        return "g1"
    return "g0" if "want_action" in told else "se3"


def opened(form):
    """Fields of a form whose values are JSON as what they say; texts that are none stay."""
    values = {}
    for name, text in form.items():
        assert isinstance(text, str)
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values


@pytest.mark.parametrize("content_type", ["json", "form-data"])
def test_event_server_url_brings_the_se3_report_of_who_is_known(box, receiver, content_type):
    """To ``/RealTimeEvent``, at the decision; a stranger is none of it."""
    url = receiver.url("/RealTimeEvent")
    answer = set_realtime(box, url, content_type=content_type)
    assert (answer.status, answer.body["data"]["event_server_url"]) == (200, [url])
    box.vision.visit("eve")
    until(lambda: box.journaled() == 2)
    come_until_told(box, count=2)
    came = receiver.came["/RealTimeEvent"]
    told = [opened(each) if content_type == "form-data" else each for each in came]
    assert {layout_of(event) for event in told} == {"se3"}
    assert {event["identity_id"] for event in told} == {"E-1"}
    assert all(0 < event["score"] <= 1 for event in told)
    assert all(event["ext_data"]["person_type"] == 1 for event in told)
    assert receiver.came["/HistoryEvent"] == []


@pytest.mark.parametrize("content_type", ["json", "form-data"])
@pytest.mark.parametrize("layout", ["g1", "g0"])
def test_history_event_url_brings_the_layout_of_the_older_firmware(root, receiver, layout, content_type):
    """Firmware V5's, or with ``compat.history_layout`` that of V2; strangers too, to ``/HistoryEvent``."""
    with open_box(root, compat={"history_layout": layout}) as box:
        url = receiver.url("/HistoryEvent")
        answer = set_history(box, url, content_type=content_type, history_need_spot_pic=False)
        assert (answer.status, answer.body["data"]["history_upload_event_url"]) == (200, [url])
        box.vision.visit("ada")
        box.vision.visit("eve")
        told = receiver.wait_for("/HistoryEvent", 2)
    events = [opened(each) if content_type == "form-data" else each for each in told]
    assert [layout_of(event) for event in events] == [layout] * 2
    assert [event["identity_name"] for event in events] == ["Ada", "stranger"]
    pictures = [{**event, **event.get("ext_data", {})} for event in events]
    assert all(event["recognize_face"].startswith("/9j/") and "spot_pic" not in event for event in pictures)


def test_setconfigs_brings_the_layout_of_firmware_v6(box, receiver):
    """Known people and strangers, in order, to ``/HistoryEvent``."""
    assert (
        set_configs(box, HISTORY_EVENT_UPLOAD_URL=receiver.url("/HistoryEvent"), HISTORY_REPORT_PEROID=1)[0] == 200
    )
    for who in ("ada", "eve", "ada"):
        box.vision.visit(who)
    told = receiver.wait_for("/HistoryEvent", 3)
    assert [layout_of(event) for event in told] == ["g2"] * 3
    assert [event["identity_id"] for event in told] == ["E-1", "", "E-1"]
    assert {event["mq_license_key"] for event in told} == {"LICENCE-0001"}


def test_the_call_that_came_last_says_the_layout(box, receiver):
    """The old call, the new one, and the old one again, for one address; no event is told twice."""
    url = receiver.url("/HistoryEvent")
    for number, said in enumerate(
        (
            lambda: set_history(box, url),
            lambda: set_configs(box, HISTORY_EVENT_UPLOAD_URL=url),
            lambda: set_old_configs(box, HISTORY_UPLOAD_EVENT_URL=url),
        ),
        1,
    ):
        assert said().status == 200
        box.vision.visit("ada")
        receiver.wait_for("/HistoryEvent", number)
    told = receiver.came["/HistoryEvent"]
    assert [layout_of(event) for event in told] == ["g1", "g2", "g1"]
    assert len({event["event_id"] for event in told}) == 3


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        (
            lambda box, url: box.post(
                FOG + "MonitorServerUrl", {"monitor_server_url": url, "content-type": "json", "reported_peroid": 1}
            ),
            {"gateway_ip", "gateway_ext_data", "dev_sno", "sub_devices"},
        ),
        (lambda box, url: set_old_configs(box, WEB_HEART_URL=url, WEB_HEART_TIME=1), {"dev_sno", "sub_devices"}),
        (
            lambda box, url: set_configs(box, MEDIA_DEVICE_MONITOR_URL=url, MEDIA_DEVICE_MONITOR_REPORT_PEROID=1),
            {"mq_license_key", "media_devices", "sub_devices"},
        ),
    ],
    ids=["MonitorServerUrl", "Configs", "setconfigs"],
)
def test_device_status_comes_in_the_layout_of_the_call(root, receiver, said, keys):
    """Every period, to ``/DeviceStatus``, each device with its state."""
    with open_box(root, status={"settle_s": 0}) as box:
        assert said(box, receiver.url("/DeviceStatus")).status == 200
        receiver.wait_for("/DeviceStatus", 1)
        box.vision.online("door")
        reports = receiver.came["/DeviceStatus"]
        until(lambda: states(reports[-1]) == {"front door": "online", "back yard": "offline"}, "the change")
        receiver.wait_for("/DeviceStatus", len(reports) + 1)
    for report in reports:
        assert keys <= set(report)
        assert ("gateway_ip" in report) == ("gateway_ip" in keys)
        assert ("media_devices" in report) == ("media_devices" in keys)


def states(report):
    """What a report says of each device, in the words of either generation."""
    return {
        row.get("media_device_name", row.get("ep_name")): row.get("media_device_status", row.get("ep_status"))
        for row in report["sub_devices"]
    }


def test_the_calls_themselves_may_come_as_forms(box, receiver):
    """As the older programs send them: a list as a field that comes again, numbers and booleans as texts."""
    realtime, history = receiver.url("/RealTimeEvent"), receiver.url("/HistoryEvent")
    fields = {"event_server_url": [realtime], "real_need_reg_pic": "false", "content-type": "json"}
    body = urlencode(fields, doseq=True).encode()
    assert box.ask("POST", FOG + "EventServerUrl", body, {"Content-Type": FORM}).status == 200
    fields = {"history_upload_event_url": [history], "content-type": "json", "reported_peroid": "1"}
    body = urlencode(fields, doseq=True).encode()
    assert box.ask("POST", FOG + "HistoryEventUrl", body, {"Content-Type": FORM}).status == 200
    come_until_told(box)
    assert receiver.came["/RealTimeEvent"][0].get("reg_pic", "") == ""
    assert receiver.wait_for("/HistoryEvent", 1)[0]["reg_pic"].startswith("/9j/")


def test_the_same_event_has_one_id_on_every_way(box, receiver):
    """WebSocket, realtime POST and history: a platform can join them."""
    client = box.connect()
    client.send("{}")
    until(box.subscribed)
    set_realtime(box, receiver.url("/RealTimeEvent"))
    set_history(box, receiver.url("/HistoryEvent"))
    come_until_told(box)
    until(lambda: box.backlogs()["history-1"] == 0)
    told = receiver.came["/HistoryEvent"]
    pushed = [json.loads(client.recv_data(4096)[1].decode("utf-8")) for _ in told]
    assert [event["event_id"] for event in pushed] == [event["event_id"] for event in told]
    assert receiver.came["/RealTimeEvent"][-1]["event_id"] == told[-1]["event_id"]
    client.shutdown()


class ReceiveCommand:
    """``sophon-report receive`` in a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sophon_report", "receive", "--host", "127.0.0.1", "--port", "0"],
            cwd=REPO,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.base = self.process.stdout.readline().split()[2]
        self._said = []
        self._reader = threading.Thread(target=lambda: self._said.extend(self.process.stdout))
        self._reader.start()

    def end(self):
        """All lines but the first."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self._reader.join()
        self.process.stdout.close()
        return [line.strip() for line in self._said]


def test_our_own_receiver_takes_the_same(root):
    """``sophon-report receive``: every call, JSON and form-data, a line for each event and nothing refused."""
    receiver = ReceiveCommand()
    try:
        with open_box(root, status={"settle_s": 0}) as box:
            set_configs(box, MEDIA_DEVICE_MONITOR_URL=receiver.base + "/DeviceStatus")
            for content_type in ("json", "form-data"):
                set_realtime(box, receiver.base + "/RealTimeEvent", content_type=content_type)
                set_history(box, receiver.base + "/HistoryEvent", content_type=content_type)
                come_until_told(box)
                until(lambda: box.backlogs()["history-1"] == 0)
            set_configs(box, HISTORY_EVENT_UPLOAD_URL=receiver.base + "/HistoryEvent", HISTORY_CONTENT_TYPE="json")
            come_until_told(box)
            until(lambda: box.backlogs()["history-1"] == 0)
            until(lambda: box.call(box.process.status.stats)[0].accepted >= 1)
    finally:
        *lines, last = receiver.end()
    words = Counter(line.split()[0] for line in lines)
    assert words["RealTimeEvent"] >= 3
    assert words["HistoryEvent"] >= 3
    assert words["device"] >= 1
    assert set(words) == {"RealTimeEvent", "HistoryEvent", "device"}
    assert all("Ada (E-1)" in line for line in lines if "Event" in line)
    assert last.endswith("0 requests refused, 0 failed as asked")
