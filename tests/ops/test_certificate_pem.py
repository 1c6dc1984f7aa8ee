"""A certificate and its key as texts: what is taken, what is refused and why, and what the box makes itself."""

import datetime as dt
import ssl

import pytest
import trustme
from tls import CERTIFICATES

from sophon_report.config import Access
from sophon_report.errors import BadCertificate
from sophon_report.ops.certificate import load
from sophon_report.ops.certificate_pem import checked, describe, named, self_signed

NOW_MS = 1_790_000_000_000
DAY_MS = 86_400_000


def text(name):
    return (CERTIFICATES / name).read_text()


@pytest.fixture(scope="module")
def signed():
    """A certificate, those behind it, its key."""
    root = trustme.CA()
    between = root.create_child_ca()
    leaf = between.issue_cert("box.example", "10.0.0.5", not_after=dt.datetime(2099, 1, 1, tzinfo=dt.timezone.utc))
    chain = [pem.bytes().decode() for pem in leaf.cert_chain_pems]
    return chain, leaf.private_key_pem.bytes().decode(), root.cert_pem.bytes().decode()


def test_one_that_the_box_makes_is_what_browsers_want(tmp_path):
    """For its names and addresses, valid now, usable by OpenSSL as it stands, and no authority."""
    pem = self_signed(["box.local", "10.0.0.5", "fe80::1"], 825, NOW_MS, "东门" * 20)
    told = describe(pem)
    assert (told.names, told.subject, told.self_signed) == (
        ["box.local", "10.0.0.5", "fe80::1"],
        "CN=" + ("东门" * 11)[:21],
        True,
    )
    assert (told.not_before_ms, told.not_after_ms) == (NOW_MS - DAY_MS, NOW_MS + 825 * DAY_MS)
    assert (told.key, told.chain, len(told.fingerprint_sha256)) == ("EC secp256r1", 0, 95)
    file = tmp_path / "tls.pem"
    file.write_text(pem)
    load(Access(tls_cert=str(file), tls_key=str(file)))
    assert ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])


def test_what_is_brought_is_taken_with_those_that_signed_it(signed):
    """In their order; the root may be there or not."""
    chain, key, root = signed
    for certificates in ("".join(chain), "".join(chain) + root):
        told = describe(checked(certificates, key, NOW_MS))
        assert told.names == ["box.example", "10.0.0.5"]
        assert told.chain == certificates.count("BEGIN") - 1


BAD = [
    ("box.crt", "renewed.key", "KEY_MISMATCH", "key"),
    ("expired.crt", "expired.key", "CERTIFICATE_EXPIRED", "certificate"),
    ("box.key", "box.key", "CERTIFICATE_UNREADABLE", "certificate"),
    ("box.crt", "box.crt", "KEY_UNREADABLE", "key"),
    ("box.crt", "encrypted.key", "KEY_ENCRYPTED", "key"),
]


@pytest.mark.parametrize(("certificate", "key", "code", "part"), BAD, ids=[row[2] for row in BAD])
def test_what_cannot_be_used_is_told_with_its_part(certificate, key, code, part):
    """And nothing of the key is in the words."""
    with pytest.raises(BadCertificate) as caught:
        checked(text(certificate), text(key), NOW_MS)
    assert (caught.value.code, caught.value.part) == (code, part)
    assert not any(line in str(caught.value) for line in text(key).splitlines())


def test_a_chain_out_of_order_and_a_damaged_text_are_told(signed):
    """Somebody else's certificate behind it too."""
    chain, key, root = signed
    for certificates in ("".join(reversed(chain)), chain[0] + root, chain[0] * 2, chain[0] + text("box.crt")):
        with pytest.raises(BadCertificate, match=r"did not sign|another certificate"):
            checked(certificates, key, NOW_MS)
    damaged = chain[0].replace(chain[0].splitlines()[1], "A" * 64)
    with pytest.raises(BadCertificate, match="certificate 1 is damaged"):
        describe(damaged)


@pytest.mark.parametrize("name", ["", "a b", "*.example", "-a", "a..b", "x" * 254, "<img>", "10.0.0.256.", "é"])
def test_what_is_no_name_makes_no_certificate(name):
    """It would be one that no browser takes."""
    if name == "10.0.0.256.":  # a name of digits is a name
        assert named(name) == "10.0.0.256"
        return
    with pytest.raises(BadCertificate) as caught:
        self_signed([name], 1, NOW_MS)
    assert caught.value.code == "NAME_UNUSABLE"
