"""``people erase`` as a user runs it."""

import pytest
from command import command, write_config
from samples import PHOTO_JPEG

from sophon_report.model import Person, PersonFace
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore


@pytest.fixture
def config(folder):
    config = write_config(folder)
    database = Database.open(folder / "d" / "store.sqlite")
    face = PersonFace("f1", "p1", PHOTO_JPEG, bytes(64), "sha")
    PeopleStore(database).add(Person("E-1", "Eve"), [face])
    database.close()
    return config


def test_a_person_is_erased_and_it_is_told_what_was(config):
    """Nothing is asked; a second time there is nobody."""
    ended = command("people", "erase", "E-1", "--config", config)
    assert ended.returncode == 0, ended
    assert (
        ended.stdout
        == "erased: 1 faces with their photos, 0 records of events, 0 dead letters, 0 rows of the history\n"
    )
    ended = command("people", "erase", "E-1", "--config", config)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "sophon-report: nobody has this id, and no event is of it\n"


def test_files_that_somebody_put_there_are_told_and_left(config, folder):
    """They are not this service's."""
    kept = folder / "d" / "import" / "E-1__Eve.jpg"
    kept.parent.mkdir()
    kept.write_bytes(PHOTO_JPEG)
    ended = command("people", "erase", "E-1", "--config", config)
    assert ended.stdout.endswith("1 files in the import folder carry this id; they are yours to remove\n")
    assert kept.exists()


def test_on_a_folder_without_anything_nothing_is_made(folder):
    """Status 1."""
    ended = command("people", "erase", "E-1", "--data-dir", folder / "nowhere")
    assert ended.returncode == 1
    assert "nothing is stored" in ended.stderr
    assert not (folder / "nowhere").exists()
