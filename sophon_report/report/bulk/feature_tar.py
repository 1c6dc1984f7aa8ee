"""People with their features in one file, for another box: written here, and read as a source.

A tar whose members come in this order, so that it is written and read as a stream::

    manifest.json          {"format": 1, "embedder": SHA-256, "dimension": 512, "people": 1234, "photos": true,
                            "groups": [{"id", "name", "description", "info"}, ...]}
    000001.people.jsonl    one person a line: {"id", "name", "type", "groups": [names], "ext": {...},
                            "faces": [{"embedder", "bytes", "photo_bytes"}, ...]}
    000001.features.f32    the vectors of these faces, little endian float32, one behind the other, ``bytes`` each
    000001.photos.bin      their JPEGs, one behind the other, ``photo_bytes`` each; without photos it is not there
    000002.people.jsonl    ...
    end.json               {"people": 1234, "faces": 1300}: without it the file was cut off

A part has at most :data:`PART_PEOPLE` people, and about :data:`PART_BYTES` before another is begun: both sides
hold one part at a time. ``embedder`` of a face says which model its vector is of; one of another dimension than
the manifest's is left out (``bytes`` is 0), and its photo stays. Ids of faces and photos stay behind: the other
box makes its own.

Nothing in such a file is trusted: whoever reads it checks every value as one from the network.
"""

import contextlib
import io
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import orjson

from sophon_report.errors import BadInput, Unavailable
from sophon_report.model import Person, PersonFace, UserType
from sophon_report.recognition.enrol import check_identity
from sophon_report.report.bulk.rows import (
    MAX_ROWS,
    Defaults,
    FaceGiven,
    GroupGiven,
    PersonRow,
    RefusedRow,
    Row,
    checked_count,
    info_of,
    label_of,
    word_of,
)

FORMAT = 1
PART_PEOPLE = 500
PART_BYTES = 8 << 20
MAX_LINE_BYTES = 1 << 20
"""Of a person: twenty faces, and what is kept beside them."""
MAX_MEMBER_BYTES = 128 << 20
"""Larger ones are refused: a part is :data:`PART_BYTES`, and the 20 photos of one person with 5 MiB each."""
MAX_FACES = 20
MAX_DIMENSION = 4096
MAX_GROUPS = 10_000
_MANIFEST, _END = "manifest.json", "end.json"
_SHA_LETTERS = 128


@dataclass(frozen=True)
class Manifest:
    """What the file says of itself."""

    embedder: str
    dimension: int
    people: int
    has_photos: bool
    groups: Tuple[GroupGiven, ...] = ()


class FeatureTarWriter:
    """Writes one file part by part.

    Args:
        file: where to; it need not be seekable.
        manifest: of the file.
    """

    def __init__(self, file: IO[bytes], manifest: Manifest) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - see finish
        self._manifest, self._parts, self._size_bytes = manifest, 0, 0
        self._lines: List[bytes] = []
        self._features: List[bytes] = []
        self._photos: List[bytes] = []
        self.people = self.faces = 0
        groups = [
            {"id": one.permission_id, "name": one.name, "description": one.description, "info": one.info_json}
            for one in manifest.groups
        ]
        values = {"format": FORMAT, "embedder": manifest.embedder, "dimension": manifest.dimension}
        counted = {"people": manifest.people, "photos": manifest.has_photos, "groups": groups}
        self._member(_MANIFEST, orjson.dumps({**values, **counted}))

    def add(self, person: Person, groups: Sequence[str], faces: Sequence[PersonFace]) -> None:
        """Write a person; a face that has neither photo nor a vector of the dimension is left out."""
        told = []
        for face in faces:
            feature = face.embedding if len(face.embedding) == 4 * self._manifest.dimension else b""
            photo = face.photo_jpeg if self._manifest.has_photos else b""
            if feature or photo:
                told.append({"embedder": face.embedder, "bytes": len(feature), "photo_bytes": len(photo)})
                self._features.append(feature)
                self._photos.append(photo)
                self._size_bytes += len(feature) + len(photo)
        line = {"id": person.identity_id, "name": person.name, "type": person.user_type.value}
        more = {"groups": list(groups), "ext": orjson.loads(person.ext_json), "faces": told}
        self._lines.append(orjson.dumps({**line, **more}))
        self.people, self.faces = self.people + 1, self.faces + len(told)
        if len(self._lines) >= PART_PEOPLE or self._size_bytes >= PART_BYTES:
            self._end_part()

    def _end_part(self) -> None:
        self._parts += 1
        stem = f"{self._parts:06d}"
        self._member(f"{stem}.people.jsonl", b"\n".join(self._lines))
        self._member(f"{stem}.features.f32", b"".join(self._features))
        if self._manifest.has_photos:
            self._member(f"{stem}.photos.bin", b"".join(self._photos))
        self._lines, self._features, self._photos, self._size_bytes = [], [], [], 0

    def _member(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))

    def finish(self) -> None:
        """Write what is left, and that this is all."""
        if self._lines:
            self._end_part()
        self._member(_END, orjson.dumps({"people": self.people, "faces": self.faces}))
        self._tar.close()

    def give_up(self) -> None:
        """Let go of a file that was not finished while it is open: else the collector writes into it later."""
        with contextlib.suppress(OSError):
            self._tar.close()


