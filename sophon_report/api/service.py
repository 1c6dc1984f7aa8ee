"""What the HTTP edge needs of the running service."""

from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional, Protocol, Tuple

from sophon_report.model import Device, PreviewChoice, UserType


@dataclass(frozen=True)
class Health:
    """Whether the service does its work, and what is amiss, in words."""

    failing: Tuple[str, ...] = ()
    """Why it does not do its work."""
    degraded: Tuple[str, ...] = ()
    """What is amiss while the rest goes on; a restart would not mend it."""

    @property
    def status(self) -> str:
        """``ok``, ``degraded`` or ``failing``."""
        return "failing" if self.failing else "degraded" if self.degraded else "ok"

    @property
    def reasons(self) -> Tuple[str, ...]:
        """All of them, the worst first."""
        return self.failing + self.degraded


@dataclass(frozen=True)
class EnrolRequest:
    """A person to be registered from a photo."""

    identity_id: str
    name: str
    user_type: UserType
    photo: bytes
    replace: bool = False
    level: str = ""
    """What is asked of the photo, one of :data:`sophon_report.quality_limits.LEVEL_WORDS`; ``""``: as set."""
    permission_ids: Tuple[str, ...] = ()
    ext_json: str = "{}"
    accept: Optional[Callable[[Tuple[str, ...]], None]] = None
    """As :attr:`sophon_report.api.people.FaceSource.accept`."""


class DeviceService(Protocol):
    """The devices; a change is in force when its call returns. What is refused changes nothing."""

    def list(self) -> List[Device]:
        """All of them, in the order in which they were added."""

    def get(self, device_id: str) -> Device:
        """One of them.

        Raises:
            DeviceNotFound: no device has the id.
        """

    async def add(self, device: Device) -> None:
        """Watch one more.

        Raises:
            AddressTaken, RtmpAddressTaken, TooManyDevices: which each say what is in the way.
            BadInput: the id is taken, or a value is outside its limits.
        """

    async def change(self, device_id: str, become: Callable[[Device], Device]) -> Device:
        """Go on with what is new of one; returns that. Raises as :meth:`get`, :meth:`add` and ``become``.

        Args:
            device_id: which one.
            become: what it is to be, made of what it is; called in a thread, and no device changes meanwhile.
        """

    async def delete(self, device_id: str, check: Callable[[Device], None] = ...) -> Device:
        """Watch one less; returns it. Raises as :meth:`get` and ``check``, which is called as ``become`` is."""

    async def clear(self) -> List[Device]:
        """Watch none any more; returns what there was."""


class PreviewService(Protocol):
    """Which devices programs preview."""

    def choice(self) -> PreviewChoice:
        """What is previewed, both lists there; without devices that are gone."""

    async def choose(self, changes: Mapping[str, Any]) -> PreviewChoice:
        """Preview otherwise from now on, over restarts too; returns as :meth:`choice`.

        Args:
            changes: fields of :class:`~sophon_report.model.PreviewChoice` with their new values.

        Raises:
            PreviewNotFound: a list has an id that no device has; nothing is changed.
        """


class Service(Protocol):
    """The running service, as far as its health goes."""

    def health(self) -> Health:
        """Whether it works."""

    def metrics(self) -> bytes:
        """Prometheus text."""
