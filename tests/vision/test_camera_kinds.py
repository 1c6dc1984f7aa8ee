"""Every kind of camera that is spoken with, by real streams on real sockets, and why one gives nothing."""

import socket
import ssl
import threading

import cv2
import numpy as np
import pytest
from films import coded
from trustme import CA

from sophon_report.errors import SourceError
from sophon_report.model import Device, DeviceType
from sophon_report.testing import Behaviour, HttpCamera, RtspCamera
from sophon_report.vision.sources.capture import opener

open_capture = opener(4000, 4000)
JPEGS = [cv2.imencode(".jpg", np.full((48, 64, 3), shade, np.uint8))[1].tobytes() for shade in range(0, 250, 5)]
ODD_JPEGS = [cv2.imencode(".jpg", np.full((241, 321), shade, np.uint8))[1].tobytes() for shade in range(0, 250, 5)]


def at(url, **more):
    return Device("c", "camera", DeviceType.RTSP, url, **more)


def seen(device, count=5):
    """Codec and pictures."""
    capture = open_capture(device)
    try:
        return capture.codec, [capture.read()[1].bgr() for _ in range(count)]
    finally:
        capture.close()


def why(url, **more):
    with pytest.raises(SourceError) as refused:
        seen(at(url, **more))
    return str(refused.value)


@pytest.mark.parametrize(
    ("codec", "told", "transport", "pixels", "size"),
    [
        ("h264", "h264", "tcp", "yuv420p", (320, 240)),
        ("h264", "h264", "udp", "yuv444p", (321, 241)),
        ("h265", "hevc", "tcp", "yuv420p10le", (320, 240)),
        ("h265", "hevc", "udp", "gray", (330, 242)),
    ],
)
def test_coded_films_come_over_tcp_and_udp(codec, told, transport, pixels, size):
    """H.264 and H.265, also with ten bits, without colour and of odd sides: pictures in blue, green and red."""
    with RtspCamera(coded(codec, *size, pixels)) as camera:
        found, pictures = seen(at(camera.url(), transport=transport))
    assert found == told
    assert camera.transports == [transport]
    assert {picture.shape for picture in pictures} == {(size[1], size[0], 3)}
    square = pictures[-1][45:75].reshape(-1, 3).max(axis=0)
    assert square[2] > 180 if pixels == "gray" else square[2] > square[0] + 50


def test_cameras_over_tcp_and_udp_stand_beside_each_other():
    """Each in its own way, whichever is opened after the other."""
    with RtspCamera(JPEGS) as one, RtspCamera(JPEGS) as other:
        for _ in range(2):
            seen(at(one.url(), transport="udp"), 1)
            seen(at(other.url()), 1)
    assert (one.transports, other.transports) == (["udp"] * 2, ["tcp"] * 2)


def test_a_password_goes_by_digest_as_well():
    """Shown to the camera by whom asks first, and by the decoder."""
    with RtspCamera(JPEGS, credentials=("admin", "a/b"), digest=True) as camera:
        assert len(seen(at(camera.url(("admin", "a%2Fb"))))[1]) == 5


@pytest.mark.parametrize("digest", [False, True])
def test_motion_jpeg_comes_over_http(digest):
    """With a password in the address; a grey picture of odd sides is as good."""
    with HttpCamera(ODD_JPEGS, credentials=("admin", "p@w"), digest=digest) as camera:
        codec, pictures = seen(at(camera.url(login="admin:p%40w@")))
    assert codec == "mjpg"
    assert {picture.shape for picture in pictures} == {(241, 321, 3)}


