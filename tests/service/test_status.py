"""The status reports of the real service while it plays the film to its end."""

import asyncio

import pytest

from sophon_report.demo.service import DEVICE_ID, Ports
from sophon_report.receiver import Receiver

pytestmark = pytest.mark.models


def test_a_platform_sees_the_device_come_and_go_and_the_box_at_once(make_service, folder):
    """The film is online while it plays and offline when it has ended; both addresses of the settings are told."""

    async def story():
        devices, boxes = [], []

        def take(path, report):
            if path == "/DeviceStatus":
                (boxes if "gateway_name" in report else devices).append(report)

        receiver = Receiver("127.0.0.1", 0, say=lambda _line: None, on_event=take)
        await receiver.start()
        service = make_service(Ports(events=0, api=0, receiver=receiver.port))
        url = f"http://127.0.0.1:{receiver.port}/DeviceStatus"
        with (folder / "config.toml").open("a") as config:
            config.write(f'[status]\nurls = ["{url}"]\nsettle_s = 0\n[box_status]\nurls = ["{url}"]\n')
        await service.start()
        await service.until(lambda _: "online" in words(devices), 60)
        figures = await service.until(lambda _: words(devices)[-1] == "offline", 60)
        ended = await service.stop()
        await receiver.stop()
        return devices, boxes, figures, ended

    devices, boxes, figures, ended = asyncio.run(story())
    assert {row["media_device_id"] for report in devices for row in report["media_devices"]} == {DEVICE_ID}
    assert boxes[0]["gateway_status"] == "online"
    assert boxes[0]["gateway_ext_data"]["memory_info"]["system"]["total"]
    assert [(row["report"], row["failed"]) for row in figures["status"]] == [("devices", 0), ("box", 0)]
    assert ended == 0


def words(reports):
    """What was told of the film, report by report."""
    return [row["media_device_status"] for report in reports for row in report["media_devices"]]
