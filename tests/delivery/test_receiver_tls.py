"""Receivers over TLS, with real certificates: whom a body is given to, and what is said when to nobody."""

import asyncio
import os
import shutil
import ssl
import time

import pytest
from certificates import Authority, locked, signed_by_itself
from raw_peer import RawPeer, silent
from tls_peer import TlsPeer

from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.outcome import Accepted, Pause, Retry
from sophon_report.model import Transport

UNKNOWN = Pause("its certificate is signed by an authority that is not known here (ca_file)")
WANTED = (
    Pause("it asks for a client certificate (client_cert_file)"),
    Pause("it breaks off the TLS handshake: maybe it asks for a client certificate (client_cert_file)"),
)


async def post(peer, scheme="https", **transport):
    """The outcome of one body."""
    how = Transport(**transport)
    sender = Exchange(post_session(how), scheme + peer.url[peer.url.index(":") :], 30.0, time.time, how)
    reply = await sender.post(b"{}", "application/json", "1")
    await sender.close()
    return reply.outcome


def outcome_at(tls, script=(), **transport):
    """The outcome of one body for a receiver with the context ``tls``; and what the receiver got."""

    async def scenario():
        async with RawPeer(*script, tls=tls) as peer:
            return await post(peer, **transport), peer.got

    return asyncio.run(scenario())


class TestTheReceiversCertificate:
    def test_one_of_an_own_authority_is_accepted(self, tmp_path):
        """By its address too, and with TLS 1.2."""
        ca = Authority(tmp_path)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            tls = ca.receiver()
            tls.maximum_version = version
            assert outcome_at(tls, ca_file=ca.file)[0] == Accepted()

    def test_the_receivers_own_certificate_may_stand_for_its_authority(self, tmp_path):
        """Installers copy the one they see; with a certificate that signed itself too."""
        certificate = signed_by_itself(tmp_path)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        assert outcome_at(tls, ca_file=certificate)[0] == Accepted()
        assert outcome_at(tls)[0] == UNKNOWN

    def test_one_of_an_unknown_authority_pauses_and_gets_nothing(self, tmp_path):
        """Neither the system's nor another one's will do."""
        tls = Authority(tmp_path).receiver()
        assert outcome_at(tls) == (UNKNOWN, [])
        assert outcome_at(tls, ca_file=Authority(tmp_path, "other").file) == (UNKNOWN, [])

    def test_one_that_has_expired_pauses(self, tmp_path):
        """It may as well be the clock of this box: it is looked at again."""
        ca = Authority(tmp_path)
        expired = Pause("its certificate has expired, or the clock of this box is wrong")
        assert outcome_at(ca.receiver(days=-1), ca_file=ca.file) == (expired, [])

    def test_one_of_another_host_pauses(self, tmp_path):
        """Whoever has it, it is not whom the body is for."""
        ca = Authority(tmp_path)
        for host in ("receiver.example", "10.0.0.1"):
            other = Pause("its certificate is that of another host")
            assert outcome_at(ca.receiver(host), ca_file=ca.file) == (other, [])

    def test_without_tls_at_the_other_end_it_pauses(self):
        """The address says https and the receiver speaks http."""

        async def scenario():
            server = await asyncio.start_server(plain, "127.0.0.1", 0)
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            outcome = await post(type("Peer", (), {"url": url}))
            server.close()
            return outcome

        async def plain(reader, writer):
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        assert asyncio.run(scenario()) == Pause("what answers there speaks no TLS")

    def test_who_hangs_up_in_the_handshake_is_tried_again(self):
        """As when it is being restarted."""

        async def scenario():
            server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            outcome = await post(type("Peer", (), {"url": url}))
            server.close()
            return outcome

        assert asyncio.run(scenario()) in (
            Retry("it hung up without an answer"),
            Retry("the connection was reset"),
        )


