"""What is to be masked was read with no bound on the time; a wrong settings file or a damaged page spoilt it all.

With a disk that hung, or a pipe in place of a key, ``support-bundle`` and ``doctor`` never ended. With a settings
file that keeps the service from starting there was no bundle. One damaged page of the store, or one kept value
that is no JSON, emptied a whole list of what is to be masked, and nobody was told.
"""

import json
import os
import sqlite3
import zipfile
from contextlib import closing, contextmanager

import pytest
from command import command
from samples import PHOTO_JPEG

from sophon_report.config import parse_settings
from sophon_report.doctor.at_hand import settings_at_hand
from sophon_report.model import Person, PersonFace
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.people import PeopleStore
from sophon_report.store.settings import SettingsStore
from sophon_report.store.vendor_config import VendorConfigStore
from sophon_report.support.bundle import make_bundle
from sophon_report.support.known import people_of, secrets_of_files, secrets_of_store
from sophon_report.support.sources import FREE_TEXTS, Places

CAMERA, HEADER = "c4mera-pa55", "he4der-value"


@contextmanager
def pipe(path):
    """Nobody writes into it, until the end."""
    os.mkfifo(str(path))
    try:
        yield
    finally:
        released = os.open(str(path), os.O_RDWR)
        path.unlink()
        os.close(released)


@pytest.fixture
def place(tmp_path):
    place = DataDir(tmp_path / "d")
    place.prepare()
    return place


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_of_a_store_that_hangs_no_free_text_is_told(place, tmp_path):
    """Nobody knows whom they name; the rest is there, and it says so."""
    said = f"opening rtsp://10.0.0.9 of {CAMERA}"
    with pipe(place.store):
        settings = parse_settings({"data_dir": str(place.root)})
        made = make_bundle(Places(settings, place, run=lambda _: said), tmp_path / "b.zip", limit_s=1.0)
    assert set(FREE_TEXTS) <= made.missing.keys()
    assert "secrets of the store: no answer within 1 s; people of the store" in made.missing["masking"]
    found = members(made.path)
    assert not any(CAMERA.encode() in content for content in found.values())
    assert "settings.json" in found


def test_the_settings_are_had_within_a_bound(place, tmp_path):
    """Those of the file when the store hangs, the command line's when the file does."""
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{place.root}"\nname = "east"\n')
    with closing(Database.open(place.store)):
        found = settings_at_hand(config, None)
        assert (found.settings.name, found.problem) == ("east", "")
    place.store.unlink()
    with pipe(place.store):
        found = settings_at_hand(config, None, limit_s=0.2)
    assert (found.settings.name, found.problem) == ("east", "the stored settings: no answer within 0.2 s")
    config.unlink()
    with pipe(config):
        found = settings_at_hand(config, place.root, limit_s=0.2)
    assert (found.settings.data_dir, found.values) == (place.root, None)
    assert found.problem == "the settings file: no answer within 0.2 s"


def test_a_pipe_in_place_of_a_key_keeps_nobody(place):
    """It is told as what could not be looked for."""
    os.mkfifo(str(place.tls))
    (place.root / "admin-password").write_text("pa55-of-admin\n")
    known = secrets_of_files(parse_settings({}), place)
    assert (known.texts, known.faults) == ({"pa55-of-admin"}, {"a file of a key or password: not a file"})


@pytest.mark.parametrize("wrong", ["no_such_key = 1\n", "name = \n"], ids=["a key", "no TOML"])
def test_a_wrong_settings_file_is_told_and_the_rest_is_looked_at(place, tmp_path, wrong):
    """The service does not start for it: that is when a bundle is wanted. Its secrets are none the less."""
    config = tmp_path / "config.toml"
    camera = f'[[device]]\nid = "gate"\nurl = "rtsp://admin:{CAMERA}@10.0.0.21/"\n'
    receiver = f'[[destination]]\nname = "a"\nurl = "http://h/"\nheaders = {{ X-Key = "{HEADER}" }}\n'
    config.write_text(f'{wrong}data_dir = "{place.root}"\n{camera}{receiver}')
    (place.root / f"{CAMERA} {HEADER}").touch()
    to = ("--config", config, "--data-dir", place.root)
    ended = command("support-bundle", *to, tmp_path / "b.zip")
    assert ended.returncode == 0, ended.stderr
    found = members(tmp_path / "b.zip")
    missing = json.loads(found["bundle.json"])["missing"]
    assert "no_such_key: unknown key" in missing["settings"] or "is not TOML" in missing["settings"]
    knows_secrets = "is not TOML" not in missing["settings"]
    assert ("masking" not in missing) == knows_secrets
    assert (set(FREE_TEXTS) <= missing.keys()) != knows_secrets
    if knows_secrets:
        assert b"*** ***" in found["files.txt"]
    ended = command("doctor", "--json", *to)
    findings = json.loads(ended.stdout)
    assert (ended.returncode, findings[0]["id"], findings[0]["level"]) == (2, "settings_file", "error")
    assert {"data_folder", "store"} <= {each["id"] for each in findings}


def test_a_damaged_page_takes_no_more_than_what_is_on_it(place):
    """Those before it are masked, and the bundle says that some are not."""
    with closing(Database.open(place.store)) as database:
        people = PeopleStore(database)
        for number in range(300):
            face = PersonFace(f"f{number}", f"p{number}", PHOTO_JPEG, bytes(8), "m")
            people.add(Person(f"E-{number:04}", f"Ada of the {number:04} th"), [face])
    raw, page = bytearray(place.store.read_bytes()), 4096
    for start in range(0, len(raw), page):
        if b"Ada of the 0290 th" in raw[start : start + page]:
            raw[start : start + page] = bytes(page)
    place.store.write_bytes(bytes(raw))
    known = people_of(place.store)
    assert "Ada of the 0001 th" in known.texts
    assert "Ada of the 0290 th" not in known.texts
    assert "person of the store: database disk image is malformed" in known.faults


def test_one_kept_value_that_is_no_json_hides_no_other(place):
    """Nor is it told itself, when its name says that it is secret."""
    with closing(Database.open(place.store)) as database:
        VendorConfigStore(database).put({"MQ_PASSWORD": "mq-pa55", "Z_PASSWORD": "z-pa55"})
        SettingsStore(database).change({}, {"license_key": "L-0001", "status.urls": ["http://h/?k=url-pa55"]})
    with closing(sqlite3.connect(place.store)) as connection, connection:
        connection.execute("INSERT INTO vendor_config (key, value) VALUES ('A_PASSWORD', 'no json')")
    known = secrets_of_store(place.store)
    assert (known.texts, known.faults) == ({"mq-pa55", "z-pa55", "no json", "L-0001", "url-pa55"}, set())
