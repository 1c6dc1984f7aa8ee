"""Addresses in one spelling, and networks that are trusted."""

import pytest

from sophon_report.config import PRIVATE_NETWORKS
from sophon_report.ops.addresses import is_trusted, plain_address


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("door", "door"),
        ("", ""),
    ],
)
def test_an_address_has_one_spelling(text, plain):
    """However the socket reported it; what is no address stays as it is."""
    assert plain_address(text) == plain


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("192.168.150.7", True),
        ("::ffff:192.168.150.7", True),
        ("fd00::5%3", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("172.32.0.1", False),
        ("2001:db8::1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_private_addresses_are_trusted_by_default(peer, trusted):
    """Also when a socket of both families reports them."""
    assert is_trusted(peer, PRIVATE_NETWORKS) is trusted


def test_without_networks_nobody_is_trusted():
    """Loopback neither."""
    assert not is_trusted("127.0.0.1", ())
