"""Addresses of peers: in one spelling, and whether they belong to a trusted network. Pure.

Both doors ask here, the HTTP interface and the event port, so that both trust the same peers and pages.
"""

import ipaddress
from functools import lru_cache
from typing import Optional, Tuple, Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


def plain_address(text: str) -> str:
    """``10.0.0.1`` for ``::ffff:10.0.0.1`` and no zone; what is no address comes back as it is."""
    address = _address(text)
    return text if address is None else str(address)


def is_trusted(peer: str, networks: Tuple[str, ...]) -> bool:
    """Whether ``peer`` lies in one of ``networks``; never for what is no address.

    A socket for both families reports an IPv4 peer as ``::ffff:10.0.0.1``: it counts as IPv4.
    """
    address = _address(peer)
    if address is None:
        return False
    return any(address.version == network.version and address in network for network in _parsed(networks))


def is_public_name(host: str) -> bool:
    """Whether anybody may have registered this name and let it lead here, so that their page seems to be ours.

    Not an address, a name of one word, nor one below ``.local``: those only the network itself gives away.
    """
    if _address(host) is not None:
        return False
    name = host.rpartition("]")[2].partition(":")[0].rstrip(".").lower()
    last = name.rpartition(".")[2]
    return last not in (name, "local") and not last.isdigit()


@lru_cache(maxsize=8)
def _parsed(networks: Tuple[str, ...]) -> Tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, networks))


def _address(text: str) -> Optional[Address]:
    try:
        address = ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
