"""The receivers of the documents under the real uploader, which repeats: each event is kept once, and whole.

Between the two stands a program that passes a request on and then hangs up, or says 500, instead of passing the
answer back: the receiver has the event, and the box does not know.
"""

import base64
import contextlib
import hmac
import json
import socket
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import pytest
from programs import CLIENTS, NAMES, Program, skip_unless_here, those_to_run
from running_box import HOST, running_box
from test_realtime_programs import free_port
from waiting import until

from sophon_report.wire.forms import form_data

KEY = b"a key of twenty-four byt"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
WAYS = {
    "json": {"devices": ["door"], "layout": "g2"},
    "form": {"devices": ["yard"], "layout": "g1", "content_type": "form-data"},
}
"""Where the events of which device go, and how."""
NAME = "[VIP] 艾达"
"""Begins as a list does in JSON."""
MANY = 16
"""Senders that stop in the middle."""
VISITS = [("ada", "door"), ("eve", "door"), ("ada", "yard"), ("eve", "yard")]


class Between:
    """Passes requests on; of each path the first answer is lost, and the third is turned into a 500."""

    def __init__(self):
        self._lock = Lock()
        self.ports, self.passed = {}, {}
        """Where what begins with which name goes; ids that were passed on, by path."""
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                between.take(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        self.server.daemon_threads = True
        self._thread = Thread(target=self.server.serve_forever)
        self._thread.start()

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        status = post(self.ports[handler.path.split("/")[1]], body, dict(handler.headers))
        with self._lock:
            passed = self.passed.setdefault(handler.path, [])
            passed.append(handler.headers["webhook-id"])
        if len(passed) == 1:
            handler.close_connection = True
            return
        handler.send_response(500 if len(passed) == 3 else status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def close(self):
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


def post(port, body, headers):
    """Status of one request."""
    request = urllib.request.Request(f"http://{HOST}:{port}/HistoryEvent", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.status


def signed(event_id, body, key=KEY, skew_s=0, content_type="application/json"):
    """Headers of a request."""
    at = int(time.time()) + skew_s
    mac = hmac.digest(key, f"{event_id}.{at}.".encode() + body, "sha256")
    return {
        "Content-Type": content_type,
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": "v1,AAAA v1," + base64.b64encode(mac).decode(),
    }


def half_request(port):
    """A connection whose sender stops in the middle of the body."""
    connection = socket.create_connection((HOST, port), timeout=30)
    connection.sendall(b"POST /x HTTP/1.1\r\nHost: box\r\nContent-Length: 100\r\n\r\n{")
    return connection


@contextlib.contextmanager
def nothing_storable(folder, event_id):
    """Meanwhile the event has no place: the table is away, or a folder is where its file begins."""
    if (folder / "events.sqlite").exists():
        with contextlib.closing(sqlite3.connect(str(folder / "events.sqlite"))) as database:
            database.execute("ALTER TABLE events RENAME TO away")
            yield
            database.execute("ALTER TABLE away RENAME TO events")
        return
    taken = [folder / f"{event_id}.part", folder / f"{event_id}.json.part"]
    for each in taken:
        each.mkdir()
    yield
    for each in taken:
        each.rmdir()


def false_headers(body):
    """Another key, a changed body, too early, too late, none."""
    return (
        signed("1", body, key=b"another key"),
        signed("1", body + b" "),
        signed("1", body, skew_s=-400),
        signed("1", body, skew_s=400),
        {"Content-Type": "application/json"},
    )


@pytest.fixture
def small_receiver(tmp_path):
    """The receiver of thirty lines: its port, and its file."""
    port, file = free_port(), tmp_path / "events.sqlite"
    source = CLIENTS / "python" / "small_receiver.py"
    program = Program(
        [sys.executable, str(source), str(port), str(file)], tmp_path / "p", {"WEBHOOK_SECRET": SECRET}
    )
    program.start()
    try:
        until(lambda: listens(port) or not program.runs(), "the port")
        assert program.runs(), program.complaints
        yield port, file
    finally:
        program.stop()


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection((HOST, port)):
        return True
    return False


def kept(folder):
    """Events that a receiver has, by id."""
    if (folder / "events.sqlite").exists():
        with contextlib.closing(sqlite3.connect(str(folder / "events.sqlite"))) as database:
            return {event_id: json.loads(event) for event_id, event in database.execute("SELECT * FROM events")}
    return {file.stem: json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")}


@pytest.fixture(scope="module")
def receivers(tmp_path_factory):
    """Each program with its port."""
    started, place = {}, tmp_path_factory.mktemp("p")
    with contextlib.ExitStack() as stack:
        for language in those_to_run():
            command, port = language.command("receiver", tmp_path_factory.mktemp(language.name)), free_port()
            folder = place / language.name
            program = Program([*command, str(port), str(folder)], folder, {"WEBHOOK_SECRET": SECRET})
            program.start()
            stack.callback(program.stop)
            started[language.name] = program, port
        for program, port in started.values():
            until(lambda port=port, program=program: listens(port) or not program.runs(), "the port")
            assert program.runs(), program.complaints
        yield started


def deliver(ports, place):
    """Have a box deliver to each receiver what it understands; the program between that lost answers."""
    between = Between()
    between.ports = ports
    destinations = [
        {"name": f"{name}-{way}", "url": f"http://{HOST}:{between.server.server_port}/{name}/{way}", **how}
        for name in ports
        for way, how in WAYS.items()
    ]
    with contextlib.closing(between), running_box(
        place / "d", destination=[{**each, "signing_secrets": [SECRET]} for each in destinations]
    ) as box:
        box.register("E-1", NAME, "ada")
        for who, device_id in VISITS:
            box.vision.visit(who, device_id)
        until(lambda: box.journaled() >= 2 * len(VISITS), "the journal")
        with box.vision.alive():
            until(lambda: not any(box.backlogs().values()), "all destinations")
        return between


@pytest.fixture(scope="module")
def delivered(receivers, tmp_path_factory):
    """The program between after every receiver has all events."""
    return deliver({name: port for name, (_, port) in receivers.items()}, tmp_path_factory.mktemp("s"))


@pytest.mark.parametrize("language", NAMES)
class TestReceiverProgram:
    def test_keeps_each_event_once_though_the_box_repeats(self, receivers, delivered, language):
        """An answer that was lost, and one that said 500; in order all the same."""
        skip_unless_here(language)
        program, _ = receivers[language]
        printed = [line[0] for line in program.lines]
        for way in WAYS:
            passed = delivered.passed[f"/{language}/{way}"]
            assert len(passed) == 4
            assert passed[0] == passed[1]
            assert passed[2] == passed[3]
            assert [event_id for event_id in printed if event_id in passed] == [passed[0], passed[2]]
        assert len(printed) == len(VISITS)

    def test_understands_both_kinds_of_body(self, receivers, delivered, language):
        """Letters of any script, names that only begin as JSON does, and the tables inside a form."""
        skip_unless_here(language)
        program, _ = receivers[language]
        events = kept(program.folder)
        of_json, of_form = (delivered.passed[f"/{language}/{way}"] for way in WAYS)
        assert events[of_json[0]]["identity_name"] == NAME
        assert events[of_json[0]]["media_device_info"]["media_device_id"] == "door"
        assert events[of_form[0]]["identity_name"] == NAME
        assert events[of_form[0]]["ep_info"]["device_id"] == "yard"
        assert [each for each in program.lines if each[0] == of_form[3]] == [[of_form[3], "-"]]

    def test_reads_as_tables_of_a_form_only_what_is_json(self, receivers, language):
        """What begins so is a text like any other: nothing of it gets lost, and it is no reason to refuse."""
        skip_unless_here(language)
        program, port = receivers[language]
        texts = dict(zip("abcdef", ("[VIP] 王", "[1F] door", "[1] door", "[VIP]", "{a}", "[")))
        event = {"event_id": f"names-{language}", **texts, "tables": [{"a": texts}], "none": []}
        body, content_type = form_data(event)
        assert post(port, body, signed("names", body, content_type=content_type)) == 200
        assert kept(program.folder)[event["event_id"]] == event

    def test_refuses_what_is_not_signed_with_its_key_and_now(self, receivers, language):
        """Another key, a changed body, an old signature, none: 401, and nothing is kept."""
        skip_unless_here(language)
        program, port = receivers[language]
        before = kept(program.folder)
        body = b'{"event_id": "1"}'
        for headers in false_headers(body):
            assert post(port, body, headers) == 401
        assert kept(program.folder) == before

    def test_refuses_what_is_no_event(self, receivers, language):
        """Signed and useless: 400, so that the box sets it aside; and no id leads out of the folder."""
        skip_unless_here(language)
        program, port = receivers[language]
        for body in (b"{", b"[1]", b"{}"):
            assert post(port, body, signed("1", body)) == 400
        body = b'{"event_id": "../out"}'
        post(port, body, signed("../out", body))
        assert not (program.folder.parent / "out.json").exists()

    def test_answers_though_many_stop_in_the_middle(self, receivers, language):
        """More than it may have threads at first."""
        skip_unless_here(language)
        program, port = receivers[language]
        body = json.dumps({"event_id": f"beside-{language}"}).encode()
        with contextlib.ExitStack() as halves:
            for _ in range(MANY):
                halves.enter_context(half_request(port))
            assert post(port, body, signed("beside", body)) == 200
        assert f"beside-{language}" in kept(program.folder)

    def test_takes_what_broke_off_neither_for_stored_nor_for_too_large(self, receivers, language):
        """The box would let it go, or set it aside."""
        skip_unless_here(language)
        _, port = receivers[language]
        with half_request(port) as connection:
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                assert connection.recv(100)[9:12] not in (b"200", b"413")

    def test_says_503_when_it_cannot_store(self, receivers, language):
        """And keeps the event when it comes again."""
        skip_unless_here(language)
        program, port = receivers[language]
        event_id = f"later-{language}"
        body = json.dumps({"event_id": event_id}).encode()
        with nothing_storable(program.folder, event_id):
            assert post(port, body, signed("later", body)) == 503
        assert post(port, body, signed("later", body)) == 200
        assert event_id in kept(program.folder)

    def test_knows_after_a_restart_what_it_has(self, receivers, language):
        """What was kept counts, not what is in memory."""
        skip_unless_here(language)
        program, port = receivers[language]
        body = json.dumps({"event_id": f"again-{language}", "identity_id": "E-2"}).encode()
        assert post(port, body, signed("again", body)) == 200
        program.stop()
        program.start()
        until(lambda: listens(port), "the port")
        assert post(port, body, signed("again", body)) == 200
        assert [line for line in program.lines if line[0].startswith("again")] == [[f"again-{language}", "E-2"]]


class TestSmallReceiver:
    def test_has_thirty_lines(self):
        """As its page says."""
        assert (CLIENTS / "python" / "small_receiver.py").read_text("utf-8").count("\n") == 30

    def test_keeps_each_event_once_though_the_box_repeats(self, small_receiver, tmp_path_factory):
        """Bodies of both kinds, as they came."""
        port, file = small_receiver
        passed = deliver({"small": port}, tmp_path_factory.mktemp("s")).passed
        with contextlib.closing(sqlite3.connect(str(file))) as database:
            events = dict(database.execute("SELECT * FROM events ORDER BY rowid"))
        assert len(events) == len(VISITS)
        for way in WAYS:
            assert len(passed[f"/small/{way}"]) == 4
            assert set(passed[f"/small/{way}"]) <= set(events)
        assert json.loads(events[passed["/small/json"][0]])["identity_name"] == NAME
        assert NAME.encode() in events[passed["/small/form"][0]]

    def test_refuses_what_is_not_signed_with_its_key_and_now(self, small_receiver):
        """As the longer ones do; there is not even a file."""
        port, file = small_receiver
        for headers in false_headers(b"{}"):
            assert post(port, b"{}", headers) == 401
        assert not file.exists()
