"""Permission groups in the store."""

from contextlib import closing

import pytest

from sophon_report.errors import BadInput, IdTaken, NameTaken, PermissionNotFound
from sophon_report.model import Person
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.permissions import PermissionRow, PermissionStore

DAY = PermissionRow("d", "Day shift", "by day", '{"a":1}')


@pytest.fixture
def database(tmp_path):
    with closing(Database.open(tmp_path / "store.sqlite")) as opened:
        yield opened


@pytest.fixture
def groups(database):
    return PermissionStore(database, max_groups=3)


def test_a_group_comes_back_as_added_and_as_changed(groups):
    """By its id and by its name."""
    groups.add(DAY)
    assert groups.get("d") == groups.named("Day shift") == DAY
    changed = PermissionRow("d", "日班", "", "{}")
    groups.update(changed)
    assert groups.get("d") == groups.named("日班") == changed


def test_an_id_and_a_name_are_of_one_group(groups):
    """A group may keep its own name; there is a bound to how many there are."""
    groups.add(DAY)
    groups.add(PermissionRow("n", "Night", "", "{}"))
    with pytest.raises(IdTaken, match="d"):
        groups.add(PermissionRow("d", "other", "", "{}"))
    for write in (groups.add, groups.update):
        with pytest.raises(NameTaken, match="Night"):
            write(PermissionRow("d" if write == groups.update else "x", "Night", "", "{}"))
    groups.update(DAY)
    groups.add(PermissionRow("x", "x", "", "{}"))
    with pytest.raises(BadInput, match="3 permission groups"):
        groups.add(PermissionRow("y", "y", "", "{}"))


def test_a_group_that_is_not_there_is_told(groups):
    """By each call that needs it."""
    for call in (groups.get, groups.named, groups.delete, lambda _id: groups.update(DAY)):
        with pytest.raises(PermissionNotFound, match="d"):
            call("d")
    groups.add(DAY)
    assert groups.missing(["x", "d", "y"]) == ("x", "y")


def test_whoever_had_a_group_loses_it_with_it(database, groups):
    """Their others stay, in their order."""
    people = PeopleStore(database)
    people.add(Person("E-1", "Ada", permission_ids=("a", "d", "b")), [])
    groups.add(DAY)
    groups.delete("d")
    assert people.get("E-1").permission_ids == ("a", "b")


@pytest.mark.parametrize(("part", "found"), [("DAY", ["Day shift"]), ("班", ["夜班"]), ("%", []), ("", 2)])
def test_a_list_is_in_order_of_addition(groups, part, found):
    """A part of the name finds it in any case."""
    for row in (DAY, PermissionRow("n", "夜班", "", "{}")):
        groups.add(row)
    names = [row.name for row in groups.list(part)]
    assert names == (["Day shift", "夜班"] if found == 2 else found)
    assert groups.count(part) == len(names)
    assert [row.name for row in groups.list(limit=1, offset=1)] == ["夜班"]
