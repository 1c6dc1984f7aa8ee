"""Who may do what: pure decisions, one table.

The vendor's interface knows no credentials; anyone who reaches the port does anything. Ours:

=====================  =======================================  =========================
need                   from a trusted network, without a token  with a token, from anywhere
=====================  =======================================  =========================
``ANYONE``             yes                                      yes
``OPEN``               yes                                      viewer, operator, admin
``READ``               with ``access.open_reads``               viewer, operator, admin
``PUSH``               from a registered photo device's own     operator, admin
                       address; else as ``WRITE``
``WRITE``              with ``access.open_writes``              operator, admin
``ADMIN``              never                                    admin
=====================  =======================================  =========================

A session (:mod:`sophon_report.api.sessions`) counts as a token; each has a role. Whoever shows one may do what
its role may and no more, whatever the switches open: who shows it means to use it. A wrong one is refused
everywhere but at a call for ``ANYONE``, which asks for a password itself. Nothing limits how often one is tried:
there are 256 random bits to guess. The local Unix socket is guarded by its file mode and does not come here.
Behind a proxy every caller has the proxy's address; headers that claim another are not believed.
"""

from typing import Callable, FrozenSet, Mapping, Optional

from sophon_report.api.call import Incoming, Need
from sophon_report.api.errors import Refusal
from sophon_report.config import Access
from sophon_report.model import Role
from sophon_report.ops.addresses import is_trusted, plain_address

_SEEING = frozenset({Need.ANYONE, Need.OPEN, Need.READ})
RIGHTS: Mapping[Role, FrozenSet[Need]] = {
    Role.VIEWER: _SEEING,
    Role.OPERATOR: _SEEING | {Need.PUSH, Need.WRITE},
    Role.ADMIN: frozenset(Need),
}
"""What each role may."""
_SWITCHES = {
    Need.READ: "access.open_reads = true",
    Need.WRITE: "access.open_writes = true",
    Need.PUSH: "access.open_writes = true or a photo device of this address",
}


class Gate:
    """Decides by the settings of the moment.

    Args:
        access: asked at each decision: it may change.
        role_of: what whoever has this token, or this session's, may do; ``None`` when it is nobody's.
        is_photo_device: whether an address is that of a registered photo device.
    """

    def __init__(
        self,
        access: Callable[[], Access],
        role_of: Callable[[str], Optional[Role]],
        is_photo_device: Callable[[str], bool],
    ) -> None:
        self._access, self._role_of, self._is_photo_device = access, role_of, is_photo_device

    def refusal(self, need: Need, peer: str, token: Optional[str]) -> Optional[Refusal]:
        """``None`` when ``peer`` may, else why not, with the name of the switch.

        Args:
            need: of the call.
            peer: address of the caller.
            token: what it sent as a bearer token, if anything.
        """
        if need is Need.ANYONE:
            return None
        if token is not None:
            return _refusal_of(self._role_of(token), need)
        access = self._access()
        if not is_trusted(peer, access.trusted_networks):
            return Refusal(
                "PASSWORD_ERROR",
                f"{peer} is not in access.trusted_networks: send a token as Authorization: Bearer <token>",
            )
        allowed = (
            need is Need.OPEN
            or (need is Need.READ and access.open_reads)
            or (need in (Need.WRITE, Need.PUSH) and access.open_writes)
            or (need is Need.PUSH and self._is_photo_device(plain_address(peer)))
        )
        if allowed:
            return None
        switch = f", or {_SWITCHES[need]} in the settings" if need in _SWITCHES else ""
        return Refusal("PASSWORD_ERROR", f"this needs a token (Authorization: Bearer <token>){switch}")


def needed_role(need: Need) -> Role:
    """The least of the roles that may do what needs ``need``."""
    return next(role for role in Role if need in RIGHTS[role])


def _refusal_of(role: Optional[Role], need: Need) -> Optional[Refusal]:
    if role is None:
        return Refusal("PASSWORD_ERROR", "the token or session is not known, or is over")
    if need in RIGHTS[role]:
        return None
    return Refusal("FORBIDDEN", f"this needs the role {needed_role(need).value}: yours is {role.value}")


def only_as_device(incoming: Incoming, access: Access) -> bool:
    """Whether a caller that was let in to ``PUSH`` may do so only as the photo device that it is."""
    local = not incoming.peer
    return not (local or incoming.credentials or access.open_writes)
