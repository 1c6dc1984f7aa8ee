"""Destinations as people and programs are shown them: every setting, no secret. Pure."""

from dataclasses import asdict, fields
from typing import Any, Dict, Iterator

from sophon_report.model import Content, Destination, EventFilter, redact_url

MASK = "***"
NAMED_DEVICES = 3
"""More are counted, not named."""
_USUAL = Content()


def row(destination: Destination) -> Dict[str, Any]:
    """Every setting of ``destination``, JSON-ready; passwords, values of headers and signing keys are ``***``."""
    transport = destination.transport
    shown = asdict(destination)
    shown["url"] = redact_url(destination.url)
    shown["transport"]["headers"] = {name: MASK for name, _ in transport.headers}
    shown["transport"]["signing_secrets"] = [MASK for _ in transport.signing_secrets]
    return shown


def terms(destination: Destination) -> str:
    """In a few words what is unusual about it: which events, what of them, in which order; ``""`` for nothing."""
    return "; ".join([*_which(destination.filter), *_what(destination.content), *_how(destination)])


def _which(wanted: EventFilter) -> Iterator[str]:
    count = len(wanted.device_ids)
    if count:
        yield f"{count} devices" if count > NAMED_DEVICES else "only " + ", ".join(wanted.device_ids)
    if wanted.user_types:
        yield "only " + ", ".join(kind.value for kind in wanted.user_types)
    if wanted.min_score_pct:
        yield f"score from {wanted.min_score_pct:g}"


def _what(content: Content) -> Iterator[str]:
    unusual = [each.name for each in fields(Content) if getattr(content, each.name) != getattr(_USUAL, each.name)]
    for word, told in (("without", False), ("with", True)):
        names = [name for name in unusual if getattr(content, name) is told]
        if names:
            yield f"{word} " + ", ".join(names)


def _how(destination: Destination) -> Iterator[str]:
    transport = destination.transport
    if destination.in_flight > 1:
        yield f"{destination.in_flight} in flight"
    if transport.gzip:
        yield "gzip"
    if transport.signing_secrets:
        yield "signed"
