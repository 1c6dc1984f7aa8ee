"""The one account: its password is kept as a slow hash, and each has a number of its own."""

from contextlib import closing

import pytest

from sophon_report.errors import NotFound
from sophon_report.store.accounts import AccountStore
from sophon_report.store.database import Database
from sophon_report.store.password_hash import CHOSEN, GENERATED, Cost, hashed

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


def test_before_the_first_start_there_is_no_account(store):
    """Nor one that any password is right for."""
    assert store.find() is None
    assert store.generation() == 0
    with pytest.raises(NotFound, match="first start"):
        store.get()


def test_each_password_has_the_next_number(store):
    """What is kept is what comes back."""
    for generation in (1, 2, 3):
        kept = hashed("Grüße", QUICK)
        assert store.put(kept, generation % 2 == 0, 1_760_000_000_000)
        account = store.get()
        assert (account.name, account.password, account.generated) == ("admin", kept, generation % 2 == 0)
        assert store.generation() == account.generation == generation


def test_of_two_changes_at_one_time_one_counts(store):
    """The other one finds that the password it was to replace is gone."""
    store.put(hashed("first", QUICK), True, 0)
    assert store.put(hashed("mine", QUICK), False, 0, over=1)
    assert not store.put(hashed("theirs", QUICK), False, 0, over=1)
    assert store.get().password.is_of("mine")
