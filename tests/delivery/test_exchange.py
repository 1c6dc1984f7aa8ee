"""One POST and its answer, against receivers that do whatever they like."""

import asyncio
import gzip
import time

import pytest
from raw_peer import OK, RawPeer, answer, hang_up, silent
from waiting import until_async
from yarl import URL

from sophon_report.config import signing_key
from sophon_report.delivery import redirects
from sophon_report.delivery.exchange import Exchange, post_session
from sophon_report.delivery.outcome import Accepted, Pause, Rejected, Retry
from sophon_report.model import Transport
from sophon_report.testing.steered_loop import run_steered
from sophon_report.wire import signing

BODY = b'{"event_id":"1"}'
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def exchange(url, timeout_s=30.0, connections=1, **transport):
    how = Transport(**transport)
    return Exchange(post_session(how, connections), url, timeout_s, time.time, how)


def ask(*script, bodies=(BODY,), **transport):
    """The replies to ``bodies``, posted one by one to a receiver that does ``script``; and the receiver."""
    found = []

    async def scenario():
        async with RawPeer(*script) as peer:
            sender = exchange(peer.url, **transport)
            found.extend([await sender.post(body, "application/json", "1") for body in bodies])
            found.append(peer)
            await sender.close()

    asyncio.run(scenario())
    return found


def ask_while_time_passes(seconds, step, begun, **transport):
    """The reply to one body after ``seconds`` passed, which begin when ``begun(peer)``."""
    replies = []

    async def scenario():
        async with RawPeer(step) as peer:
            sender = exchange(transport.pop("scheme", "http") + peer.url[4:], **transport)
            posting = asyncio.ensure_future(sender.post(BODY, "application/json", "1"))
            await until_async(lambda: begun(peer))
            asyncio.get_running_loop().let_pass(seconds)
            replies.append(await posting)
            await sender.close()

    run_steered(scenario())
    return replies[0]


async def reset(_, writer):
    """Hang up like a receiver that dies."""
    writer.transport.abort()


def asked(peer):
    return peer.got


def connected(peer):
    return peer.connections


