"""With older releases of *websockets* a refusal for want of a place was counted as a bad handshake as well."""

import pytest
from event_port import event_port
from websocket import WebSocketBadStatusException


def test_a_client_without_a_place_is_counted_once():
    """As ``full``, and as nothing else."""
    with event_port(max_clients=1) as port:
        first = port.connect({})  # held: one that is not is closed, and its place is free again
        with pytest.raises(WebSocketBadStatusException, match="503"):
            port.connect()
        stats = port.stats()
        first.close()
    assert (stats.refused_full, stats.refused_handshake) == (1, 0)
