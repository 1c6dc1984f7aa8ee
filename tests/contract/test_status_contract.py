"""The vendor's tables of the status reports, line by line, against the bytes that a receiver gets.

A receiver written from these tables finds every required key, of its type, on a machine that tells everything and
on one that tells nothing: then texts are empty and numbers are null.
"""

import asyncio
import time

import pytest

from sophon_report.condition import BoxState, Space
from sophon_report.config import BoxStatus, Status
from sophon_report.link.messages import DeviceState
from sophon_report.model import Device, DeviceType
from sophon_report.receiver import Receiver, line
from sophon_report.report.status_reports import StatusReports
from sophon_report.wire.receive import device_states

DEVICES = [
    Device("d1", "front door", DeviceType.RTSP, "rtsp://admin:secret@10.0.0.21:554/main", "p1"),
    Device("d2", "gate", DeviceType.PHOTO, "10.0.0.22"),
    Device("d3", "film", DeviceType.FILE, "/data/film.mp4"),
    Device("d4", "national", DeviceType.GB28181, "gb28181://34020000001320000001"),
]
STATES = {"d1": DeviceState("d1", "online"), "d3": DeviceState("d3", "ended")}
ROOM = Space(4 << 30, 1 << 30)
FULL = BoxState(
    "box",
    "10.0.0.5",
    "e0:a5:09:00:0e:6d",
    "HQDZKE5BJJFJH0042",
    "1.0",
    "libsophon-0.4.8",
    "bm1684",
    8,
    2300.0,
    0.3,
    "BM1684",
    0.1,
    *(ROOM, ROOM, ROOM, ROOM),
    32 << 30,
    ROOM,
    *(45.0, 47.0, 4400.0, 9600.0),
)

TEXT, NUMBER, WHOLE = (str,), (float, type(None)), (int, type(None))

G2_ROW = dict.fromkeys(
    (
        "media_device_id",
        "media_device_name",
        "media_device_status",
        "media_device_ip",
        "permission_id",
        "media_device_type",
        "media_device_url",
    ),
    TEXT,
)
G1_ROW = dict.fromkeys(("ep_id", "ep_ip", "ep_status", "ep_location", "ep_type", "ep_name"), TEXT)
GATEWAY = {
    **dict.fromkeys(("gateway_ip", "gateway_name", "gateway_status", "gateway_sn"), TEXT),
    "gateway_port": (int,),
}
ROOMS = {
    name: {f"{name}_scale": NUMBER, "total": TEXT, "free": TEXT, "used": TEXT}
    for name in ("system", "tpu", "video")
}
G0_BOX = {
    **GATEWAY,
    "dev_sno": TEXT,
    "gateway_ext_data": {
        **dict.fromkeys(("sw_version", "sdk_version", "gateway_mac"), TEXT),
        **dict.fromkeys(("cpu_usage", "memory_size", "memory_usage", "disk_size", "disk_free_size"), NUMBER),
        "cpu_info": {
            "cpu_rate": NUMBER,
            "info": {"cpu_type": TEXT, "cpu_freq": TEXT, "cpu_count": TEXT},
        },
        "memory_info": {
            **dict.fromkeys(
                ("hardware_total_memory", "total_memory", "total_free_memory", "total_used_memory"), TEXT
            ),
            "total_memory_scale": NUMBER,
            **ROOMS,
        },
        "disk_info": {
            **dict.fromkeys(("hardware_total_disk", "total_disk", "free_disk", "used_disk"), TEXT),
            "disk_rate": NUMBER,
        },
        "temperature": WHOLE,
    },
}
DISK = {
    **dict.fromkeys(("nominal_capacity", "total_disk", "free_disk", "used_disk"), TEXT),
    "mount_status": (bool,),
    "disk_usage": NUMBER,
}
G2_BOX = {
    **GATEWAY,
    "reporter_id": TEXT,
    "gateway_mac": TEXT,
    "gateway_ext_data": {
        "cpu_info": {"cur_cpu_usage": NUMBER, "cpu_arch": TEXT, "cpu_freq": TEXT, "cpu_cores": TEXT},
        "tpu_info": {"tpu_usage": NUMBER, "tpu_description": TEXT},
        "memory_info": {
            **dict.fromkeys(("total_memory", "svt_memory", "svt_free_memory", "svt_used_memory"), TEXT),
            "svt_memory_usage": NUMBER,
            **ROOMS,
        },
        **dict.fromkeys(("emmc", "hdd", "disk_info", "external_hard_drives_info"), DISK),
        **dict.fromkeys(("core_temperature", "board_temperature", "fan_speed"), NUMBER),
        "uptime": TEXT,
    },
}


