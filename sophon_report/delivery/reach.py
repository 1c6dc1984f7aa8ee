"""Where the box posts to, and where never: so that an address that somebody sets opens no door inside.

Whoever may set an address could have the box ask what only the box can ask: the credentials that a cloud hands out
at 169.254.169.254, a device that trusts its neighbour, the box's own calls, which take loopback for the machine's
own programs. So, of each address that a host stands for:

 - the networks of ``access.destination_networks_refused`` are refused: link-local and metadata addresses,
   multicast, and the unspecified address, which reaches the box itself;
 - so are the ports that this service listens on, on any address of the box, unless
   ``access.destination_own_ports`` allows them. Other ports of the box are not: a receiver there is usual.

It is asked when an address is set, for what can be said without a look-up, and at every connection, for what the
look-up gave and for each redirect (``exchange.py``): a name may be given another address after it was set. A
destination that is refused then pauses with the reason, and what waits for it stays.

An IPv6 address that carries one of IPv4 (mapped, compatible, 6to4, NAT64, Teredo, ISATAP) is judged by both. A
host of numbers is read as the system reads it: ``0x7f.1``, ``2130706433`` and ``017700000001`` are 127.0.0.1.
"""

import errno
import socket
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Callable, FrozenSet, Iterator, List, Optional, Tuple, Union
from urllib.parse import urlsplit

from sophon_report.config import DESTINATION_NETWORKS_REFUSED, Settings
from sophon_report.delivery.reason import ADDRESS_REFUSED, Reason
from sophon_report.errors import AddressRefused

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]
HTTP_PORTS = {"http": 80, "https": 443}
NETWORKS_KEY, PORTS_KEY = "access.destination_networks_refused", "access.destination_own_ports"
LOOPBACK = IPv4Address("127.0.0.1")

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
"""What a name's dots may be written as: they mean a dot where names are looked up."""


@lru_cache(maxsize=8)
def networks(texts: Tuple[str, ...]) -> Tuple[Network, ...]:
    """Those networks; a box has one such list, asked at every connection."""
    return tuple(ip_network(text) for text in texts)


@dataclass(frozen=True)
class Rule:
    """What is refused."""

    refused: Tuple[str, ...] = DESTINATION_NETWORKS_REFUSED
    """Networks."""
    own_ports: FrozenSet[int] = frozenset()
    """Ports that are not posted to on an address of this box."""

    def refusal(self, address: Address, port: int, is_own: Callable[[Address], bool]) -> Optional[Reason]:
        """Why nothing is posted to this address and port; ``None``: it is.

        Args:
            address: where to.
            port: of it.
            is_own: whether an address is one of this box.
        """
        for form in forms(address):
            found = next((one for one in networks(self.refused) if form in one), None)
            if found is not None:
                said = f"{address} is in {found}, where nothing is posted to; {NETWORKS_KEY} names such networks"
                return Reason(said, ADDRESS_REFUSED)
            if port in self.own_ports and is_own(form):
                said = f"port {port} of this box is this service's own; {PORTS_KEY} = true allows it all the same"
                return Reason(said, ADDRESS_REFUSED)
        return None


def rule_of(settings: Settings, started: Optional[Settings] = None) -> Rule:
    """The rule that ``settings`` make; ``started``: those of the start, whose ports are open until another one."""
    servers = [settings.server, *([started.server] if started is not None else [])]
    ports = {
        getattr(server, name) for server in servers for name in type(server).model_fields if name.endswith("_port")
    }
    access = settings.access
    own = frozenset() if access.destination_own_ports else frozenset(ports - {0})
    return Rule(access.destination_networks_refused, own)


class Reach:
    """The rule of the moment, asked for a host.

    Args:
        rule: that of the moment.
        is_own: whether an address is one of this box.
    """

    def __init__(
        self, rule: Callable[[], Rule] = Rule, is_own: Optional[Callable[[Address], bool]] = None
    ) -> None:
        self._rule, self._is_own = rule, is_own or is_this_box

    def refusal(self, host: str, port: int) -> Optional[Reason]:
        """Why nothing is posted there; ``None`` when it is, or only a look-up can tell."""
        address = literal(host)
        return None if address is None else self._rule().refusal(address, port, self._is_own)

    def refusal_of_url(self, url: str) -> Optional[Reason]:
        """Why nothing is posted to an address that somebody sets, as far as can be said without a look-up."""
        try:
            parts = urlsplit(url)
            port = parts.port or HTTP_PORTS.get(parts.scheme, 0)
        except ValueError:
            return None  # no address at all: whoever reads it says so
        host = parts.hostname or ""
        if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
            host = str(LOOPBACK)
        return self.refusal(host, port)

    def check_url(self, url: str) -> None:
        """Refuse such an address.

        Raises:
            AddressRefused: says why, and which setting allows it.
        """
        why = self.refusal_of_url(url)
        if why is not None:
            raise AddressRefused(why)


def literal(host: str) -> Optional[Address]:
    """The address that a host of numbers is, however it is written; ``None`` for a name."""
    plain = unicodedata.normalize("NFKC", host).translate(_DOTS).strip("[]").rstrip(".").partition("%")[0]
    if ":" in plain:
        try:
            return IPv6Address(plain)
        except ValueError:
            return None
    return _of_numbers(plain)


def forms(address: Address) -> Iterator[Address]:
    """``address``, and those of IPv4 that it carries."""
    yield address
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    low = IPv4Address(number & 0xFFFFFFFF)
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    elif address in _COMPATIBLE and number > 1:  # the first two are the unspecified one and loopback
        yield low
    if address.sixtofour:
        yield address.sixtofour
    if any(address in network for network in _NAT64) or (number >> 32) & 0xFFFFFFFF in _ISATAP:
        yield low
    if address.teredo:
        yield from address.teredo


def is_this_box(address: Address) -> bool:
    """Whether an address is one of this machine: only such can be bound."""
    if address.is_loopback or address.is_unspecified:
        return True
    places: List[Tuple[Union[str, int], ...]] = [(str(address).partition("%")[0], 0)]
    if isinstance(address, IPv6Address):
        links = [number for number, _ in socket.if_nameindex()] if address.is_link_local else [0]
        places = [(*places[0], 0, link) for link in links]
    return any(_binds(socket.AF_INET if address.version == 4 else socket.AF_INET6, place) for place in places)


def _binds(family: socket.AddressFamily, place: Tuple[Union[str, int], ...]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as tried:
            tried.bind(place)
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL, errno.ENODEV)
    return True


def _of_numbers(text: str) -> Optional[IPv4Address]:
    """As ``inet_aton`` reads one to four numbers, the last of which fills what is left."""
    numbers = [_number(part) for part in text.split(".")]
    if not 1 <= len(numbers) <= 4:
        return None
    value = 0
    for place, number in enumerate(numbers):
        is_last = place == len(numbers) - 1
        bits = 8 * (4 - place) if is_last else 8
        if number is None or number >= 1 << bits:
            return None
        value = (value << bits) | number
    return IPv4Address(value)


def _number(text: str) -> Optional[int]:
    """Hexadecimal behind ``0x``, octal behind ``0``, else decimal."""
    if not text.isascii() or not text[:1].isdigit() or len(text) > 64:
        return None
    base = 16 if text[:2].lower() == "0x" else 8 if text[0] == "0" else 10
    digits = (text[2:] if base == 16 else text) or "0"
    return int(digits, base) if all(digit in "0123456789abcdef"[:base] for digit in digits.lower()) else None
