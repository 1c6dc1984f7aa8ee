"""The page: its files as the browser gets them, all from the package and none from elsewhere.

``/`` is the one document; everything it needs lies under ``/page/<digest>/``, where the digest is of all files. So
a browser keeps them for a year, and asks for others as soon as one has changed. The document is told the language
and the colours that its reader chose (cookies), or the language that the browser prefers.

Over a slow link the number of files counts. So the document says at once which modules will be needed and brings
its first texts along, the styles are one file, and who has no session sees the login before any module is there:
``login.html``, whose place the page takes with what was typed into it.

Texts are sent compressed, which is done once, when a file is first asked for.
"""

import gzip
import hashlib
import posixpath
import re
from dataclasses import dataclass
from html import escape
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence

import orjson
from aiohttp import web

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.shown import shown_by
from sophon_report.errors import NotFound

WEB = Path(__file__).resolve().parents[1] / "web"
ROOT = "/page"
KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
STYLES = ("look/tokens.css", "look/layout.css", "look/parts.css")
"""One after the other they are ``look.css``."""
LOGIN, INSIDE = "screens/login.js", "screens/live.js"
"""What is opened first without a session, and with one."""
FIRST_TEXTS = ("page", "login")
LANGUAGES = ("en", "zh")
THEMES = ("light", "dark")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
GUARDS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
KEPT = "public, max-age=31536000, immutable"

_PLACE = re.compile(r"\{\{([\w.]+)\}\}")
_IMPORT = re.compile(r"""^(?:import|export)\b(?:[^"';=(]*?\bfrom)?\s*["']([^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class PageFile:
    """One file of the page."""

    content: bytes
    kind: str


class PageFiles:
    """The files under ``folder``, read once."""

    def __init__(self, folder: Path = WEB) -> None:
        self._files: Dict[str, PageFile] = {
            path.relative_to(folder).as_posix(): PageFile(path.read_bytes(), KINDS[path.suffix])
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in KINDS
        }
        self._files["look.css"] = PageFile(b"".join(self._files[name].content for name in STYLES), "text/css")
        self.root = f"{ROOT}/{_digest(self._files)}"
        self._small: Dict[str, bytes] = {}

    def calls(self) -> List[Call]:
        """The document and its files; both are for anyone, since a login is one of them."""
        one = f"{ROOT}/{{digest}}/{{file:.+}}"
        return [
            Call("GET", "/", Need.ANYONE, self._document, raw=True),
            Call("GET", one, Need.ANYONE, self._file, raw=True),
        ]

    async def _document(self, incoming: Incoming) -> web.Response:
        headers = incoming.message.headers
        cookies = _cookies(headers.get("Cookie", ""))
        language, theme = _language(cookies, headers.get("Accept-Language", "")), cookies.get("sophon_theme", "")
        is_inside = shown_by(headers, incoming.secure).by_cookie
        name = f"index.html {language} {theme if theme in THEMES else ''} {is_inside}"
        content = self._index(language, theme, is_inside)
        return self._answer(name, PageFile(content, "text/html"), headers, "no-cache")

    async def _file(self, incoming: Incoming) -> web.Response:
        name = incoming.path["file"]
        found = self._files.get(name)
        if found is None:
            raise NotFound("the page has no such file")
        # A page that was left open over an update asks for a former one: it gets what there is, not to be kept.
        kept = KEPT if self.root == f"{ROOT}/{incoming.path['digest']}" else "no-store"
        return self._answer(name, found, incoming.message.headers, kept)

    def _answer(self, name: str, file: PageFile, headers: Mapping[str, str], kept: str) -> web.Response:
        told = {**GUARDS, "Cache-Control": kept, "Vary": "Accept-Encoding, Accept-Language, Cookie"}
        body = file.content
        if "gzip" in headers.get("Accept-Encoding", ""):
            if name not in self._small:
                self._small[name] = gzip.compress(file.content, 9, mtime=0)
            body, told["Content-Encoding"] = self._small[name], "gzip"
        return web.Response(body=body, headers=told, content_type=file.kind, charset="utf-8")

    def _index(self, language: str, theme: str, is_inside: bool) -> bytes:
        needed = self._needed(["main.js", INSIDE if is_inside else LOGIN])
        texts: Dict[str, str] = {}
        for area in FIRST_TEXTS:
            texts.update(orjson.loads(self._files[f"texts/{language}/{area}.json"].content))
        values = {
            "language": language,
            "theme": f' data-theme="{theme}"' if theme in THEMES else "",
            "root": self.root,
            "preload": "\n".join(f'<link rel="modulepreload" href="{self.root}/{name}">' for name in needed),
            # "</" would end the element that they stand in.
            "texts": orjson.dumps(texts).decode().replace("</", "<\\/"),
            "first": "" if is_inside else self._filled("login.html", {k: escape(v) for k, v in texts.items()}),
        }
        return self._filled("index.html", values).encode()

    def _filled(self, name: str, values: Mapping[str, str]) -> str:
        return _PLACE.sub(lambda place: values[place[1]], self._files[name].content.decode())

    def _needed(self, modules: Sequence[str]) -> List[str]:
        """``modules`` and all that they import, each once."""
        found: Dict[str, None] = {}
        waiting = list(modules)
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found[name] = None
                targets = _IMPORT.findall(self._files[name].content.decode())
                waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), each)) for each in targets]
        return list(found)


def _digest(files: Mapping[str, PageFile]) -> str:
    total = hashlib.sha256()
    for name, file in files.items():
        total.update(f"{name}\0{len(file.content)}\0".encode() + file.content)
    return total.hexdigest()[:16]


def _cookies(header: str) -> Mapping[str, str]:
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(header[:4096])
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in cookies.items()}


def _language(cookies: Mapping[str, str], accepted: str) -> str:
    chosen = cookies.get("sophon_language", "")
    return chosen if chosen in LANGUAGES else preferred(accepted) or LANGUAGES[0]


def preferred(accepted: str) -> Optional[str]:
    """The language of the page that an ``Accept-Language`` likes best; ``None`` when it names none of them."""
    best, best_weight = None, 0.0
    for part in accepted[:1024].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        try:
            weight = float(parameter.strip().partition("q=")[2] or 1)
        except ValueError:
            continue
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best
