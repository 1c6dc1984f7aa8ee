"""Every error this package raises on purpose, and whose fault each one is.

::

    SophonReportError
    ├── BadInput            the caller's: says which field and what is wrong with the value; do not retry
    │   ├── ConfigError     config.toml or a stored setting; carries every problem at once
    │   ├── BadImage        a picture that cannot be used; ``reason`` is a word of :data:`IMAGE_REASONS`
    │   ├── BadMessage      bytes from a socket or a file that do not follow their format
    │   │   └── BadSignature    they are not signed as agreed
    │   ├── AddressRefused      events are not posted there; says which setting allows it
    │   ├── BadCertificate  a certificate or a key that cannot be used; ``code`` says why
    │   ├── AddressTaken        two devices cannot have one address
    │   ├── RtmpAddressTaken    nor forward to one
    │   ├── WrongState          it was possible before, or will be: it is running, or has ended
    │   ├── TooManyDevices      ``limits`` of the settings
    │   └── Full                as many of a kind as there may be are there
    ├── NotFound            an id that nobody has
    │   ├── DeviceNotFound
    │   │   └── PreviewNotFound     one that is to be shown in the preview
    │   └── NobodyKnown     nobody is registered in the group that a face is compared with
    ├── Unavailable         the world's: a camera, a port, a disk, a peer; may be retried
    │   ├── PortInUse
    │   ├── SourceError     a camera or a file that cannot be read
    │   │   ├── Denied      it wants another name or password: asked too often, cameras lock the account
    │   │   └── DecoderHung     the chip's decoder is beyond help: only a new process opens the camera again
    │   ├── StoreError      the file of people, devices and settings cannot be used; it is left as it is
    │   │   └── StoreUnusable   it is damaged, another program's or of a newer version: no retry helps
    │   ├── NoPicture       a device gives no picture now; the message says why
    │   ├── TooMuch         a question about the past takes longer than one may: to be asked for less
    │   ├── JournalError    the disk refused; nothing that was accepted before is touched
    │   ├── VisionAway      the vision process is starting, or died over the question
    │   └── LinkClosed      the other process is gone
    ├── LayoutError         a layout that a package brings and that cannot be used
    └── ModelError          a model file that is missing, changed or not what its role needs
        ├── ModelUnavailable    (an Unavailable too) no client, no network: fetch it later, or elsewhere
        └── ChipError           the TPU answers wrongly again and again: only a new process may help

Foreign exceptions become one of these at the edge where they appear, once, with ``from``. How a delivery
ended is a value (``delivery/outcome.py``), never an exception.
"""

from typing import Sequence, Tuple

SOURCE_REASONS = (
    "address",  # it is none, or of a scheme that is not spoken
    "no_such_host",
    "unreachable",  # no answer from there: cable, power, network
    "port_closed",
    "silent",  # it takes the connection and says nothing
    "no_tls",
    "not_a_camera",  # something else answers
    "password_missing",
    "password_wrong",
    "password_way",  # asked for in a way that is not spoken
    "forbidden",
    "no_such_stream",
    "full",  # as many viewers as it serves
    "transport",
    "moved",
    "no_video",
    "codec",
    "no_picture",
    "broke_off",
    "picture_size",
    "gb28181",
    "file_unreadable",
    "file_no_video",
    "file_empty",
    "decoder_hangs",
    "restarting",  # vision is
    "hours",  # outside of the active ones
    "region_outside",
    "some_unreadable",  # of a folder of pictures
    "fault",
)
"""Why a camera or a file gives no pictures, or not all that were wanted: the page has words for each."""

CERTIFICATE_REASONS = (
    "CERTIFICATE_UNREADABLE",
    "CERTIFICATE_EXPIRED",
    "CHAIN_BROKEN",
    "KEY_UNREADABLE",
    "KEY_ENCRYPTED",
    "KEY_MISMATCH",
    "KEY_TOO_SMALL",
    "NAME_UNUSABLE",
)
"""Why a certificate, its key or a name for one was refused."""

IMAGE_REASONS = ("not_an_image", "too_large", "no_face", "face_too_small", "face_partial", "low_quality")
"""Why a picture was refused."""


class SophonReportError(Exception):
    """Base of every error of this package."""


