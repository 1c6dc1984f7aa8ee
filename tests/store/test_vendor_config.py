"""Keys of the vendor's configuration that are kept and told."""

import pytest

from sophon_report.errors import BadInput, StoreError
from sophon_report.store.database import Database
from sophon_report.store.vendor_config import VendorConfigStore


@pytest.fixture
def database(tmp_path):
    database = Database.open(tmp_path / "store.sqlite")
    yield database
    database.close()


def test_values_are_kept_as_they_are(database):
    """Whatever JSON holds; a later one replaces the former."""
    store = VendorConfigStore(database)
    store.put({"A": "张三", "B": {"x": [1, 2.5, None]}, "C": False})
    store.put({"C": True})
    assert VendorConfigStore(database).all() == {"A": "张三", "B": {"x": [1, 2.5, None]}, "C": True}


def test_all_are_kept_or_none(database):
    """One that is too long takes the others back."""
    store = VendorConfigStore(database)
    with pytest.raises(BadInput):
        store.put({"A": 1, "B": "x" * 70_000})
    assert store.all() == {}


def test_a_row_that_is_no_json_is_told(database):
    """Somebody wrote into the file by hand."""
    with database.change() as connection:
        connection.execute("INSERT INTO vendor_config VALUES ('A', '{')")
    with pytest.raises(StoreError, match="no JSON"):
        VendorConfigStore(database).all()
