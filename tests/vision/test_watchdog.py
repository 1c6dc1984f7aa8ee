"""The thread that ends the process: beside whatever hangs, with a last word or without."""

import threading

from waiting import until

from sophon_report.link.messages import LEFT_FOR_DEVICE, LEFT_FOR_GOOD, Leaving
from sophon_report.vision.hang_watch import HangWatch
from sophon_report.vision.watchdog import LastWord, Watchdog


class Ended:
    """Takes the place of ``os._exit``."""

    def __init__(self):
        self.statuses = []

    def __call__(self, status):
        self.statuses.append(status)


def test_a_hang_is_told_and_ends_the_process_with_a_status_that_names_the_kind():
    """A device's hang is restarted at once, the chip's own with growing pauses."""
    for leaving, status in ((Leaving("hangs", "door"), LEFT_FOR_DEVICE), (Leaving("hangs"), LEFT_FOR_GOOD)):
        ended, told, watch = Ended(), [], HangWatch()
        last_word = LastWord(ended)
        last_word.say = told.append
        watchdog = Watchdog(watch, last_word.leave)
        watchdog.start()
        watch.give_up(leaving)
        until(lambda ended=ended: ended.statuses, "the end")
        watchdog.stop()
        assert told == [leaving]
        assert ended.statuses == [status]


def test_a_report_process_that_does_not_read_cannot_keep_it():
    """The word is lost then; the status still tells."""
    ended, read = Ended(), threading.Event()
    last_word = LastWord(ended)
    last_word.say = lambda _leaving: read.wait(60)
    last_word.leave(Leaving("hangs", "door"))
    read.set()
    assert ended.statuses == [LEFT_FOR_DEVICE]


def test_the_watchdog_vouches_until_something_hangs():
    """From then on systemd's watchdog starves, whoever still turns."""
    watch, left = HangWatch(), []
    watchdog = Watchdog(watch, left.append)
    assert watchdog.vouches()
    watchdog.start()
    watch.give_up(Leaving("hangs"))
    until(lambda: left, "the end")
    until(lambda: not watchdog.vouches(), "silence")
    watchdog.stop()
