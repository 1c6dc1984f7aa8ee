"""Who may do what: pure decisions, one table.

The vendor's interface knows no credentials; anyone who reaches the port does anything. Ours:

=====================  =======================================  =========================
need                   from a trusted network, without a token  from elsewhere
=====================  =======================================  =========================
``ANYONE``             yes                                      yes
``OPEN``               yes                                      with a token
``PUSH``               from a registered photo device's own     with a token
                       address; else as ``WRITE``
``READ``               with ``access.open_reads``               with a token
``WRITE``              with ``access.open_writes``              with a token
``ADMIN``              never                                    with a token
=====================  =======================================  =========================

A session (:mod:`sophon_report.api.sessions`) counts as a token. A wrong one is refused everywhere but at a call
for ``ANYONE``, which asks for a password itself: who sends one means to use it. Nothing limits how often one is
tried: there are 256 random bits to guess. The local Unix socket is guarded by its file mode and does not come
here. Behind a proxy every caller has the proxy's address; headers that claim another are not believed.
"""

from typing import Callable, Optional

from sophon_report.api.call import Incoming, Need
from sophon_report.api.errors import Refusal
from sophon_report.config import Access
from sophon_report.ops.addresses import is_trusted, plain_address

_SWITCHES = {
    Need.READ: "access.open_reads = true",
    Need.WRITE: "access.open_writes = true",
    Need.PUSH: "access.open_writes = true or a photo device of this address",
}


class Gate:
    """Decides by the settings of the moment.

    Args:
        access: asked at each decision: it may change.
        is_token: whether a text is a token somebody was given, or a session's.
        is_photo_device: whether an address is that of a registered photo device.
    """

    def __init__(
        self,
        access: Callable[[], Access],
        is_token: Callable[[str], bool],
        is_photo_device: Callable[[str], bool],
    ) -> None:
        self._access, self._is_token, self._is_photo_device = access, is_token, is_photo_device

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
            return (
                None
                if self._is_token(token)
                else Refusal("PASSWORD_ERROR", "the token or session is not known, or is over")
            )
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


def only_as_device(incoming: Incoming, access: Access) -> bool:
    """Whether a caller that was let in to ``PUSH`` may do so only as the photo device that it is."""
    local = not incoming.peer
    return not (local or incoming.credentials or access.open_writes)
