"""4,000 keys that are no settings took 16 s to be refused one by one, on the event loop."""

import json
import zipfile
from contextlib import closing

import pytest

from sophon_report.errors import BadInput
from sophon_report.report.backup.archive import MAX_KEY, MAX_KEYS, BackupFile

HEAD = {"format": 1, "version": "0.1.0", "made_ms": 1, "parts": {}, "secrets": False}
MANY = {f"visit.x{number}": 1 for number in range(MAX_KEYS)}


def settings_of(path, **members):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("backup.json", json.dumps(HEAD))
        file.writestr("settings.json", json.dumps(members))
    with closing(BackupFile(path)) as backup:
        return backup.settings()


@pytest.mark.parametrize("part", ["settings", "vendor"])
def test_more_than_there_can_be_are_refused(tmp_path, part):
    """So is a key that is longer than any."""
    assert MANY in settings_of(tmp_path / "box.zip", **{part: MANY})
    for bad in ({**MANY, "visit.one_more": 1}, {"x" * (MAX_KEY + 1): 1}):
        with pytest.raises(BadInput, match="settings"):
            settings_of(tmp_path / "box.zip", **{part: bad})
