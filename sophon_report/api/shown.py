"""What a request shows of who sends it: a token in a header, or the page's cookie.

A browser sends the cookie by itself, with every request to the box, whichever page asked for it. So whatever comes
by the cookie and is no look (``GET``, ``HEAD``) must show that the box's own page sent it:

==================  =============================================================================================
``SameSite``        the browser keeps the cookie back from requests of other sites; other ports are the same site
``X-Sophon-Page``   no form can set a header, and no page of another origin may without being asked first; the
                    box answers no such question
``Origin``          where the browser sends it, it is that of the box: scheme, address and port
==================  =============================================================================================

A header with a token goes before the cookie. Under TLS the cookie has a name that browsers take by TLS only, and
for no other host, and that stands beside the one of the plain port: browsers would let neither replace the other.
Pure.
"""

import re
from dataclasses import dataclass, field
from typing import Mapping, Optional

from sophon_report.ops.addresses import is_public_name

COOKIE, SECURE_COOKIE = "sophon_session", "__Host-sophon_session"
PAGE_HEADER = "X-Sophon-Page"
LOOKS = ("GET", "HEAD")
_TOKEN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Shown:
    """A token, and how it came."""

    token: Optional[str] = field(default=None, repr=False)
    by_cookie: bool = False


def shown_by(headers: Mapping[str, str], secure: bool) -> Shown:
    """What a request with these headers shows; ``secure``: it came by TLS."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Shown(token.strip())
    # Not by a library: programs on other ports of the host set cookies too, and one odd one must not hide ours.
    name = SECURE_COOKIE if secure else COOKIE
    for each in headers.get("Cookie", "").split(";"):
        key, _, value = each.strip().partition("=")
        if key == name and _TOKEN.fullmatch(value):
            return Shown(value, by_cookie=True)
    return Shown()


def cookie(token: str, secure: bool) -> str:
    """``Set-Cookie`` that has the browser show ``token`` until it is closed, or the session is over."""
    return f"{_name(secure)}={token}; {_attributes(secure)}"


def no_cookie(secure: bool) -> str:
    """``Set-Cookie`` that takes it away."""
    return f"{_name(secure)}=; Max-Age=0; {_attributes(secure)}"


def is_of_this_origin(headers: Mapping[str, str], secure: bool) -> bool:
    """Whether a page of the box sent it, or no page: the ``Origin``, if any, is the host that is asked.

    By TLS it must be one that came by TLS: without ports in both, that of a plain page of the same host differs in
    nothing else, and whoever sits in between may have written that page.
    """
    origin = headers.get("Origin")
    if origin is None:
        return True
    scheme, _, host = origin.partition("://")
    return bool(host) and host == headers.get("Host", "") and (scheme == "https" or not secure)


def is_of_the_page(method: str, headers: Mapping[str, str], secure: bool) -> bool:
    """Whether a request that came by the cookie may do more than look."""
    return method in LOOKS or (headers.get(PAGE_HEADER) == "1" and is_of_this_origin(headers, secure))


def is_of_no_other_site(headers: Mapping[str, str], secure: bool) -> bool:
    """Whether no page of another site sent it, for requests that show nothing.

    A form on such a page is sent without asking first, from an address that may be trusted. Programs send no
    ``Origin``. By a plain connection a page may have the box's address for a while under a name of its own
    (``is_public_name``); by TLS the certificate tells it.
    """
    if headers.get("Origin") is None:
        return True
    return is_of_this_origin(headers, secure) and (secure or not is_public_name(headers.get("Host", "")))


def may_be_lured(headers: Mapping[str, str], secure: bool) -> bool:
    """Whether a browser may ask for a page that has the box's address under a name of its own.

    With a look it sends no ``Origin`` then: to it the box is that page's own site. No page can keep a browser from
    sending ``Accept-Language``; programs that ask by a name of the network send none.
    """
    return not secure and "Accept-Language" in headers and is_public_name(headers.get("Host", ""))


def _name(secure: bool) -> str:
    return SECURE_COOKIE if secure else COOKIE


def _attributes(secure: bool) -> str:
    return "Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")
