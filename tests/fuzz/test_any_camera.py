"""Whatever stands at a camera's address may say anything."""

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophon_report.errors import SourceError
from sophon_report.vision.sources.address import Address, read_address
from sophon_report.vision.sources.challenge import credentials
from sophon_report.vision.sources.description import control_of, video_of
from sophon_report.vision.sources.knock import knock
from sophon_report.vision.sources.question import read_answer

HEADS = st.sampled_from(
    [
        b"RTSP/1.0 200 OK\r\n",
        b"HTTP/1.1 401 No\r\nWWW-Authenticate: ",
        b"RTSP/1.0 ",
        b"RTSP/1.0 302 x\r\nLocation: ",
        b"",
    ]
)
TEXTS = st.one_of(st.text(), st.sampled_from(["m=video", "m=video 0 RTP/AVP 96\r\na=rtpmap:96 ", "a=control:"]))


@given(HEADS, st.binary(max_size=200))
def test_any_answer_is_read(head, rest):
    """As an answer, or as none."""
    answer = read_answer(head + rest)
    assert answer.protocol in ("RTSP", "HTTP", "")
    assert 0 <= answer.status <= 9999


@given(st.lists(TEXTS).map("\n".join), st.text())
def test_any_description_is_read(sdp, base):
    """There is video of some kind, or none; it is asked for somewhere."""
    assert video_of(sdp) is None or isinstance(video_of(sdp), str)
    assert isinstance(control_of(sdp, base), str)


@given(st.lists(st.one_of(st.text(), st.text().map(lambda rest: "Digest " + rest))))
def test_any_challenge_is_answered_or_not(challenges):
    """In one line."""
    shown = credentials(challenges, "GET", "/", "u", "p", "n")
    assert shown is None or shown.startswith(("Basic ", "Digest "))


@given(st.one_of(st.text(), st.text().map(lambda rest: "rtsp://" + rest)))
def test_any_address_is_one_or_is_refused(url):
    """With a host and a port."""
    try:
        address = read_address(url)
    except SourceError:
        return
    assert isinstance(address, Address)
    assert address.host
    assert 0 < address.port < 65_536


@pytest.mark.parametrize(
    "said",
    [
        b"RTSP/1.0 401 No\r\nWWW-Authenticate: Digest\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\nm=video",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 " + b"9" * 100_000,
        b"RTSP/1.0 302 x\r\nLocation: rtsp://[::1\r\n\r\n",
        b"\0" * 100_000,
    ],
)
def test_odd_answers_end_a_knock_within_its_time(said):
    """By a reason, or without one: then the decoder tries."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                try:
                    connection.sendall(said)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
                except OSError:
                    pass  # it knows enough

        thread = threading.Thread(target=answer)
        thread.start()
        why = ""
        try:
            knock(f"rtsp://u:p@127.0.0.1:{listener.getsockname()[1]}/x", 3)
        except SourceError as error:
            why = str(error)
        thread.join(10)
    assert why.isprintable()
