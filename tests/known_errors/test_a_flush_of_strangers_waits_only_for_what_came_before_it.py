"""On a busy site and a slow disk somebody was always being seen: erasing a person gave up after 10 s."""

from sophon_report.store.stranger_writes import StrangerWrites
from sophon_report.store.strangers import Gone, Seen


class BusySite:
    """A disk so slow that somebody is seen, and somebody leaves, during every write."""

    def __init__(self):
        self.seen, self.taken, self.writes = {}, [], None

    def write(self, changes, seen=None):
        self.taken += changes
        self.seen.update(seen or {})
        if self.writes.has_room():
            self.writes.put(Gone(("somebody",)))
        self.writes.seen("somebody", Seen(1, 1))


def test_a_flush_of_strangers_waits_only_for_what_came_before_it():
    """Not for a moment without work, which need not come."""
    site = BusySite()
    writes = site.writes = StrangerWrites(site)
    writes.put(Gone(("0",)))
    writes.seen("0", Seen(1, 1))
    assert writes.flush(5)
    assert site.taken[0] == Gone(("0",))
    assert site.seen["0"] == Seen(1, 1)
    writes.stop(0)
