"""One time beyond 63 bits ended the thread that writes strangers: nothing was written any more, nobody erased."""

from contextlib import closing

from sophon_report.store.database import Database
from sophon_report.store.stranger_writes import StrangerWrites
from sophon_report.store.strangers import Filed, StrangerPicture, StrangerStore


def filed(name, at_ms):
    return Filed(name, at_ms, StrangerPicture(f"p{name}", b"\xff\xd8", b"\x01" * 64, "sha", 1.0))


def test_a_number_too_large_for_the_store_ends_no_writing(tmp_path):
    """It is dropped alone, and counted."""
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        writes = StrangerWrites(StrangerStore(database))
        for name, at_ms in (("1", 1), ("2", 1 << 63), ("3", 3)):
            writes.put(filed(name, at_ms))
        assert writes.flush(5)
        assert [row.stranger_id for row in StrangerStore(database).list()] == ["1", "3"]
        assert writes.stats().dropped == 1
        writes.stop(5)
