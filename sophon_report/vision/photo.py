"""Looking at a single picture: every face in it with its features, or why it cannot be used.

All pictures from outside are decoded here, in the process that may die, and leave it encoded anew: upright, within
bounds, without whatever else the file carried.
"""

from dataclasses import replace
from typing import Optional, Tuple

import cv2
import numpy as np
import structlog

from sophon_report.errors import BadImage, ModelError
from sophon_report.link.messages import Photo, PhotoFace, PhotoResult, PhotoUse
from sophon_report.model import Box, Faces, FloatArray, ImageArray, Jpeg
from sophon_report.vision.engines.base import FACE_SCORE, Engine
from sophon_report.vision.picture import HostPicture, pixels_of
from sophon_report.vision.quality import measure
from sophon_report.vision.shots import FACE_JPEG_QUALITY, SCENE_JPEG_QUALITY, with_margin
from sophon_report.wire.pictures import decode_image, encode_jpeg, portrait, shrunk

MAX_FACES = 10
"""Faces of one picture that are described, the largest first; the vendor's ``detect`` has the same default."""

PORTRAIT_SIXTEENTHS = 16
SCENE_PX = 1920
"""Longer side of an event's scene and infrared picture: as a camera's; a telephone's photo has twice that."""
FACE_PX = 640

log = structlog.get_logger()


def look_at(engine: Engine, photo: Photo) -> PhotoResult:
    """Return the faces of ``photo``, largest first, and what its use needs; ``refused``: why there are none."""
    try:
        image = decode_image(photo.image)
        infrared = _infrared(photo)
        faces = _largest(_detect(engine, image, photo.min_face_px), photo.min_face_px)
        largest = faces.select(slice(0, 1))
        face, *others = _describe(engine, image, faces if photo.use is PhotoUse.MATCH else largest)
        if photo.use is PhotoUse.ENROL:
            return PhotoResult(photo.request_id, (face,), portrait_jpeg=portrait(image, face.box))
        (seen,) = engine.attributes(HostPicture(image), largest)
        face = replace(face, attributes=seen)
        if photo.use is PhotoUse.MATCH:
            return PhotoResult(photo.request_id, (face, *others))
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


def _detect(engine: Engine, image: ImageArray, min_face_px: int) -> Faces:
    """Faces at the scale that suits a portrait; when there is none, at the scale of the smallest face.

    The detector's landmarks are poor on a face of many hundred pixels: on enlarged portraits the same face's
    cosine fell to 0.42-0.59, and is 0.92-0.97 when the longest side counts as sixteen smallest faces (measured).
    """
    if min(image.shape[:2]) < min_face_px:
        raise BadImage("face_too_small", f"face_size: the picture is smaller than a face of {min_face_px} px")
    coarse_px = max(min_face_px, max(image.shape[:2]) // PORTRAIT_SIXTEENTHS)
    for looked_for_px in sorted({coarse_px, min_face_px}, reverse=True):
        found = engine.detect([HostPicture(image)], looked_for_px)[0]
        found = found.select(found.scores >= FACE_SCORE)
        if len(found):
            return found
    raise BadImage("no_face", "no face was found")


def _largest(found: Faces, min_face_px: int) -> Faces:
    sides = _short_sides(found.boxes)
    if sides.max() < min_face_px:
        raise BadImage(
            "face_too_small", f"face_size: the face is {sides.max():.0f} px wide, {min_face_px} are needed"
        )
    return found.select(np.argsort(-sides, kind="stable")[:MAX_FACES])


def _describe(engine: Engine, image: ImageArray, faces: Faces) -> Tuple[PhotoFace, ...]:
    picture = HostPicture(image)
    crops = engine.align(picture, faces.landmarks)
    embeddings = engine.embed(crops)
    return tuple(
        PhotoFace(
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            landmarks=tuple((float(x), float(y)) for x, y in points),
            detect_score=float(score),
            quality=measure(picture, box, points, crop),
            embedding=embedding.astype("<f4").tobytes(),
        )
        for box, points, score, crop, embedding in zip(
            faces.boxes, faces.landmarks, faces.scores, crops, embeddings
        )
    )


def _short_sides(boxes: FloatArray) -> FloatArray:
    return np.asarray(np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]), np.float32)
