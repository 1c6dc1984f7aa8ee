"""Who is let in, for both doors: the gate's decision, tokens and sessions behind it, what is told of a refusal.

The HTTP interface asks :meth:`Doorkeeper.refusal` at each call, the event port :meth:`Doorkeeper.answer` at each
handshake and every second after it. Neither a token nor an address with one in it is logged.
"""

import time
from typing import Callable, Dict, Mapping, Optional, Tuple

import orjson
import structlog

from sophon_report.api.call import Need
from sophon_report.api.errors import Refusal, Shape, error_body, refusal_of
from sophon_report.api.gate import Gate
from sophon_report.api.refusals import Refusals
from sophon_report.api.sessions import Sessions
from sophon_report.config import Access
from sophon_report.errors import SophonReportError, StoreError
from sophon_report.model import Role
from sophon_report.ops.addresses import plain_address
from sophon_report.store.tokens import MINUTE_MS, TokenStore

log = structlog.get_logger()


class Doorkeeper:
    """Decides by the settings and tokens of the moment.

    Args:
        access: asked at each decision: it may change.
        tokens: looked into at each call that carries a token.
        is_photo_device: whether an address is that of a registered photo device.
        clock_ms: milliseconds since the epoch.
        sessions: whose token counts as well.
        note: writes a line of the audit.
    """

    def __init__(
        self,
        access: Callable[[], Access],
        tokens: TokenStore,
        is_photo_device: Callable[[str], bool],
        clock_ms: Callable[[], int],
        sessions: Sessions,
        note: Callable[[str, str, str], None],
    ) -> None:
        self._gate = Gate(access, self._role_of, is_photo_device)
        self._looker = Gate(access, self.role, is_photo_device)
        self._tokens, self._clock_ms, self._sessions, self._note = tokens, clock_ms, sessions, note
        self._refusals = Refusals()
        self._noted_ms: Dict[str, int] = {}

    def refusal(self, need: Need, peer: str, token: Optional[str]) -> Optional[Refusal]:
        """``None`` when ``peer`` may do what needs ``need``, else why not; the refusal is counted and told.

        Raises:
            StoreError: whether it is a token cannot be seen now.
        """
        refusal = self._gate.refusal(need, peer, token)
        if refusal is not None:
            self._tell(refusal, need, plain_address(peer))
        return refusal

    def may(self, need: Need, peer: str, token: Optional[str]) -> bool:
        """Whether ``peer`` may do what needs ``need``; that it may not is neither counted nor told."""
        return self._gate.refusal(need, peer, token) is None

    def answer(self, peer: str, token: Optional[str]) -> Optional[Tuple[int, bytes]]:
        """``None`` when ``peer`` may see events, else HTTP status and JSON body of the refusal."""
        try:
            refusal = self.refusal(Need.OPEN, peer, token)
        except SophonReportError as error:
            refusal = refusal_of(error)
        if refusal is None:
            return None
        return refusal.http_status, orjson.dumps(error_body(refusal, Shape.V2))

    def stays(self, need: Need, peer: str, token: Optional[str]) -> Optional[Tuple[int, bytes]]:
        """As :meth:`answer`, of who was let in and is connected still: being asked prolongs no session."""
        try:
            refusal = self._looker.refusal(need, peer, token)
        except SophonReportError as error:
            refusal = refusal_of(error)
        return None if refusal is None else (refusal.http_status, b"")

    @property
    def refused(self) -> Mapping[str, int]:
        """Refusals since the start by what was needed."""
        return self._refusals.counts

    def _tell(self, refusal: Refusal, need: Need, peer: str) -> None:
        times = self._refusals.note(peer, need.value, time.monotonic())
        if times is not None:
            log.warning("call_refused", peer=peer, need=need.value, times=times, reason=str(refusal))
            self._note(peer, "refused", f"needs {need.value}")

    def who(self, token: Optional[str]) -> str:
        """``session:NAME`` or ``token:NAME`` of what a caller showed, ``""`` when it is nobody's.

        Raises:
            StoreError: this cannot be seen now.
        """
        session = self._sessions.find(token) if token is not None else None
        if session is not None:
            return f"session:{session.user}"
        found = self._tokens.find(token) if token is not None else None
        return f"token:{found.name}" if found is not None else ""

    def role(self, token: Optional[str]) -> Optional[Role]:
        """What whoever showed it may do; ``None`` when it is nobody's. Asking is no use. Raises as :meth:`who`."""
        session = self._sessions.look(token) if token is not None else None
        if session is not None:
            return session.role
        found = self._tokens.find(token) if token is not None else None
        return found.role if found is not None else None

    def _role_of(self, text: str) -> Optional[Role]:
        session = self._sessions.find(text)
        if session is not None:
            return session.role
        token = self._tokens.find(text)
        if token is None:
            return None
        self._note_use(token.name)
        return token.role

    def _note_use(self, name: str) -> None:
        """Once a minute and token, so that the disk's sync is rare; what cannot be noted shuts nobody out."""
        now_ms = self._clock_ms()
        if now_ms // MINUTE_MS == self._noted_ms.get(name, -MINUTE_MS) // MINUTE_MS:
            return
        self._noted_ms[name] = now_ms
        try:
            self._tokens.mark_used(name, now_ms)
        except StoreError as error:
            log.warning("use_of_token_not_noted", name=name, reason=str(error))