class FeatureTar:
    """A source: such a file, from wherever it comes.

    Args:
        path: of it.
        defaults: what everybody gets who brings nothing of their own.
        opened: opens it from the start where it lies in another file, as often as it is read.

    Raises:
        Unavailable: it cannot be read.
        BadInput: it is none, or of another format.
    """

    def __init__(self, path: Path, defaults: Defaults, opened: Optional[Callable[[], IO[bytes]]] = None) -> None:
        self.notes: List[str] = []
        self._path, self._defaults = path, defaults
        self._opened = opened or (lambda: open(path, "rb"))  # noqa: SIM115 - closed where it is read
        with self._members() as members:
            name, content = next(members, ("", b""))
        if name != _MANIFEST:
            raise BadInput(f"{path.name} is no file of exported people: it does not begin with {_MANIFEST}")
        self.manifest = manifest_of(content)
        self.groups = self.manifest.groups
        checked_count(self.manifest.people, path.name)

    def count(self) -> Optional[int]:
        return self.manifest.people

    def rows(self, skip: int) -> Iterator[Row]:
        number = 0
        with self._members() as members:
            next(members)
            for part in _parts(members):
                lines = part.lines
                if number + len(lines) <= skip:
                    number += len(lines)
                    continue
                for row in self._part_rows(part, number):
                    if row.number > skip:
                        yield row
                number += len(lines)
                if number > MAX_ROWS:
                    raise BadInput(f"it holds more than {MAX_ROWS} people")

    def _part_rows(self, part: "_Part", before: int) -> Iterator[Row]:
        features, photos = _Cut(part.features), _Cut(part.photos)
        for number, line in enumerate(part.lines, before + 1):
            label = f"person {number}"
            try:
                values = _table(orjson.loads(_checked_line(line)))
                faces = self._faces(values, features, photos)
            except (orjson.JSONDecodeError, BadInput) as error:
                # Where the vectors of the next one begin is not known any more.
                raise BadInput(f"{label}: {error}; the file is damaged") from None
            try:
                label = label_of(f"person {number} ({_text(values, 'id')})")
                row: Row = self._person_row(number, label, values, faces)
            except BadInput as error:
                row = RefusedRow(number, label, str(error), word_of(error))
            yield row

    def _faces(self, values: Dict[str, Any], features: "_Cut", photos: "_Cut") -> Tuple[FaceGiven, ...]:
        given = values.get("faces")
        if not isinstance(given, list) or len(given) > MAX_FACES:
            raise BadInput(f"faces must be a list of at most {MAX_FACES}")
        found = []
        for one in given:
            face = _table(one)
            size, photo_bytes = face.get("bytes", 4 * self.manifest.dimension), face.get("photo_bytes", 0)
            if size not in (0, 4 * self.manifest.dimension) or not _is_count(photo_bytes):
                raise BadInput("the sizes of a face make no sense")
            feature, photo = features.take(size), photos.take(photo_bytes)
            found.append(FaceGiven(photo, feature, _text(face, "embedder", self.manifest.embedder)))
        return tuple(found)

    def _person_row(self, number: int, label: str, values: Dict[str, Any], faces: Tuple[FaceGiven, ...]) -> Row:
        identity_id, name = _text(values, "id"), _text(values, "name")
        check_identity(identity_id, name)
        try:
            user_type = UserType(_text(values, "type", self._defaults.user_type.value))
        except ValueError:
            raise BadInput("type must be one of " + ", ".join(kind.value for kind in UserType)) from None
        groups = values.get("groups", [])
        if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
            raise BadInput("groups must be a list of names")
        if not faces:
            raise BadInput("it has no face")
        ext = orjson.dumps(_table(values.get("ext", {}))).decode()
        person = Person(identity_id, name, user_type, ext_json=ext)
        return PersonRow(number, label, person, faces, tuple(dict.fromkeys([*groups, *self._defaults.groups])))

    @contextlib.contextmanager
    def _members(self) -> Iterator[Iterator[Tuple[str, bytes]]]:
        try:
            file = self._opened()
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be read: {error.strerror}") from error
        with file:
            yield _read_members(file, self._path.name)

    def close(self) -> None:
        """Each reading closes its own."""


