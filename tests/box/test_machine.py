"""The system in which the others run: that it is one."""

import pytest

pytestmark = pytest.mark.box


def test_a_machine_starts_and_keeps_its_disk_over_a_reboot(machine):
    """Its first process is systemd; memory does not last, the disk does."""
    machine.boot()
    assert machine.run("cat", "/proc/1/comm").stdout.strip() == "systemd"
    machine.shell("echo kept > /var/there; echo lost > /run/there")
    machine.reboot()
    assert machine.shell("cat /var/there; ls /run").startswith("kept")
    assert machine.run("test", "-e", "/run/there", check=False).returncode == 1


def test_what_was_written_before_a_power_cut_is_there_after_it(machine):
    machine.boot()
    machine.shell("echo kept > /var/there; sync")
    machine.pull_plug()
    machine.boot()
    assert machine.shell("cat /var/there") == "kept\n"
