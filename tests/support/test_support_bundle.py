"""One file for whoever helps from afar: no secret in it, no person, and made whatever state the service is in."""

import base64
import json
import os
import socket
import stat
import zipfile
from contextlib import closing
from dataclasses import replace
from urllib.parse import quote

import pytest
from running_box import running_box
from samples import PHOTO_JPEG
from waiting import until

from sophon_report.config import parse_settings
from sophon_report.doctor.state import settings_seen
from sophon_report.model import Transport
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.logs import KEPT, redact
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore
from sophon_report.store.devices import DeviceStore
from sophon_report.store.vendor_config import VendorConfigStore
from sophon_report.support.bundle import MAX_MEMBER_BYTES, make_bundle
from sophon_report.support.masking import Mask
from sophon_report.support.sources import Places

SIGNING = "whsec_" + base64.b64encode(b"k" * 24).decode()
SECRETS = {
    "camera": "rtsp-pa55/word@x",
    "second camera": "c4m-pa55",
    "query of a camera": "qu3ry-pa55",
    "rtmp": "rtmp-k3y",
    "userinfo": "userinfo-pa55",
    "query": "t0ken-in-query",
    "header": "he4der-value",
    "header of the file": "he4der-of-file",
    "signing": SIGNING,
    "licence": "LICENCE-0001",
    "vendor": "mq-pa55word",
    "field of a device": "devfield-s3cret",
    "key": "MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8",
}
PEOPLE = ("Eileen Collins", "李小龙", "E-4711", "Oduya")
PHOTO = PHOTO_JPEG[:40]


def commands(argv):
    """What the system would print, with secrets that slipped into its journal."""
    return (
        f"report[1]: opening rtsp://admin:{SECRETS['camera']}@10.0.0.9/1 for Eileen Collins (E-4711)\n"
        f"report[1]: POST http://h/x?key={SECRETS['query']} authorization: Bearer {SECRETS['header']}\n"
        f"report[1]: basic {base64.b64encode(('u:' + SECRETS['userinfo']).encode()).decode()} {argv[0]}\n"
    )


@pytest.fixture
def box(tmp_path):
    """A secret in every place that can hold one, people who were seen, an event that was refused."""
    refusing = {"name": "platform", "url": f"http://127.0.0.1:9/x?key={SECRETS['query']}"}
    refusing["headers"] = {"X-Key": SECRETS["header of the file"]}
    camera = {"id": "gate", "url": f"rtsp://admin:{SECRETS['camera']}@10.0.0.21/ch1"}
    with running_box(tmp_path, device=[camera], destination=[refusing]) as box:
        box.call(box.process.live.now.model_dump)
        box.register("E-4711", "Eileen Collins", "ada")
        box.register("Oduya", "李小龙", "bob")
        with closing(Database.open(box.place.store)) as database:
            devices, receivers = (
                DeviceStore(database, lambda: box.process.live.now.limits),
                DestinationStore(database),
            )
            gate = devices.get("gate")
            more = f'{{"camera_password": "{SECRETS["field of a device"]}"}}'
            url = f"http://10.0.0.8/user=a&password={SECRETS['query of a camera']}&x=1"
            rtmp = f"rtmp://a:{SECRETS['rtmp']}@h/live"
            devices.add(replace(gate, device_id="two", url=url, rtmp_address=rtmp, vendor_json=more))
            url = f"rtsp://root:{SECRETS['second camera']}@10.0.0.7/"
            devices.add(replace(gate, device_id="three", url=url))
            transport = Transport(headers=(("X-Secret", SECRETS["header"]),), signing_secrets=(SIGNING,))
            receivers.update(replace(receivers.get("platform"), transport=transport))
            VendorConfigStore(database).put({"MQ_PASSWORD": SECRETS["vendor"], "GATE_WORK_MODE": "mq"})
        box.place.tls.write_text(f"-----BEGIN PRIVATE KEY-----\n{SECRETS['key']}\n-----END PRIVATE KEY-----\n")
        box.place.import_folder.joinpath("E-4711__Eileen Collins.jpg").write_bytes(PHOTO_JPEG)
        box.vision.visit("ada", "gate")
        box.vision.visit("bob", "gate")
        until(lambda: box.journaled() >= 4, "the events are on disk")
        yield box


def credentials(box):
    """The admin's password, a session and a token of it."""
    password = box.place.admin_password.read_text().strip()
    session = box.post("/api/v1/session", {"username": "admin", "password": password}).body["token"]
    admin = {"Authorization": f"Bearer {session}"}
    token = box.ask("POST", "/api/v1/tokens", {"name": "platform"}, admin).body["token"]
    for line in ({"event": "asked", "path": f"/x?token={token}"}, {"event": "seen", "who": "Eileen Collins"}):
        KEPT.keep(None, "warning", redact(None, "warning", {**line, "level": "warning"}))
    return {"password": password, "session": session, "token": token}


