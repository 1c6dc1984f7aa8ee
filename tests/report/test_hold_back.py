"""Who hangs again and again waits, longer each time; who was mended or is gone does not."""

from dataclasses import replace

from sophon_report.model import Device, DeviceType
from sophon_report.report.hold_back import PAUSES_S, STEADY_S, HoldBack

DOOR = Device("door", "front door", DeviceType.RTSP, "rtsp://10.0.0.21/ch1")
YARD = Device("yard", "back yard", DeviceType.RTSP, "rtsp://10.0.0.22/ch1")
WHY = "its decoder hangs"


def test_the_first_hang_costs_nothing_and_each_further_one_more():
    """Up to the longest pause, which stays."""
    held, now_s, pauses = HoldBack(), 0.0, []
    for _ in range(len(PAUSES_S) + 2):
        pauses.append(held.hung(DOOR, WHY, now_s))
        now_s += pauses[-1] + 10
    assert tuple(pauses) == (*PAUSES_S, PAUSES_S[-1], PAUSES_S[-1])
    assert held.times() == (("door", len(PAUSES_S) + 2),)


def test_who_waits_is_kept_from_vision_until_its_time_comes_and_the_others_are_not():
    """Its reason says how often and how long."""
    held = HoldBack()
    held.hung(DOOR, WHY, 0.0)
    assert held.waiting([DOOR, YARD], 0.0) == {}
    held.hung(DOOR, WHY, 10.0)
    words = "that was the 2. time, so it waits 30 s: each time all cameras are restarted for it"
    assert held.waiting([DOOR, YARD], 39.9) == {"door": f"its decoder hangs; {words}"}
    assert held.waiting([DOOR, YARD], 40.0) == {}


def test_a_device_that_was_steady_begins_anew():
    """Chance may come twice."""
    held = HoldBack()
    held.hung(DOOR, WHY, 0.0)
    held.hung(DOOR, WHY, 10.0)
    assert held.hung(DOOR, WHY, 10.0 + PAUSES_S[1] + STEADY_S) == 0.0


def test_another_address_is_tried_at_once_and_another_name_is_not():
    """Somebody mended it; a name mends nothing."""
    held = HoldBack()
    held.hung(DOOR, WHY, 0.0)
    held.hung(DOOR, WHY, 1.0)
    assert held.waiting([replace(DOOR, name="main door")], 2.0).keys() == {"door"}
    elsewhere = replace(DOOR, url="rtsp://10.0.0.99/ch1")
    assert held.waiting([elsewhere], 2.0) == {}
    assert held.hung(elsewhere, WHY, 3.0) == 0.0


def test_a_device_that_was_removed_is_forgotten():
    """Added again it is a new one."""
    held = HoldBack()
    held.hung(DOOR, WHY, 0.0)
    held.hung(DOOR, WHY, 1.0)
    assert held.waiting([YARD], 2.0) == {}
    assert held.waiting([DOOR, YARD], 3.0) == {}
    assert held.times() == ()
