"""Pictures on their way to vision: each is answered or refused, whatever becomes of vision."""

import asyncio

import pytest

from sophon_report.errors import BadImage, Unavailable, VisionAway
from sophon_report.link.messages import PhotoFace, PhotoResult, PhotoUse
from sophon_report.model import Quality
from sophon_report.report.photo_desk import MAX_WAITING, PhotoDesk

FACE = PhotoFace((0, 0, 9, 9), ((0, 0),) * 5, 0.9, Quality(90, 300, 120, 0, 0, 0, partial=False), b"vector")


class Vision:
    """Answers what it is sent as told, or keeps it."""

    def __init__(self, answer=None, there=True):
        self.answer, self.there, self.sent = answer, there, []
        self.desk = PhotoDesk(self.take)

    def take(self, photo):
        self.sent.append(photo)
        if self.answer:
            asyncio.get_running_loop().call_soon(self.desk.answered, self.answer(photo.request_id))
        return self.there


def look(vision):
    return asyncio.run(vision.desk.look_at(b"picture", 40, PhotoUse.EVENT, b"infrared"))


def test_the_answer_comes_to_who_asked():
    """With what was asked for; nothing waits any more."""
    vision = Vision(lambda request_id: PhotoResult(request_id, (FACE,), face_jpeg=b"f"))
    assert look(vision).face_jpeg == b"f"
    [photo] = vision.sent
    assert (photo.image, photo.min_face_px, photo.use, photo.infrared) == (
        b"picture",
        40,
        PhotoUse.EVENT,
        b"infrared",
    )
    assert vision.desk.stats().waiting == 0


@pytest.mark.parametrize(
    ("result", "error", "reason"),
    [
        ({"refused": "no_face", "detail": "no face was found"}, BadImage, "no_face"),
        ({"refused": "too_large", "detail": "d"}, BadImage, "too_large"),
        ({}, BadImage, "no_face"),
        ({"refused": "busy", "detail": "too many pictures are waiting"}, Unavailable, None),
    ],
)
def test_a_refusal_of_vision_is_an_error_of_ours(result, error, reason):
    """The caller's fault or a moment's trouble; always with words."""
    with pytest.raises(error) as refused:
        look(Vision(lambda request_id: PhotoResult(request_id, **result)))
    assert getattr(refused.value, "reason", None) == reason
    assert str(refused.value)


def test_without_vision_it_is_refused_at_once():
    """Nothing is left behind."""
    vision = Vision(there=False)
    with pytest.raises(VisionAway):
        look(vision)
    assert vision.desk.stats().waiting == 0


def test_when_vision_dies_everybody_who_waits_is_told():
    """Counted; an answer that comes after all is dropped."""

    async def story():
        vision = Vision()
        waiting = [asyncio.ensure_future(vision.desk.look_at(b"p", 40)) for _ in range(3)]
        await asyncio.sleep(0)
        vision.desk.vision_gone()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        vision.desk.answered(PhotoResult(1, (FACE,)))
        return told, vision.desk.stats()

    told, stats = asyncio.run(story())
    assert [type(error) for error in told] == [VisionAway] * 3
    assert (stats.waiting, stats.unanswered) == (0, 3)


def test_over_the_bound_a_picture_is_refused_and_counted():
    """Those that wait are not disturbed."""

    async def story():
        vision = Vision()
        waiting = [asyncio.ensure_future(vision.desk.look_at(b"p", 40)) for _ in range(MAX_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="too many"):
            await vision.desk.look_at(b"p", 40)
        full = vision.desk.stats()
        for photo in vision.sent:
            vision.desk.answered(PhotoResult(photo.request_id, (FACE,)))
        await asyncio.gather(*waiting)
        return full, vision.desk.stats()

    full, after = asyncio.run(story())
    assert (full.waiting, full.refused) == (MAX_WAITING, 1)
    assert (after.waiting, after.unanswered) == (0, 0)
