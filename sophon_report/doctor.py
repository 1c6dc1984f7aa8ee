"""What this machine has and lacks for the service: each finding with a verdict, in an installer's words."""

import asyncio
import importlib.util
import ipaddress
import math
import os
import platform
import shutil
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Iterator, List, Tuple

from sophon_report import __version__, doctor_delivery
from sophon_report.admin import Admin
from sophon_report.api.vendor_keys import KEYS
from sophon_report.config import Settings
from sophon_report.doctor_delivery import Finding, Look
from sophon_report.errors import ModelError, SophonReportError
from sophon_report.ops import ports
from sophon_report.ops.data_dir import DataDir
from sophon_report.store.database import Database
from sophon_report.store.devices import DeviceStore
from sophon_report.store.people import MANY, NEARLY_MANY, PeopleStore
from sophon_report.store.preview import KEY as PREVIEW
from sophon_report.store.tokens import TokenStore
from sophon_report.store.vendor_config import VendorConfigStore
from sophon_report.vision.engines.choose import Tpu, choose, look_at_tpu
from sophon_report.vision.engines.sail.detector import smallest_face_px
from sophon_report.vision.engines.sail.probe import probe_input_hw
from sophon_report.vision.models.attribute_card import MASK
from sophon_report.vision.models.card import ATTRIBUTES, card_beside, chip_card_beside
from sophon_report.vision.models.library import BMODEL, ModelLibrary

FULL_HD_HW = (1080, 1920)
FREE_WARNING_BYTES = 2 << 30
BUILT_S = 1_735_689_600
"""2025-01-01: a clock before it was never set."""


def examine(settings: Settings) -> List[Finding]:
    """Look at everything; nothing is changed and nothing raises."""
    place = DataDir(settings.data_dir)
    found: List[Finding] = []
    for look in LOOKS:
        try:
            found += look(settings, place)
        except (SophonReportError, OSError, sqlite3.Error) as error:
            found.append(Finding(look.__name__.strip("_"), "problem", str(error)))
    return found


def _system(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    yield Finding("version", "ok", f"sophon-report {__version__}, Python {platform.python_version()}")
    yield Finding(
        "machine", "ok", f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform(terse=True)}"
    )


def _engine(settings: Settings, place: DataDir) -> Iterator[Finding]:
    tpu = look_at_tpu(demanded=settings.engine.kind == "sail")
    yield from _tpu(tpu)
    try:
        choice = choose(settings, ModelLibrary(place.models), tpu)
    except ModelError as error:
        yield Finding("engine", "problem", str(error))
        return
    yield Finding("engine", "ok", f"{choice.kind} (engine.kind = {settings.engine.kind}): {choice.reason}")
    if choice.kind == "sail":
        yield Finding("chip models", "ok", ", ".join(file.path.name for file in choice.models))
        yield from _smallest_face(choice.detector[0].path, settings.match.min_face_px)
    else:
        there = importlib.util.find_spec("onnxruntime") is not None
        words = "is installed" if there else "is missing: pip install 'sophon-report[cpu]'"
        yield Finding("CPU engine", "ok" if there else "problem", f"onnxruntime {words}")


def _smallest_face(detector: Path, wanted_px: int) -> Iterator[Finding]:
    try:
        input_hw = probe_input_hw(detector)
    except ModelError as error:
        yield Finding("smallest face", "problem", str(error))
        return
    found_px = math.ceil(smallest_face_px(*FULL_HD_HW, *input_hw))
    words = f"in 1080p pictures faces are found from {found_px} px on (match.min_face_px = {wanted_px})"
    yield Finding("smallest face", "ok" if found_px <= wanted_px else "note", words)


def _tpu(tpu: Tpu) -> Iterator[Finding]:
    if tpu.node is None:
        yield Finding("TPU", "note", "none: models run on the CPU")
    else:
        words = "" if tpu.permitted else ": this user may not open it, add it to the group that owns it"
        yield Finding("TPU", "ok" if tpu.permitted else "problem", f"{tpu.node}{words}")
    if not tpu.has_sail:
        verdict = "warning" if tpu.node else "note"
        yield Finding(
            "SAIL", verdict, "the vendor's sophon-sail is not installed for this Python; only a box needs it"
        )
    elif tpu.chip is None:
        yield Finding("SAIL", "warning" if tpu.node else "note", f"installed, not usable: {tpu.missing}")
    elif not tpu.chip.errors_raise:
        words = "ends the process on errors: 3.9.1 or newer is better"
        yield Finding("SAIL", "warning", f"{tpu.chip.version} on a {tpu.chip.target}; {words}")
    else:
        yield Finding("SAIL", "ok", f"{tpu.chip.version} on a {tpu.chip.target}")