def received(box, status, box_status=None):
    """The first report that comes, with the path it came to."""
    got = []
    receiver = Receiver(
        "127.0.0.1", 0, say=lambda _line: None, on_event=lambda path, report: got.append((path, report))
    )

    async def story():
        await receiver.start()
        url = f"http://127.0.0.1:{receiver.port}/DeviceStatus"
        reports = StatusReports(lambda: DEVICES, lambda: STATES, lambda: box, tick_s=0.005)
        reports.start()
        if box_status is None:
            reports.apply(Status(urls=(url,), settle_s=0, layout=status), BoxStatus(), "LICENCE")
        else:
            reports.apply(Status(), BoxStatus(urls=(url,), reporter_id=box_status), "LICENCE")
        deadline = time.monotonic() + 20
        while not got:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
        await reports.stop()
        await receiver.stop()

    asyncio.run(story())
    return got[0][1]


def check(report, table, where="report"):
    """Every key of the table is in the report, with its type."""
    for name, kind in table.items():
        assert name in report, f"{where}.{name} is missing"
        if isinstance(kind, dict):
            check(report[name], kind, f"{where}.{name}")
        else:
            assert type(report[name]) in kind, f"{where}.{name} is {report[name]!r}"


def all_known(report):
    """Whether nothing in it is empty."""
    return all(
        all_known(value) if isinstance(value, dict) else value not in ("", None) for value in report.values()
    )


@pytest.fixture(params=[FULL, BoxState()], ids=["a box that tells all", "a machine that tells nothing"])
def box(request):
    return request.param


def test_firmware_v6_is_told_its_devices():
    """Licence key and list; the list under the table's name and under the sample's."""
    report = received(FULL, "g2")
    assert set(report) == {"mq_license_key", "media_devices", "sub_devices"}
    assert report["mq_license_key"] == "LICENCE"
    assert report["media_devices"] == report["sub_devices"]
    assert len(report["media_devices"]) == len(DEVICES)
    for row in report["media_devices"]:
        assert set(row) == set(G2_ROW)
        check(row, G2_ROW)
        assert row["media_device_status"] in {"online", "offline"}
        assert row["media_device_type"] in {"rtsp", "photo", "file", "gb28181"}


def test_firmware_v5r7_is_told_its_devices():
    """Each under licence key and address, with the word for its type."""
    report = received(FULL, "g1")
    assert set(report) == {"dev_sno", "sub_devices"}
    for row in report["sub_devices"]:
        assert set(row) == set(G1_ROW)
        check(row, G1_ROW)
        assert row["ep_id"].startswith("LICENCE__")
        assert row["ep_status"] in {"online", "offline"}
        assert row["ep_type"] in {"rtsp", "photo", "file", "gb28181"}


def test_older_firmware_is_told_box_and_devices_in_one(box):
    """Flat figures and nested ones, whichever the receiver reads."""
    report = received(box, "g0")
    check(report, G0_BOX)
    assert set(report) == {*G0_BOX, "sub_devices"}
    assert set(report["gateway_ext_data"]) == set(G0_BOX["gateway_ext_data"])
    for row in report["sub_devices"]:
        check(row, G1_ROW)
        assert set(row) - {"ep_url"} == set(G1_ROW)
        assert row["ep_type"] in {"0", "1", "3", "4"}


def test_firmware_v6_is_told_how_the_box_does(box):
    """The system report, without devices."""
    report = received(box, None, box_status="R-1")
    check(report, G2_BOX)
    assert set(report) == set(G2_BOX)
    assert set(report["gateway_ext_data"]) == set(G2_BOX["gateway_ext_data"])
    assert report["reporter_id"] == "R-1"
    extra = report["gateway_ext_data"]
    assert (extra["emmc"], extra["hdd"]) == (extra["disk_info"], extra["external_hard_drives_info"])


def test_a_box_that_tells_all_leaves_nothing_empty():
    """So an empty place is the machine's and not ours."""
    report = received(FULL, None, box_status="R-1")
    assert all_known(report)
    assert all_known({key: value for key, value in received(FULL, "g0").items() if key != "sub_devices"})


@pytest.mark.parametrize("layout", ["g2", "g1", "g0"])
def test_the_words_of_every_layout_are_the_same(layout):
    """A camera with pictures and a terminal are online; a film that ended and a camera never seen are not."""
    report = received(FULL, layout)
    assert device_states(report) == [
        ("front door", "online"),
        ("gate", "online"),
        ("film", "offline"),
        ("national", "offline"),
    ]
    assert "secret" not in str(report)


def test_our_own_receiver_says_what_came():
    """A line for a person: devices with their states, or the box."""
    assert "front door online" in line("/DeviceStatus", received(FULL, "g0"))
    assert "box 10.0.0.5" in line("/DeviceStatus", received(FULL, None, box_status="R"))
