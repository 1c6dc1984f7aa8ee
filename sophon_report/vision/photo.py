"""Looking at a single picture: every face in it with its features, or why it cannot be used.

All pictures from outside are decoded here, in the process that may die, and leave it encoded anew: upright, within
bounds, without whatever else the file carried.
"""

from dataclasses import replace
from itertools import repeat
from typing import Iterable, List, Optional, Tuple

import cv2
import numpy as np
import numpy.typing as npt
import structlog

from sophon_report.errors import BadImage, ModelError
from sophon_report.link.messages import FacesAsked, Photo, PhotoFace, PhotoResult, PhotoUse
from sophon_report.model import Attributes, Box, Faces, FloatArray, ImageArray, Jpeg
from sophon_report.vision.engines.base import FACE_SCORE, Engine
from sophon_report.vision.picture import HostPicture, pixels_of
from sophon_report.vision.quality import measure
from sophon_report.vision.shots import FACE_JPEG_QUALITY, SCENE_JPEG_QUALITY, with_margin
from sophon_report.wire.pictures import decode_image, encode_jpeg, portrait, shrunk

PORTRAIT_SIXTEENTHS = 16
FINER = 3
SURE_FACES = 1.5
"""Of the smallest face that is looked for: one as large is told from that look, a smaller from the next finer."""
SCENE_PX = 1920
"""Longer side of an event's scene and infrared picture: as a camera's; a telephone's photo has twice that."""
FACE_PX = 640

BoolArray = npt.NDArray[np.bool_]
log = structlog.get_logger()


def look_at(engine: Engine, photo: Photo) -> PhotoResult:
    """Return the faces of ``photo``, largest first, and what its use needs; ``refused``: why there are none."""
    try:
        image = decode_image(photo.image)
        infrared = _infrared(photo)
        if photo.use is PhotoUse.FACES:
            return PhotoResult(photo.request_id, _faces(engine, image, photo.min_face_px, photo.asked))
        asked = FacesAsked(attributes=photo.use is PhotoUse.EVENT)
        (face,) = _faces(engine, image, photo.min_face_px, asked)
        if photo.use is PhotoUse.ENROL:
            return PhotoResult(photo.request_id, (face,), portrait_jpeg=portrait(image, face.box))
        return _event_result(photo.request_id, image, face, infrared)
    except BadImage as error:
        return PhotoResult(photo.request_id, refused=error.reason, detail=str(error))
    except (ModelError, cv2.error) as error:
        # One picture must not end the process that watches all cameras.
        log.error("photo_failed", reason=str(error))
        return PhotoResult(photo.request_id, refused="not_an_image", detail="the picture could not be computed")


def _infrared(photo: Photo) -> Optional[ImageArray]:
    if not photo.infrared:
        return None
    try:
        return decode_image(photo.infrared)
    except BadImage as error:
        raise BadImage(error.reason, f"infrared: {error}") from error


def _event_result(
    request_id: int, image: ImageArray, face: PhotoFace, infrared: Optional[ImageArray]
) -> PhotoResult:
    scene = shrunk(image, SCENE_PX)
    return PhotoResult(
        request_id,
        (_scaled(face, scene.shape[1] / image.shape[1]),),
        face_jpeg=encode_jpeg(shrunk(_face_of(image, face.box), FACE_PX), FACE_JPEG_QUALITY),
        scene_jpeg=encode_jpeg(scene, SCENE_JPEG_QUALITY),
        ir_jpeg=_bounded_jpeg(infrared),
    )


def _face_of(image: ImageArray, box: Box) -> ImageArray:
    left, top, right, bottom = pixels_of(with_margin(box), *image.shape[:2])
    return image[top:bottom, left:right]


def _scaled(face: PhotoFace, scale: float) -> PhotoFace:
    x1, y1, x2, y2 = face.box
    box: Box = (x1 * scale, y1 * scale, x2 * scale, y2 * scale)
    return replace(face, box=box, landmarks=tuple((x * scale, y * scale) for x, y in face.landmarks))


def _bounded_jpeg(image: Optional[ImageArray]) -> Jpeg:
    return b"" if image is None else encode_jpeg(shrunk(image, SCENE_PX), SCENE_JPEG_QUALITY)


