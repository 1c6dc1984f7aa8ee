"""The thread that launches: one at a time, who is waited for first, errors to whoever asked."""

import threading

import pytest

from sophon_report.errors import ModelError
from sophon_report.vision.engines.sail.thread import ChipThread


def test_a_launch_that_is_waited_for_comes_before_turns_that_were_begun():
    """And turns come in the order in which they began."""
    thread, done = ChipThread(), []
    running, go_on = threading.Event(), threading.Event()

    def under_way():
        running.set()
        assert go_on.wait(10)

    thread.begin(under_way)
    assert running.wait(10)
    turns = [thread.begin(lambda number=number: done.append(number)) for number in (1, 2)]
    asking = threading.Thread(target=lambda: thread.run(lambda: done.append("asked")))
    asking.start()
    while thread._waiting.qsize() < 3:
        pass  # until the question is in the line
    go_on.set()
    for each in turns:
        each.result(10)
    asking.join(10)
    thread.close()
    assert done == ["asked", 1, 2]


def test_an_error_is_whose_who_asked_and_the_thread_goes_on():
    """Begun or waited for."""
    thread = ChipThread()

    def fail():
        raise ModelError("no")

    with pytest.raises(ModelError):
        thread.run(fail)
    with pytest.raises(ModelError):
        thread.begin(fail).result(10)
    assert thread.run(lambda: 7) == 7
    thread.close()


def test_what_was_given_before_the_end_is_done():
    """Nobody waits in vain."""
    thread = ChipThread()
    answers = [thread.begin(lambda number=number: number) for number in range(5)]
    thread.close()
    assert [answer.result(0) for answer in answers] == list(range(5))
