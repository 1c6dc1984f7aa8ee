"""The system calls' answers: the words and forms of the vendor's tables, from one state."""

import pytest

from sophon_report.condition import BoxState, NetworkPort, Space
from sophon_report.wire import system

GIB, MIB = 1 << 30, 1 << 20
STATE = BoxState(
    name="BM1684-180",
    serial="HQDZKE5BJJFJH0047",
    software="0.1.0",
    sdk="libsophon-0.4.8",
    cpu="A53",
    cores=8,
    cpu_mhz=2300.0,
    cpu_usage=0.19,
    tpu="BM1684",
    tpu_usage=0.153,
    memory=Space(4 * GIB, 3 * GIB),
    tpu_memory=Space(4 * GIB, 3 * GIB),
    video_memory=Space(4 * GIB, 4 * GIB - 512 * MIB),
    disk=Space(30 * GIB, 15 * GIB),
    emmc_bytes=32 * GIB,
    core_celsius=44.04,
    board_celsius=46.0,
    fan_rpm=4470.0,
    uptime_s=3 * 3600 + 57 * 60 + 12,
)


def test_v6_tells_each_figure_under_the_name_of_its_table():
    """With the units of the samples."""
    told = system.v6(STATE, 1_605_249_313_019, -8)
    assert told["gethostname"] == {"hostname": "BM1684-180"}
    assert told["getdevicesn"] == {"device_sn": "HQDZKE5BJJFJH0047"}
    assert told["getcpuinfo"] == {
        "cpu_arch": "A53",
        "cur_cpu_usage": 0.19,
        "cpu_freq": "2.3Ghz",
        "cpu_cores": "8",
    }
    assert told["gettpuinfo"] == {"tpu_usage": 0.15, "tpu_description": "BM1684"}
    assert told["gettemperature"] == {"core_temperature": 44.0, "board_temperature": 46.0}
    assert told["getfanspeed"] == {"fan_speed": 4470.0}
    assert told["gettime"] == {"time": 1_605_249_313_019, "timezone": -8}
    assert told["getuptime"] == {"uptime": "3 hours, 57 minutes"}
    assert told["getmemoryinfo"]["svt_memory"] == "12.0G"
    assert told["getmemoryinfo"]["system"] == {
        "system_scale": 0.33,
        "total": "4.0G",
        "free": "3.0G",
        "used": "1.0G",
    }
    assert told["emmc"] == {
        "mount_status": True,
        "nominal_capacity": "32.0G",
        "total_disk": "30.0G",
        "used_disk": "15.0G",
        "free_disk": "15.0G",
        "disk_usage": 0.5,
    }
    assert told["hdd"]["mount_status"] is False
    assert told["getsoftwareversion"]["app_gate_version"] == "0.1.0"
    assert told["getsystemmode"] == {"system_mode": "1"}


def test_v5_has_words_and_forms_of_its_own():
    """Temperatures are texts there."""
    told = system.v5(STATE)
    assert told["cpu"] == {"cpu_rate": 0.19, "info": {"cpu_type": "A53", "cpu_freq": "2.3Ghz", "cpu_count": "8"}}
    assert told["tpu"] == {"tpu_rate": 0.15, "info": {"detail": "BM1684"}}
    assert told["temperature"] == {"core_temperature": "44.0'C", "board_temperature": "46.0'C"}
    assert set(told["memoryInfo"]) == {
        "hardware_total_memory",
        "total_memory",
        "total_free_memory",
        "total_used_memory",
        "system",
        "tpu",
        "video",
    }
    assert told["diskInfo"]["hardware_total_disk"] == "32.0G"
    assert told["systemVersion"]["version"] == "0.1.0"


@pytest.mark.parametrize(
    ("disk", "state", "total"), [(None, "0", "0G"), (Space(500 * GIB, 200 * GIB), "1", "500.0G")]
)
def test_an_external_disk_is_there_or_not(disk, state, total):
    """Its share under both names that the vendor gives it."""
    told = system.external_disk(disk)
    assert (told["external_hard_state"], told["external_hard_total_disk"]) == (state, total)
    assert told["external_hard_disk_rate"] == told["external_hard_disk_usage"] == (0.6 if disk else 0.0)


@pytest.mark.parametrize(
    ("time_s", "told"),
    [
        (None, ""),
        (0, "0 minutes"),
        (60, "1 minute"),
        (86_400 + 3600, "1 day, 1 hour"),
        (15 * 86_400, "2 weeks, 1 day"),
    ],
)
def test_a_time_is_told_as_the_system_shows_it(time_s, told):
    """One is one."""
    assert system.uptime(time_s) == told


def test_a_machine_that_tells_nothing_has_every_key_all_the_same():
    """With nothing in it; a fan that is not there stands still."""
    told = system.v6(BoxState(), 0, 0)
    assert told["gettemperature"] == {"core_temperature": None, "board_temperature": None}
    assert told["getfanspeed"] == {"fan_speed": 0.0}
    assert system.v5(BoxState())["temperature"] == {"core_temperature": "", "board_temperature": ""}


def test_only_the_port_with_the_default_route_has_a_gateway():
    """In both generations' words."""
    wan = NetworkPort(
        "eth0", "192.168.1.64", "255.255.240.0", "e0:a5:09:00:32:31", "192.168.1.2", "192.168.1.3", 100
    )
    lan = NetworkPort("eth1", "192.168.150.1", "255.255.255.0")
    first, second = system.network_v6([wan, lan])["address_list"]
    assert (first["interface"], first["gateway"], first["bandwidth"]) == ("eth0", "192.168.1.2", "100.0Mb/s")
    assert first["bandwidth_varity"] is True
    assert "gateway" not in second
    assert system.network_v5([lan])[0]["device"] == "eth1"