def _faces(engine: Engine, image: ImageArray, min_face_px: int, asked: FacesAsked) -> Tuple[PhotoFace, ...]:
    if min(image.shape[:2]) < min_face_px:
        raise BadImage("face_too_small", f"face_size: the picture is smaller than a face of {min_face_px} px")
    found = _found(engine, image, min_face_px, everybody=asked.most > 1)
    if not len(found):
        raise BadImage("no_face", "no face was found")
    return _described(engine, image, _largest(found, min_face_px, asked.most), asked)


def _found(engine: Engine, image: ImageArray, min_face_px: int, *, everybody: bool) -> Faces:
    """Faces by the scale that suits each; unless it is ``everybody``, those of the coarsest that has any.

    The detector's landmarks, and by them the features, are good where it sees a face of about 30 to 150 px. Five
    portraits enlarged to 800 px and looked at by ever coarser scales had a cosine to their own mean of 0.93 or
    more from 32 to 128 px, of -0.07 to 0.98 from 300 px on, and of 0.36 to 0.94 below 24 (measured). So large
    pictures are looked at coarsely first, and a face that is small there is taken from a finer look.
    """
    found = Faces.none()
    for looked_for_px in _scales_px(image, min_face_px):
        more = _detect(engine, image, looked_for_px)
        if looked_for_px > min_face_px:
            more = more.select(_short_sides(more.boxes) >= SURE_FACES * looked_for_px)
        found = _joined(found, more.select(~_centred_in(more.boxes, found.boxes)))
        if len(found) and not everybody:
            break
    return found


def _scales_px(image: ImageArray, min_face_px: int) -> List[int]:
    """The smallest faces to look for: a sixteenth of the longer side, then each time a third, to the smallest."""
    scales_px: List[int] = []
    next_px = max(image.shape[:2]) // PORTRAIT_SIXTEENTHS
    while next_px > min_face_px * (SURE_FACES if scales_px else 1):  # a last step that is small finds nothing more
        scales_px.append(next_px)
        next_px //= FINER
    return [*scales_px, min_face_px]


def _joined(found: Faces, more: Faces) -> Faces:
    return Faces(
        np.concatenate([found.boxes, more.boxes]),
        np.concatenate([found.landmarks, more.landmarks]),
        np.concatenate([found.scores, more.scores]),
    )


def _detect(engine: Engine, image: ImageArray, looked_for_px: int) -> Faces:
    found = engine.detect([HostPicture(image)], looked_for_px)[0]
    return found.select(found.scores >= FACE_SCORE)


def _centred_in(boxes: FloatArray, others: FloatArray) -> BoolArray:
    """Which of the boxes ``(N, 4)`` have their centre in one of the others ``(M, 4)``."""
    x, y = (boxes[:, None, :2] + boxes[:, None, 2:]).transpose(2, 0, 1) / 2
    x1, y1, x2, y2 = others.T
    return np.asarray(((x1 < x) & (x < x2) & (y1 < y) & (y < y2)).any(axis=1), np.bool_)


def _largest(found: Faces, min_face_px: int, most: int) -> Faces:
    """The largest of those that are large enough; the detector sees smaller ones than it was asked for as well."""
    sides = _short_sides(found.boxes)
    if sides.max() < min_face_px:
        raise BadImage(
            "face_too_small", f"face_size: the face is {sides.max():.0f} px wide, {min_face_px} are needed"
        )
    by_size = np.argsort(-sides, kind="stable")
    return found.select(by_size[sides[by_size] >= min_face_px][:most])


def _described(engine: Engine, image: ImageArray, faces: Faces, asked: FacesAsked) -> Tuple[PhotoFace, ...]:
    picture = HostPicture(image)
    crops = engine.align(picture, faces.landmarks)
    vectors: Iterable[bytes] = repeat(b"")
    if asked.vectors:
        vectors = [vector.astype("<f4").tobytes() for vector in engine.embed(crops)]
    looks: Iterable[Attributes] = engine.attributes(picture, faces) if asked.attributes else repeat(Attributes())
    return tuple(
        PhotoFace(
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            landmarks=tuple((float(x), float(y)) for x, y in points),
            detect_score=float(score),
            quality=measure(picture, box, points, crop),
            embedding=vector,
            attributes=seen,
        )
        for box, points, score, crop, vector, seen in zip(
            faces.boxes, faces.landmarks, faces.scores, crops, vectors, looks
        )
    )


def _short_sides(boxes: FloatArray) -> FloatArray:
    return np.asarray(np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]), np.float32)
