"""Takes secrets and people out of texts. Pure.

Three nets, one behind the other, since none is sure alone:

1. What a source tells is chosen: it leaves secrets and people out by itself.
2. What is known to be secret on this box (passwords in addresses, values of headers, signing keys, the licence)
   and who is registered is looked for letter by letter, secrets in base64 and percent-encoded too.
3. What looks like a secret goes wherever it stands: userinfo and queries of addresses, keys in PEM, bearer tokens,
   long runs of hexadecimal digits.

Masking too much is the lesser fault.
"""

import base64
import re
from typing import Any, Dict, Iterable, Iterator, List, Set, Tuple
from urllib.parse import quote, quote_plus, unquote, urlsplit

MASK, PERSON = "***", "(person)"
SHORTEST_SECRET = 4
"""Shorter ones are found by what stands around them alone: elsewhere they are in every text."""
SHORTEST_NAME = 2
LONGEST_PLAIN_NUMBER = 4
"""An id of so many digits is in every text."""
MAX_WORDS = 6
"""Of a name."""

_PATTERNS: Tuple[Tuple["re.Pattern[str]", str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    # To the last @ of the word: a password may hold any sign.
    (re.compile(r"(?P<kept>\b[a-z][a-z0-9+.-]*://)[^\s/\"'<>]*\S*@", re.IGNORECASE), rf"\g<kept>{MASK}@"),
    (re.compile(r"(?P<kept>\b[a-z][a-z0-9+.-]*://[^\s?\"'<>]*\?)[^\s\"'<>]+", re.IGNORECASE), rf"\g<kept>{MASK}"),
    (re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), MASK),
    (re.compile(r"(?P<kept>\b(bearer|basic|digest)\s+)[^\s\"'<>,]{6,}", re.IGNORECASE), rf"\g<kept>{MASK}"),
    (
        re.compile(
            r"(?P<kept>(pass(word|wd|phrase)?|pwd|secret|token|api[_-]?key|licen[cs]e_key|authorization|cookie)"
            r"[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&}\]]+",
            re.IGNORECASE,
        ),
        rf"\g<kept>{MASK}",
    ),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{64,}(?![0-9a-f])", re.IGNORECASE), MASK),
)
_WORD = re.compile(r"[^\s\"'<>,;:=()\[\]{}|/\\]+")


class Mask:
    """Masks texts.

    Args:
        secrets: known ones.
        people: names and ids of those who are registered; empty: people are left in.
    """

    def __init__(self, secrets: Iterable[str], people: Iterable[str] = ()) -> None:
        wanted = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        # Longer ones first: one may be the beginning of another.
        ordered = sorted(wanted, key=lambda each: (-len(each), each))
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._people: Dict[str, Set[Tuple[str, ...]]] = {}
        for name in people:
            words = tuple(_WORD.findall(name))[:MAX_WORDS]
            if words and _is_telling(words):
                self._people.setdefault(words[0], set()).add(words)

    def text(self, text: str) -> str:
        """``text`` without them."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return self._without_people(text) if self._people else text

    def value(self, value: Any) -> Any:
        """The same of all texts in a JSON-ready value, in keys of objects too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self._of_key(str(key), each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        return value

    def _of_key(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and value and is_secret_key(key):
            return MASK
        return self.value(value)

    def _without_people(self, text: str) -> str:
        words = list(_WORD.finditer(text))
        pieces: List[str] = []
        at = index = 0
        while index < len(words):
            count = self._name_at(words, index)
            if count:
                pieces += (text[at : words[index].start()], PERSON)
                at = words[index + count - 1].end()
            index += count or 1
        return "".join((*pieces, text[at:]))

    def _name_at(self, words: List["re.Match[str]"], index: int) -> int:
        """Of how many words the longest name that begins there is; 0: none does."""
        names = self._people.get(words[index][0], ())
        return max((len(name) for name in names if _reads(words, index, name)), default=0)


def _reads(words: List["re.Match[str]"], index: int, name: Tuple[str, ...]) -> bool:
    return tuple(word[0] for word in words[index : index + len(name)]) == name


def _is_telling(words: Tuple[str, ...]) -> bool:
    whole = "".join(words)
    return len(whole) >= SHORTEST_NAME and not (whole.isdigit() and len(whole) <= LONGEST_PLAIN_NUMBER)


def is_secret_key(key: str) -> bool:
    """Whether the value under such a name is none of anybody's business."""
    return (
        re.search(r"pass(word|wd|phrase)|secret|token$|licen[cs]e_key|authorization|cookie", key, re.IGNORECASE)
        is not None
    )


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, and as texts carry it."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
    for padded in range(3):
        # Within a longer text the letters of its base64 depend on where it begins: these are the sure ones.
        coded = base64.b64encode(b"\0" * padded + secret.encode("utf-8", "replace")).decode().rstrip("=")
        sure = coded[(0, 2, 3)[padded] : len(coded) - 1]
        if len(sure) >= SHORTEST_SECRET + 2:
            yield sure


def secrets_of_url(url: str) -> Iterator[str]:
    """What in an address opens a door: the password, every value of its query."""
    login = re.match(r"[a-z][a-z0-9+.-]*://(?P<user>[^\s:/@]*):(?P<password>\S*)@", url, re.IGNORECASE)
    if login:
        yield from (login["password"], unquote(login["password"]), f"{login['user']}:{login['password']}")
    try:
        query = urlsplit(url).query
    except ValueError:
        return
    for pair in re.split(r"[&;]", query):
        value = pair.partition("=")[2]
        yield from (value, unquote(value))