class TestTheClientsCertificate:
    @pytest.mark.parametrize("together", [True, False], ids=["one file", "two files"])
    def test_a_receiver_that_wants_one_gets_it(self, tmp_path, together):
        """With its key in the same file or beside."""
        ca = Authority(tmp_path)
        certificate, key = ca.client(together=together)
        files = {"ca_file": ca.file, "client_cert_file": certificate, "client_key_file": key}
        outcome, got = outcome_at(ca.receiver(wants=ca), **files)
        assert (outcome, len(got)) == (Accepted(), 1)

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_without_one_it_pauses(self, tmp_path, version):
        """TLS 1.2 tells less about why than 1.3, which tells it after the request is on its way."""
        ca = Authority(tmp_path)
        tls = ca.receiver(wants=ca)
        tls.minimum_version = tls.maximum_version = version
        with TlsPeer(tls) as peer:
            assert asyncio.run(post(peer, ca_file=ca.file)) in WANTED
            assert peer.got == []

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_one_that_the_receiver_does_not_know_pauses(self, tmp_path, version):
        """It may have been taken off the receiver's list."""
        ca, other = Authority(tmp_path), Authority(tmp_path, "other")
        tls = ca.receiver(wants=ca)
        tls.minimum_version = tls.maximum_version = version
        shown = other.client("foreign")[0]
        with TlsPeer(tls) as peer:
            outcome = asyncio.run(post(peer, ca_file=ca.file, client_cert_file=shown))
        assert outcome == Pause("it does not accept the client certificate (client_cert_file)")


class TestTheFiles:
    def test_a_renewed_file_counts_without_a_restart(self, tmp_path):
        """The next connection trusts whom the file names now; of both settings."""
        old, new = Authority(tmp_path, "old"), Authority(tmp_path, "new")
        trusted = tmp_path / "trusted.pem"
        shutil.copy(old.file, trusted)

        async def scenario():
            how = Transport(ca_file=str(trusted))
            async with RawPeer(tls=new.receiver()) as peer:
                sender = Exchange(post_session(how), peer.url, 30.0, time.time, how)
                outcomes = [(await sender.post(b"{}", "application/json", "1")).outcome]
                shutil.copy(new.file, tmp_path / "renewed.pem")
                os.replace(tmp_path / "renewed.pem", trusted)
                outcomes.append((await sender.post(b"{}", "application/json", "1")).outcome)
                trusted.unlink()
                outcomes.append((await sender.post(b"{}", "application/json", "1")).outcome)
                await sender.close()
            return outcomes

        gone = Pause("ca_file cannot be read: No such file or directory")
        assert asyncio.run(scenario()) == [UNKNOWN, Accepted(), gone]

    @pytest.mark.parametrize(
        ("files", "reason"),
        [
            ({"ca_file": "nowhere"}, "ca_file cannot be read: No such file or directory"),
            ({"ca_file": "."}, "ca_file is no file of at most 4 MiB"),
            ({"ca_file": "/dev/zero"}, "ca_file is no file of at most 4 MiB"),
            ({"ca_file": "nonsense"}, "ca_file holds no certificate in PEM form"),
            ({"ca_file": "empty"}, "ca_file holds no certificate in PEM form"),
            ({"ca_file": "\0"}, "ca_file cannot be read: no path"),
            (
                {"client_cert_file": "nonsense"},
                "client_cert_file and its key are no certificate and key in PEM form",
            ),
            (
                {"client_cert_file": "ca.pem"},
                "client_cert_file and its key are no certificate and key in PEM form",
            ),
            ({"client_key_file": "box.key"}, "client_key_file is of no use without client_cert_file"),
            (
                {"client_cert_file": "box.pem", "client_key_file": "other.key"},
                "the key in client_key_file does not belong to the certificate",
            ),
            (
                {"client_cert_file": "box.pem", "client_key_file": "box.key.locked"},
                "the key in client_key_file is locked with a password; one without is needed",
            ),
        ],
    )
    def test_one_that_cannot_be_used_pauses_with_the_setting_that_names_it(self, tmp_path, files, reason):
        """Nobody is asked for a password, nothing of a file's content or path is told, and nothing is sent."""
        ca = Authority(tmp_path)
        locked(ca.client("box", together=False)[1], b"geheim")
        ca.client("other", together=False)
        (tmp_path / "nonsense").write_bytes(b"geheim")
        (tmp_path / "empty").touch()
        there = {name: path if path == "\0" else str(tmp_path / path) for name, path in files.items()}
        assert outcome_at(ca.receiver(), script=(silent,), **there) == (Pause(reason), [])
