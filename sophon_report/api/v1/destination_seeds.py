"""What a destination that a caller describes may say, and what of a former one it leaves as it was."""

from dataclasses import replace
from pathlib import Path
from typing import Optional, Tuple
from urllib.parse import urlsplit

from sophon_report.api.destination_rows import MASK
from sophon_report.api.errors import Refusal, WrongField
from sophon_report.config import DestinationSeed
from sophon_report.delivery.reach import Reach
from sophon_report.errors import LayoutError, NotFound
from sophon_report.model import Destination, redact_url
from sophon_report.wire import layouts

FILES = ("ca_file", "client_cert_file", "client_key_file")


class SeedRules:
    """What callers may set.

    Args:
        import_folder: where certificates lie that may be named.
        reach: where may be posted to.
    """

    def __init__(self, import_folder: Path, reach: Reach) -> None:
        self._import_folder, self._reach = import_folder, reach

    def checked(self, seed: DestinationSeed, former: Optional[Destination] = None) -> DestinationSeed:
        """``seed`` with whole paths of its files; what ``former`` says already it may say.

        Raises:
            Refusal: which field, and why.
        """
        try:
            layouts.find(seed.layout)
        except (NotFound, LayoutError) as error:
            raise wrong("layout", str(error)) from None
        is_new = former is None or seed.url not in (former.url, redact_url(former.url))
        why = self._reach.refusal_of_url(seed.url) if is_new else None
        if why is not None:
            raise Refusal("ADDRESS_REFUSED", f"url: {why}", [WrongField(why, pointer="#/url")])
        root, whole = self._import_folder.resolve(), {}
        for name in FILES:
            file = getattr(seed, name)
            was = getattr(former.transport, name) if former else ""
            if not file or file == was:
                continue
            place = _place(root, file, name)
            if root not in place.parents:
                raise wrong(
                    name, f"must be a file inside {self._import_folder}; others are named in the settings file"
                )
            whole[name] = str(place)
        return seed.model_copy(update=whole)


def _place(root: Path, file: str, name: str) -> Path:
    try:
        return (root / file).resolve()
    except (OSError, RuntimeError, ValueError):
        raise wrong(name, "is no name of a file") from None


def with_former(seed: DestinationSeed, former: Destination) -> Destination:
    """What the seed says, with the place, the pause and the unspoken secrets of the former.

    Raises:
        Refusal: it wants secret headers sent to another host: whoever does not know them would read them there.
    """
    wanted, given, known = seed.destination(0), seed.model_fields_set, dict(former.transport.headers)
    headers: Tuple[Tuple[str, str], ...] = former.transport.headers
    if "headers" in given:
        headers = tuple(
            (name, known.get(name, value) if value == MASK else value) for name, value in wanted.transport.headers
        )
    unspoken = {*headers} & {*former.transport.headers} - {*wanted.transport.headers}
    if unspoken and _host(wanted.url) != _host(former.url):
        raise wrong("headers", f"must be given anew, and not as {MASK}: the address is of another host")
    kept = wanted.transport.signing_secrets if "signing_secrets" in given else former.transport.signing_secrets
    url = former.url if wanted.url == redact_url(former.url) else wanted.url
    transport = replace(wanted.transport, headers=headers, signing_secrets=kept)
    return replace(
        wanted,
        url=url,
        start_seq=former.start_seq,
        paused=former.paused,
        origin=former.origin,
        transport=transport,
    )


def _host(url: str) -> Tuple[str, str]:
    """Whom an address reaches, without who asks."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()


def wrong(name: str, problem: str) -> Refusal:
    """The refusal of one field."""
    return Refusal("INVALID_ARGUMENTS", f"{name} {problem}", [WrongField(problem, pointer=f"#/{name}")])
