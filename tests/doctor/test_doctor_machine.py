"""What ``doctor`` says of the machine: folders of a test's own stand for ``/``."""

import pytest

from sophon_report.doctor.access import DAY_MS, expiry
from sophon_report.doctor.machine import clock, temperature, wear

NOW_S = 1_790_000_000


def lay(root, **files):
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.mark.parametrize(
    ("life_time", "spare", "level", "words"),
    [
        ("0x01 0x02", "0x01", "ok", "10 to 20 % of its life are used"),
        ("0x01 0x09", "0x01", "warning", "80 to 90 %"),
        ("0x0b 0x01", "0x01", "warning", "past its life"),
        ("0x01 0x01", "0x02", "warning", "spare blocks run out"),
    ],
)
def test_an_emmc_that_wears_out_is_told_before_it_fails(tmp_path, life_time, spare, level, words):
    """By the worse of its two kinds of cells."""
    folder = "sys__class__block__mmcblk0__device__"
    lay(tmp_path, **{folder + "life_time": life_time + "\n", folder + "pre_eol_info": spare + "\n"})
    [found] = wear(tmp_path)
    assert (found.id, found.level) == ("wear", level)
    assert words in found.text


@pytest.mark.parametrize("life_time", [None, "", "0x00 0x00", "what"])
def test_nothing_is_said_of_wear_where_no_disk_tells_it(tmp_path, life_time):
    """Not defined, not there, not to be read."""
    if life_time is not None:
        lay(tmp_path, sys__class__block__mmcblk0__device__life_time=life_time)
    assert list(wear(tmp_path)) == []


@pytest.mark.parametrize(
    ("celsius", "cooling", "level"), [(60, "0", "ok"), (86, "0", "warning"), (70, "3", "warning")]
)
def test_a_box_that_runs_slower_for_its_heat_is_told(tmp_path, celsius, cooling, level):
    """By the chip's own mark, or since the kernel holds the processor back."""
    lay(
        tmp_path,
        proc__cpuinfo="model name\t: bm1684x\n",
        sys__class__thermal__thermal_zone0__temp=f"{celsius}000\n",
        sys__class__thermal__cooling_device0__type="thermal-cpufreq-0\n",
        sys__class__thermal__cooling_device0__cur_state=cooling + "\n",
        **{"sys__class__bm-tpu__bm-tpu0__device__npu_usage": "usage:1"},
    )
    [found] = temperature(tmp_path)
    assert (found.level, bool(found.to_do)) == (level, level != "ok")


@pytest.mark.parametrize(
    ("now_s", "synchronised", "level"),
    [
        (0, None, "error"),
        (2_300_000_000, True, "error"),
        (NOW_S, False, "warning"),
        (NOW_S, True, "ok"),
        (NOW_S, None, "ok"),
    ],
)
def test_a_clock_that_was_never_set_is_an_error_and_one_that_nobody_keeps_a_warning(now_s, synchronised, level):
    """Events carry its time."""
    assert clock(now_s, synchronised=synchronised).level == level


@pytest.mark.parametrize(("days", "level"), [(-1, "warning"), (3, "warning"), (60, "ok")])
def test_a_certificate_is_told_before_it_ends(days, level):
    """Two weeks before."""
    assert expiry(NOW_S * 1000 + days * DAY_MS, NOW_S * 1000).level == level
