"""A photo in the body of one of our calls: its bytes, or base64 within JSON."""

from pydantic import Field
from typing_extensions import Annotated

from sophon_report.api.v1.operation import Asked
from sophon_report.wire.pictures import MAX_IMAGE_BYTES, read_picture

PHOTO_TYPE = "image/*"
MAX_LETTERS = MAX_IMAGE_BYTES * 4 // 3 * 78 // 76 + 64
"""Of a photo of the most bytes, in lines of 76 letters, with what a data URI has before it."""
Base64Photo = Annotated[
    str,
    Field(
        max_length=MAX_LETTERS,
        repr=False,
        description="The photo in base64, also as a `data:image/jpeg;base64,` address; 5 MB at most.",
    ),
]


def photo_of(asked: Asked) -> bytes:
    """The photo of a request whose operation has a ``body_type`` and may have a ``body`` with a ``photo``.

    Raises:
        BadImage: it is no base64, empty or too large.
    """
    return asked.body if isinstance(asked.body, bytes) else read_picture(asked.body.photo)