def places(box):
    settings = settings_seen(box.process.live.now)
    return Places(settings, box.place, run=commands)


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forms(text):
    """A secret as it is, percent-encoded, and in base64 wherever it begins."""
    raw = text.encode()
    yield from (raw, quote(text, safe="").encode())
    for padded in range(3):
        sure = base64.b64encode(b"\0" * padded + raw)[(0, 2, 3)[padded] : -4]
        if len(sure) > 7:
            yield sure


def leaks(found, wanted):
    return [
        (name, what)
        for name, content in found.items()
        for what, secret in wanted.items()
        if any(form in content for form in forms(secret))
    ]


def test_no_secret_and_no_person_is_in_it(box, tmp_path):
    """Whatever holds one: settings, store, files, logs, what the system prints."""
    secret = {**SECRETS, **credentials(box)}
    made = make_bundle(places(box), tmp_path / "b.zip")
    found = members(made.path)
    assert leaks(found, secret) == []
    assert leaks(found, {name: name for name in PEOPLE}) == []
    assert not any(PHOTO in content or base64.b64encode(PHOTO)[:40] in content for content in found.values())
    assert stat.S_IMODE(os.stat(made.path).st_mode) == 0o600
    # It would be easy to leave everything out.
    assert b"rtsp://***@10.0.0.9/1 for (person) ((person))" in found["system/journalctl.txt"]
    assert json.loads(found["service/delivery.json"])["destinations"][0]["destination"] == "platform"
    assert b"sophon_report_visits_total 2.0" in found["service/metrics.txt"]
    assert {row["id"] for row in json.loads(found["store.json"])["devices"]} == {"gate", "two", "three"}
    assert any(b'"event"' in line for line in found["service/log.jsonl"].splitlines())
    assert "doctor.json" in found


def test_faces_and_names_are_in_it_when_somebody_asks_for_them(box, tmp_path):
    """Secrets are not, then either."""
    found = members(make_bundle(places(box), tmp_path / "b.zip", faces=True).path)
    assert leaks(found, SECRETS) == []
    assert any(name.startswith("faces/") and name.endswith("-face.jpg") for name in found)
    assert any(b"Eileen Collins" in content for content in found.values())


def test_of_a_service_that_answers_nothing_the_rest_is_in_it(tmp_path):
    """It holds its folder, takes connections and says no word; what is missing says why."""
    place = DataDir(tmp_path / "d")
    place.prepare()
    with closing(place.lock()), socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(place.admin_socket))
        deaf.listen()
        settings = parse_settings({"data_dir": str(place.root)})
        made = make_bundle(Places(settings, place, run=commands), tmp_path / "b.zip", limit_s=1.0)
    found = members(made.path)
    head = json.loads(found["bundle.json"])
    assert "no answer within 1 s" in head["missing"]["service/delivery.json"]
    assert "system/processes.txt" in found
    assert f"== {os.getpid()} " in found["system/processes.txt"].decode()


def test_who_reads_it_is_told_when_people_could_not_be_looked_for(tmp_path):
    """The store is damaged: nobody knows who is in it."""
    place = DataDir(tmp_path / "d")
    place.prepare()
    told = Places(parse_settings({"data_dir": str(place.root)}), place, run=commands)
    assert "masking" not in make_bundle(told, tmp_path / "b.zip").missing
    place.store.write_bytes(b"no database" * 1000)
    made = make_bundle(told, tmp_path / "b.zip")
    assert "could not be looked for" in json.loads(members(made.path)["bundle.json"])["missing"]["masking"]


def test_a_log_that_is_too_long_is_in_it_with_its_end(tmp_path):
    """That is what happened last."""
    settings = parse_settings({"data_dir": str(tmp_path / "d")})

    def run(argv):
        return ("half a line\n" * (MAX_MEMBER_BYTES // 12 + 10) + "the end\n") if "-u" in argv else ""

    made = make_bundle(Places(settings, DataDir(tmp_path / "d"), run=run), tmp_path / "b.zip")
    found = members(made.path)["system/journalctl.txt"]
    assert MAX_MEMBER_BYTES - 100 < len(found) <= MAX_MEMBER_BYTES
    assert (found[:12], found[-8:]) == (b"half a line\n", b"the end\n")
    assert made.missing["system/journalctl.txt"].startswith("cut: ")


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\nBBBB\n-----END EC PRIVATE KEY-----",
        "http://user:geheim@host/x",
        "https://hook.example/in?sig=geheim&x=1",
        "Authorization: Bearer geheim.geheim",
        '"password": "geheim"',
        "api_key=geheim",
        "whsec_Z2VoZWltZ2VoZWltZ2VoZWlt",
        "f" * 64,
    ],
)
def test_what_looks_like_a_secret_goes_wherever_it_stands(text):
    """Also what nobody has told the box."""
    masked = Mask([]).text(f"before {text} after")
    assert not any(part in masked for part in ("geheim", "AAAA", "Z2Vo", "ffff"))
    assert masked.startswith("before ")


def test_names_are_found_as_whole_words():
    """Of several words too; a number of few digits is no name."""
    mask = Mask([], ["Ada Lovelace", "Ada", "42", "King of Spain"])
    assert mask.text('door 42: "Ada Lovelace", Ada; Adam, King of the hill') == (
        'door 42: "(person)", (person); Adam, King of the hill'
    )
