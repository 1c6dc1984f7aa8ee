"""A wipe of events left the copy of the history that the installer keeps for the way back."""

import pytest
from running_box import running_box

WIPE = "/sophon/v2/face/wipedata"
COPIES = ("store.sqlite", "events.sqlite", "events.sqlite-wal")


@pytest.fixture
def box(tmp_path_factory):
    access = {"open_writes": True, "open_reads": True}
    with running_box(tmp_path_factory.mktemp("s") / "d", access=access) as running:
        yield running


def test_a_wipe_takes_the_copies_of_what_it_wipes(box):
    """Of events the history, of people the store too; also of an update that is under way."""
    folders = [box.place.root / name for name in ("before-update.part", "before-update", "after-update")]
    for folder in folders:
        folder.mkdir()
        for name in COPIES:
            (folder / name).write_bytes(b"Ada Lovelace")
    left = {"events": ["store.sqlite"], "users": []}
    for what, names in left.items():
        assert box.post(WIPE, {what: True}).status == 200
        assert [[path.name for path in folder.iterdir()] for folder in folders] == [names] * 3
