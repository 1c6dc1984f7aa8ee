"""Settings: every problem at once, each with its key; no value that may be a secret is repeated."""

from pathlib import Path

import pytest

from sophon_report.config import check_http_url, load_settings, parse_settings, parse_size, without_effect
from sophon_report.errors import ConfigError


def problems(values):
    with pytest.raises(ConfigError) as caught:
        parse_settings(values)
    return dict(caught.value.problems)


def test_no_file_gives_the_defaults():
    """Every key has a default."""
    settings = parse_settings({})
    assert settings.server.event_port == 5679
    assert settings.visit.gap_s == 3
    assert settings.journal.segment_bytes == 32 << 20


def test_ten_errors_are_told_at_once():
    """Unknown keys, wrong types and values out of range come together, none hides another."""
    found = problems(
        {
            "server": {"event_port": "x", "api_port": 99999, "foo": 1},
            "bar": 2,
            "visit": {"gap_s": "a", "max_s": 1},
            "journal": {"max_bytes": "12 parsecs"},
            "engine": {"kind": "gpu"},
            "device": [{"id": "a", "url": "rtsp://h", "roi": [1, 2, 3]}, {"id": "a"}],
            "destination": [{"name": "x y", "url": "ftp://x"}],
            "models": [],
        }
    )
    assert set(found) == {
        "server.event_port",
        "server.api_port",
        "server.foo",
        "bar",
        "visit.gap_s",
        "visit.max_s",
        "journal.max_bytes",
        "engine.kind",
        "device[0].roi",
        "device[1].url",
        "device[1].id",
        "destination[0].name",
        "destination[0].url",
        "models",
    }


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a b", "a" * 129])
def test_a_name_that_can_be_no_place_of_a_destination_is_refused(name):
    """A name is a file's too: the service would not have started with it."""
    assert set(problems({"destination": [{"name": name, "url": "http://host/"}]})) == {"destination[0].name"}


def test_a_problem_does_not_repeat_a_secret():
    """What stands in an address stays out of the message."""
    found = problems({"destination": [{"name": "a", "url": "http://user:hunter2@host/"}]})
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("raw", "key_part"),
    [(b"\xff\xfe", "UTF-8"), (b"[server", "TOML"), (b"a = 1\na = 2\n", "TOML"), (b"x = " + b"[" * 10_000, "TOML")],
)
def test_a_file_that_is_no_toml_is_told_by_its_name(tmp_path, raw, key_part):
    """The file's path is the key of the problem."""
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    [(key, what)] = caught.value.problems
    assert key == str(path)
    assert key_part in what


def test_a_wrong_word_is_told_the_right_ones():
    """As words, not as the pattern that checks them."""
    device = {"id": "door", "type": "webcam", "url": ""}
    assert problems({"data_dir": 5, "server": {"default_dialect": "v3"}, "device": [device]}) == {
        "data_dir": "must be the name of a folder",
        "server.default_dialect": "must be one of v1, v2",
        "device[0].type": "must be one of rtsp, file, photo, gb28181",
        "device[0].url": "must not be empty",
    }


def test_the_command_line_wins_over_the_file(tmp_path):
    """``--data-dir`` replaces ``data_dir``."""
    path = tmp_path / "config.toml"
    path.write_text('data_dir = "/elsewhere"\n')
    assert load_settings(path, tmp_path).data_dir == tmp_path


def test_the_license_key_is_masked():
    """A secret is not in the repr."""
    assert "ABC123" not in repr(parse_settings({"license_key": "ABC123"}))


@pytest.mark.parametrize(("text", "size_bytes"), [("32 MiB", 32 << 20), ("7", 7), (9, 9), ("1gib", 1 << 30)])
def test_sizes_are_read_with_their_units(text, size_bytes):
    """Units are binary."""
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a/", "http://", "http://u:p@h/", "http://h:99999/", "h", "http://[::1", "javascript:alert(1)"),
        *("http://a/ b", "http://a/\nHost: b", "http://a/\tb", "http://a/" + "b" * 2048),
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused(url):
    """Scheme, host, port, credentials, blanks and length are checked."""
    with pytest.raises(ValueError, match=r"."):
        check_http_url(url)


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        (["10.0.0.0/8", "10.0.0.1/8"], "network 2 is none: 10.0.0.1/8 has host bits set"),
        (["my network"], "network 1 is none"),
        (["::ffff:10.0.0.0/104"], "network 1 must be written as one of IPv4"),
        (["10.0.0.0/8"] * 65, "must not name more than 64 networks"),
        ("10.0.0.0/8", "must be a list"),
        ([10], "must be a text"),
    ],
)
def test_a_bad_network_is_told_with_its_place(networks, words):
    """A network that was misread would let in the wrong people, or shut out the right ones."""
    [(key, said)] = problems({"access": {"trusted_networks": networks}}).items()
    assert key.startswith("access.trusted_networks")
    assert words in said


def test_no_network_need_be_trusted():
    """Then everybody shows a token."""
    assert parse_settings({"access": {"trusted_networks": []}}).access.trusted_networks == ()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_example_of_the_documents_is_a_usable_file(tmp_path, language):
    """Whoever copies it has a service that starts."""
    page = Path(__file__).resolve().parent.parent / "docs" / language / "configuration.md"
    example = tmp_path / "config.toml"
    example.write_text(page.read_text("utf-8").partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    settings = load_settings(example)
    assert without_effect(settings) == []
    assert (len(settings.device), len(settings.destination), len(settings.status.urls)) == (1, 1, 1)


def test_models_of_attributes_are_one_file_or_several():
    """Empty is none."""
    for given, read in (("", ()), ("a.onnx", ("a.onnx",)), (["a.onnx", "b.onnx"], ("a.onnx", "b.onnx"))):
        assert parse_settings({"models": {"attributes": given}}).models.attributes == read


def test_the_mark_of_masked_faces_counts_for_them_only():
    """Left at 0, and where no model looked, it is that of all; a mark that strangers pass is refused."""
    match = parse_settings({"match": {"masked_pass_pct": 70}}).match
    assert [match.mark_pct(mask) for mask in (True, False, None)] == [70, 82, 82]
    assert parse_settings({}).match.mark_pct(True) == 82
    with pytest.raises(ConfigError, match=r"masked_pass_pct"):
        parse_settings({"match": {"masked_pass_pct": 30}})


def test_the_ports_are_those_of_the_vendors_box():
    """C27: the preview is on 5678; 8080 stands in one heading of the vendor's page only."""
    server = parse_settings({}).server
    assert (server.event_port, server.api_port, server.system_port) == (5679, 5555, 8888)
    assert (server.preview_port, server.control_port) == (5678, 54547)