class BadInput(SophonReportError):  # noqa: N818 - the tree reads as plain words
    """Input that can never work as it is."""


class ConfigError(BadInput):
    """Settings that cannot be used.

    Attributes:
        problems: one ``(key, what is wrong)`` pair per problem, e.g. ``("server.event_port", "must be ...")``.
    """

    def __init__(self, problems: Sequence[Tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{key}: {what}" for key, what in self.problems))


class BadImage(BadInput):
    """A picture that cannot be used; ``reason`` is one of :data:`IMAGE_REASONS`."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


class BadMessage(BadInput):
    """Bytes that do not follow their format."""


class BadSignature(BadMessage):
    """A body that nobody signed with the key that was agreed on."""


class AddressRefused(BadInput):
    """An address that the box posts nothing to; says why, and which setting says so."""


class BadCertificate(BadInput):
    """A certificate or a key that cannot be used.

    Attributes:
        code: why, a word of :data:`CERTIFICATE_REASONS`.
        part: which of them: ``certificate``, ``key`` or ``names``.
    """

    def __init__(self, code: str, part: str, detail: str) -> None:
        self.code, self.part = code, part
        super().__init__(detail)


class AddressTaken(BadInput):
    """A device's address is that of another one."""


class RtmpAddressTaken(BadInput):
    """The address a device's stream would be forwarded to is that of another one."""


class WrongState(BadInput):
    """What is asked does not go with how far something is; the message says how far."""


class TooManyDevices(BadInput):
    """As many streams, or photo devices, as the settings allow are there."""


class Full(BadInput):
    """As many of a kind as there may be are there; the message says of which."""


class IdTaken(BadInput):
    """A person or a permission group has the id already."""


class NameTaken(BadInput):
    """A permission group, a user or a token has the name already."""


class GalleryFull(BadInput):
    """No more faces are taken: some must go first."""


class NotFound(SophonReportError):  # noqa: N818 - as BadInput
    """An id that nobody has."""


class DeviceNotFound(NotFound):
    """No device has the id, or the address."""


class PreviewNotFound(DeviceNotFound):
    """No device has an id of the preview's lists."""


class NobodyKnown(NotFound):
    """There is nobody to compare a face with."""


class PermissionNotFound(NotFound):
    """No permission group has the id, or the name."""


class Unavailable(SophonReportError):  # noqa: N818 - as BadInput
    """Something outside this process does not work now; later it may."""


class PortInUse(Unavailable):
    """A port that another program holds; the message names the port and, where known, the program."""


class SourceError(Unavailable):
    """A camera or file that gives no pictures; the message says why and holds no password.

    Attributes:
        code: the same as a word of :data:`SOURCE_REASONS`.
    """

    def __init__(self, message: str, code: str = "fault") -> None:
        self.code = code
        super().__init__(message)


class DecoderHung(SourceError):  # noqa: N818 - as BadInput
    """The chip's decoder of a camera is stuck in a way that only the end of this process cures."""


class Denied(SourceError):  # noqa: N818 - as BadInput
    """A camera refuses the name or the password, or misses them."""


class TooMuch(Unavailable):
    """A question takes longer than one may: ask for less."""


class NoPicture(Unavailable):
    """A device gives no picture now; the message says why."""


class StoreError(Unavailable):
    """The file of people, devices and settings cannot be read or written, is damaged or not this version's."""


class StoreUnusable(StoreError):  # noqa: N818 - as BadInput
    """A store file whose content cannot be used: damaged, another program's, or of a newer version."""


class JournalError(Unavailable):
    """The disk refused an operation of the journal."""


class VisionAway(Unavailable):
    """Vision is not there to look at a picture; it is being started."""


class LinkClosed(Unavailable):
    """The process at the other end of a link is gone."""


class LayoutError(SophonReportError):
    """A layout cannot be loaded, or cannot tell an event; the message names it and the package it comes from."""


class ModelError(SophonReportError):
    """A model file that is missing, changed or of the wrong shape."""


class ModelUnavailable(ModelError, Unavailable):  # noqa: N818 - as BadInput
    """Files that could not be fetched here and now; the message names them and the command to run elsewhere."""


class ChipError(ModelError):
    """The TPU gave odd results several times in a row: this process computes nothing right any more."""
