"""A backup put back, into a running service or a stopped one: looked through first, then part by part.

The promise
    * What is in the backup is put back; what is not in it stays as it is. Devices, destinations and people of a
      known id or name become as they were when it was made; nobody and nothing is removed. A camera accepts the
      people whom it accepted: the ids of groups become those that they have here.
    * Before anything changes the whole file is read and checked, and it is told what would change. A file that is
      damaged, or of a format that is not known, changes nothing.
    * Each part is all or nothing, but for people, who come in batches, and single rows that are refused by name.
      Broken off, by a kill or by hand, what was done stays; done again it leads to the same end.

The order is settings, groups, destinations, people, devices: a camera that is watched again finds everybody known.
"""

import contextlib
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, Mapping, Optional, Sequence, Tuple

from sophon_report.api import device_rules
from sophon_report.api.v1.destination_seeds import SeedRules
from sophon_report.config import DestinationSeed, Settings
from sophon_report.errors import BadInput, NameTaken, NotFound, SophonReportError
from sophon_report.model import Destination, Device, redact_url
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.threads import in_thread
from sophon_report.quality_limits import Level
from sophon_report.report.backup.archive import BackupFile, Groups
from sophon_report.report.backup.contents import destination_row
from sophon_report.report.backup.group_ids import GroupIds
from sophon_report.report.backup.plan import (
    ListPlan,
    SettingPlan,
    plan_destinations,
    plan_devices,
    plan_settings,
)
from sophon_report.report.bulk.importing import Watcher, import_rows
from sophon_report.report.bulk.notebook import ImportNote, Notebook, key_of
from sophon_report.report.bulk.registrar import Order, Registrar, make_group
from sophon_report.report.bulk.rows import PersonRow
from sophon_report.report.destination_changes import DestinationChanges
from sophon_report.report.device_changes import DeviceChanges
from sophon_report.report.jobs import JobCancelled, Ticket
from sophon_report.report.live_settings import LiveSettings
from sophon_report.report.running import Parts
from sophon_report.report.shelf import Shelf
from sophon_report.store.database import Database
from sophon_report.store.groups import MAX_GROUPS, GroupStore
from sophon_report.store.people import PeopleStore
from sophon_report.store.vendor_config import VendorConfigStore

TOLD_EVERY = 500
"""People."""
USERS_AT_ONCE = 50
"""Each waits for the disk, and other changes wait for all of them."""


@dataclass(frozen=True)
class Wish:
    """How a backup is to be put back."""

    parts: Tuple[str, ...]
    passphrase: str = field(default="", repr=False)
    dry_run: bool = True


@dataclass
class PeoplePlan:
    """Of people."""

    new: int = 0
    known: int = 0
    """Who are overwritten."""
    refused: int = 0
    """Rows that nobody can be made of; the report of the import has them."""


@dataclass
class Plan:
    """What would be done."""

    settings: SettingPlan = field(default_factory=SettingPlan)
    vendor: Mapping[str, Any] = field(default_factory=dict)
    groups: Groups = field(default_factory=Groups)
    devices: ListPlan = field(default_factory=ListPlan)
    destinations: ListPlan = field(default_factory=ListPlan)
    people: Optional[PeoplePlan] = None
    device_rows: Sequence[Device] = ()
    destination_rows: Sequence[Destination] = ()

    def told(self) -> Dict[str, Any]:
        """For people to read: keys, ids and counts, no values."""
        return {
            "settings": {"changed": sorted(self.settings.changes), "refused": self.settings.refused},
            "devices": asdict(self.devices),
            "destinations": asdict(self.destinations),
            "people": asdict(self.people) if self.people is not None else None,
        }


@dataclass(frozen=True)
class Restored:
    """What a backup is put back into: the parts of a running service, or the store of a stopped one."""

    place: DataDir
    settings: Callable[[], Settings]
    live: LiveSettings
    shelf: Shelf
    device_changes: DeviceChanges
    destination_changes: DestinationChanges
    last_seq: Callable[[], int]
    """Of the journal: where a destination begins that is new."""


def of_service(parts: Parts) -> Restored:
    """A running service as what a backup is put back into."""
    return Restored(
        place=parts.place,
        settings=parts.settings,
        live=parts.live,
        shelf=parts.shelf,
        device_changes=parts.device_changes,
        destination_changes=parts.destination_changes,
        last_seq=lambda: parts.journal.last_seq,
    )


