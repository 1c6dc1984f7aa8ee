"""What ``doctor`` says of an installation on a box."""

import pytest

from sophon_report.doctor.units import UNITS, installation, shown, states

SAID = """\
Id=sophon-report.service
LoadState=loaded
ActiveState=failed
SubState=failed
Result=watchdog
UnitFileState=enabled
NRestarts=5

Id=sophon-vision.service
LoadState=loaded
ActiveState=active
SubState=running
Result=success
UnitFileState=enabled
NRestarts=7

Id=sophon-report.target
LoadState=not-found
ActiveState=inactive
SubState=dead
"""


@pytest.fixture
def box(tmp_path):
    (tmp_path / "data/sophon-report/current").mkdir(parents=True)
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    for unit in UNITS:
        (tmp_path / "etc/systemd/system" / unit).write_text("[Unit]\n")
    (tmp_path / "etc/udev/rules.d").mkdir(parents=True)
    (tmp_path / "etc/udev/rules.d/40-sophon-report.rules").write_text("")
    return tmp_path


def test_a_whole_installation_is_good_and_none_is_no_fault(box, tmp_path_factory):
    """On a computer that is no box there are no units."""
    for root in (box, tmp_path_factory.mktemp("none")):
        [found] = installation(root, has_user=True)
        assert found.level == "ok"


@pytest.mark.parametrize("gone", ["unit", "user", "udev rule"])
def test_what_an_update_of_the_sdk_took_is_named_with_the_one_command_that_brings_it_back(box, gone):
    """A unit, the user, or the rule of the device nodes."""
    if gone == "unit":
        (box / "etc/systemd/system/sophon-vision.service").unlink()
    if gone == "udev rule":
        (box / "etc/udev/rules.d/40-sophon-report.rules").unlink()
    [found] = installation(box, has_user=gone != "user")
    assert (found.level, found.to_do) == ("error", "`sudo /data/sophon-report/restore`")
    assert gone in found.text


def test_a_unit_that_failed_is_an_error_and_one_that_is_started_again_and_again_a_warning():
    """Each with the log that says why; a unit that is not there is told by the installation."""
    told = {found.subject: found for found in states(shown(lambda _command: SAID))}
    assert {subject: found.level for subject, found in told.items()} == {
        "unit sophon-report.service": "error",
        "unit sophon-vision.service": "warning",
    }
    assert "watchdog" in told["unit sophon-report.service"].text
    assert "journalctl -u sophon-vision.service" in told["unit sophon-vision.service"].to_do


def test_a_service_that_does_not_start_with_the_box_is_told():
    """Whichever of them is enabled brings the others."""
    said = SAID.replace("enabled", "disabled")
    assert [found.id for found in states(shown(lambda _command: said))].count("unit_enabled") == 1
