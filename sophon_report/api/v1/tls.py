"""The box's own certificate: shown, brought, made by itself, removed. A key goes in and never comes out."""

from typing import List, Optional, Protocol, Sequence

from pydantic import Field, SecretStr

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Asked, Operation
from sophon_report.api.v1.shapes import Answer, Body, Nothing
from sophon_report.errors import CERTIFICATE_REASONS

PATH = "/tls"
TAGS = ("tls",)
MAX_PEM = 65_536
"""Characters: a dozen certificates."""
USUAL_DAYS = 825
"""Longer ones are refused by some browsers, whoever signed them."""


class CertificateTold(Answer):
    """A certificate as it tells of itself."""

    subject: str
    issuer: str
    names: List[str]
    """Host names and addresses that it is for."""
    not_before_ms: int
    not_after_ms: int
    fingerprint_sha256: str
    """Hexadecimal digits with colons, as browsers show it."""
    key: str
    """Its kind, such as `EC secp256r1`."""
    self_signed: bool
    chain: int
    """Certificates of those that signed it, behind it."""


class TlsPortTold(Answer):
    """A port that speaks TLS."""

    key: str
    """Its setting."""
    port: int
    """As it is set; 0 is none."""
    open: int
    """The one that is open since the start; 0 is none."""
    waits: bool
    """What is set counts from the next start on."""


class TlsState(Answer):
    """The certificate, and where it is shown."""

    certificate: Optional[CertificateTold]
    """Null: there is none, or it cannot be read."""
    problem: str
    """Why it cannot be used; empty when it can."""
    origin: str
    """`none`, `page` (brought or made here) or `file` (named in the settings)."""
    ports: List[TlsPortTold]
    names: List[str]
    """Those of the box, which one that is made here is for when none are given."""


class CertificateBrought(Body):
    """A certificate with its key, both in PEM form."""

    certificate: str = Field(max_length=MAX_PEM)
    """The box's own first, then those that signed it."""
    key: SecretStr = Field(max_length=MAX_PEM)
    """Without a password."""
    port: Optional[int] = Field(None, ge=0, le=65535)
    """Becomes `server.tls_api_port`; 8443 is usual. Left out: that stays as it is."""


class CertificateWanted(Body):
    """A certificate that the box makes and signs itself."""

    names: List[str] = Field(default_factory=list, max_length=64)
    """Host names and addresses that it is for; none: all that the box knows of itself."""
    days: int = Field(USUAL_DAYS, ge=1, le=3650)
    port: Optional[int] = Field(None, ge=0, le=65535)
    """As when one is brought."""


class TlsService(Protocol):
    """Whoever keeps the certificate."""

    async def state(self) -> TlsState:
        """What there is."""

    async def take(self, certificate_pem: str, key_pem: str, port: Optional[int]) -> None:
        """Use these.

        Raises:
            BadCertificate: they cannot be used; nothing is changed.
        """

    async def make(self, names: Sequence[str], days: int, port: Optional[int]) -> None:
        """Make one and use it; raises as :meth:`take`."""

    async def remove(self) -> None:
        """Use none but what the settings file names."""


class TlsCalls:
    """Four operations over one service."""

    def __init__(self, service: TlsService) -> None:
        self._service = service

    def operations(self) -> List[Operation]:
        """All of them."""
        return [
            Operation("GET", PATH, Need.READ, "The certificate of the box", self.get, TlsState, tags=TAGS),
            Operation(
                "POST",
                PATH,
                Need.ADMIN,
                "Use a certificate of yours",
                self.take,
                TlsState,
                body=CertificateBrought,
                tags=TAGS,
                errors=(*CERTIFICATE_REASONS, "UNAVAILABLE"),
                description="Open ports take it up within a second; another port opens at the next start.",
            ),
            Operation(
                "POST",
                PATH + "/self-signed",
                Need.ADMIN,
                "Make a certificate that the box signs itself",
                self.make,
                TlsState,
                body=CertificateWanted,
                tags=TAGS,
                errors=("NAME_UNUSABLE", "UNAVAILABLE"),
                description="Browsers warn of it until somebody trusts it; compare the fingerprint then.",
            ),
            Operation(
                "DELETE",
                PATH,
                Need.ADMIN,
                "Use no certificate but what the settings file names",
                self.remove,
                Nothing,
                tags=TAGS,
                errors=("UNAVAILABLE",),
                description="Without one the TLS ports stay closed from the next start on.",
            ),
        ]

    async def get(self, _asked: Asked) -> TlsState:
        """What there is."""
        return await self._service.state()

    async def take(self, asked: Asked) -> TlsState:
        """Use the certificate of the body."""
        brought: CertificateBrought = asked.body
        await self._service.take(brought.certificate, brought.key.get_secret_value(), brought.port)
        return await self._service.state()

    async def make(self, asked: Asked) -> TlsState:
        """Make one."""
        wanted: CertificateWanted = asked.body
        await self._service.make(wanted.names, wanted.days, wanted.port)
        return await self._service.state()

    async def remove(self, _asked: Asked) -> Nothing:
        """Use none."""
        await self._service.remove()
        return Nothing()
