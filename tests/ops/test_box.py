"""What the machine tells of itself, read from a made tree."""

import json
import os
from pathlib import Path

import pytest

from sophon_report.condition import BoxState, Space
from sophon_report.ops.box import BoxReader, source_address

ION = "sys/kernel/debug/ion/bm_{}_heap_dump/summary"
HEAP = "Summary:\n[0] {} heap size:{} bytes, used:{} bytes        usage rate:0%, memory usage peak 0 bytes\n"
ROUTES = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth1\t0096A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth1\t00000000\t0196A8C0\t0003\t0\t0\t200\t00000000\t0\t0\t0
eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
"""
BOX = {
    "proc/stat": "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3 4 5\n",
    "proc/cpuinfo": "processor\t: 0\nmodel name\t: bm1684x\nprocessor\t: 1\nmodel name\t: bm1684x\n",
    "proc/meminfo": "MemTotal:        4000000 kB\nMemFree: 5 kB\nMemAvailable:    3000000 kB\n",
    "proc/uptime": "9600.25 70000.00\n",
    "proc/net/route": ROUTES,
    "sys/class/net/eth0/address": "e0:a5:09:00:0e:6d\n",
    "sys/class/net/eth1/address": "e0:a5:09:00:0e:6e\n",
    "sys/class/thermal/thermal_zone0/temp": "38745\n",
    "sys/class/thermal/thermal_zone1/temp": "-1500\n",
    "sys/bus/i2c/devices/1-0017/information": json.dumps({"model": "SE5", "product sn": "HQDZKE5BJJFJH0042"}),
    "sys/class/bm-tpu/bm-tpu0/device/npu_usage": "usage:12 avusage:3\n",
    "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "2300000\n",
    "sys/class/block/mmcblk0/size": "61071360\n",
    "sys/class/bm-tach/bm-tach-0/fan_speed": "fan_speed:140\n",
    ION.format("npu"): HEAP.format("npu", 4000, 1000),
    ION.format("vpu"): HEAP.format("vpu", 2000, 500),
    ION.format("vpp"): HEAP.format("vpp", 3000, 0),
}


def machine(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return BoxReader(root, root, host_name=lambda: "box", address=lambda: "10.0.0.5")


def test_a_box_tells_everything(tmp_path):
    """Each figure from the place where the vendor's system has it."""
    reader = machine(tmp_path, BOX)
    (tmp_path / "opt/sophon").mkdir(parents=True)
    os.symlink("/opt/sophon/libsophon-0.4.8", str(tmp_path / "opt/sophon/libsophon-current"))
    state = reader.read()
    assert (state.name, state.ip, state.mac) == ("box", "10.0.0.5", "e0:a5:09:00:0e:6d")
    assert (state.serial, state.sdk) == ("HQDZKE5BJJFJH0042", "libsophon-0.4.8")
    assert (state.cpu, state.cores, state.cpu_mhz) == ("bm1684x", 2, 2300.0)
    assert (state.tpu, state.tpu_usage) == ("BM1684X", 0.12)
    assert state.memory == Space(4000000 << 10, 3000000 << 10)
    assert (state.tpu_memory, state.video_memory) == (Space(4000, 3000), Space(5000, 4500))
    assert state.emmc_bytes == 61071360 * 512
    assert (state.core_celsius, state.board_celsius) == (38.745, -1.5)
    assert (state.fan_rpm, state.uptime_s) == (4200.0, 9600.25)


def test_a_machine_that_tells_nothing_has_nothing_invented(tmp_path):
    """What is there without any file: a name, the disk, our own version; and no TPU sets memory aside."""
    state = machine(tmp_path, {}).read()
    assert state == BoxState(
        name="box",
        ip="10.0.0.5",
        software=state.software,
        disk=state.disk,
        tpu_memory=Space(0, 0),
        video_memory=Space(0, 0),
    )
    assert state.software
    assert state.disk.size_bytes > state.disk.free_bytes > 0


@pytest.mark.parametrize(
    "text", ["", "nonsense", "\x00\xff", "[]", "[" * 100_000, '{"product sn": 7}', "-", "cpu "]
)
def test_files_with_anything_in_them_are_no_error(tmp_path, text):
    """Whatever a driver writes, the report goes out."""
    state = machine(tmp_path, dict.fromkeys(BOX, text)).read()
    assert (state.serial, state.memory, state.cpu_usage, state.tpu_memory) == ("", None, None, None)


def test_the_load_is_that_since_the_look_before(tmp_path):
    """The first look tells the load since the machine's start."""
    reader = machine(tmp_path, BOX)
    assert reader.read().cpu_usage == pytest.approx(0.2)
    machine(tmp_path, {"proc/stat": "cpu  150 0 100 750 100 0 0 0 50 0\n"})
    assert reader.read().cpu_usage == pytest.approx(0.5)
    assert reader.read().cpu_usage is None, "no time has passed"


def test_what_only_root_may_read_is_unknown(tmp_path):
    """One heap that is not told makes the sum unknown."""
    state = machine(tmp_path, {name: text for name, text in BOX.items() if "vpp" not in name}).read()
    assert state.video_memory is None
    assert state.tpu_memory is not None


def test_a_fan_that_is_not_measured_is_unknown(tmp_path):
    """0 Hz says that nobody switched the measurement on, or that it stands still: nobody can tell which."""
    assert machine(tmp_path, {**BOX, "sys/class/bm-tach/bm-tach-0/fan_speed": "0\n"}).read().fan_rpm is None


def test_an_external_disk_counts_once_it_is_mounted(tmp_path):
    """The folder is there on every box."""
    (tmp_path / "data2").mkdir()
    assert machine(tmp_path, BOX).read().external_disk is None
    mounted = machine(tmp_path, {"proc/mounts": "/dev/sda1 /data2 ext4 rw 0 0\n"}).read().external_disk
    assert mounted.size_bytes > 0


def test_this_machine_can_be_read():
    """The real tree, whatever is in it."""
    state = BoxReader(Path("/")).read()
    assert state.name
    assert state.memory.size_bytes > 0


def test_the_address_is_that_of_the_route_to_the_world_or_none():
    """Nothing is sent to find it."""
    address = source_address()
    assert address == "" or len(address.split(".")) == 4