def test_motion_jpeg_comes_over_tls():
    """Cameras sign their certificates themselves: none is verified."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA().issue_cert("camera.example").configure_cert(context)
    with HttpCamera(JPEGS, tls=context) as camera:
        assert len(seen(at(camera.url()))[1]) == 5


class TlsInFront:
    """Takes TLS off and hands on what is inside."""

    def __init__(self, context, port):
        self._context, self._port = context, port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                plain, _ = self._listener.accept()
                outside = self._context.wrap_socket(plain, server_side=True)
            except OSError:
                return
            inside = socket.create_connection(("127.0.0.1", self._port))
            for source, sink in ((outside, inside), (inside, outside)):
                threading.Thread(target=self._hand_on, args=(source, sink), daemon=True).start()

    def _hand_on(self, source, sink):
        try:
            data = source.recv(65536)
            while data:
                sink.sendall(data)
                data = source.recv(65536)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # hung up

    def close(self):
        self._listener.close()


def test_rtsp_comes_over_tls():
    """With name and password inside."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA().issue_cert("camera.example").configure_cert(context)
    with RtspCamera(JPEGS, credentials=("admin", "pw")) as camera:
        front = TlsInFront(context, camera.port)
        _, pictures = seen(at(f"rtsps://admin:pw@127.0.0.1:{front.port}/live"))
        front.close()
    assert {picture.shape for picture in pictures} == {(48, 64, 3)}


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour.NOT_FOUND, "has no such stream (404): check the path"),
        (Behaviour.FULL, "as many viewers as it can"),
        (Behaviour.ONLY_SOUND, "has no video at this address"),
        (Behaviour.ODD_VIDEO, "sends x-nobodys, which cannot be decoded: set the camera to H.264 or H.265"),
        (Behaviour.ELSEWHERE, "sends on to another address (127.0.0.9), which is not followed"),
        (Behaviour.BABBLES, "not RTSP"),
    ],
)
def test_a_camera_that_gives_no_video_is_told_by_what_to_do(behaviour, words):
    """It is asked before the decoder tries, and after it failed."""
    with RtspCamera(JPEGS, behaviour=behaviour) as camera:
        assert words in why(camera.url())


@pytest.mark.parametrize(
    ("login", "words"),
    [
        (None, "asks for a user name and a password (401): write rtsp://user:password@host/path"),
        (("admin", "wrong"), "refuses the user name or the password (401)"),
    ],
)
def test_a_missing_password_is_told_apart_from_a_wrong_one(login, words):
    """Neither is in the words."""
    with RtspCamera(JPEGS, credentials=("admin", "right")) as camera:
        url = camera.url(login) if login else camera.url().replace("admin:right@", "")
        said = why(url)
    assert words in said
    assert "right" not in said
    assert "wrong" not in said


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/page", "is a web page and no stream"),
        ("/playlist", "is a playlist, whose entries are not followed"),
        ("/snapshot", "is a single picture and no stream"),
        ("/moved", "sends on to another address, which is not followed"),
        ("/full", "as many viewers as it can"),
        ("/none", "has no such stream (404)"),
    ],
)
def test_what_is_no_stream_on_a_web_server_is_told(path, words):
    """And nothing that was not typed is asked for."""
    with HttpCamera(JPEGS) as camera:
        assert words in why(camera.url(path))
    assert set(camera.asked) == {path}


def test_who_sends_on_only_the_decoder_is_not_followed_either():
    """The address that was typed plays for who asks first."""
    with HttpCamera(JPEGS) as camera:
        assert "refuses to give a video" in why(camera.url("/moves"))
    assert camera.asked == {"/moves": 2}


def test_a_wrong_scheme_or_port_is_told():
    """A web server asked for RTSP, a camera asked for a page, TLS where there is none, and nobody at all."""
    with HttpCamera(JPEGS) as web, RtspCamera(JPEGS) as camera:
        assert "a web server: check the port" in why(web.url().replace("http:", "rtsp:"))
        assert "speaks RTSP there" in why(camera.url().replace("rtsp:", "http:"))
        assert "does not speak TLS" in why(web.url().replace("http:", "https:"))
        gone = camera.url()
    assert "Connection refused" in why(gone)
    assert "no device has the name nobody.invalid" in why("rtsp://nobody.invalid/live")
    assert "addresses begin with rtsp://" in why("ftp://127.0.0.1/live")