def _folder(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    existing = next(folder for folder in (place.root, *place.root.parents) if folder.exists())
    if not existing.is_dir():
        yield Finding("data folder", "problem", f"{existing} is no folder")
        return
    if not os.access(str(existing), os.W_OK):
        yield Finding("data folder", "problem", f"{existing} cannot be written by this user")
        return
    free = shutil.disk_usage(str(existing)).free
    verdict = "warning" if free < FREE_WARNING_BYTES else "ok"
    yield Finding("data folder", verdict, f"{place.root}, {free / (1 << 30):.1f} GiB free")
    running = place.running()
    yield Finding("service", "ok" if running else "note", "is running" if running else "is not running")


def _health(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    if not place.running():
        return
    works, reasons = asyncio.run(_ask_health(place))
    for reason in reasons:
        yield Finding("health", "warning" if works else "problem", reason)


async def _ask_health(place: DataDir) -> Tuple[bool, Tuple[str, ...]]:
    async with Admin(place) as admin:
        return await admin.health()


def _models(settings: Settings, place: DataDir) -> Iterator[Finding]:
    for row in ModelLibrary(place.models).list(settings.models):
        good = row.state in ("ok", "own")
        own = row.source == "own file"
        lacking = "problem" if row.role != "attributes" else "warning" if own else "note"
        hint = "" if good else f": models.{row.role}" if own else ": run `sophon-report models fetch`"
        yield Finding(f"model {row.role}", "ok" if good else lacking, f"{row.name} {row.state}{hint}")


def _masks(settings: Settings, _place: DataDir) -> Iterator[Finding]:
    """What has to be there for masks to be told, where somebody wants them."""
    mark_pct, wanted = settings.match.masked_pass_pct, settings.engine.mask
    if mark_pct and not wanted:
        yield Finding("masks", "warning", "match.masked_pass_pct does nothing while engine.mask is off")
    paths = [Path(path).expanduser() for path in settings.models.attributes]
    cards = [(chip_card_beside if path.suffix == BMODEL else card_beside)(path, ATTRIBUTES) for path in paths]
    if wanted and not any(each.attribute == MASK for card in cards for each in card.attributes.outputs):
        yield Finding("masks", "warning", "engine.mask is on, and no model of models.attributes tells them")


def _ports(settings: Settings, place: DataDir) -> Iterator[Finding]:
    running, server = place.running(), settings.server
    for name in ("event_port", "api_port", "preview_port", "control_port", "system_port"):
        port = getattr(server, name)
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((server.host, port))
                probe.listen()
        except OSError as error:
            verdict = "ok" if running else "note" if name == "system_port" else "problem"
            yield Finding(f"server.{name}", verdict, str(ports.refusal(error, server.host, port)))
        else:
            yield Finding(f"server.{name}", "ok", f"port {port} is free")


def _access(settings: Settings, place: DataDir) -> Iterator[Finding]:
    access = settings.access
    everyone = any(ipaddress.ip_network(each).prefixlen == 0 for each in access.trusted_networks)
    near = "anyone in the world" if everyone else "anyone in " + ", ".join(access.trusted_networks)
    for what, switch, is_open in (
        ("sees events, devices, health", "access.trusted_networks", bool(access.trusted_networks)),
        ("reads people, pictures, history", "access.open_reads", access.open_reads),
        ("changes anything", "access.open_writes", access.open_writes),
    ):
        who = near if is_open and access.trusted_networks else "nobody"
        verdict = "warning" if who == near and everyone else "ok"
        yield Finding(f"who {what}", verdict, f"without a token: {who} ({switch})")
    yield Finding("tokens, which let in to all", "ok", _tokens(place))
    if place.admin_password.exists():
        yield Finding(
            "admin password", "note", f"the one that was made up: change it, or read {place.admin_password}"
        )


def _tokens(place: DataDir) -> str:
    if not place.store.exists():
        return "none"
    with closing(Database.open(place.store)) as database:
        return ", ".join(token.name for token in TokenStore(database).list()) or "none"


def _clock(_settings: Settings, _place: DataDir) -> Iterator[Finding]:
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    set_once = time.time() > BUILT_S
    yield Finding("clock", "ok" if set_once else "problem", now if set_once else f"{now}: it was never set")


def _devices(settings: Settings, place: DataDir) -> Iterator[Finding]:
    """Those of the settings file that are not watched."""
    if not place.store.exists():
        return
    with closing(Database.open(place.store)) as database:
        store = DeviceStore(database, lambda: settings.limits)
        _, reasons = store.foresee([seed.device() for seed in settings.device])
    for device_id, reason in reasons.items():
        yield Finding(f"device {device_id}", "warning", f"of the settings file, is not watched: {reason}")


def _people(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    if place.erasing.exists():
        yield Finding("erasing", "warning", "a person's erasing is not finished: the service goes on with it")
    if not place.store.exists():
        return
    with closing(Database.open(place.store)) as database:
        count = PeopleStore(database).count()
    many = f": more than {MANY:,} were never measured, erase whom you can" if count >= NEARLY_MANY else ""
    yield Finding("people", "warning" if many else "ok", f"{count:,} are registered{many}")


def _vendor_config(_settings: Settings, place: DataDir) -> Iterator[Finding]:
    if not place.store.exists():
        return
    with closing(Database.open(place.store)) as database:
        kept = VendorConfigStore(database).all()
    kept.pop(PREVIEW, None)
    idle = [name for name in kept if name not in KEYS or not KEYS[name].has_effect]
    if idle:
        yield Finding("vendor configuration", "note", f"kept and told, without effect here: {', '.join(idle)}")


LOOKS: Tuple[Look, ...] = (
    *(_system, _engine, _folder, _health, _models, _masks, _ports, _access, _clock),
    *doctor_delivery.LOOKS,
    _devices,
    _people,
    _vendor_config,
)
