"""Who gets which event, and what is let go when a client cannot follow. Decides only: no socket, no clock.

The promise:

- Nothing is handed out for a client before it has subscribed.
- Each event is encoded and framed once per distinct (dialect, face, register) choice; every client of that
  choice gets the same bytes object.
- A client gets its events in order. One that cannot take more (*paused*) collects them; over
  ``client_buffer_bytes`` its oldest go first, and are counted.
- All clients together hold at most ``all_clients_buffer_bytes``; over it the fullest lose their oldest first, so
  that a stuck client pays and one that is only a little late does not. Shared frames count for each client.
- A client whose unsent bytes have not moved for ``client_stall_s`` is named by :meth:`Hub.stalled`.

::

    publish ──► not paused: handed out at once
           └──► paused: deque, bounded ──► next_frame() after resume()

A client that is not paused has nothing queued. One that catches up with the past is *held*: ``publish`` passes it
over, and :meth:`Hub.tell` gives it one event after the other (see ``resume``).

What a publish costs: the clients that want the event, however many others there are. Clients stand under the
devices they asked for; those that asked for no device stand in a list of their own.
"""

import heapq
from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import Deque, Dict, List, Mapping, NamedTuple, Optional, Tuple

from sophon_report.config import Compat, Server
from sophon_report.model import Recognition
from sophon_report.wire.dialects import ALL_DIALECTS, after_a_gap
from sophon_report.wire.frames import text_frame
from sophon_report.wire.subscription import Choice, Subscription


@dataclass(frozen=True)
class ClientRow:
    """One connected client, as it stands."""

    client_id: int
    peer: str
    since_ms: int
    """When it connected, UTC."""
    dialect: str
    """``""`` before its configuration."""
    with_face: bool
    with_register: bool
    device_ids: Optional[Tuple[str, ...]]
    """As the client gave them; ``None`` for no list, which means all."""
    queued_events: int
    queued_bytes: int
    sent: int
    """Events handed to its connection."""
    dropped: int
    """Events let go because it could not follow."""
    last_seq: int = 0
    """Number of the last event handed to its connection that had one; 0 for none."""
    lag_ms: int = 0
    """Age of the oldest event that the system has not taken for it; 0 when there is none."""
    catching_up: bool = False
    """It asked for the past, and is not through with it."""


@dataclass(frozen=True)
class HubStats:
    """Counters since the start, of clients that have left too."""

    clients: Tuple[ClientRow, ...]
    published: int
    encoded: int
    sent: int
    dropped: int
    queued_bytes: int


class Waiting(NamedTuple):
    """An event that a client is still to get."""

    frame: bytes
    seq: int
    at_ms: int
    """When it came up, of a clock that never jumps."""


class _Client:
    __slots__ = (
        *(
            "client_id",
            "peer",
            "since_ms",
            "subscription",
            "paused",
            "frames",
            "queued_bytes",
            "sent",
            "sent_bytes",
        ),
        *("dropped", "delivered_bytes", "moved_ms", "last_seq", "held"),
    )

    def __init__(self, client_id: int, peer: str, since_ms: int) -> None:
        self.client_id = client_id
        self.peer = peer
        self.since_ms = since_ms
        self.subscription: Optional[Subscription] = None
        self.paused = False
        self.held = False
        self.frames: Deque[Waiting] = deque()
        self.queued_bytes = 0
        self.sent = 0
        self.sent_bytes = 0
        self.dropped = 0
        self.delivered_bytes = 0
        self.moved_ms: Optional[int] = None
        self.last_seq = 0

    def count_sent(self, size_bytes: int, seq: int) -> None:
        self.sent += 1
        self.sent_bytes += size_bytes
        self.last_seq = seq or self.last_seq

    def row(self) -> ClientRow:
        wish = self.subscription or Subscription("")
        return ClientRow(
            client_id=self.client_id,
            peer=self.peer,
            since_ms=self.since_ms,
            dialect=wish.dialect,
            with_face=wish.with_face,
            with_register=wish.with_register,
            device_ids=None if wish.device_ids is None else tuple(sorted(wish.device_ids)),
            queued_events=len(self.frames),
            queued_bytes=self.queued_bytes,
            sent=self.sent,
            dropped=self.dropped,
            last_seq=self.last_seq,
            catching_up=self.held,
        )


_Group = Dict[Choice, Dict[_Client, None]]
"""Clients that want the same events, by the bytes they want of them."""


