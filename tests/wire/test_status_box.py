"""The box in the vendor's words: sizes as texts, shares from 0 to 1, nothing that is not known."""

import pytest

from sophon_report.condition import BoxState, Space
from sophon_report.wire import status_box

GIB = 1 << 30
KNOWN = BoxState(
    cpu_usage=0.0646,
    memory=Space(4 * GIB, 3 * GIB),
    tpu_memory=Space(4 * GIB, 4 * GIB),
    video_memory=Space(2 * GIB, 1 * GIB),
    disk=Space(30 * GIB, 12 * GIB),
    emmc_bytes=32 * GIB,
    external_disk=Space(200 * GIB, 100 * GIB),
    core_celsius=45.44,
    cpu_mhz=2300,
    cores=8,
    uptime_s=9600,
)


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (None, ""),
        (0, "0.0M"),
        (472 << 20, "472.0M"),
        (GIB - 1, "1024.0M"),
        (GIB, "1.0G"),
        (12 * GIB, "12.0G"),
        (3_983_563_162, "3.71G"),
    ],
)
def test_a_size_is_written_as_the_vendor_writes_it(size_bytes, text):
    """Gibibytes, below one mebibytes, two digits behind the point at most."""
    assert status_box.size_text(size_bytes) == text


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (0, "0minutes"),
        (61, "1minute"),
        (9600, "2hours,40minutes"),
        (86_400, "1day"),
        (200_000, "2days,7hours,33minutes"),
    ],
)
def test_a_time_is_written_to_be_shown(time_s, text):
    """As in the vendor's sample."""
    assert status_box.duration(time_s) == text


def test_the_old_report_has_the_figures_of_both_its_shapes():
    """Flat as V2R2 sent them, nested as V5 did."""
    extra = status_box.g0(KNOWN, (), "")["gateway_ext_data"]
    assert (extra["cpu_usage"], extra["cpu_info"]["cpu_rate"]) == (6.5, 0.06)
    assert (extra["memory_size"], extra["memory_usage"]) == (4.0, 0.25)
    assert (extra["disk_size"], extra["disk_free_size"], extra["disk_info"]["free_disk"]) == (30.0, 12.0, "12.0G")
    assert extra["temperature"] == 45


def test_the_total_of_memory_is_that_of_system_tpu_and_video():
    """And each part has its share of it."""
    memory = status_box.g2(KNOWN, "")["gateway_ext_data"]["memory_info"]
    assert (memory["svt_memory"], memory["svt_free_memory"], memory["svt_used_memory"]) == (
        "10.0G",
        "8.0G",
        "2.0G",
    )
    assert memory["svt_memory_usage"] == 0.2
    assert [memory[name][f"{name}_scale"] for name in ("system", "tpu", "video")] == [0.4, 0.4, 0.2]


def test_no_total_is_told_while_a_part_is_not_known():
    """On a box only root may read what the TPU has; half a sum would be a wrong one."""
    memory = status_box.g2(BoxState(memory=Space(4 * GIB, GIB)), "")["gateway_ext_data"]["memory_info"]
    assert (memory["total_memory"], memory["svt_memory_usage"]) == ("", None)
    assert memory["system"] == {"system_scale": None, "total": "4.0G", "free": "1.0G", "used": "3.0G"}


def test_a_disk_that_is_not_there_is_not_mounted():
    """Its sizes are empty."""
    extra = status_box.g2(BoxState(disk=KNOWN.disk), "")["gateway_ext_data"]
    assert extra["emmc"]["mount_status"] is True
    assert extra["hdd"] == {
        "mount_status": False,
        "nominal_capacity": "",
        "disk_usage": None,
        "total_disk": "",
        "free_disk": "",
        "used_disk": "",
    }


def test_the_frequency_is_told_in_gigahertz():
    """In the vendor's spelling."""
    assert status_box.g2(KNOWN, "")["gateway_ext_data"]["cpu_info"]["cpu_freq"] == "2.3Ghz"
