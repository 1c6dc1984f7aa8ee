"""Whether a camera will give video, asked before OpenCV opens it, and the reason in words when it will not.

OpenCV opens one video at a time in a process (measured with 5.0: a camera that is silent keeps the others from
opening until its timeout), and tells nothing of why one does not open. So what can be found out is found out here,
where each source waits for itself: an RTSP camera is asked to describe its stream, a web server for its head. Only
a clear answer keeps OpenCV from trying; whatever else is said is left to it.

Who asks shows name and password of the address once, as OpenCV would. Nobody is followed elsewhere: what the
installer typed is opened, and no address that a camera names.
"""

import secrets
from typing import Tuple
from urllib.parse import urlsplit

from sophon_report.errors import Denied, SourceError
from sophon_report.vision.sources.address import Address, read_address
from sophon_report.vision.sources.challenge import credentials
from sophon_report.vision.sources.description import PLAYABLE, control_of, video_of
from sophon_report.vision.sources.question import Answer, Questioner

_FULL = "serves as many viewers as it can: close another one's view, or raise the camera's limit"
_STATUS = {
    403: (
        "refuses (403): the user may not see this stream, or the camera admits certain addresses only",
        "forbidden",
    ),
    404: (
        "has no such stream (404): check the path of the address in the camera's manual",
        "no_such_stream",
    ),
    410: (
        "has this stream no more (410): check the path of the address in the camera's manual",
        "no_such_stream",
    ),
    453: (f"{_FULL} (453)", "full"),
    461: ("does not send in this way (461): try the other transport, tcp or udp", "transport"),
    503: (f"{_FULL} (503)", "full"),
}
_PAGES = ("text/html", "application/xhtml+xml")
_PLAYLISTS = ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "application/dash+xml")


def knock(url: str, timeout_s: float) -> str:
    """Ask what stands behind an address of RTSP or HTTP whether it has video; returns its kind, ``""``: not told.

    Raises:
        SourceError: why it gives none, in words that follow the address.
    """
    address = read_address(url)
    with Questioner(address, timeout_s) as questioner:
        if address.is_http:
            answer = _asked(questioner, address, "GET", address.target or "/")
            _check_status(answer, address)
            _check_page(answer)
            return ""
        answer = _asked(questioner, address, "DESCRIBE", address.bare)
        _check_status(answer, address)
        return _video_in(answer)


def ask_why(url: str, transport: str, timeout_s: float) -> None:
    """Ask an RTSP camera further, which describes a stream that does not come: its setting up may be refused.

    Raises:
        SourceError: why, in words that follow the address; nothing when it would set the stream up.
    """
    address = read_address(url)
    with Questioner(address, timeout_s) as questioner:
        described = _asked(questioner, address, "DESCRIBE", address.bare)
        _check_status(described, address)
        control = control_of(
            described.body.decode("utf-8", "replace"), described.header("content-base") or address.bare
        )
        way = (
            "RTP/AVP/TCP;unicast;interleaved=0-1"
            if transport == "tcp"
            else "RTP/AVP;unicast;client_port=50000-50001"
        )
        answer = _asked(questioner, address, "SETUP", control, f"Transport: {way}")
        if answer.status == 200 and answer.header("session"):
            session = answer.header("session").partition(";")[0]
            _asked(questioner, address, "TEARDOWN", address.bare, f"Session: {session}")
        _check_status(answer, address)


def _asked(questioner: Questioner, address: Address, method: str, target: str, *more: str) -> Answer:
    """The answer to a request, which shows name and password when it is asked for them."""
    answer = questioner.ask(_request(questioner, address, method, target, more))
    if answer.status != 401 or not (address.user or address.password):
        return answer
    shown = credentials(
        answer.headers.get("www-authenticate", []),
        method,
        target,
        address.user,
        address.password,
        secrets.token_hex(8),
    )
    if shown is None:
        raise SourceError(
            "asks for the password in a way that is not spoken: allow Digest with MD5, or Basic, in it",
            "password_way",
        )
    if address.is_http:
        questioner.connect_again()  # a page stands behind the refusal, or the end
    return questioner.ask(_request(questioner, address, method, target, (*more, f"Authorization: {shown}")))


def _request(questioner: Questioner, address: Address, method: str, target: str, more: Tuple[str, ...]) -> str:
    if address.is_http:
        lines = [f"{method} {target} HTTP/1.1", f"Host: {address.place}", "Accept: */*"]
    else:
        lines = [f"{method} {target} RTSP/1.0", f"CSeq: {questioner.asked + 1}"]
        lines += ["Accept: application/sdp"] if method == "DESCRIBE" else []
    return "\r\n".join((*lines, *more))


def _check_status(answer: Answer, address: Address) -> None:
    wanted = "HTTP" if address.is_http else "RTSP"
    if not answer.protocol:
        raise SourceError(f"answers with something that is not {wanted}: check the port", "not_a_camera")
    if answer.protocol != wanted and address.is_http:
        raise SourceError("speaks RTSP there: write rtsp:// in place of http://", "not_a_camera")
    if answer.protocol != wanted:
        raise SourceError(
            "answers with something that is not RTSP but a web server: check the port, mostly 554", "not_a_camera"
        )
    if answer.status == 401:
        if address.user or address.password:
            raise Denied(
                "refuses the user name or the password (401): check both, as the camera has them", "password_wrong"
            )
        raise Denied(
            f"asks for a user name and a password (401): write {address.scheme}://user:password@host/path",
            "password_missing",
        )
    if 300 <= answer.status < 400:
        host = _host_of(answer.header("location"))
        raise SourceError(f"sends on to another address{host}, which is not followed: give that one", "moved")
    if answer.status in _STATUS:
        raise SourceError(*_STATUS[answer.status])


def _video_in(answer: Answer) -> str:
    """Nothing is concluded from an answer without a description: some cameras want to be asked otherwise."""
    sdp = answer.body.decode("utf-8", "replace")
    if answer.status != 200 or "m=" not in sdp:
        return ""
    kind = video_of(sdp)
    if kind is None:
        raise SourceError(
            "has no video at this address, only other media: check the path of the address", "no_video"
        )
    if kind and kind not in PLAYABLE:
        raise SourceError(
            f"sends {_printable(kind)}, which cannot be decoded: set the camera to H.264 or H.265", "codec"
        )
    return kind


def _check_page(answer: Answer) -> None:
    """Refuse what a web server has in place of a stream."""
    kind = answer.header("content-type").partition(";")[0].strip().lower()
    if kind in _PAGES:
        raise SourceError(
            "is a web page and no stream: look for the camera's MJPEG or RTSP address in its manual", "no_video"
        )
    if kind in _PLAYLISTS:
        raise SourceError(
            "is a playlist, whose entries are not followed: use the camera's RTSP address", "no_video"
        )
    if kind.startswith("image/"):
        raise SourceError("is a single picture and no stream: use the camera's MJPEG or RTSP address", "no_video")
    if answer.status >= 400:
        raise SourceError(
            f"refuses ({answer.status}): check the path of the address in the camera's manual", "no_such_stream"
        )


def _host_of(location: str) -> str:
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    return f" ({_printable(host)})" if host else ""


def _printable(text: str) -> str:
    """A word from outside, fit for a log and a page."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:64]
