"""The accounts: passwords are kept as slow hashes, and a change of what counts is a new generation."""

import sqlite3
from contextlib import closing

import pytest

from sophon_report.errors import BadInput, Full, NameTaken, NotFound, WrongState
from sophon_report.model import Role
from sophon_report.store.accounts import MAX_ACCOUNTS, AccountStore
from sophon_report.store.database import MIGRATIONS, Database
from sophon_report.store.password_hash import CHOSEN, GENERATED, Cost, hashed
from sophon_report.store.tokens import TokenStore

NOW_MS = 1_760_000_000_000
QUICK = Cost(16, 8, 1)


@pytest.fixture
def store(tmp_path):
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        yield AccountStore(database)


def test_only_the_password_itself_is_right():
    """Whatever a socket may send instead."""
    kept = hashed("Grüße, 你好", QUICK)
    assert kept.is_of("Grüße, 你好")
    assert not any(kept.is_of(other) for other in ("", "grüße, 你好", "Grüße, 你好 ", "\udc80", "x" * 2048))


def test_the_same_password_is_kept_differently_each_time():
    """So that two boxes with one password cannot be told by their stores."""
    assert hashed("Grüße", QUICK).hash != hashed("Grüße", QUICK).hash


def test_a_try_takes_16_mib_for_a_chosen_password():
    """And the cost of the others stays affordable at a start."""
    assert CHOSEN.memory_bytes == 16 << 20
    assert hashed("Grüße", CHOSEN).is_of("Grüße")
    assert GENERATED.memory_bytes == 1 << 20


def add(store, name, role=Role.ADMIN, password="first"):
    store.add(name, role, hashed(password, QUICK), False, NOW_MS)


def test_what_is_kept_is_what_comes_back(store):
    """Nobody else is there."""
    assert (store.list(), store.find("admin"), store.generation("admin")) == ([], None, 0)
    kept = hashed("Grüße", QUICK)
    store.add("admin", Role.ADMIN, kept, True, NOW_MS)
    account = store.find("admin")
    assert (account.name, account.password, account.generated, account.role) == ("admin", kept, True, Role.ADMIN)
    assert (account.created_ms, account.changed_ms, account.last_login_ms) == (NOW_MS, NOW_MS, None)
    store.mark_login("admin", NOW_MS + 1)
    store.mark_login("nobody", NOW_MS + 1)
    assert [account.last_login_ms for account in store.list()] == [NOW_MS + 1]


def test_another_password_and_another_role_are_another_generation(store):
    """Of that account alone; what stays as it was is none."""
    add(store, "admin")
    add(store, "ben", Role.VIEWER)
    generations = [store.generation("ben")]
    store.set_password("ben", hashed("next", QUICK), False, NOW_MS)
    generations.append(store.generation("ben"))
    store.set_role("ben", Role.OPERATOR)
    generations.append(store.generation("ben"))
    store.set_role("ben", Role.OPERATOR)
    assert [generation - generations[0] for generation in generations] == [0, 1, 2]
    assert store.generation("ben") == generations[2]
    assert store.find("ben").role is Role.OPERATOR


def test_a_name_that_is_given_again_begins_elsewhere(store):
    """A session of its former owner counts no more."""
    add(store, "admin")
    add(store, "ben")
    before = store.generation("ben")
    store.remove("ben")
    assert store.generation("ben") == 0
    add(store, "ben")
    assert store.generation("ben") != before


def test_of_two_changes_at_one_time_one_counts(store):
    """The other one finds that the password it was to replace is gone."""
    add(store, "admin")
    over = store.generation("admin")
    assert store.set_password("admin", hashed("mine", QUICK), False, NOW_MS, over)
    assert not store.set_password("admin", hashed("theirs", QUICK), False, NOW_MS, over)
    assert store.find("admin").password.is_of("mine")


def test_the_last_admin_stays_one(store):
    """Whatever it is called, and however many others there are."""
    add(store, "root")
    add(store, "ben", Role.OPERATOR)
    for attempt in (lambda: store.remove("root"), lambda: store.set_role("root", Role.OPERATOR)):
        with pytest.raises(WrongState, match="root is the last admin"):
            attempt()
    store.set_role("ben", Role.ADMIN)
    store.set_role("root", Role.VIEWER)
    store.remove("root")
    assert [account.name for account in store.list()] == ["ben"]


@pytest.mark.parametrize("name", ["", "x" * 33, "two words", "../a", ".a", "-a", "a\n", "李", "<b>"])
def test_a_name_that_is_none_is_refused(store, name):
    """It stands in file names, commands and logs."""
    with pytest.raises(BadInput, match="the name of a user has"):
        add(store, name)


def test_names_are_unique_in_any_letters_and_accounts_bounded(store):
    """Both are told."""
    for number in range(MAX_ACCOUNTS):
        add(store, f"u{number}")
    with pytest.raises(NameTaken, match="there is a user U1 already"):
        add(store, "U1")
    with pytest.raises(Full, match=f"there are {MAX_ACCOUNTS} users already"):
        add(store, "more")


def test_nobody_has_nothing_to_change(store):
    """All three say who it is that nobody is."""
    for attempt in (
        lambda: store.remove("ben"),
        lambda: store.set_role("ben", Role.ADMIN),
        lambda: store.set_password("ben", hashed("x", QUICK), False, NOW_MS),
    ):
        with pytest.raises(NotFound, match="no user has the name ben"):
            attempt()


def test_the_one_account_of_a_former_version_is_an_admin(tmp_path):
    """And its tokens keep their rights."""
    path = tmp_path / "former.sqlite"
    former = sqlite3.connect(str(path))
    with closing(former):
        for script in sorted(MIGRATIONS.glob("000?_*.sql")):
            former.create_function("folded", 1, str)
            former.executescript(script.read_text())
        former.execute("PRAGMA user_version = 9")
        kept = hashed("secret", QUICK)
        row = ("admin", kept.salt, kept.hash, 16, 8, 1, 3, 0, NOW_MS)
        former.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        former.execute("INSERT INTO token (name, sha256, created_ms) VALUES ('a', ?, 1)", (bytes(32),))
        former.commit()
    with closing(Database.open(path)) as database:
        account = AccountStore(database).find("admin")
        assert (account.role, account.generation, account.created_ms) == (Role.ADMIN, 3, NOW_MS)
        assert account.password.is_of("secret")
        assert TokenStore(database).list()[0].role is Role.ADMIN
