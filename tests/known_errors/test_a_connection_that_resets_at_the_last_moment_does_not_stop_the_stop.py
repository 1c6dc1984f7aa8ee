"""The port's end broke off with ENOTCONN at a connection that had just been reset before its handshake."""

import socket
import struct

from event_port import closed_with, event_port


def test_a_connection_that_resets_at_the_last_moment_does_not_stop_the_stop():
    """It is passed over; the client behind it is told that the service stops."""
    with event_port() as port:
        resetting = socket.create_connection(("127.0.0.1", port.server.port))
        resetting.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        staying = port.connect({})

        def reset_and_stop():
            resetting.close()
            return port.server.stop(0.2)

        port.call(reset_and_stop)
        assert closed_with(staying) == (1001, "the service stops")
