"""Settings that are wrong: every problem at once, with its key, and nothing secret."""

import json
from contextlib import closing

import pytest
import tls
from command import SECRET, command, write_config

from sophon_report.store.database import Database
from sophon_report.store.settings import SettingsStore
from sophon_report.store.vendor_config import VendorConfigStore

TEN_ERRORS = f"""
data_dri = "/tmp/x"
license_key = 5
[server]
event_port = 70000
default_dialect = "v9"
[access]
open_reads = "{SECRET}"
[visit]
gap_s = -1
[journal]
segment_bytes = "{SECRET} of them"
[[device]]
id = "door"
url = "rtsp://admin:{SECRET}@192.0.2.1/main"
roi = [5, 5, 1, 1]
[[device]]
id = "door"
url = "rtsp://admin:{SECRET}@192.0.2.2/main"
colour = "{SECRET}"
[[destination]]
name = "platform"
url = "http://admin:{SECRET}@192.0.2.3/"
"""
KEYS = [
    "data_dri",
    "license_key",
    "server.event_port",
    "server.default_dialect",
    "access.open_reads",
    "visit.gap_s",
    "journal.segment_bytes",
    "device[0].roi",
    "device[1].colour",
    "device[1].id",
    "destination[0].url",
]


@pytest.mark.parametrize("arguments", [["check-config"], ["run", "--config"], ["people", "list", "--config"]])
def test_every_problem_is_told_with_its_key(folder, arguments):
    """Status 2; values are not told, for they may be secrets."""
    config = folder / "bad.toml"
    config.write_text(TEN_ERRORS)
    ended = command(*arguments, config)
    assert ended.returncode == 2
    assert sorted(line.split(": ")[0] for line in ended.stderr.splitlines()) == sorted(KEYS)
    assert not ended.stdout


def test_a_good_file_is_status_0(folder):
    """And is said to be good."""
    config = write_config(folder, f'[[device]]\nid = "a"\nurl = "rtsp://u:{SECRET}@192.0.2.1/"\n')
    ended = command("check-config", config)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{config}: good\n", "")


@pytest.mark.parametrize("port", ["tls_event_port", "tls_api_port"])
def test_a_certificate_that_a_tls_port_cannot_use_is_told(folder, port):
    """By the check and by the start, with the key; without a TLS port the files are not looked at."""
    files = f'[access]\ntls_cert = "{tls.path("box.crt")}"\ntls_key = "{folder}/none.key"\n'
    config = write_config(folder, f"{port} = 1\n{files}")
    for arguments in (["check-config"], ["run", "--only", "report", "--config"]):
        ended = command(*arguments, config)
        assert ended.returncode == 2
        assert f"access.tls_key: {folder}/none.key cannot be read: No such file" in ended.stderr
    write_config(folder, files)
    assert command("check-config", config).returncode == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "is not UTF-8 at byte 0"),
        (b"[server", "is not TOML"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
        (b"#" * ((1 << 20) + 1), "is larger than"),
    ],
    ids=["missing", "not text", "not TOML", "too deep", "too large"],
)
def test_a_file_that_cannot_be_read_is_named(folder, content, words):
    """Status 2, with the file and the reason."""
    config = folder / "config.toml"
    if content is not None:
        config.write_bytes(content)
    ended = command("check-config", config)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{config}: {words}")


@pytest.mark.parametrize("arguments", [["run"], ["models", "fetch"], ["run", "--only", "report"]], ids=" ".join)
def test_a_data_folder_that_cannot_be_made_is_named(folder, arguments):
    """A file stands in its way: status 1."""
    (folder / "file").write_text("")
    ended = command(*arguments, "--data-dir", folder / "file" / "d")
    assert ended.returncode == 1
    assert f"data_dir {folder}/file/d cannot be written: Not a directory" in ended.stderr


def test_a_command_beside_a_stopped_service_sees_what_was_stored(folder):
    """The doctor of the next start looks at the port that the page set, not at the file's."""
    config = write_config(folder)
    with closing(Database.open(folder / "d" / "store.sqlite")) as database:
        SettingsStore(database).change({}, {"server.api_port": 1})
    found = {
        row["subject"]: row["text"] for row in json.loads(command("doctor", "--json", "--config", config).stdout)
    }
    assert "port 1 " in found["server.api_port"]


def test_a_store_that_is_damaged_stops_no_command_that_needs_none(folder):
    """It is told in a line, and the file's settings count."""
    config = write_config(folder)
    (folder / "d" / "store.sqlite").write_bytes(b"no database" * 100)
    ended = command("models", "list", "--config", config)
    assert ended.returncode == 0
    assert "is damaged" in ended.stderr


def test_doctor_names_the_vendors_keys_that_do_nothing_here(folder):
    """What was set and is only kept; not what has an effect."""
    config = write_config(folder)
    with closing(Database.open(folder / "d" / "store.sqlite")) as database:
        VendorConfigStore(database).put(
            {"GATE_WORK_MODE": "mq", "HISTORY_REPORT_PEROID": 9, "MQ_PASSWORD": SECRET}
        )
    rows = json.loads(command("doctor", "--json", "--config", config).stdout)
    (found,) = [row for row in rows if row["subject"] == "vendor configuration"]
    assert found["level"] == "ok"
    assert found["text"].endswith("without effect here: GATE_WORK_MODE, MQ_PASSWORD")
