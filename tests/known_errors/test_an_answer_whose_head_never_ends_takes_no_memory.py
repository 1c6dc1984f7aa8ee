"""aiohttp for Python 3.8 kept as many headers as came: a receiver filled 800 MB within the time of one attempt."""

import asyncio
import time

from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.outcome import Retry

BLOCK = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(64))
MOST_BYTES = 64 << 20
"""Far more than all buffers on the way hold."""


def test_an_answer_whose_head_never_ends_takes_no_memory():
    """It is cut off long before the time is over."""
    sent = []

    async def flood(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while len(sent) * len(BLOCK) < MOST_BYTES:
                writer.write(BLOCK)
                await writer.drain()
                sent.append(1)
        except OSError:
            pass
        writer.close()

    async def scenario():
        server = await asyncio.start_server(flood, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        exchange = Exchange(post_session(), url, 60.0, time.time)
        reply = await exchange.post(b"{}", "application/json", "1")
        await exchange.close()
        server.close()
        return reply.outcome

    assert asyncio.run(scenario()) == Retry("the answer is no HTTP")
    assert len(sent) * len(BLOCK) < MOST_BYTES
