"""Name lookups that hold up nobody."""

import asyncio
import socket
import threading

import pytest

from sophon_report.delivery.resolver import LookupFailed, OwnThreadResolver


def test_a_name_is_looked_up_with_its_port():
    """Addresses come in the form the HTTP client wants."""
    (found,) = asyncio.run(OwnThreadResolver().resolve("127.0.0.1", 80, socket.AF_INET))
    assert (found["host"], found["port"], found["hostname"]) == ("127.0.0.1", 80, "127.0.0.1")


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), OSError()])
def test_a_name_that_cannot_be_looked_up_is_an_os_error(error):
    """Of whatever kind the system's own was: the client knows one."""

    def fail(*_, **__):
        raise error

    with pytest.raises(LookupFailed, match=r"^host name not found: "):
        asyncio.run(OwnThreadResolver(fail).resolve("x", 80))


def test_a_lookup_that_hangs_is_left_alone_and_not_doubled():
    """The caller gives up; until the thread is back there is no second one, after that all is well."""
    go = threading.Event()

    def hang(*_, **__):
        go.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]

    async def scenario():
        resolver = OwnThreadResolver(hang)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(resolver.resolve("x", 80), 0.01)
        with pytest.raises(LookupFailed, match="still hangs"):
            await resolver.resolve("x", 80)
        go.set()
        for thread in [thread for thread in threading.enumerate() if thread.name == "lookup x"]:
            thread.join()
        await asyncio.sleep(0)
        (found,) = await resolver.resolve("x", 80)
        assert found["host"] == "10.0.0.1"

    asyncio.run(scenario())
