"""A redirect was followed with the body to any port of the same host, where another program may listen."""

import asyncio
import time

from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.outcome import Pause


def test_a_redirect_to_another_port_gets_no_faces():
    """The destination pauses and says where it was sent to."""
    strangers = []

    async def stranger(reader, writer):
        strangers.append(1)
        writer.close()

    async def scenario():
        other = await asyncio.start_server(stranger, "127.0.0.1", 0)
        port = other.sockets[0].getsockname()[1]

        async def moved(reader, writer):
            await reader.readuntil(b"\r\n\r\n{}")
            head = f"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"
            writer.write(head.encode())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(moved, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        exchange = Exchange(post_session(), url, 30.0, time.time)
        reply = await exchange.post(b"{}", "application/json", "1")
        await exchange.close()
        server.close()
        other.close()
        return reply.outcome, port

    outcome, port = asyncio.run(scenario())
    assert outcome == Pause(f"redirects to another port, {port}")
    assert strangers == []
