"""When status reports are due, and what they tell, at times that the test makes."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sophon_report.delivery.status_book import StatusBook

PERIOD_S, SETTLE_S = 60, 5
ON, OFF = {"door": True}, {"door": False}


def begun(online=None):
    """A book whose first report was due at 5."""
    book = StatusBook(PERIOD_S, SETTLE_S)
    assert not book.look(ON if online is None else online, 0)
    assert book.look(ON if online is None else online, 5)
    return book


def due(book, looks):
    """Times of ``(time, online)`` at which a report is due."""
    return [now_s for now_s, online in looks if book.look(online, now_s)]


def test_nothing_is_told_before_the_first_look_has_settled():
    """A camera that opens within the time is never told offline after a start."""
    book = StatusBook(PERIOD_S, SETTLE_S)
    assert due(book, [(0, OFF), (2, ON), (4, ON)]) == []
    assert (book.begun, book.settled()) == (False, {})
    assert due(book, [(5, ON), (6, ON), (7, ON)]) == [5, 7]
    assert book.settled() == ON


def test_without_devices_the_first_report_comes_all_the_same():
    """Whoever watches learns that the box is there."""
    assert due(StatusBook(PERIOD_S, SETTLE_S), [(0, {}), (4, {}), (5, {})]) == [5]


def test_a_report_comes_every_period():
    """Counted from the report before."""
    assert due(begun(), [(64, ON), (65, ON), (66, ON), (124, ON), (130, ON), (189, ON), (190, ON)]) == [
        65,
        130,
        190,
    ]


def test_a_settled_change_is_told_once_and_at_once():
    """And the period begins anew."""
    book = begun()
    assert due(book, [(10, OFF), (14, OFF), (15, OFF), (16, OFF), (65, OFF), (74, OFF), (75, OFF)]) == [15, 75]
    assert book.settled() == OFF


def test_a_blip_is_told_by_nobody():
    """Not even by the report of the period that falls into it."""
    book = begun()
    assert due(book, [(62, OFF), (65, OFF)]) == [65]
    assert book.settled() == ON
    assert due(book, [(66, ON), (80, ON)]) == []


def test_a_device_that_comes_and_goes_settles_when_it_stays():
    """The time counts from the last change."""
    book = begun()
    assert due(book, [(10, OFF), (14, ON), (15, OFF), (19, OFF), (20, OFF)]) == [20]


def test_a_new_device_is_told_once_it_has_settled():
    """Until then the list is without it."""
    book, both = begun(), {"door": True, "gate": False}
    assert due(book, [(10, both)]) == []
    assert book.settled() == ON
    assert due(book, [(15, both), (16, both)]) == [15]
    assert book.settled() == both


def test_a_removed_device_is_missing_from_the_next_report():
    """It has none of its own, and is new when it comes back."""
    book = begun({"door": True, "gate": True})
    assert due(book, [(10, ON), (20, ON)]) == []
    assert book.settled() == ON
    assert due(book, [(21, {"door": True, "gate": True}), (26, {"door": True, "gate": True})]) == [26]


def test_devices_that_settle_together_share_a_report():
    """A switch that loses its power is one report, not sixteen."""
    all_on, all_off = ({str(number): state for number in range(16)} for state in (True, False))
    assert due(begun(all_on), [(10, all_off), (15, all_off), (16, all_off)]) == [15]


def test_a_shorter_period_counts_from_now():
    """Nobody waits for the rest of a long one."""
    book = begun()
    book.apply(10, SETTLE_S, 20)
    assert due(book, [(29, ON), (30, ON), (40, ON)]) == [30, 40]


def test_with_no_settling_time_every_change_is_told():
    """The first look too."""
    book = StatusBook(PERIOD_S, 0)
    assert due(book, [(0, ON), (1, OFF), (2, OFF), (3, ON)]) == [0, 1, 3]


class AnyTimes(RuleBasedStateMachine):
    """Three devices that come, go and flap; reports are held against all looks so far."""

    def __init__(self):
        super().__init__()
        self.book = StatusBook(PERIOD_S, SETTLE_S)
        self.now_s, self.online = 0, {}
        self.looks, self.reports = [], []

    def stable(self, device):
        """Whether every look of the last ``SETTLE_S`` saw the device as it is now, and one at their begin too."""
        for at_s, online in reversed(self.looks):
            if online.get(device) is not self.online[device]:
                return False
            if self.now_s - at_s >= SETTLE_S:
                return True
        return False

    @rule(device=st.sampled_from("abc"), state=st.booleans())
    def set(self, device, state):
        self.online = {**self.online, device: state}

    @rule(device=st.sampled_from("abc"))
    def remove(self, device):
        self.online = {name: state for name, state in self.online.items() if name != device}

    @rule(passed_s=st.sampled_from([0, 1, 1, 1, 2, 3, 5, 8, 40]))
    def look(self, passed_s):
        self.now_s += passed_s
        self.looks.append((self.now_s, self.online))
        if self.book.look(self.online, self.now_s):
            self.judge(self.book.settled())
            self.reports.append((self.now_s, self.book.settled()))
        else:
            assert not self.reports or self.now_s < self.reports[-1][0] + PERIOD_S, "the period is kept"

    def judge(self, told):
        """A report has a reason, and each thing it tells anew has settled."""
        at_s, before = self.reports[-1] if self.reports else (None, {})
        news = [device for device in told if told[device] is not before.get(device)]
        assert all(self.stable(device) and told[device] is self.online[device] for device in news), "a blip"
        is_first = at_s is None and self.now_s >= self.looks[0][0] + SETTLE_S
        assert news or is_first or (at_s is not None and self.now_s >= at_s + PERIOD_S) or self.returned(told)

    def returned(self, told):
        """Whether a device went and came back since the report before, unseen in its words."""
        since_s = self.reports[-1][0]
        looks = [online for at_s, online in self.looks if at_s >= since_s]
        return any(device not in online for device in told for online in looks)

    @invariant()
    def what_has_settled_was_told(self):
        """The last report has every device that has stayed as it is."""
        if self.looks and self.looks[-1] == (self.now_s, self.online):
            for device in self.online:
                if self.stable(device):
                    assert self.reports
                    assert self.reports[-1][1].get(device) is self.online[device]


TestAnyTimes = AnyTimes.TestCase