def _remove(group: _Group, choice: Choice, client: _Client) -> None:
    del group[choice][client]
    if not group[choice]:
        del group[choice]


class Hub:
    """The clients of the event stream, what each wants, and what each still has to get."""

    def __init__(self, settings: Server, compat: Compat = Compat()) -> None:  # noqa: B008 - frozen
        self._settings, self._compat = settings, compat
        self._clients: Dict[int, _Client] = {}
        self._last_id = 0
        self._of_all: _Group = {}
        self._of_device: Dict[str, _Group] = {}
        self._behind: Dict[int, _Client] = {}
        """Those that have something queued."""
        self._queued_bytes = 0
        self._published = self._encoded = self._sent = self._dropped = 0

    def __len__(self) -> int:
        return len(self._clients)

    def apply(self, settings: Server, compat: Compat) -> None:
        """Go by other bounds and readings from now on; what is over the bounds goes with the next event."""
        for client in self._clients.values():
            self._unindex(client)
        self._settings, self._compat = settings, compat
        for client in self._clients.values():
            self._index(client)

    def join(self, peer: str, since_ms: int) -> int:
        """Take in a client that has not asked for anything yet; returns its id, never used twice."""
        self._last_id += 1
        self._clients[self._last_id] = _Client(self._last_id, peer, since_ms)
        return self._last_id

    def leave(self, client_id: int) -> ClientRow:
        """Let a client go with all it had waiting; returns how it stood."""
        client = self._clients.pop(client_id)
        self._unindex(client)
        self._behind.pop(client_id, None)
        self._queued_bytes -= client.queued_bytes
        return client.row()

    def subscribe(self, client_id: int, subscription: Subscription) -> None:
        """Set what a client gets from the next event on; replaces the former wish whole, held or not."""
        self._set(client_id, subscription, held=False)

    def hold(self, client_id: int, subscription: Subscription) -> None:
        """Set what a client wants, and leave it out of :meth:`publish` until it subscribes.

        What waits for it goes: it is part of the past, told anew if the client asked for it.
        """
        self._set(client_id, subscription, held=True)
        client = self._clients[client_id]
        while client.frames:
            self._take_oldest(client)

    def _set(self, client_id: int, subscription: Subscription, held: bool) -> None:
        client = self._clients[client_id]
        self._unindex(client)
        client.subscription, client.held = subscription, held
        self._index(client)

    def tell(self, client_id: int, recognition: Recognition, gone: bool) -> Optional[bytes]:
        """The frame of an event for one client that is held and not paused; ``None`` for one it does not want.

        Args:
            client_id: whose choice and devices count.
            recognition: the event.
            gone: say in it that something before it is gone.
        """
        client = self._clients[client_id]
        wish = client.subscription
        assert wish is not None
        assert not client.paused
        device_ids = wish.devices(self._compat)
        if device_ids is not None and recognition.device.device_id not in device_ids:
            return None
        body = self._encode(recognition, wish.choice)
        frame = text_frame(after_a_gap(body) if gone else body)
        client.count_sent(len(frame), recognition.seq)
        self._sent += 1
        return frame

    def publish(self, recognition: Recognition, now_ms: int = 0) -> List[Tuple[bytes, List[int]]]:
        """Take in an event; returns each frame with the ids of the clients that can be sent it at once.

        Args:
            recognition: the event.
            now_ms: of a clock that never jumps; tells how old what waits is.
        """
        self._published += 1
        now: List[Tuple[bytes, List[int]]] = []
        of_device = self._of_device.get(recognition.device.device_id, {})
        seq = recognition.seq
        for choice in {**self._of_all, **of_device}:
            frame = text_frame(self._encode(recognition, choice))
            size_bytes = len(frame)
            ready: List[int] = []
            for client in chain(self._of_all.get(choice, ()), of_device.get(choice, ())):
                if client.paused:
                    self._keep(client, Waiting(frame, seq, now_ms))
                else:
                    client.count_sent(size_bytes, seq)
                    ready.append(client.client_id)
            self._sent += len(ready)
            now.append((frame, ready))
        self._shed()
        return now

    def _encode(self, recognition: Recognition, choice: Choice) -> bytes:
        self._encoded += 1
        encode = ALL_DIALECTS[choice.dialect].encode
        return encode(recognition, choice.with_face, choice.with_register, self._compat)

    def pause(self, client_id: int) -> None:
        """The client's connection takes no more for now."""
        self._clients[client_id].paused = True

    def resume(self, client_id: int) -> None:
        """The client's connection takes more: ask :meth:`next_frame` until it has none."""
        self._clients[client_id].paused = False

    def is_paused(self, client_id: int) -> bool:
        """Whether the client's connection takes no more for now."""
        return self._clients[client_id].paused

    def next_frame(self, client_id: int) -> Optional[Waiting]:
        """The oldest unsent event, handed over; ``None`` when there is none or the client is paused."""
        client = self._clients[client_id]
        if client.paused or not client.frames:
            return None
        oldest = self._take_oldest(client)
        client.count_sent(len(oldest.frame), oldest.seq)
        self._sent += 1
        return oldest

    def queued_events(self, client_id: int) -> int:
        """How many events wait for the client."""
        return len(self._clients[client_id].frames)

    def queued_bytes(self, client_id: int) -> int:
        """How long they are together."""
        return self._clients[client_id].queued_bytes

    def dropped(self, client_id: int) -> int:
        """How many events the client has lost."""
        return self._clients[client_id].dropped

    def stalled(self, unsent: Mapping[int, int], now_ms: int) -> List[int]:
        """Clients whose unsent bytes have not moved for ``client_stall_s``; to be asked about once a second.

        Args:
            unsent: for each client, the bytes its connection has taken and not yet given to the system.
            now_ms: of a clock that never jumps.
        """
        stall_ms = self._settings.client_stall_s * 1000
        return [
            client.client_id
            for client in self._clients.values()
            if now_ms - self._moved_ms(client, unsent.get(client.client_id, 0), now_ms) >= stall_ms
        ]

    def stats(self) -> HubStats:
        """Counters and one row per client."""
        return HubStats(
            clients=tuple(client.row() for client in self._clients.values()),
            published=self._published,
            encoded=self._encoded,
            sent=self._sent,
            dropped=self._dropped,
            queued_bytes=self._queued_bytes,
        )

    def _index(self, client: _Client) -> None:
        subscription = client.subscription
        if subscription is None or client.held:
            return
        device_ids = subscription.devices(self._compat)
        if device_ids is None:
            self._of_all.setdefault(subscription.choice, {})[client] = None
        for device_id in device_ids or ():
            self._of_device.setdefault(device_id, {}).setdefault(subscription.choice, {})[client] = None

    def _unindex(self, client: _Client) -> None:
        subscription = client.subscription
        if subscription is None or client.held:
            return
        device_ids = subscription.devices(self._compat)
        if device_ids is None:
            _remove(self._of_all, subscription.choice, client)
        for device_id in device_ids or ():
            group = self._of_device[device_id]
            _remove(group, subscription.choice, client)
            if not group:
                del self._of_device[device_id]

    def _keep(self, client: _Client, waiting: Waiting) -> None:
        client.frames.append(waiting)
        client.queued_bytes += len(waiting.frame)
        self._queued_bytes += len(waiting.frame)
        self._behind[client.client_id] = client
        while client.queued_bytes > self._settings.client_buffer_bytes:
            self._drop_oldest(client)

    def _shed(self) -> None:
        """Bring all clients together under their bound, each step at the cost of the fullest."""
        if self._queued_bytes <= self._settings.all_clients_buffer_bytes:
            return
        fullest = [(-client.queued_bytes, client.client_id) for client in self._behind.values()]
        heapq.heapify(fullest)
        while self._queued_bytes > self._settings.all_clients_buffer_bytes:
            client = self._clients[fullest[0][1]]
            self._drop_oldest(client)
            heapq.heapreplace(fullest, (-client.queued_bytes, client.client_id))

    def _drop_oldest(self, client: _Client) -> None:
        self._take_oldest(client)
        client.dropped += 1
        self._dropped += 1

    def _take_oldest(self, client: _Client) -> Waiting:
        oldest = client.frames.popleft()
        client.queued_bytes -= len(oldest.frame)
        self._queued_bytes -= len(oldest.frame)
        if not client.frames:
            del self._behind[client.client_id]
        return oldest

    def _moved_ms(self, client: _Client, unsent_bytes: int, now_ms: int) -> int:
        """When something of the client last went to the system; now, when nothing waits."""
        delivered = client.sent_bytes - unsent_bytes
        waits = unsent_bytes > 0 or bool(client.frames)
        if not waits or client.moved_ms is None or delivered != client.delivered_bytes:
            client.moved_ms = now_ms
        client.delivered_bytes = delivered
        return client.moved_ms
