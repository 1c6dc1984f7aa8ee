"""The accounts of one data folder: who may log in, and where a password that was made up stands."""

import stat
from contextlib import closing

import pytest

from sophon_report.errors import BadInput, NotFound
from sophon_report.model import Role
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.user_accounts import UserAccounts
from sophon_report.store.accounts import AccountStore
from sophon_report.store.database import Database
from sophon_report.store.password_hash import CHOSEN, GENERATED

PASSWORD = "correct horse battery"


class Folder:
    """One that was just started on."""

    def __init__(self, root, database):
        self.place, self.store = DataDir(root), AccountStore(database)
        self.accounts = UserAccounts(self.store, self.place.password_of, lambda: 7)
        self.first = self.accounts.make_sure()


@pytest.fixture
def folder(tmp_path):
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        yield Folder(tmp_path, database)


def test_the_first_start_lets_an_admin_in_and_the_second_changes_nothing(folder):
    """The file is its owner's alone."""
    assert folder.place.admin_password.read_text() == folder.first + "\n"
    assert folder.accounts.matches("admin", folder.first).role is Role.ADMIN
    assert folder.accounts.make_sure() is None
    assert folder.accounts.matches("admin", folder.first)


def test_a_reset_is_of_the_user_who_is_named(folder):
    """In a file of theirs, which goes with the next password they choose; nobody else's counts less."""
    folder.accounts.add("ben", Role.VIEWER, PASSWORD)
    made = folder.accounts.reset("ben")
    file = folder.place.password_of("ben")
    assert (file.name, file.read_text()) == ("ben-password", made + "\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert folder.accounts.matches("ben", PASSWORD) is None
    assert folder.accounts.matches("ben", made).role is Role.VIEWER
    assert folder.accounts.matches("admin", folder.first)
    assert not folder.accounts.change("ben", made, PASSWORD).generated
    assert not file.exists()
    with pytest.raises(NotFound, match="no user has the name eve"):
        folder.accounts.reset("eve")


def test_whoever_has_the_box_gets_in_again_when_admin_was_removed(folder):
    """A start makes none anew as long as somebody may log in."""
    folder.accounts.add("root", Role.ADMIN, PASSWORD)
    folder.accounts.remove("admin")
    assert not folder.place.admin_password.exists()
    assert folder.accounts.make_sure() is None
    made = folder.accounts.reset("admin")
    assert folder.accounts.matches("admin", made).role is Role.ADMIN


def test_a_try_costs_as_much_whoever_is_named(folder):
    """But for the made-up password of admin, of whom everybody knows; none of another user is quick to try."""
    folder.accounts.add("ben", Role.VIEWER, None)
    folder.accounts.add("eve", Role.VIEWER, PASSWORD)
    costs = {account.name: account.password.cost for account in folder.store.list()}
    assert costs == {"admin": GENERATED, "ben": CHOSEN, "eve": CHOSEN}
    assert folder.accounts.matches("nobody", PASSWORD) is None


@pytest.mark.parametrize("password", ["short", "x" * 129, "BEN-BEN-BEN", "half \udc80 a pair"])
def test_what_cannot_be_a_password_is_refused_without_being_told(folder, password):
    """By whoever it is chosen."""
    for attempt in (
        lambda: folder.accounts.add("ben-ben-ben", Role.VIEWER, password),
        lambda: folder.accounts.give("ben-ben-ben", password),
    ):
        with pytest.raises(BadInput) as refused:
            attempt()
        assert password not in str(refused.value)