class Restorer:
    """Puts backups back.

    Args:
        parts: what into.
        registrar: takes people.
    """

    def __init__(self, parts: Restored, registrar: Registrar) -> None:
        self._parts, self._registrar = parts, registrar
        self._seeds = SeedRules(parts.place.import_folder, parts.live.reach)
        self._book = Notebook(parts.place.import_notes)

    async def run(self, path: Path, wish: Wish, ticket: Ticket) -> Dict[str, Any]:
        """Look through a backup and, when it is no dry run, put it back; what was found and done, for people.

        Raises:
            BadInput: the file is none, is damaged, or the passphrase is wrong; nothing was changed.
            Unavailable: the disk refuses, or vision is away; what was done stays.
            JobCancelled: it was cancelled.
        """
        ticket.tell(0, None, "", "checking")
        file = await in_thread(partial(BackupFile, path))
        try:
            plan = await self._plan(file, wish, ticket)
            told = {
                "dry_run": wish.dry_run,
                "made_ms": file.head.made_ms,
                "version": file.head.version,
                **plan.told(),
            }
            if wish.dry_run:
                return told
            report = await self._apply(path, file, plan, wish, ticket)
            return {**told, **report}
        finally:
            await in_thread(file.close)

    async def _plan(self, file: BackupFile, wish: Wish, ticket: Ticket) -> Plan:
        parts, plan = self._parts, Plan()
        secrets = await in_thread(partial(file.secrets, wish.passphrase))
        if "settings" in wish.parts:
            values, plan.vendor = await in_thread(file.settings)
            key = (secrets or {}).get("license_key")
            licence = key if isinstance(key, str) else None
            plan.settings = await in_thread(partial(plan_settings, parts.settings(), values, licence))
        groups = await in_thread(file.groups)
        plan.groups, ids = await parts.shelf.do(partial(self._plan_groups, groups, "people" in wish.parts))
        if "devices" in wish.parts:
            rows, there = await in_thread(file.devices), parts.device_changes.list()
            plan.devices, plan.device_rows = await in_thread(
                partial(plan_devices, rows, secrets, there, partial(self._checked_device, ids))
            )
        if "destinations" in wish.parts:
            rows, receivers = await in_thread(file.destinations), parts.destination_changes.list()
            plan.destinations, plan.destination_rows = await in_thread(
                partial(plan_destinations, rows, secrets, receivers, self._checked_destination)
            )
        if "people" in wish.parts:
            plan.people = await in_thread(partial(self._plan_people, file, ticket))
        return plan

    def _plan_groups(self, given: Groups, are_made: bool) -> Tuple[Groups, GroupIds]:
        """Those to be made, and which one of this box each id of the backup means."""
        shelf = self._parts.shelf
        ids = GroupIds(given.permissions, shelf.permissions.names(), are_made=are_made)
        if not are_made:
            return Groups(), ids
        there = {row.name for row in GroupStore(shelf.database).list()}
        new = {row.name: row for row in given.groups if row.name not in there}
        if len(there) + len(new) > MAX_GROUPS:
            raise BadInput(f"there would be more than {MAX_GROUPS} groups: delete some first")
        return Groups(tuple(ids.new), tuple(new.values())), ids

    def _plan_people(self, file: BackupFile, ticket: Ticket) -> Optional[PeoplePlan]:
        source = file.people()
        if source is None:
            return None
        plan, rows = PeoplePlan(), source.rows(0)
        with contextlib.closing(Database.open(self._parts.place.store)) as database:
            while True:
                some = list(islice(rows, TOLD_EVERY))
                if not some:
                    break
                ids = {row.person.identity_id for row in some if isinstance(row, PersonRow)}
                known = len(PeopleStore(database).taken(sorted(ids)))
                plan.known, plan.new = plan.known + known, plan.new + len(ids) - known
                plan.refused += len(some) - len(ids)
                ticket.tell(plan.new + plan.known, source.count(), "people", "checking")
                if ticket.cancelled:
                    raise JobCancelled
        for _ in file.users():
            pass  # the rest of the file is whole as well
        return plan

    def _checked_device(self, ids: GroupIds, device: Device, former: Optional[Device]) -> Device:
        rules, bound_now = device_rules, former.permission_id if former is not None else ""
        device = replace(device, permission_id=ids.id_here(device.permission_id, bound_now))
        try:
            rules.line(device.device_id, rules.MAX_ID, 1)
            rules.line(device.name, rules.MAX_NAME)
            rules.line(device.rtmp_address, rules.MAX_ADDRESS)
            if former is not None and former.type is device.type and former.url == device.url:
                return device
            url = rules.address(device.type, device.url, self._parts.place.import_folder)
        except ValueError as error:
            raise BadInput(str(error)) from None
        return replace(device, url=url)

    def _checked_destination(self, one: Destination, former: Optional[Destination]) -> Destination:
        if former is not None:
            one = _with_secrets(replace(one, start_seq=former.start_seq), former)
        row = {name: value for name, value in destination_row(one).items() if name not in ("paused", "origin")}
        row["url"] = one.url
        self._seeds.checked(DestinationSeed.model_validate(row), former)
        return one

    async def _apply(self, path: Path, file: BackupFile, plan: Plan, wish: Wish, ticket: Ticket) -> Dict[str, Any]:
        parts, report = self._parts, {}
        if plan.settings.changes:
            self._go_on(ticket, "settings")
            await parts.live.change(plan.settings.changes)
        if plan.vendor:
            await parts.shelf.do(partial(self._keep_vendor, plan.vendor))
        made: Mapping[str, str] = {}
        if "people" in wish.parts:
            self._go_on(ticket, "groups")
            made = await parts.shelf.do(partial(self._add_groups, plan.groups))
        self._go_on(ticket, "destinations")
        for one in plan.destination_rows:
            await _or_refused(self._put_destination(one), one.name, plan.destinations)
        if plan.people is not None:
            self._go_on(ticket, "people")
            report = await self._put_people(path, file, ticket)
        self._go_on(ticket, "devices")
        for device in plan.device_rows:
            await _or_refused(self._put_device(device, made), device.device_id, plan.devices)
        lists = {"devices": asdict(plan.devices), "destinations": asdict(plan.destinations)}
        return {**report, **lists, "waiting": list(parts.live.waiting)}

    @staticmethod
    def _go_on(ticket: Ticket, step: str) -> None:
        if ticket.cancelled:
            raise JobCancelled
        ticket.tell(0, None, "", step)

    def _keep_vendor(self, values: Mapping[str, Any]) -> None:
        VendorConfigStore(self._parts.shelf.database).put({key[:64]: value for key, value in values.items()})

    def _add_groups(self, groups: Groups) -> Dict[str, str]:
        """Make them; returns the ids that they have, by those that were planned."""
        permissions, users = self._parts.shelf.permissions, GroupStore(self._parts.shelf.database)
        made = {one.permission_id: make_group(permissions, one) for one in groups.permissions}
        for row in groups.groups:
            with contextlib.suppress(NameTaken):
                users.add(row)
        return made

    async def _put_destination(self, one: Destination) -> None:
        changes = self._parts.destination_changes
        try:
            await changes.change(one.name, lambda former: replace(one, start_seq=former.start_seq))
        except NotFound:
            await changes.add(replace(one, start_seq=self._parts.last_seq()))

    async def _put_device(self, device: Device, made: Mapping[str, str]) -> None:
        changes = self._parts.device_changes
        device = replace(device, permission_id=made.get(device.permission_id, device.permission_id))
        try:
            await changes.change(device.device_id, partial(_become, device))
        except NotFound:
            await changes.add(device)

    async def _put_people(self, path: Path, file: BackupFile, ticket: Ticket) -> Dict[str, Any]:
        source = file.people()
        assert source is not None
        key = await in_thread(partial(key_of, path, ["restore"]))
        note = await in_thread(partial(self._book.begin, ImportNote(key, path.name)))
        watcher = Watcher(
            told=lambda now: ticket.tell(now.rows, now.total, "people", "people"),
            cancelled=lambda: ticket.cancelled,
        )
        try:
            # They were good enough once: the photo of another model is looked at again, whatever it is like.
            done = await import_rows(source, self._registrar, Order(True, Level.NO), note, watcher)
        finally:
            await in_thread(note.close)
        if done.ended == "cancelled":
            raise JobCancelled({"registered": done.registered})
        users = file.users()
        while True:
            some = await in_thread(lambda: list(islice(users, USERS_AT_ONCE)))
            if not some:
                break
            await self._parts.shelf.do(partial(self._keep_users, some))
        return {"registered": done.registered, "import_id": done.key, "refused_people": done.refused}

    def _keep_users(self, users: Sequence[Tuple[str, Tuple[str, ...], str]]) -> None:
        groups = GroupStore(self._parts.shelf.database)
        for identity_id, names, info_json in users:
            with contextlib.suppress(SophonReportError):  # who was refused has no groups
                groups.keep(identity_id, names, info_json)


async def _or_refused(put: Awaitable[None], name: str, plan: ListPlan) -> None:
    """Much may have changed since it was looked through: one that cannot be now keeps no other from coming."""
    try:
        await put
    except BadInput as error:
        plan.refuse(name, str(error))


def _with_secrets(one: Destination, former: Destination) -> Destination:
    """``one`` with the secrets of the former where it brings none, as long as it has the same address."""
    transport, known = one.transport, former.transport
    if one.url not in (former.url, redact_url(former.url)) or transport.headers or transport.signing_secrets:
        return one
    kept = replace(transport, headers=known.headers, signing_secrets=known.signing_secrets)
    return replace(one, url=former.url, transport=kept)


def _become(device: Device, _former: Device) -> Device:
    return device