class TestTimes:
    def test_a_receiver_that_does_not_finish_the_handshake_is_given_up_after_the_time_for_connecting(self):
        """TLS counts as connecting."""
        reply = ask_while_time_passes(2.5, silent, connected, scheme="https", connect_s=2.0)
        assert reply.outcome == Retry("no connection within 2 s")

    def test_a_receiver_that_does_not_begin_to_answer_is_given_up_after_the_time_for_the_first_byte(self):
        """It is there, and thinks too long."""
        reply = ask_while_time_passes(3.5, silent, asked, first_byte_s=3.0)
        assert reply.outcome == Retry("connected, but no answer began within 3 s")

    def test_without_a_time_for_the_first_byte_the_whole_time_counts(self):
        """Exactly: it is not rounded to whole seconds."""
        reply = ask_while_time_passes(30.6, silent, asked, timeout_s=30.5)
        assert reply.outcome == Retry("no answer within 30.5 s")

    def test_an_answer_that_drips_in_is_given_up_after_the_whole_time(self):
        """Each byte is in time for the first byte; all together are not."""

        async def drip(_, writer):
            loop = asyncio.get_running_loop()
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + b"y" * 60:
                writer.write(bytes([byte]))
                loop.let_pass(0.5)
                await asyncio.sleep(0.002)

        reply = ask_while_time_passes(0.0, drip, asked, timeout_s=10.0, first_byte_s=3.0)
        assert reply.outcome == Retry("no answer within 10 s")

    def test_a_body_that_drips_in_behind_its_status_is_left_after_a_second(self):
        """The status counts, and what had come is kept."""

        async def drip(_, writer):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nslow")
            await asyncio.sleep(0.01)
            asyncio.get_running_loop().let_pass(1.1)
            await asyncio.Event().wait()

        reply = ask_while_time_passes(0.0, drip, asked)
        assert (reply.outcome, reply.status) == (Accepted(), 200)
        assert reply.answer in ("", "slow")

    def test_a_receiver_that_does_not_read_is_given_up_after_the_whole_time(self):
        """The body does not fit into what the systems hold, and the time for the first byte has not begun."""
        outcomes = []

        async def scenario():
            came, kept = asyncio.Event(), []

            async def deaf(_, writer):
                writer.transport.pause_reading()
                kept.append(writer)
                came.set()

            server = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1024)
            sender = exchange(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", first_byte_s=2.0)
            posting = asyncio.ensure_future(sender.post(bytes(32 << 20), "application/json", "1"))
            await came.wait()
            asyncio.get_running_loop().let_pass(10.0)
            await asyncio.sleep(0.05)
            assert not posting.done()
            asyncio.get_running_loop().let_pass(21.0)
            outcomes.append((await posting).outcome)
            await sender.close()
            kept[0].close()
            server.close()

        run_steered(scenario())
        assert outcomes == [Retry("no answer within 30 s")]

    def test_redirects_do_not_add_to_the_time(self):
        """It is one attempt, however many addresses it asks."""

        async def moved_late(_, writer):
            asyncio.get_running_loop().let_pass(6.0)
            writer.write(answer(307, Location="/slow"))
            await writer.drain()

        replies = []

        async def scenario():
            async with RawPeer(moved_late, moved_late) as peer:
                sender = exchange(peer.url, timeout_s=10.0)
                replies.append(await sender.post(BODY, "application/json", "1"))
                await sender.close()

        run_steered(scenario())
        assert replies[0].outcome == Retry("no answer within 10 s")


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (200, Accepted()),
            (204, Accepted()),
            (303, Pause("HTTP 303")),
            (400, Rejected("HTTP 400")),
            (403, Pause("HTTP 403")),
            (410, Pause("HTTP 410", until_resumed=True)),
            (500, Retry("HTTP 500")),
        ],
    )
    def test_the_status_says_how_it_ended(self, status, outcome):
        """As the table of outcomes has it."""
        reply, _ = ask(answer(status) if status != 204 else b"HTTP/1.1 204 Nothing\r\n\r\n")
        assert (reply.outcome, reply.status) == (outcome, status)

    @pytest.mark.parametrize(("asked_for", "after_s"), [("7", 7.0), ("soon", None), ("-5", None)])
    def test_retry_after_is_handed_on(self, asked_for, after_s):
        """What cannot be read is as good as none."""
        reply, _ = ask(answer(503, Retry_After=asked_for))
        assert reply.outcome == Retry("HTTP 503", after_s)

    def test_retry_after_may_be_a_date(self):
        """Of the past as well: then there is nothing to wait for."""
        reply, _ = ask(answer(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"))
        assert reply.outcome == Retry("HTTP 429", 0.0)

    def test_what_the_receiver_says_is_kept_in_one_line(self):
        """Nothing in it moves a cursor or rings a bell."""
        reply, _ = ask(answer(422, b'{\r\n\t"no":"\x1b[2J\x07such person"}\n'))
        assert reply.answer == '{   "no":"\ufffd[2J\ufffdsuch person"}'

    def test_a_text_in_another_alphabet_is_read_as_the_receiver_says(self):
        """Or as UTF-8 where it says nothing, or nonsense."""
        sent = "人不存在"
        for charset, encoding in (("gbk", "gbk"), ("utf-8", "utf-8"), ("martian", "utf-8")):
            reply, _ = ask(answer(400, sent.encode(encoding), Content_Type=f"text/plain; charset={charset}"))
            assert reply.answer == sent

    def test_of_a_long_answer_the_beginning_is_kept(self):
        """2 KiB, and the connection is used again for what could be read to its end."""
        reply, _, peer = ask(answer(400, b"x" * 60_000), OK, bodies=(BODY, BODY))
        assert reply.answer == "x" * 2048
        assert peer.connections == 1

    def test_an_endless_answer_ends_the_connection(self):
        """Its beginning is kept, and its status counts."""

        async def flood(_, writer):
            writer.write(b"HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"1000\r\n" + b"z" * 4096 + b"\r\n")
                await writer.drain()

        reply, again, peer = ask(flood, OK, bodies=(BODY, BODY))
        assert (reply.outcome, again.outcome, reply.answer) == (Accepted(), Accepted(), "z" * 2048)
        assert peer.connections == 2

    def test_a_header_that_the_receiver_repeats_stays_a_secret(self):
        """Whole, or the part that is the key."""
        secret = "Bearer 0123456789abcdef"
        told = answer(401, b"Authorization: Bearer 0123456789abcdef; token=0123456789abcdef")
        reply, _ = ask(told, headers=(("Authorization", secret),))
        assert reply.answer == "Authorization: ***; token=***"

    def test_a_password_in_the_address_stays_a_secret(self):
        """Many a server tells which path it does not know; as it was sent, or decoded."""

        async def scenario():
            async with RawPeer(answer(404, b"Cannot POST /events?token=ge%2Fheim, that is ge/heim")) as peer:
                sender = exchange(peer.url + "?token=ge%2Fheim")
                reply = await sender.post(BODY, "application/json", "1")
                await sender.close()
                return reply

        assert asyncio.run(scenario()).answer == "Cannot POST /events?token=***, that is ***"

    def test_a_receiver_that_closes_is_connected_to_again(self):
        """HTTP/1.0 without a length."""

        async def old(_, writer):
            writer.write(b"HTTP/1.0 200 OK\r\n\r\nfine")
            writer.close()

        reply, again, _ = ask(old, OK, bodies=(BODY, BODY))
        assert (reply.outcome, reply.answer, again.outcome) == (Accepted(), "fine", Accepted())


class TestTrouble:
    @pytest.mark.parametrize("words", [b"\x00\x01garbage\r\n\r\n", b"SSH-2.0-OpenSSH_8.2\r\n\r\n"])
    def test_what_is_no_http_is_called_so(self, words):
        """Not a status that nobody sent."""

        async def nonsense(_, writer):
            writer.write(words)
            writer.close()

        reply, _ = ask(nonsense)
        assert (reply.outcome, reply.status) == (Retry("the answer is no HTTP"), None)

    def test_a_head_without_an_end_is_no_answer(self):
        """Each line in itself is as it should be."""

        async def flood(_, writer):
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                writer.write(b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(100)))
                await writer.drain()

        assert ask(flood)[0].outcome == Retry("the answer is no HTTP")

    def test_interim_answers_without_an_end_are_no_answer(self):
        """100 Continue, again and again."""

        async def flood(_, writer):
            while True:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
                await writer.drain()
                asyncio.get_running_loop().let_pass(0.1)

        reply = ask_while_time_passes(0.0, flood, asked, timeout_s=10.0)
        assert reply.outcome in (Retry("no answer within 10 s"), Retry("the answer is no HTTP"))

    def test_who_hangs_up_is_said_to(self):
        """Nobody knows whether the event arrived."""
        assert ask(hang_up)[0].outcome == Retry("it hung up without an answer")

    def test_a_reset_is_called_so(self):
        """As a receiver that dies."""
        assert ask(reset)[0].outcome.reason in ("the connection was reset", "it hung up without an answer")

    @pytest.mark.parametrize(
        ("url", "outcome"),
        [
            (f"http://{64 * 'a'}.example/", "host name not found: it is none"),
            ("http://[::1/", "this is no address"),
            ("http:///x", "this is no address"),
            ("gopher://127.0.0.1/", "this is no address"),
        ],
    )
    def test_an_address_that_leads_nowhere(self, url, outcome):
        """A name may be known later; what is no address never is one."""

        async def scenario():
            sender = exchange(url)
            reply = await sender.post(BODY, "application/json", "1")
            await sender.close()
            return reply.outcome

        found = asyncio.run(scenario())
        assert found.reason.startswith(outcome)
        assert isinstance(found, Pause if outcome == "this is no address" else Retry)

    @pytest.mark.parametrize(
        ("title", "reason"),
        [
            (b"No required SSL certificate was sent", "it asks for a client certificate (client_cert_file)"),
            (b"The SSL certificate error", "it does not accept the client certificate (client_cert_file)"),
            (b"The plain HTTP request was sent to HTTPS port", "it wants https, and the address says http"),
        ],
    )
    def test_what_nginx_says_of_the_set_up_sets_no_event_aside(self, title, reason):
        """It does so with 400, which otherwise speaks of the event."""
        page = b"<html><head><title>400 " + title + b"</title></head></html>"
        reply, _ = ask(answer(400, page))
        assert reply.outcome == Pause(reason)

    def test_a_port_where_nothing_listens(self):
        """The receiver may be starting."""

        async def scenario():
            async with RawPeer() as peer:
                url = peer.url
            sender = exchange(url + "?key=geheim")
            reply = await sender.post(BODY, "application/json", "1")
            await sender.close()
            return reply

        assert asyncio.run(scenario()).outcome == Retry("connection refused: nothing listens there")


class TestKeptConnections:
    @pytest.mark.parametrize("leave", [hang_up, reset], ids=["closed", "reset"])
    def test_an_event_that_meets_a_closing_connection_goes_again_over_a_new_one(self, leave):
        """At once, as it was; so one attempt is enough."""
        first, second, peer = ask(OK, leave, bodies=(BODY, BODY))
        assert (first.outcome, second.outcome) == (Accepted(), Accepted())
        assert (len(peer.got), peer.connections) == (3, 2)
        assert peer.got[1] == peer.got[2]

    def test_a_receiver_that_hangs_up_again_is_not_asked_a_third_time(self):
        """The new connection broke off too: it is the receiver."""
        _, reply, peer = ask(OK, hang_up, hang_up, bodies=(BODY, BODY))
        assert reply.outcome == Retry("it hung up without an answer")
        assert len(peer.got) == 3

    def test_a_new_connection_that_breaks_off_is_one_attempt(self):
        """Nothing says that the receiver did not read it."""
        reply, peer = ask(hang_up)
        assert reply.outcome == Retry("it hung up without an answer")
        assert len(peer.got) == 1

    def test_a_receiver_that_thinks_too_long_is_not_asked_twice(self):
        """It has the event."""

        async def scenario():
            async with RawPeer(OK, silent) as peer:
                sender = exchange(peer.url, timeout_s=5.0)
                await sender.post(BODY, "application/json", "1")
                posting = asyncio.ensure_future(sender.post(BODY, "application/json", "2"))
                await until_async(lambda: len(peer.got) == 2)
                asyncio.get_running_loop().let_pass(5.5)
                assert (await posting).outcome == Retry("no answer within 5 s")
                assert len(peer.got) == 2
                await sender.close()

        run_steered(scenario())


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_the_same_body_goes_to_another_path_of_the_receiver(self, status):
        """By POST, with its headers."""
        reply, peer = ask(answer(status, Location="/new?x=1"), headers=(("X-Site", "7"),))
        assert reply.outcome == Accepted()
        ((_, before, _), (line, after, body)) = peer.got
        assert (line, body, after) == ("POST /new?x=1 HTTP/1.1", BODY, before)

    @pytest.mark.parametrize(
        ("there", "why"),
        [
            ("http://elsewhere.example/", "another host, elsewhere.example"),
            ("http://127.0.0.1:1/", "another port, 1"),
            ("https://127.0.0.1/", "another port, 443"),
            ("mailto:somebody", "no address"),
            ("http://[", "no address"),
        ],
    )
    def test_no_body_goes_to_anybody_else(self, there, why):
        """Not even on the same machine: another port is another program."""
        reply, peer = ask(answer(307, Location=there))
        assert (reply.outcome, reply.status) == (Pause(f"redirects to {why}"), 307)
        assert len(peer.got) == 1

    @pytest.mark.parametrize(
        ("here", "there", "why"),
        [
            ("http://a/x", "https://a/x", ""),
            ("http://a:80/x", "https://a:443/y?z", ""),
            ("https://a/x", "http://a/x", "another port, 80"),
            ("https://a:8443/", "http://a:8443/", "http, where https is set"),
            ("http://a:8080/", "https://a:8443/", "another port, 8443"),
            ("http://a/", "https://b/", "another host, b"),
        ],
    )
    def test_from_http_to_https_on_their_usual_ports_and_never_back(self, here, there, why):
        """What was set up with TLS is not sent without."""
        assert redirects.refusal(URL(here), URL(there)) == why

    def test_three_are_followed_and_no_more(self):
        """A circle ends."""
        reply, peer = ask(*[answer(308, Location="/events")] * 4)
        assert reply.outcome == Pause("redirects more than 3 times")
        assert len(peer.got) == 4


class TestRequests:
    def test_further_headers_are_sent_as_they_are_set(self):
        """One of the client's own may be replaced."""
        _, peer = ask(headers=(("X-Api-Key", "geheim"), ("user-agent", "box 7")))
        headers = peer.got[0][1]
        assert (headers["x-api-key"], headers["user-agent"]) == ("geheim", "box 7")
        assert "webhook-id" not in headers

    @pytest.mark.parametrize("body", [BODY, BODY * 100_000], ids=["small", "1.6 MB"])
    def test_a_compressed_body_says_so_and_unpacks_to_the_same(self, body):
        """In the loop or in a thread."""
        _, peer = ask(bodies=(body,), gzip=True)
        _, headers, got = peer.got[0]
        assert (headers["content-encoding"], gzip.decompress(got)) == ("gzip", body)
        assert headers["content-type"] == "application/json"

    @pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
    def test_a_signed_body_is_verified_as_it_is_before_compression(self, packed):
        """By any of the keys."""
        other = "whsec_" + "QUJD" * 8
        _, peer = ask(gzip=packed, signing_secrets=(KEY, other))
        _, headers, got = peer.got[0]
        assert headers["webhook-id"] == "1"
        for secret in (KEY, other):
            signing.verify(signing_key(secret), headers, gzip.decompress(got) if packed else got, time.time())

    def test_posts_use_one_connection_after_the_other_or_as_many_as_they_may(self):
        """Three at once over three, and then again over the same."""

        async def scenario():
            here, go = [], asyncio.Event()

            async def together(_, writer):
                here.append(1)
                if len(here) == 3:
                    go.set()
                await go.wait()
                writer.write(OK)

            async with RawPeer(together, together, together) as peer:
                sender = exchange(peer.url, connections=3)
                for _ in range(2):
                    posts = (sender.post(BODY, "application/json", str(number)) for number in range(3))
                    replies = await asyncio.gather(*posts)
                    assert [reply.outcome for reply in replies] == [Accepted()] * 3
                assert (len(peer.got), peer.connections) == (6, 3)
                await sender.close()

        asyncio.run(scenario())