@dataclass(frozen=True)
class _Part:
    lines: List[bytes]
    features: bytes
    photos: bytes


class _Cut:
    """Pieces from the front of a member."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = memoryview(content), 0

    def take(self, size: int) -> bytes:
        piece = bytes(self._content[self._at : self._at + size])
        self._at += size
        if len(piece) < size:
            raise BadInput("the part holds fewer bytes than its people say")
        return piece


def _read_members(file: IO[bytes], title: str) -> Iterator[Tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=file, mode="r|", tarinfo=_FileHead) as tar:
            for info in tar:
                if not 0 <= info.size <= MAX_MEMBER_BYTES:
                    raise BadInput(f"{title}: {label_of(info.name)} is larger than is taken")
                member = tar.extractfile(info)
                assert member is not None
                yield info.name, member.read()
    except (tarfile.TarError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInput(f"{title} is no tar, or is cut off: {error}") from error
    except OSError as error:
        raise Unavailable(f"{title} cannot be read: {error.strerror or error}") from error


class _FileHead(tarfile.TarInfo):
    """The head of a plain file, the only one that is taken.

    What a head of another kind announces, such as a long name or fields of POSIX, is read whole by tarfile before
    anybody is asked, however long it says that it is.
    """

    @classmethod
    def frombuf(cls, buf: "bytes | bytearray", encoding: str, errors: str) -> "_FileHead":
        """The head in ``buf``; raises BadInput for one of anything else, and as tarfile."""
        info = super().frombuf(buf, encoding, errors)
        if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise BadInput("the tar holds more than plain files: it is no file of exported people")
        return info


def _parts(members: Iterator[Tuple[str, bytes]]) -> Iterator[_Part]:
    """The parts of a file, to its end.

    Raises:
        BadInput: the file ends before it says so, or holds something else.
    """
    found: Dict[str, bytes] = {}
    stem = ""
    for name, content in members:
        here, _, kind = name.partition(".")
        if here != stem and found:
            yield _part(found)
            found = {}
        if name == _END:
            return
        if kind not in ("people.jsonl", "features.f32", "photos.bin") or kind in found:
            raise BadInput(f"{label_of(name)} is no part of a file of exported people")
        stem, found[kind] = here, content
    raise BadInput("the file was cut off: its end is missing")


def _part(found: Dict[str, bytes]) -> _Part:
    lines = found.get("people.jsonl", b"").splitlines()
    if not lines:
        raise BadInput("a part of the file holds nobody")
    return _Part(lines, found.get("features.f32", b""), found.get("photos.bin", b""))


def manifest_of(content: bytes) -> Manifest:
    """The manifest in ``content``.

    Raises:
        BadInput: it is none, or of another format.
    """
    try:
        values = _table(orjson.loads(content))
    except orjson.JSONDecodeError:
        raise BadInput("the manifest is no JSON") from None
    if values.get("format") != FORMAT:
        raise BadInput(f"the file is of format {values.get('format')!r:.20}, this program knows {FORMAT}")
    dimension: Any = values.get("dimension")
    people: Any = values.get("people")
    groups = values.get("groups", [])
    if not _is_count(dimension) or not 1 <= dimension <= MAX_DIMENSION or not _is_count(people):
        raise BadInput("the manifest must say the dimension of the features and how many people there are")
    if not isinstance(groups, list) or len(groups) > MAX_GROUPS:
        raise BadInput(f"the manifest may name up to {MAX_GROUPS} groups")
    given = tuple(
        GroupGiven(
            _text(one, "id"), _text(one, "name"), _text(one, "description", ""), info_of(_text(one, "info", "{}"))
        )
        for one in map(_table, groups)
    )
    return Manifest(_text(values, "embedder")[:_SHA_LETTERS], dimension, people, bool(values.get("photos")), given)


def _checked_line(line: bytes) -> bytes:
    if len(line) > MAX_LINE_BYTES:
        raise BadInput("the line is larger than any that is meant")
    return line


def _table(value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("an object is something else")
    return value


def _text(values: Dict[str, Any], key: str, default: Optional[str] = None) -> str:
    value = values.get(key, default)
    if not isinstance(value, str):
        raise BadInput(f"{key} must be a text")
    return value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_feature_tar(path: Path) -> bool:
    """Whether the file says by its first bytes that it is one."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return file.read(len(_MANIFEST)) == _MANIFEST.encode()
    return False
