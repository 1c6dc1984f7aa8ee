"""Signatures in the form of Standard Webhooks, held against its published library."""

import time
from datetime import datetime, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sophon_report.config import signing_key
from sophon_report.errors import BadSignature
from sophon_report.wire.signing import signed_headers, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJD" * 8
BODY = b'{"test": 2432232314}'


def signed(*secrets, event_id="20261121-1", at_s=1_700_000_000, body=BODY):
    return signed_headers([signing_key(secret) for secret in secrets], event_id, at_s, body)


def test_the_published_example_is_signed_as_published():
    """Of the documentation of the form: https://docs.svix.com/receiving/verifying-payloads/how-manual."""
    headers = signed(SECRET, event_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at_s=1_614_265_330)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_reference_library_accepts_it():
    """With any one of the keys that signed, and with no other."""
    headers = dict(signed(SECRET, OTHER, at_s=int(time.time())))
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(BODY, headers) == {"test": 2432232314}
    for secret, body in (("whsec_" + "REVG" * 8, BODY), (SECRET, BODY + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


def test_what_the_reference_library_signs_is_accepted():
    """The other way round."""
    now = int(time.time())
    at = datetime.fromtimestamp(now, timezone.utc)
    signature = Webhook(SECRET).sign("1", at, BODY.decode())
    headers = {"webhook-id": "1", "webhook-timestamp": str(now), "webhook-signature": signature}
    verify(signing_key(SECRET), headers, BODY, now)


def test_a_key_is_changed_in_two_steps_without_a_gap():
    """While both sign, those who know the old one and those who know the new one are content."""
    steps = [((SECRET,), SECRET), ((SECRET, OTHER), SECRET), ((SECRET, OTHER), OTHER), ((OTHER,), OTHER)]
    for sender, receiver in steps:
        verify(signing_key(receiver), signed(*sender), BODY, 1_700_000_000)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"webhook-signature": None}, "it is not signed"),
        ({"webhook-id": "2"}, "its signature is another key's, or the body was changed"),
        ({"webhook-signature": "v1,\udcff v2,x  "}, "its signature is another key's, or the body was changed"),
        ({"webhook-timestamp": "1700000301"}, "it was signed more than 300 s from now"),
        ({"webhook-timestamp": "1699999699"}, "it was signed more than 300 s from now"),
        ({"webhook-timestamp": "9" * 5000}, "it was signed more than 300 s from now"),
        ({"webhook-timestamp": "soon"}, "it was signed more than 300 s from now"),
    ],
)
def test_what_was_not_signed_so_is_refused_with_the_reason(changes, why):
    """Whatever stands in the headers."""
    headers = {name: text for name, text in {**signed(SECRET), **changes}.items() if text is not None}
    with pytest.raises(BadSignature, match=why):
        verify(signing_key(SECRET), headers, BODY, 1_700_000_000.5)
