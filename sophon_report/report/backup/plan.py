"""What putting a backup back would do, found out before anything changes. Pure but for reading the file."""

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from pydantic import BaseModel, SecretStr

from sophon_report.config import Settings
from sophon_report.errors import BadInput, SophonReportError
from sophon_report.model import Destination, Device
from sophon_report.report.backup.contents import is_box_bound, read_destination, read_device
from sophon_report.store.destinations import MAX_DESTINATIONS
from sophon_report.store.settings import as_file, usable

MAX_NAMED = 100
"""Keys, ids and names that a plan tells; more are counted."""
T = TypeVar("T", Device, Destination)


@dataclass(frozen=True)
class ListPlan:
    """Of devices or destinations."""

    added: List[str] = field(default_factory=list)
    changed: List[str] = field(default_factory=list)
    same: int = 0
    refused: Dict[str, str] = field(default_factory=dict)
    """Why, by id or name."""
    without_secret: List[str] = field(default_factory=list)
    """Whose password, headers or keys are not in the backup, nor on this box: they have to be typed in."""

    def refuse(self, name: str, why: str) -> None:
        """Tell that one is not put back, and nothing else of it."""
        for names in (self.added, self.changed, self.without_secret):
            if name in names:
                names.remove(name)
        if len(self.refused) < MAX_NAMED:
            self.refused[name] = why[:300]


@dataclass(frozen=True)
class SettingPlan:
    """Of settings."""

    changes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Values by key, that differ from those of now."""
    refused: Dict[str, str] = field(default_factory=dict)
    """What this version does not take, by key."""


def plan_settings(now: Settings, wanted: Mapping[str, Any], license_key: Optional[str]) -> SettingPlan:
    """What of ``wanted`` changes anything, and what cannot be."""
    values = {key: value for key, value in wanted.items() if value is not None and not is_box_bound(key)}
    if license_key:
        values["license_key"] = license_key
    then, problems = usable(as_file(now), values)
    refused = dict(problems)
    changes = {
        key: value for key, value in values.items() if key not in refused and _at(now, key) != _at(then, key)
    }
    return SettingPlan(changes, dict(list(refused.items())[:MAX_NAMED]))


def plan_devices(
    rows: Sequence[Any],
    secrets: Optional[Mapping[str, Any]],
    there: Sequence[Device],
    check: Callable[[Device, Optional[Device]], Device],
) -> Tuple[ListPlan, List[Device]]:
    """What becomes of devices, and those to be stored; ``check`` refuses what may not be."""
    known = {one.device_id: one for one in there}
    plan, wanted = ListPlan(), []
    for row in rows:
        label = _label(row, "device_id")
        try:
            device = read_device(row, secrets)
            former = known.get(device.device_id)
            device = _with_password(device, former, plan)
            wanted += _sorted(check(device, former), former, device.device_id, plan)
        except SophonReportError as error:
            plan.refuse(label, str(error))
    return plan, wanted


def plan_destinations(
    rows: Sequence[Any],
    secrets: Optional[Mapping[str, Any]],
    there: Sequence[Destination],
    check: Callable[[Destination, Optional[Destination]], Destination],
) -> Tuple[ListPlan, List[Destination]]:
    """What becomes of destinations; as :func:`plan_devices`."""
    known = {one.name: one for one in there}
    plan, wanted = ListPlan(), []
    for row in rows:
        label = _label(row, "name")
        try:
            one = read_destination(row, secrets)
            if secrets is None and one.name not in known:
                plan.without_secret.append(one.name)
            former = known.get(one.name)
            if former is None and len(known) + len(plan.added) >= MAX_DESTINATIONS:
                raise BadInput(f"there are no more than {MAX_DESTINATIONS} destinations: remove one first")
            wanted += _sorted(check(one, former), former, one.name, plan)
        except SophonReportError as error:
            plan.refuse(label, str(error))
    return plan, wanted


def _with_password(device: Device, former: Optional[Device], plan: ListPlan) -> Device:
    """The device with the password of the one that is there, or without any."""
    if "***" not in device.url:
        return device
    if former is not None and former.safe_url == device.url:
        return replace(device, url=former.url, rtmp_address=former.rtmp_address)
    plan.without_secret.append(device.device_id)
    return replace(device, url=device.url.replace(":***@", "@", 1).replace("***", ""), rtmp_address="")


def _sorted(one: T, former: Optional[T], name: str, plan: ListPlan) -> List[T]:
    if former is None:
        plan.added.append(name)
    elif one == former:
        return []
    else:
        plan.changed.append(name)
    return [one]


def _label(row: Any, name: str) -> str:
    told = row.get(name) if isinstance(row, dict) else None
    return str(told)[:128] if isinstance(told, str) else "?"


def _at(settings: Settings, key: str) -> Any:
    section, _, name = key.partition(".")
    value = getattr(settings, section, None)
    if name and isinstance(value, BaseModel):
        value = getattr(value, name, None)
    return value.get_secret_value() if isinstance(value, SecretStr) else value
