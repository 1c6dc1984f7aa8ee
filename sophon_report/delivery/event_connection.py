"""One client of the event port: its configurations, and that it may have no others.

A message that is no good configuration closes the connection with 1008 and a reason that names the key.
"""

from typing import Mapping, Protocol

from websockets.frames import CloseCode, Frame, Opcode

from sophon_report.delivery.ws_connection import Connection, Gate
from sophon_report.errors import BadMessage
from sophon_report.wire.dialects import DIALECTS
from sophon_report.wire.subscription import MESSAGE_KEY, Dialect, Subscription, parse_configuration


class EventGate(Gate, Protocol):
    """What a client of the event port needs of its server."""

    @property
    def default_dialect(self) -> str:
        """For configurations that show none."""

    def subscribed(self, client_id: int, subscription: Subscription) -> None:
        """The client wants this now."""


class AskingConnection(Connection):
    """A connection whose client says in a text message what it wants, and may say otherwise at any time."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate)
        self._message = bytearray()
        self._is_text = True

    def _asks(self, message: bytes) -> None:
        """It wants this now; raises ``BadMessage``, which ends it."""
        raise NotImplementedError

    def _on_frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._message += frame.data
        if frame.fin:
            message = bytes(self._message)
            self._message.clear()
            self._heard(message)

    def _heard(self, message: bytes) -> None:
        assert self.client_id is not None, "frames follow a good handshake only"
        if not self._is_text:
            self._refuse(f"{MESSAGE_KEY}: must be a text message")
            return
        try:
            self._asks(message)
        except BadMessage as error:
            self._refuse(str(error))

    def _refuse(self, reason: str) -> None:
        self._gate.refused("configuration")
        self.close(CloseCode.POLICY_VIOLATION, reason)


class EventConnection(AskingConnection):
    """A connection that gets events once it has said which."""

    dialects: Mapping[str, Dialect] = DIALECTS
    """Those that it may ask for."""

    def __init__(self, gate: EventGate) -> None:
        super().__init__(gate)
        self._events = gate
        self._configured = False

    def _default_dialect(self) -> str:
        return self._events.default_dialect

    def _asks(self, message: bytes) -> None:
        assert self.client_id is not None
        subscription = parse_configuration(message, self.dialects, self._default_dialect())
        self._events.subscribed(self.client_id, subscription)
        devices = None if subscription.device_ids is None else len(subscription.device_ids)
        tell = self._log.debug if self._configured else self._log.info  # thousands a second may follow the first
        tell("client configured", **subscription.choice._asdict(), devices=devices, since=subscription.since)
        self._configured = True
