"""The service's own certificate: what can be used, what is said of what cannot, and how a new one is taken up."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tls import CERTIFICATES, access, put

from sophon_report.errors import ConfigError
from sophon_report.ops.certificate import Certificate, expiry_ms, load

BOX_MS, RENEWED_MS, EXPIRED_MS = 4_733_510_400_000, 2_524_607_999_000, 1_580_608_922_000


def der(name):
    return ssl.PEM_cert_to_DER_cert((CERTIFICATES / name).read_text())


@pytest.mark.parametrize(
    ("name", "expires_ms"), [("box.crt", BOX_MS), ("renewed.crt", RENEWED_MS), ("expired.crt", EXPIRED_MS)]
)
def test_the_expiry_is_read_in_both_forms_of_time(name, expires_ms):
    """Years up to 2049 have two digits, later ones four."""
    assert expiry_ms(der(name)) == expires_ms


def test_an_expired_certificate_is_no_reason_not_to_start():
    """It is shown as what it is, and clients decide."""
    assert load(access("expired.crt", "expired.key"))[1] == EXPIRED_MS


@given(st.binary(max_size=200))
def test_what_is_no_certificate_has_no_expiry(noise):
    """Whatever the bytes are."""
    with pytest.raises(ValueError, match=r"not a|cut off|time data|unconverted|unpack|range"):
        expiry_ms(noise)


@given(at=st.integers(0, 400), value=st.integers(0, 255), keep=st.integers(0, 500))
def test_a_damaged_certificate_is_an_error_or_a_time(at, value, keep):
    """And nothing else."""
    raw = bytearray(der("box.crt"))
    raw[at % len(raw)] = value
    try:
        assert isinstance(expiry_ms(bytes(raw[:keep])), int)
    except ValueError:
        pass


BAD = [
    ("", "box.key", "access.tls_cert", "must name a file"),
    ("none.crt", "box.key", "access.tls_cert", "cannot be read: No such file"),
    ("box.key", "box.key", "access.tls_cert", "holds no certificate in PEM form"),
    ("box.crt", "", "access.tls_key", "must name a file"),
    ("box.crt", "none.key", "access.tls_key", "cannot be read: No such file"),
    ("box.crt", "box.crt", "access.tls_key", "holds no private key in PEM form"),
    ("box.crt", "encrypted.key", "access.tls_key", "must not be encrypted"),
    ("box.crt", "renewed.key", "access.tls_key", "is not the key of the certificate in"),
]


@pytest.mark.parametrize(("cert", "key", "setting", "words"), BAD, ids=[f"{row[2]} {row[3]}" for row in BAD])
def test_files_that_cannot_be_used_are_told_with_their_setting(cert, key, setting, words):
    """Each with what is wrong with it; nobody is asked for a password."""
    named = access(cert or "box.crt", key or "box.key")
    given = named.model_copy(
        update={name: "" for name, file in (("tls_cert", cert), ("tls_key", key)) if not file}
    )
    with pytest.raises(ConfigError) as caught:
        load(given)
    ((told, what),) = caught.value.problems
    assert told == setting
    assert words in what


@pytest.mark.parametrize("part", ["cert", "key"])
def test_a_damaged_file_is_told_and_not_raised(tmp_path, part):
    """Its armour is there and its inside is not."""
    settings = put(tmp_path, "box")
    file = tmp_path / ("live.crt" if part == "cert" else "live.key")
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], "AAAA" + lines[1][4:], *lines[2:]]))
    with pytest.raises(ConfigError) as caught:
        load(settings)
    assert caught.value.problems[0][0] == f"access.tls_{part}"


def test_new_files_are_taken_up_once_both_fit(tmp_path):
    """Between the two writes of a renewal the old pair goes on, and the figures say why."""
    settings = put(tmp_path, "box")
    certificate = Certificate(lambda: settings)
    first = certificate.context
    certificate.look_again()
    assert certificate.context is first
    (tmp_path / "live.crt").write_bytes((CERTIFICATES / "renewed.crt").read_bytes())
    certificate.look_again()
    assert certificate.context is first
    assert (certificate.stats().expires_ms, "is not the key" in certificate.stats().problem) == (BOX_MS, True)
    (tmp_path / "live.key").write_bytes((CERTIFICATES / "renewed.key").read_bytes())
    certificate.look_again()
    assert certificate.context is not first
    assert (certificate.stats().expires_ms, certificate.stats().problem) == (RENEWED_MS, "")


def test_files_that_vanish_end_nothing(tmp_path):
    """The pair in memory goes on until there is another."""
    settings = put(tmp_path, "box")
    certificate = Certificate(lambda: settings)
    (tmp_path / "live.crt").unlink()
    certificate.look_again()
    assert "cannot be read" in certificate.stats().problem
    put(tmp_path, "renewed")
    certificate.look_again()
    assert certificate.stats().problem == ""


def test_other_names_in_the_settings_are_taken_up():
    """They apply to a running service."""
    named = [access()]
    certificate = Certificate(lambda: named[-1])
    named.append(access("renewed.crt", "renewed.key"))
    certificate.look_again()
    assert certificate.stats().expires_ms == RENEWED_MS
