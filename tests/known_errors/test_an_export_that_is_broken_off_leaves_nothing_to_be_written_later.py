"""An export that was cancelled left its archive to the collector, which wrote into the closed file.

That failed with a stack among the lines of the log.
"""

import gc
import sys

from sophon_report.model import Person, PersonFace, UserType
from sophon_report.report.bulk.exporting import Exporter
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore


def test_a_cancelled_export_ends_without_a_word(tmp_path):
    """Neither the file nor its beginning is left, and nothing fails when the collector comes."""
    fallen, before = [], sys.unraisablehook
    database = Database.open(tmp_path / "store.sqlite")
    sys.unraisablehook = lambda said: fallen.append(said.exc_value)
    try:
        face = PersonFace("f", "p", b"", b"\0" * 16, "sha")
        PeopleStore(database).add(Person("1", "Ada", UserType.EMPLOYEE), [face])
        path = tmp_path / "people.tar"
        assert Exporter(database).write(path, "", has_photos=True, cancelled=lambda: True) == -1
        gc.collect()
        assert fallen == []
        assert list(tmp_path.glob("people.tar*")) == []
    finally:
        sys.unraisablehook = before
        database.close()
