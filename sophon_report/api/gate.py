"""Who may do what: pure decisions, one table.

The vendor's interface knows no credentials; anyone who reaches the port does anything. Ours:

=====================  =======================================  =========================
need                   from a trusted network, without a token  from elsewhere
=====================  =======================================  =========================
``OPEN``               yes                                      with a token
``PUSH``               from a registered photo device's own     with a token
                       address; else as ``WRITE``
``READ``               with ``access.open_reads``               with a token
``WRITE``              with ``access.open_writes``              with a token
=====================  =======================================  =========================

A wrong token is refused everywhere: who sends one means to use it. The local Unix socket is guarded by its file
mode and does not come here. Behind a proxy every caller has the proxy's address; headers that claim another are
not believed.
"""

import ipaddress
from typing import Callable, Optional, Union

from sophon_report.api.call import Need
from sophon_report.api.errors import Refusal
from sophon_report.config import Access

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
_SWITCHES = {
    Need.READ: "access.open_reads",
    Need.WRITE: "access.open_writes",
    Need.PUSH: "access.open_writes",
}


class Gate:
    """Decides by the settings of the moment.

    Args:
        access: asked at each decision: it may change.
        is_token: whether a text is a token somebody was given.
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
        if token is not None:
            return None if self._is_token(token) else Refusal("PASSWORD_ERROR", "the token is not known")
        access = self._access()
        if not _is_trusted(peer, access):
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
        return Refusal(
            "PASSWORD_ERROR",
            f"this needs a token (Authorization: Bearer <token>), or {_SWITCHES[need]} = true in the settings",
        )


def plain_address(text: str) -> str:
    """``10.0.0.1`` for ``::ffff:10.0.0.1`` and no zone; what is no address comes back as it is."""
    address = _address(text)
    return text if address is None else str(address)


def _is_trusted(peer: str, access: Access) -> bool:
    address = _address(peer)
    if address is None:
        return False
    networks = map(ipaddress.ip_network, access.trusted_networks)
    return any(address.version == network.version and address in network for network in networks)


def _address(text: str) -> Optional[Address]:
    try:
        address = ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
