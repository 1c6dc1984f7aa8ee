"""What a keeper sees of its worker."""

import os

from sophon_report.vision.hang_watch import OVERSLEPT_S
from sophon_report.vision.pulse import SILENCE_S, Pulse


def looked_at(pulse, *moments_s):
    return [pulse.look(moment_s) for moment_s in moments_s]


def seconds(until_s):
    return [float(second) for second in range(1, int(until_s))]


def test_a_worker_that_does_not_beat_yet_may_take_its_time():
    """Loading models is watched by others."""
    pulse = Pulse()
    pulse.begin()
    assert set(looked_at(pulse, *seconds(60))) == {None}


def test_beats_that_cease_are_the_device_s_fault_that_was_being_opened():
    """And nobody's, when none was."""
    pulse = Pulse()
    pulse.begin()
    pulse.beat(0.5)
    with pulse.opening("tür"):
        assert set(looked_at(pulse, *seconds(SILENCE_S))) == {None}
        assert pulse.look(SILENCE_S + 1).device_id == "tür"
    assert pulse.look(SILENCE_S + 2).device_id == ""


def test_a_keeper_that_stood_still_blames_nobody():
    """Its worker did as well."""
    pulse = Pulse()
    pulse.begin()
    pulse.beat(0.5)
    late_s = 1 + OVERSLEPT_S + 100
    assert looked_at(pulse, 1.0, late_s, late_s + 1) == [None, None, None]


def test_what_a_forked_process_writes_is_seen():
    """That is all it is for."""
    pulse = Pulse()
    pulse.begin()
    pid = os.fork()
    if not pid:
        pulse.beat(1.0)
        os._exit(0)
    os.waitpid(pid, 0)
    assert pulse.look(2.0 + SILENCE_S) is not None


def test_a_worker_that_ended_without_a_word_is_explained_where_that_is_known():
    """While models were loaded, or while somebody's stream was opened; who said it himself is believed."""
    pulse = Pulse()
    pulse.begin()
    assert "while models were loaded (exit status 21)" in pulse.after("exit status 21").reason
    pulse.beat(1.0)
    assert pulse.after("exit status 21") is None
    with pulse.opening("door"):
        assert pulse.after("exit status 41").device_id == "door"
        pulse.told()
        assert pulse.after("exit status 41") is None
