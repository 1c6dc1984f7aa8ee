"""What the older interface keeps of people, in the store: it goes with them."""

import pytest

from sophon_report.errors import BadInput, NameTaken, NotFound
from sophon_report.model import Person, PersonFace
from sophon_report.store.database import Database
from sophon_report.store.groups import FIRST_GROUP, GroupRow, GroupStore, UserRow
from sophon_report.store.people import PeopleStore


@pytest.fixture
def database(tmp_path):
    opened = Database.open(tmp_path / "store.sqlite")
    people = PeopleStore(opened)
    for number, name in enumerate(("Ada", "Bob", "Eve")):
        face = PersonFace(f"f{number}", f"p{number}", b"", bytes([number + 1]) * 512, "sha")
        people.add(Person(name.lower(), name), [face])
    yield opened
    opened.close()


@pytest.fixture
def groups(database):
    store = GroupStore(database, max_groups=3)
    store.add(GroupRow("night"))
    return store


def test_who_was_never_put_into_a_group_is_in_the_one_that_is_always_there(groups):
    """People of another interface too, and whoever has an id that nobody has."""
    assert groups.users(["ada", "nobody"]) == {"ada": UserRow(), "nobody": UserRow()}
    assert groups.members(FIRST_GROUP) == (("ada", "bob", "eve"), 3)
    assert groups.members("night") == ((), 0)


def test_a_group_more_leaves_people_in_theirs(groups):
    """In the order in which they came into them; those who are in it already stay as they are."""
    groups.join("night", ["bob", "eve"])
    groups.join("night", ["bob"])
    assert groups.users(["bob"])["bob"].groups == (FIRST_GROUP, "night")
    assert groups.members("night", "E", limit=1) == (("eve",), 1)
    groups.leave(FIRST_GROUP, ["bob"])
    assert groups.members(FIRST_GROUP) == (("ada", "eve"), 2)


def test_nobody_is_put_in_when_one_of_them_is_missing(groups):
    """Nor taken out when it is the only group of one."""
    with pytest.raises(NotFound, match="nobody"):
        groups.join("night", ["ada", "nobody"])
    groups.join("night", ["ada"])
    with pytest.raises(BadInput, match="bob"):
        groups.leave(FIRST_GROUP, ["ada", "bob"])
    assert groups.users(["ada"])["ada"].groups == (FIRST_GROUP, "night")


def test_what_is_kept_of_a_person_goes_with_them(groups, database):
    """The next of the id begins anew."""
    groups.keep("ada", ["night"], '{"aaa":1}')
    assert groups.users(["ada"])["ada"] == UserRow(("night",), '{"aaa":1}')
    people = PeopleStore(database)
    people.delete(["ada"])
    for table in ("group_of", "user_info"):
        assert database.rows(f"SELECT * FROM {table}") == []
    people.add(Person("ada", "Ada"), [])
    assert groups.users(["ada"])["ada"] == UserRow()


def test_groups_have_a_bound_and_a_name_each(groups):
    """The first is there from the beginning."""
    with pytest.raises(NameTaken):
        groups.add(GroupRow(FIRST_GROUP))
    groups.add(GroupRow("day"))
    with pytest.raises(BadInput, match="3 groups"):
        groups.add(GroupRow("one more"))
    assert [row.name for row in groups.list()] == [FIRST_GROUP, "night", "day"]
