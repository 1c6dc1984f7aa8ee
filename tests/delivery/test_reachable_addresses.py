"""Where the box posts to: every way to write an address, and what is behind a name when it is connected to."""

import asyncio
import socket
import time
from ipaddress import ip_address

import pytest
from peer import Peer

from sophon_report.config import parse_settings
from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.outcome import Accepted, Pause
from sophon_report.delivery.reach import Reach, Rule, is_this_box, literal, rule_of
from sophon_report.delivery.reason import code_of
from sophon_report.delivery.resolver import OwnThreadResolver, RefusedLookup
from sophon_report.errors import AddressRefused

BODY = b'{"event_id":"1"}'
OWN = ("127.0.0.1", "10.0.0.5", "::1", "2001:db8::5", "0.0.0.0", "::")


def reach(**settings):
    """As the settings say; the box has the addresses of ``OWN``, and its API on 5555."""
    rule = rule_of(parse_settings(settings))
    return Reach(lambda: rule, lambda address: str(address) in OWN)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.169.254./",
        "http://169.254.169.254:80@169.254.0.1/",
        "http://2852039166/",
        "http://0xA9FEA9FE/",
        "http://0251.0376.0251.0376/",
        "http://0251.254.43518/",
        "http://169.16689662/",
        "http://0xa9.0xfe.0xa9.0xfe/",
        "http://１６９.254.169.254/",
        "http://169。254．169｡254/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::169.254.169.254]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[64:ff9b:1::a9fe:a9fe]/",
        "http://[2001:db8::5efe:a9fe:a9fe]/",
        "http://[2001:0:a9fe:a9fe::1]/",
        "http://[2001::5601:5601]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://0.0.0.0:9528/",
        "http://0:9528/",
        "http://0x/",
        "http://[::]:9528/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[ff02::1]/",
        "http://127.0.0.1:5555/api/v1/people",
        "http://127.1:5555/",
        "http://localhost:5555/",
        "http://LOCALHOST.:5555/",
        "http://box.localhost:5555/",
        "http://10.0.0.5:5679/",
        "http://[::1]:5555/",
        "http://[::ffff:127.0.0.1]:5555/",
        "http://[2001:db8::5]:8888/",
    ],
)
def test_what_reaches_inside_is_refused_however_it_is_written(url):
    """With the setting that says so."""
    with pytest.raises(AddressRefused, match=r"access\.destination_"):
        reach().check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9528/HistoryEvent",
        "http://localhost/events",
        "http://[::1]:9528/",
        "http://10.0.0.5:9528/",
        "http://10.0.0.6:5555/",
        "http://192.168.1.20/",
        "http://169.253.255.255/",
        "http://[fd00::1]/",
        "https://platform.example:5555/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://1_0.0.0.1/",
        "http://[2002:a00:5::1]/",
        "http://[2001:db8::1]/",
    ],
)
def test_receivers_in_the_house_and_on_the_box_are_reached(url):
    """Loopback too; what is a name is looked up later."""
    reach().check_url(url)


def test_the_rule_is_in_the_settings():
    """Whoever has a receiver there says so."""
    free = reach(access={"destination_networks_refused": ["10.0.0.0/8"], "destination_own_ports": True})
    free.check_url("http://169.254.1.1/")
    free.check_url("http://127.0.0.1:5555/")
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.0/8"):
        free.check_url("http://10.1.1.1/")


def test_a_name_is_no_address():
    """Nor is what only looks like one."""
    assert [literal(host) for host in ("platform", "1.2.3.4.5", "0x7g", "08.1.1.1", "", "::g")] == [None] * 6


def test_the_box_knows_its_own_addresses():
    """By asking the system, not by a list."""
    assert [is_this_box(ip_address(each)) for each in ("127.0.0.2", "::1", "0.0.0.0", "203.0.113.9")] == [
        *(True, True, True),
        False,
    ]


def looked_up(*addresses):
    """A look-up in which every name has these addresses."""
    return lambda _host, port, **_: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
    ]


def test_a_name_that_leads_inside_is_refused_when_it_is_looked_up():
    """Whatever it led to when it was set; addresses that are not refused are used."""
    resolver = OwnThreadResolver(looked_up("169.254.169.254"), reach())
    with pytest.raises(RefusedLookup, match="169"):
        asyncio.run(resolver.resolve("innocent.example", 80))
    resolver = OwnThreadResolver(looked_up("169.254.169.254", "192.0.2.1"), reach())
    assert [each["host"] for each in asyncio.run(resolver.resolve("both.example", 80))] == ["192.0.2.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_what_is_refused_at_the_connection_is_not_connected_to_and_pauses(host):
    """By number and by name; with the rule gone the same exchange delivers."""

    async def scenario():
        refused = ["127.0.0.0/8"]
        rules = Reach(lambda: Rule(tuple(refused)))
        async with Peer() as peer:
            url = peer.url.replace("127.0.0.1", host)
            exchange = Exchange(post_session(reach=rules), url, 10.0, time.time, reach=rules)
            before = await exchange.post(BODY, "application/json")
            got = list(peer.got)
            refused.clear()
            after = await exchange.post(BODY, "application/json")
            await exchange.close()
        return before, got, after

    before, got, after = asyncio.run(scenario())
    assert (type(before.outcome), code_of(before.outcome.reason), got) == (Pause, "address_refused", [])
    assert after.outcome == Accepted() or host not in ("127.0.0.1", "localhost")


def test_a_port_that_is_changed_stays_the_boxs_own_until_a_start_closes_it():
    """And the one that it is to be is its own already."""
    started, now = (parse_settings({"server": {"api_port": port, "page_port": 0}}) for port in (5555, 8080))
    assert {5555, 8080} <= rule_of(now, started).own_ports
    assert 0 not in rule_of(now, started).own_ports
    allowed = parse_settings({"access": {"destination_own_ports": True}})
    assert rule_of(allowed, started).own_ports == frozenset()
