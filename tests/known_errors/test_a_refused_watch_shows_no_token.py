"""``watch`` told a refusal in the words of its library, with the address and the token in it."""

import asyncio

from event_port import event_port

from sophon_report.watch import watch


def test_a_refused_watch_shows_no_token():
    """It says what is wanted instead."""
    lines = []

    async def story(url):
        said = asyncio.get_running_loop().create_future()

        def say(line):
            lines.append(line)
            if not said.done():
                said.set_result(None)

        watching = asyncio.ensure_future(watch(url, say=say))
        await said
        watching.cancel()

    with event_port(admit=lambda _peer, _token: (401, b"{}")) as port:
        asyncio.run(story(port.url + "/?token=secret"))
    assert lines == ["no connection: the service wants a token that it knows, as in ws://HOST:PORT/?token=TOKEN"]
