"""A site may let its own name lead to a box in the visitor's network: its page was taken for a page of the box."""

import pytest
from http_port import http_port

from sophon_report.api.call import Call, Need

CHANGE = "/sophon/v2/face/change"


async def change(_incoming):
    return {}


@pytest.fixture(scope="module")
def port():
    with http_port([Call("POST", CHANGE, Need.WRITE, change)]) as running:
        yield running


def status(port, host):
    """Of a change that a page of ``http://host`` asks of the box that it reached by this name."""
    head = f"POST {CHANGE} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: 0\r\n\r\n"
    return port.say(head.encode()).status


@pytest.mark.parametrize(
    "host", ["evil.example:5555", "10.0.0.5.evil.example", "EVIL.example.", "local.evil.example"]
)
def test_a_name_that_anybody_may_have_registered_is_not_the_boxs(port, host):
    """Though both headers agree."""
    assert status(port, host) == 401


@pytest.mark.parametrize(
    "host", ["10.0.0.5:5555", "[fe80::1]:5555", "[::1]", "localhost:5555", "box", "box.local"]
)
def test_a_page_of_the_box_is_known_by_its_address_or_local_name(port, host):
    """Nobody outside the network gives those away."""
    assert status(port, host) == 200
