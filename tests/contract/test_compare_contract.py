"""``compare`` in both generations over the running service, by the vendor's pages.

API 2.0: ``/sophon/v2/face/compare`` of firmware V6, a score. Before: ``/SophonMatch/api/compare``, the photo of an
identity card against whoever shows it, with marks of its own.
"""

import base64
from dataclasses import replace

import pytest
from running_box import PASS_COSINE, QUALITY, picture, running_box, sight, vector

from sophon_report.score import cosine_of

NEW, OLD = "/sophon/v2/face/compare", "/SophonMatch/api/compare"


def text(of):
    return base64.b64encode(picture(of)).decode()


ADA, BOB = text("ada"), text("bob")


class Eyes:
    """Sees Bob in a picture of Bob, and whoever looks like Ada by ``score_pct`` in one of Ada's."""

    def __init__(self):
        self.score_pct, self.quality = 100.0, QUALITY
        self._seen = 0

    def see(self, photo):
        result = sight(photo)
        if b"ada" not in photo.image:
            return result
        self._seen += 1  # the first of two is Ada, the other so much like her
        cosine = 1.0 if self._seen % 2 else cosine_of(self.score_pct, PASS_COSINE)
        quality = QUALITY if self._seen % 2 else self.quality
        face = replace(result.faces[0], embedding=vector("ada", cosine), quality=quality)
        return replace(result, faces=(face,))


@pytest.fixture
def eyes(box):
    eyes = Eyes()
    box.vision.sight = eyes.see
    return eyes


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with running_box(tmp_path_factory.mktemp("c"), access={"open_writes": True}) as running:
        yield running


def new(box, **more):
    return box.post(NEW, {"image_1_base64": ADA, "image_2_base64": ADA, **more})


def old(box, **more):
    return box.post(OLD, {"face_image_base64": ADA, "card_image_base64": ADA, **more})


@pytest.mark.parametrize("score", [100.0, 84.5, 82.0, 60.0, 12.0])
def test_the_newer_call_tells_a_score_and_nothing_else(box, eyes, score):
    """0 to 100, on the scale of every other score."""
    eyes.score_pct = score
    answer = new(box)
    assert (answer.status, list(answer.body)) == (200, ["score"])
    assert answer.body["score"] == pytest.approx(score, abs=1e-3)


def test_two_people_are_not_alike(box, eyes):
    """Whichever comes first."""
    for one, other in ((ADA, BOB), (BOB, ADA)):
        assert new(box, image_1_base64=one, image_2_base64=other).body == {"score": 0.0}


@pytest.mark.parametrize(
    ("word", "mark", "below", "above"),
    [
        ("high", 0.275, 81.9, 82.1),
        ("middle", 0.225, 70.9, 71.1),
        (None, 0.225, 70.9, 71.1),
        ("low", 0.175, 59.9, 60.1),
    ],
)
def test_c16_who_shows_a_card_passes_above_the_mark_of_its_word(box, eyes, word, mark, below, above):
    """The score is on the scale of the documented marks: a client that holds it against them decides the same."""
    for score, retcode in ((below, "0"), (above, "1")):
        eyes.score_pct = score
        answer = old(box, threshold=word)
        assert answer.status == 200
        assert answer.body["retcode"] == retcode
        assert (answer.body["score"] > mark) == (retcode == "1")


def test_the_older_answer_stands_in_data_and_beside_it(box, eyes):
    """As every older call answers, and as its own sample shows; who did not pass is ``stranger``."""
    eyes.score_pct = 10.0
    body = old(box, identity_info={"user_name": "Ada"}).body
    assert {key: body[key] for key in body if key != "data"} == body["data"]
    assert (body["retcode"], body["identity_id"], body["name"]) == ("0", "", "stranger")
    eyes.score_pct = 99.0
    assert old(box, identity_info={"user_name": "Ada"}).body["name"] == "Ada"


@pytest.mark.parametrize(
    ("path", "names", "code"),
    [
        (NEW, ("image_1", "image_2"), "LOW_QUALITY_ERROR"),
        (OLD, ("face_image", "card_image"), 40006),
    ],
)
def test_a_poor_picture_is_named_with_what_it_lacks(box, eyes, path, names, code):
    """The failed items stay in front, where the vendor has them."""
    eyes.quality = replace(QUALITY, size_px=70.0, clarity=12.0)
    ask = {f"{name}_base64": ADA for name in names}
    for level in ("high", "normal", "middle"):
        answer = box.post(path, {**ask, "fiqa_level": level})
        assert (answer.status, answer.code) == (400, code)
        assert answer.body["error"]["message"].startswith(f"face_size, clarity: {names[1]}: the face is 70 px")


@pytest.mark.parametrize("level", [None, "no", "low", "custom", ""])
def test_c17_a_level_that_the_picture_reaches_is_no_hindrance(box, eyes, level):
    """``no`` when nothing is said; ``custom`` is ``low``."""
    eyes.quality = replace(QUALITY, size_px=70.0, clarity=12.0)
    assert new(box, fiqa_level=level).status == 200
    assert old(box, fiqa_level=level).status == 200


@pytest.mark.parametrize(
    ("of", "newer", "older"),
    [
        ("wall", "NO_FACE_ERROR", 40004),
        ("text", "IMAGE_DECODE_ERROR", 40003),
        ("poster", "IMAGE_SIZE_TOO_LARGE_ERROR", 40007),
        ("tiny", "LOW_QUALITY_ERROR", 40006),
    ],
)
def test_a_picture_that_cannot_be_used_is_named(box, eyes, of, newer, older):
    """Which of the two, and why."""
    answer = new(box, image_1_base64=text(of))
    assert (answer.status, answer.code) == (400, newer)
    assert "image_1: " in answer.body["error"]["message"]
    answer = old(box, card_image_base64=text(of))
    assert (answer.status, answer.code) == (400, older)
    assert "card_image: " in answer.body["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (NEW, {"image_1_base64": ADA}, "MISSING_ARGUMENTS"),
        (NEW, {"image_1_path": "../x", "image_2_base64": ADA}, "IMAGE_NOT_OPENED"),
        (NEW, {"image_1_base64": ADA, "image_2_base64": ADA, "fiqa_level": "best"}, "INVALID_ARGUMENTS"),
        (OLD, {"face_image_base64": ADA}, 40091),
        (OLD, {"face_image_base64": ADA, "card_image_base64": ADA, "threshold": "0.5"}, 40091),
        (OLD, {"face_image_base64": ADA, "card_image_base64": ADA, "need_save": "perhaps"}, 40091),
    ],
)
def test_what_is_missing_or_wrong_is_refused_with_the_documented_codes(box, path, body, code):
    """Before anybody looks at a picture."""
    answer = box.post(path, body)
    assert (answer.status, answer.code) == (400, code)
