"""What lies in the data folder: the store and its version, what the settings say and the service does not do."""

from contextlib import closing
from pathlib import Path
from typing import Iterator, Tuple

from sophon_report.api.vendor_keys import KEYS
from sophon_report.config import Settings, without_effect
from sophon_report.doctor.finding import Finding, Look, error, ok, warning
from sophon_report.errors import ConfigError, StoreError, StoreUnusable
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database, schema_of
from sophon_report.store.devices import DeviceStore
from sophon_report.store.people import MANY, NEARLY_MANY, PeopleStore
from sophon_report.store.preview import KEY as PREVIEW
from sophon_report.store.settings import SettingsStore, as_file, usable
from sophon_report.store.vendor_config import VendorConfigStore


def is_current(store: Path) -> bool:
    """Whether the store is there and of this version: opening one of an older version would change it."""
    try:
        schema = schema_of(store) if store.exists() else None
    except (StoreError, OSError):
        return False
    return schema is not None and schema.version == schema.newest


def settings_seen(file: Settings) -> Settings:
    """The settings of the file with the stored ones over them, as the next start sees them; nothing is changed."""
    store = DataDir(file.data_dir).store
    if not is_current(store):
        return file
    try:
        with closing(Database.open(store)) as database:
            return usable(as_file(file), SettingsStore(database).all())[0]
    except (StoreError, ConfigError):
        return file


def _store(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    if not place.store.exists():
        yield ok("store", "store", "none yet: the first start makes it")
        return
    aside = f"stop the service, move {place.store} away and restore a backup: `sophon-report restore FILE`"
    try:
        schema = schema_of(place.store)
    except StoreUnusable as fault:
        yield error("store", "store", str(fault), aside)
        return
    text = f"schema {schema.version}"
    if schema.version > schema.newest:
        text += f", and this version of the program knows up to {schema.newest}"
        to_do = f"run the version that wrote it, or {aside}"
        yield error("store", "store", text, to_do)
    elif schema.version < schema.newest:
        yield ok("store", "store", f"{text}: the next start of this version brings it to {schema.newest}")
    else:
        yield ok("store", "store", f"{text}, the newest that this version knows")


def _stored_settings(settings: Settings, place: DataDir) -> Iterator[Finding]:
    for key in without_effect(settings):
        yield warning("setting", f"setting {key}", "has no effect in this version", "take it out of the settings")
    if not is_current(place.store):
        return
    with closing(Database.open(place.store)) as database:
        stored = SettingsStore(database).all()
    for key, what in usable(as_file(settings), stored)[1]:
        text = f"was stored and does not count: {what}"
        yield warning("setting", f"setting {key}", text, "set it anew in the page")


def _devices(settings: Settings, place: DataDir) -> Iterator[Finding]:
    """Those of the settings file that are not watched."""
    if not is_current(place.store):
        return
    with closing(Database.open(place.store)) as database:
        store = DeviceStore(database, lambda: settings.limits)
        _, reasons = store.foresee([seed.device() for seed in settings.device])
    for device_id, reason in reasons.items():
        text = f"of the settings file, is not watched: {reason}"
        to_do = "take it out of the file, or make room for it"
        yield warning("device_unwatched", f"device {device_id}", text, to_do)


def _people(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    if place.erasing.exists():
        text = "a person's erasing is not finished: the service goes on with it"
        yield warning("erasing", "erasing", text, "have the service run until it is done")
    if place.wiping.exists():
        text = "a wipe is not finished: the next start finishes it"
        yield warning("wiping", "wiping", text, "have the service run until it is done")
    if not is_current(place.store):
        return
    with closing(Database.open(place.store)) as database:
        count = PeopleStore(database).count()
    text = f"{count:,} are registered"
    if count >= NEARLY_MANY:
        yield warning("people", "people", f"{text}: more than {MANY:,} were never measured", "erase whom you can")
    else:
        yield ok("people", "people", text)


def _vendor_config(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    if not is_current(place.store):
        return
    with closing(Database.open(place.store)) as database:
        kept = VendorConfigStore(database).all()
    kept.pop(PREVIEW, None)
    idle = [name for name in kept if name not in KEYS or not KEYS[name].has_effect]
    if idle:
        text = f"kept and told, without effect here: {', '.join(idle)}"
        yield ok("vendor_configuration", "vendor configuration", text)


LOOKS: Tuple[Look, ...] = (_store, _stored_settings, _devices, _people, _vendor_config)
