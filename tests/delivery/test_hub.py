"""Who gets which event, and what goes when a client cannot follow."""

import json
import sys

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from samples import recognition, shot

from sophon_report.config import Compat, Server
from sophon_report.delivery.hub import Hub
from sophon_report.wire.subscription import Subscription

ALL = Subscription("v2")
KIB = 1024


def hub_with(*subscriptions, **bounds):
    hub = Hub(Server(**bounds))
    ids = []
    for subscription in subscriptions:
        ids.append(hub.join("10.0.0.9:1", 1_760_000_000_000))
        hub.subscribe(ids[-1], subscription)
    return hub, ids


def given(published):
    """Who got which frame, one pair each."""
    return [(client_id, frame) for frame, client_ids in published for client_id in client_ids]


def number(frame):
    return json.loads(frame[frame.index(b"{") :])["seq"]


def drain(hub, client_id):
    hub.resume(client_id)
    return [number(each.frame) for each in iter(lambda: hub.next_frame(client_id), None)]


def row(hub, client_id):
    return next(row for row in hub.stats().clients if row.client_id == client_id)


def big(seq, size_bytes=30 * KIB, device_id="door"):
    """An event of about ``size_bytes`` for those who want the face."""
    return recognition(seq, device_id, shot=shot(face_jpeg=bytes(size_bytes * 3 // 4)))


FACES = Subscription("v2", with_face=True)


def test_nothing_goes_to_a_client_before_its_configuration():
    """Connected is not subscribed."""
    hub, _ = hub_with()
    hub.join("10.0.0.9:1", 0)
    assert given(hub.publish(recognition())) == []


def test_clients_of_one_choice_get_the_very_same_bytes():
    """Encoded and framed once per distinct choice, however many clients share it."""
    hub, ids = hub_with(ALL, FACES, ALL, FACES, Subscription("v2", device_ids=frozenset({"door"})))
    frames = dict(given(hub.publish(recognition())))
    assert set(frames) == set(ids)
    assert frames[ids[0]] is frames[ids[2]] is frames[ids[4]]
    assert frames[ids[1]] is frames[ids[3]] is not frames[ids[0]]
    assert hub.stats().encoded == 2


def test_both_dialects_share_the_port_and_each_choice_is_encoded_once():
    """A hundred clients of four choices: four encodings, and each client gets its own dialect."""
    choices = [ALL, FACES, Subscription("v1"), Subscription("v1", with_face=True)]
    hub, ids = hub_with(*choices * 25)
    frames = dict(given(hub.publish(recognition())))
    assert hub.stats().encoded == 4
    assert len({id(frames[client]) for client in ids}) == 4
    for client, choice in zip(ids, choices * 25):
        assert (b"video_id" in frames[client]) == (choice.dialect == "v1")
        assert (b"recognize_face" in frames[client].replace(b"recognize_face_attr", b"")) == choice.with_face


def test_the_scale_of_v1_changes_for_clients_that_are_there():
    """The next event is told by the new setting; v2 is not touched."""
    hub, (v1, v2) = hub_with(Subscription("v1"), ALL)
    for reading, shown in (("raw", 0.78125), ("pct", 91.25)):
        hub.apply(Server(), Compat(v1_score=reading))
        frames = dict(given(hub.publish(recognition())))
        told = [json.loads(frames[client][frames[client].index(b"{") :])["score"] for client in (v1, v2)]
        assert told == [shown, 91.25]


def test_only_wanted_devices_are_told():
    """An unknown id matches nothing and is no error; no ids means all."""
    everything, door, gone = ALL, Subscription("v2", device_ids=frozenset({"door", "gate"})), frozenset({"gone"})
    hub, ids = hub_with(everything, door, Subscription("v2", device_ids=gone))
    assert {client_id for client_id, _ in given(hub.publish(recognition(device_id="door")))} == {ids[0], ids[1]}
    assert {client_id for client_id, _ in given(hub.publish(recognition(device_id="yard")))} == {ids[0]}


def test_a_new_subscription_replaces_the_former_whole():
    """Neither the devices nor the pictures of the first are remembered."""
    hub, (client,) = hub_with(Subscription("v2", with_face=True, device_ids=frozenset({"door"})))
    hub.subscribe(client, Subscription("v2", device_ids=frozenset({"gate"})))
    assert given(hub.publish(recognition(device_id="door"))) == []
    ((_, frame),) = given(hub.publish(recognition(device_id="gate")))
    assert b"recognize_face_image" not in frame


def test_a_client_that_left_gets_nothing_and_holds_nothing():
    """Its queue goes with it."""
    hub, (client,) = hub_with(ALL)
    hub.pause(client)
    hub.publish(recognition())
    assert hub.leave(client).queued_events == 1
    assert given(hub.publish(recognition())) == []
    assert hub.stats().queued_bytes == 0


def test_a_paused_client_gets_what_waited_in_order():
    """Nothing is lost within the bound, and new events queue behind the old."""
    hub, (client,) = hub_with(ALL)
    hub.pause(client)
    for seq in range(5):
        assert given(hub.publish(recognition(seq))) == []
    assert hub.next_frame(client) is None
    assert drain(hub, client) == [0, 1, 2, 3, 4]
    assert [number(frame) for _, frame in given(hub.publish(recognition(5)))] == [5]


def test_over_its_bound_a_client_loses_its_oldest():
    """The newest stay, the rest is counted, and nobody else loses anything."""
    hub, (slow, other) = hub_with(FACES, FACES, client_buffer_bytes=64 * KIB)
    hub.pause(slow)
    for seq in range(10):
        assert [client_id for client_id, _ in given(hub.publish(big(seq)))] == [other]
    assert row(hub, slow).queued_bytes <= 64 * KIB
    assert row(hub, slow).dropped == 8
    assert row(hub, other).dropped == 0
    assert drain(hub, slow) == [8, 9]


def test_an_event_larger_than_the_bound_is_dropped_not_kept():
    """The bound holds even for a single event."""
    hub, (slow,) = hub_with(FACES, client_buffer_bytes=64 * KIB)
    hub.pause(slow)
    hub.publish(big(1, 200 * KIB))
    assert (row(hub, slow).queued_bytes, row(hub, slow).dropped) == (0, 1)


def test_over_the_common_bound_the_fullest_pays():
    """A client that is only a little late keeps its one event."""
    hub, (stuck, late) = hub_with(FACES, FACES, all_clients_buffer_bytes=1024 * KIB)
    hub.pause(stuck)
    for seq in range(33):
        hub.publish(big(seq))
    hub.pause(late)
    for seq in range(33, 36):
        hub.publish(big(seq))
    assert hub.stats().queued_bytes <= 1024 * KIB
    assert row(hub, stuck).dropped > 0
    assert drain(hub, late) == [33, 34, 35]
    assert drain(hub, stuck)[-1] == 35


def test_smaller_bounds_apply_to_the_next_event():
    """A change of settings disconnects nobody and loses only what is over."""
    hub, (slow,) = hub_with(FACES)
    hub.pause(slow)
    for seq in range(10):
        hub.publish(big(seq))
    hub.apply(Server(client_buffer_bytes=64 * KIB), Compat())
    hub.publish(big(10))
    assert drain(hub, slow) == [9, 10]


def test_the_reading_of_an_empty_list_changes_for_clients_that_are_there():
    """Nobody has to connect again, and a client with no list or with one of devices is not touched."""
    hub, (empty, absent, door) = hub_with(
        Subscription("v2", device_ids=frozenset()), ALL, Subscription("v2", device_ids=frozenset({"door"}))
    )
    for reading, told in (
        ("all", {empty, absent, door}),
        ("none", {absent, door}),
        ("all", {empty, absent, door}),
    ):
        hub.apply(Server(), Compat(empty_device_list=reading))
        assert {client_id for client_id, _ in given(hub.publish(recognition()))} == told
    hub.leave(empty)


@pytest.mark.parametrize(
    ("unsent_later", "stalled"),
    [(30_000, True), (29_999, False), (0, False)],
    ids=["stands still", "moves", "done"],
)
def test_a_client_is_stalled_when_its_bytes_stand_still(unsent_later, stalled):
    """One byte taken by the system in the time is progress."""
    hub, (client,) = hub_with(FACES, client_stall_s=60.0)
    hub.publish(big(1))
    assert hub.stalled({client: 30_000}, now_ms=1_000) == []
    assert hub.stalled({client: 30_000}, now_ms=60_999) == []
    assert hub.stalled({client: unsent_later}, now_ms=61_000) == ([client] if stalled else [])


def test_new_events_are_no_progress():
    """What is added on one side does not hide that nothing leaves on the other."""
    hub, (client,) = hub_with(FACES, client_stall_s=60.0)
    ((_, first),) = given(hub.publish(big(1)))
    assert hub.stalled({client: len(first)}, now_ms=0) == []
    ((_, second),) = given(hub.publish(big(2)))
    hub.pause(client)
    hub.publish(big(3))
    assert hub.stalled({client: len(first) + len(second)}, now_ms=60_000) == [client]


def test_a_silent_client_never_stalls():
    """With nothing to send there is nothing to move, for hours."""
    hub, (client,) = hub_with(FACES)
    assert hub.stalled({client: 0}, now_ms=0) == hub.stalled({client: 0}, now_ms=10**8) == []


def work_of(hub, event):
    """Lines of the hub that one publish runs through, whatever they cost."""
    lines = 0

    def count(frame, what, _argument):
        nonlocal lines
        if not frame.f_code.co_filename.endswith("hub.py"):
            return None
        lines += what == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        hub.publish(event)
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("stuck", [False, True], ids=["all read", "the others are over the common bound"])
def test_an_event_costs_the_clients_that_want_it_and_no_others(stuck):
    """However many others there are: nobody is asked who did not ask for this device."""
    work = []
    for others in (10, 1000):
        hub, wanting = hub_with(*[Subscription("v2", device_ids=frozenset({"door"}))] * 3)
        for number in range(others):
            wish = Subscription("v2", device_ids=frozenset({f"cam-{number % 10}", "yard"}))
            hub.subscribe(hub.join("10.0.0.9:1", 0), wish)
        if stuck:
            hub.pause(wanting[0])
        hub.publish(recognition(1))
        work.append(work_of(hub, recognition(2)))
        assert {client for client, _ in given(hub.publish(recognition(3)))} == set(wanting[stuck:])
    assert work[0] == work[1]


def test_over_the_common_bound_only_those_who_are_behind_are_looked_at():
    """A thousand that read cost the one that does not nothing."""
    work = []
    for others in (10, 1000):
        hub, (stuck,) = hub_with(FACES, all_clients_buffer_bytes=1024 * KIB)
        for _ in range(others):
            hub.subscribe(hub.join("10.0.0.9:1", 0), Subscription("v2", device_ids=frozenset({"gate"})))
        hub.pause(stuck)
        for seq in range(40):
            hub.publish(big(seq))
        assert row(hub, stuck).dropped > 0
        work.append(work_of(hub, big(40)))
    assert work[0] == work[1]


def test_a_held_client_is_passed_over_and_told_one_by_one():
    """By its own choice and devices, with or without the sign; what waited for it goes, and is no loss."""
    hub, (client, other) = hub_with(FACES, FACES)
    hub.pause(client)
    hub.publish(big(1))
    hub.hold(client, Subscription("v1", device_ids=frozenset({"gate"})))
    assert (row(hub, client).queued_events, row(hub, client).dropped, row(hub, client).catching_up) == (0, 0, True)
    hub.resume(client)
    assert [who for who, _ in given(hub.publish(recognition(2, "gate")))] == [other]
    assert hub.tell(client, recognition(2), gone=False) is None
    plain, marked = (hub.tell(client, recognition(2, "gate"), gone) for gone in (False, True))
    body = json.loads(plain[plain.index(b"{") :])
    assert json.loads(marked[marked.index(b"{") :]) == {**body, "resume_gone": True}
    assert (row(hub, client).sent, row(hub, client).last_seq) == (2, 2)
    hub.apply(Server(), Compat())
    assert [who for who, _ in given(hub.publish(recognition(3, "gate")))] == [other]
    hub.subscribe(client, ALL)
    assert {who for who, _ in given(hub.publish(recognition(4)))} == {client, other}
    hub.leave(client)


class HubAgainstTwin(RuleBasedStateMachine):
    """Random joins, wishes, pauses and events, against a twin that looks at every client for every event."""

    devices = ("a", "b", "c")
    bound = 64 * KIB

    def __init__(self):
        super().__init__()
        self.hub = Hub(Server(client_buffer_bytes=self.bound))
        self.wishes, self.paused, self.queues = {}, set(), {}
        self.seq = 0

    @rule(
        devices=st.none() | st.frozensets(st.sampled_from(devices)),
        with_face=st.booleans(),
        again=st.booleans(),
        pick=st.integers(0, 99),
    )
    def subscribe(self, devices, with_face, again, pick):
        if again and self.wishes:
            client = sorted(self.wishes)[pick % len(self.wishes)]
        else:
            client = self.hub.join("peer", 0)
            self.queues[client], self.wishes[client] = [], None
        if devices is not None:
            self.wishes[client] = Subscription("v2", with_face=with_face, device_ids=devices)
            self.hub.subscribe(client, self.wishes[client])

    @precondition(lambda self: self.wishes)
    @rule(pick=st.integers(0, 99), leave=st.booleans())
    def pause_or_leave(self, pick, leave):
        client = sorted(self.wishes)[pick % len(self.wishes)]
        if leave:
            assert self.hub.leave(client).queued_events == len(self.queues.pop(client))
            del self.wishes[client]
            self.paused.discard(client)
        else:
            self.hub.pause(client)
            self.paused.add(client)

    @precondition(lambda self: self.paused)
    @rule(pick=st.integers(0, 99))
    def resume(self, pick):
        client = sorted(self.paused)[pick % len(self.paused)]
        self.paused.discard(client)
        assert drain(self.hub, client) == [seq for seq, _ in self.queues[client]]
        self.queues[client] = []

    @rule(device_id=st.sampled_from(devices), kib=st.integers(1, 100))
    def publish(self, device_id, kib):
        self.seq += 1
        event = big(self.seq, kib * KIB, device_id)
        given_now = dict(given(self.hub.publish(event)))
        wanting = {
            client
            for client, wish in self.wishes.items()
            if wish is not None and (not wish.device_ids or device_id in wish.device_ids)
        }
        assert set(given_now) == wanting - self.paused
        for client, frame in given_now.items():
            assert (b"recognize_face_image" in frame) == self.wishes[client].with_face
        for client in wanting & self.paused:
            twin, _ = hub_with(self.wishes[client])
            ((_, frame),) = given(twin.publish(event))
            queue = self.queues[client]
            queue.append((self.seq, len(frame)))
            while sum(size for _, size in queue) > self.bound:
                queue.pop(0)

    @invariant()
    def queues_are_counted_to_the_byte(self):
        stats = self.hub.stats()
        told = {row.client_id: (row.queued_events, row.queued_bytes) for row in stats.clients}
        kept = {client: (len(queue), sum(size for _, size in queue)) for client, queue in self.queues.items()}
        assert told == kept
        assert stats.queued_bytes == sum(size for _, size in kept.values())


HubAgainstTwin.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestHubAgainstTwin = HubAgainstTwin.TestCase
