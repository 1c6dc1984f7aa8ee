"""The network ports of the machine, read from a made tree."""

from sophon_report.condition import NetworkPort
from sophon_report.ops.network import address_of, network_ports

ROUTES = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t0201A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth1\t0096A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
FILES = {
    "proc/net/route": ROUTES,
    "etc/resolv.conf": "# made\nsearch lan\nnameserver 192.168.1.2\nnameserver 192.168.1.3\n",
    "sys/class/net/lo/address": "00:00:00:00:00:00\n",
    "sys/class/net/eth0/address": "e0:a5:09:00:32:31\n",
    "sys/class/net/eth0/speed": "100\n",
    "sys/class/net/eth1/address": "e0:a5:09:00:32:35\n",
    "sys/class/net/eth1/speed": "-1\n",
    "sys/class/net/wlan0/address": "e0:a5:09:00:32:39\n",
}
ADDRESSES = {
    "lo": ("127.0.0.1", "255.0.0.0"),
    "eth0": ("192.168.1.64", "255.255.240.0"),
    "eth1": ("192.168.150.1", "255.255.255.0"),
}


def test_ports_with_an_address_are_told_with_what_the_system_knows(tmp_path):
    """The one without a cable has no speed, the one without an address is left out, and so is the loopback."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    wan = NetworkPort(
        "eth0", "192.168.1.64", "255.255.240.0", "e0:a5:09:00:32:31", "192.168.1.2", "192.168.1.2", 100
    )
    lan = NetworkPort("eth1", "192.168.150.1", "255.255.255.0", "e0:a5:09:00:32:35", "", "192.168.1.2", None)
    assert network_ports(tmp_path, ADDRESSES.get) == [wan, lan]


def test_a_machine_that_tells_nothing_has_no_ports(tmp_path):
    """Nor does one with damaged tables fail."""
    assert network_ports(tmp_path, ADDRESSES.get) == []
    (tmp_path / "sys/class/net/eth0").mkdir(parents=True)
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/route").write_bytes(b"Iface\neth0 00000000 nonsense 1 0 0 1 00000000\n\xff\n")
    assert network_ports(tmp_path, ADDRESSES.get) == [NetworkPort("eth0", *ADDRESSES["eth0"])]


def test_this_machine_answers_for_its_loopback():
    """By the system's own calls; a port that is not there has no address."""
    assert address_of("lo") == ("127.0.0.1", "255.0.0.0")
    assert address_of("no-such-port") is None
    assert address_of("x" * 300) is None
