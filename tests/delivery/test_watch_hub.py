"""Who of a port's watchers gets which message: the newest of each subject, and never more than fits."""

import random

from sophon_report.delivery.watch_hub import WatchHub

MOST_BYTES = 1000


def hub(watchers=1, most_bytes=MOST_BYTES):
    made = WatchHub(most_bytes, stall_s=60)
    return (made, *(made.join(f"peer {number}", 0) for number in range(watchers)))


def waiting(made, client_id):
    """Everything the watcher still gets."""
    made.resume(client_id)
    return [each.frame for each in iter(lambda: made.next_frame(client_id), None)]


def test_who_can_take_it_gets_it_at_once():
    """The same bytes for all; nothing waits."""
    made, one, other = hub(2)
    assert made.publish(0, b"a", 0) == [one, other]
    assert made.queued_events(one) == 0
    made.pause(other)
    assert made.publish(0, b"b", 0) == [one]


def test_a_newer_message_takes_the_place_of_an_older_one_of_its_subject():
    """In the order in which the subjects began to wait, so that none is passed by."""
    made, slow = hub()
    made.pause(slow)
    for frame in (b"a1", b"b1", b"a2", b"c1", b"a3", b"b2"):
        made.publish(frame[:1], frame, 0)
    assert waiting(made, slow) == [b"a3", b"b2", b"c1"]
    (row,) = made.stats().watchers
    assert (row.sent, row.skipped, row.dropped) == (3, 3, 0)


def test_over_the_bound_what_waits_for_longest_goes():
    """And is counted; a single message over it as well."""
    made, slow = hub(most_bytes=10)
    made.pause(slow)
    for number in range(4):
        made.publish(number, bytes([number]) * 4, 0)
    assert waiting(made, slow) == [b"\2" * 4, b"\3" * 4]
    assert (made.dropped(slow), made.stats().dropped) == (2, 2)
    made.pause(slow)
    made.publish(9, b"x" * 11, 0)
    assert waiting(made, slow) == []
    assert made.dropped(slow) == 3


def test_who_takes_nothing_is_named():
    """Its bytes have not moved for the time given; whoever has nothing waiting may stay for ever."""
    made, stuck, idle = hub(2)
    made.publish(0, b"x" * 50, 0)
    for now_ms in (0, 30_000, 59_999):
        assert made.stalled({stuck: 20, idle: 0}, now_ms) == []
    assert made.stalled({stuck: 20, idle: 0}, 60_000) == [stuck]
    assert made.stalled({stuck: 10, idle: 0}, 60_001) == []


def test_bytes_and_counters_add_up_whatever_happens():
    """Every message is sent, replaced, dropped or waits, for each watcher; what waits is within its bound."""
    chance = random.Random(12)
    for _ in range(50):
        made, *watchers = hub(3, most_bytes=200)
        for step in range(200):
            client_id = chance.choice(watchers)
            action = chance.randrange(4)
            if action == 0:
                made.pause(client_id)
            elif action == 1:
                made.resume(client_id)
                while made.next_frame(client_id):
                    pass
            else:
                made.publish(chance.randrange(6), bytes(chance.randrange(1, 60)), step)
        stats = made.stats()
        for row in stats.watchers:
            assert row.sent + row.skipped + row.dropped + row.queued_events == stats.published
            assert row.queued_bytes <= 200
        assert stats.sent_bytes == sum(row.sent_bytes for row in stats.watchers)
