"""A port that speaks TLS in front of a protocol that knows nothing of it."""

import asyncio
import contextlib
import socket
import ssl
import threading

import pytest
from tls import access, trusting
from waiting import until

from sophon_report.errors import PortInUse
from sophon_report.ops.certificate import load
from sophon_report.ops.tls_port import MAX_HANDSHAKES, TlsPort

DEADLINE_S = 20.0


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class BufferedEcho(asyncio.BufferedProtocol):
    """Takes five bytes at a time."""

    def connection_made(self, transport):
        self.transport, self.buffer = transport, bytearray(5)

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, nbytes):
        self.transport.write(bytes(self.buffer[:nbytes]))


class Running:
    def __init__(self, make_protocol=Echo, handshake_s=10.0):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        context = load(access())[0]
        self.port = TlsPort(make_protocol, lambda: context, handshake_s)

    def __enter__(self):
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.port.start("127.0.0.1", 0), self.loop).result(DEADLINE_S)
        return self

    def __exit__(self, *_):
        async def stop():
            self.port.stop()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                await asyncio.wait(others, timeout=DEADLINE_S)

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(DEADLINE_S)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port.port), timeout=DEADLINE_S)

    def secure(self, context=None):
        return (context or trusting()).wrap_socket(self.connect(), server_hostname="localhost")


@pytest.mark.parametrize("kind", [Echo, BufferedEcho])
def test_what_a_client_says_comes_decrypted_and_goes_back_encrypted(kind):
    """With either kind of protocol, and in any size."""
    with Running(kind) as running, running.secure() as client:
        assert client.version() in ("TLSv1.2", "TLSv1.3")
        for message in (b"hello, world", bytes(100_000)):
            client.sendall(message)  # one thread: OpenSSL takes no two at one connection
            got = b""
            while len(got) < len(message):
                got += client.recv(65536)
            assert got == message


@pytest.mark.parametrize("kind", [Echo, BufferedEcho])
def test_words_right_behind_the_handshake_are_not_lost(kind):
    """The client's last word of the handshake and its first one of its own come in one piece."""
    with Running(kind) as running, running.connect() as plain:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                plain.sendall(outgoing.read())
                incoming.write(plain.recv(65536))
        tls.write(b"first words")
        plain.sendall(outgoing.read())
        got = b""
        while len(got) < len(b"first words"):
            try:
                got += tls.read(100)
            except ssl.SSLWantReadError:
                incoming.write(plain.recv(65536))
        assert got == b"first words"


def test_old_versions_of_tls_are_not_spoken():
    """1.2 is the least."""
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with Running() as running:
        try:
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            with pytest.raises(ssl.SSLError):
                running.secure(old)
        except ValueError:
            pytest.skip("this system speaks no old version either")
        until(lambda: running.port.failed == 1)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00"])
def test_a_handshake_that_does_not_end_is_cut(said):
    """Silence, plain HTTP, and a first record that is never completed."""
    with Running(handshake_s=0.2) as running, running.connect() as client:
        client.sendall(said)
        with contextlib.suppress(ConnectionResetError):
            while client.recv(4096):
                pass
        until(lambda: (running.port.failed, running.port.shaking_hands) == (1, 0))


def test_who_says_nothing_keeps_nobody_out():
    """Handshakes are bounded; one more ends the one that has lasted longest, and is served."""
    with Running() as running, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(running.connect()) for _ in range(MAX_HANDSHAKES)]
        until(lambda: running.port.shaking_hands == MAX_HANDSHAKES)
        with running.secure() as client:
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"
        with contextlib.suppress(ConnectionResetError):
            assert silent[0].recv(1) == b""
        until(lambda: running.port.failed == 1)
        until(lambda: running.port.shaking_hands == MAX_HANDSHAKES - 1)


def test_stopping_lets_go_of_who_is_not_through():
    """And leaves who is."""
    with Running() as running, running.connect() as silent, running.secure() as client:
        until(lambda: running.port.shaking_hands == 1)
        running.loop.call_soon_threadsafe(running.port.stop)
        with contextlib.suppress(ConnectionResetError):
            assert silent.recv(1) == b""
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"


def test_a_taken_port_is_told():
    """As with every port of the service."""
    with Running() as running, Running() as other:
        again = other.port.start("127.0.0.1", running.port.port)
        with pytest.raises(PortInUse):
            asyncio.run_coroutine_threadsafe(again, other.loop).result(DEADLINE_S)
