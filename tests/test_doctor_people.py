"""What ``doctor`` says of the people who are stored."""

from contextlib import closing

import pytest

from sophon_report.config import parse_settings
from sophon_report.doctor.examine import examine
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database


def found(root):
    return {finding.subject: finding for finding in examine(parse_settings({"data_dir": str(root)}))}


@pytest.mark.parametrize(("count", "level"), [(89_999, "ok"), (90_000, "warning")])
def test_that_people_become_many_is_told_before_they_are(tmp_path, count, level):
    """From 90,000 on, with what to do."""
    with closing(Database.open(DataDir(tmp_path).store)) as database, database.change() as connection:
        connection.executemany(
            "INSERT INTO person (identity_id, name, user_type) VALUES (?, 'x', 'employee')",
            [(f"E-{number}",) for number in range(count)],
        )
    people = found(tmp_path)["people"]
    assert people.level == level
    assert people.text.startswith(f"{count:,} are registered")


def test_an_erasing_that_is_not_finished_is_told(tmp_path):
    """And what finishes it."""
    DataDir(tmp_path).erasing.write_bytes(b"{}")
    assert found(tmp_path)["erasing"].level == "warning"
