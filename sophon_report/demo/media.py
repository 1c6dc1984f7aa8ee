"""The demo's media in a folder: ``demo.mp4``, ``people/``, ``truth.json`` and ``media.json``.

``media.json`` says of which files, by which recipe, the others were made; it is written last and removed first. So
a folder with a right ``media.json`` is whole, and a second run with the same input has nothing to do.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import cv2

from sophon_report.demo import film, pictures
from sophon_report.demo.cast import FindFace, Member, locate_face, own_cast, read_picture, sample_cast
from sophon_report.demo.scene import STAGE, Script, Sheet, Stage, crossing, face_box, face_span, fit, write_script
from sophon_report.demo.truth import TrueVisit, Truth, joined, load_truth
from sophon_report.errors import BadImage, BadInput, Unavailable
from sophon_report.model import Box, ImageArray
from sophon_report.vision.models.files import sha256_of, write_whole

RECIPE = 1
"""Raised with every change of what is made, so that old media are made again."""
GAP_MS = 3000
VIDEO, PEOPLE, TRUTH, RECEIPT = "demo.mp4", "people", "truth.json", "media.json"
CROSSING_S = 4.0


@dataclass(frozen=True)
class DemoMedia:
    """The film, who is to be registered, and what is true."""

    video: Path
    people: Path
    """Folder of ``<id>__<name>.jpg``."""
    truth: Truth


def make_demo_media(
    directory: Path,
    pictures_dir: Path,
    people_dir: Optional[Path] = None,
    find_face: Optional[FindFace] = None,
    say: pictures.Say = print,
    *,
    stage: Stage = STAGE,
) -> DemoMedia:
    """Put a film, its people and its truth into ``directory``, unless they are there already.

    Args:
        directory: where they go, made if needed.
        pictures_dir: where the sample photographs are kept, fetched when one is missing.
        people_dir: the user's own portraits, ``<id>__<name>.jpg``, instead of the sample.
        find_face: returns the box of a picture's main face; needed with ``people_dir``.
        say: told what happens, and whose pictures the sample shows.
        stage: size and pace of the video.

    Raises:
        BadInput: a folder or a portrait that cannot be used; the message names the file.
        ModelError: a sample photograph cannot be had.
        Unavailable: nothing can be written.
    """
    folder = directory / PEOPLE
    if people_dir is None:
        cast = sample_cast(pictures_dir)
        # Known without reading them: a folder that is made needs no pictures.
        hashes = {picture.name: picture.member.sha256 for picture in pictures.PICTURES}
        for line in pictures.credits():
            say(line)
    elif people_dir.resolve() == folder.resolve():
        raise BadInput(f"{people_dir} is where the registered portraits are written: choose another folder")
    else:
        cast = own_cast(people_dir)
        hashes = _hashes(cast)
    recipe = {"recipe": RECIPE, "stage": vars(stage), "pictures": hashes}
    if _is_made(directory, recipe):
        say(f"{directory / VIDEO} is there already")
    else:
        if people_dir is None:
            pictures.fetch_pictures(pictures_dir, say=say)
        try:
            _make(directory, cast, stage, recipe, find_face=find_face, say=say)
        except OSError as error:
            raise Unavailable(f"{directory} cannot be written: {error.strerror}") from error
    return DemoMedia(directory / VIDEO, folder, load_truth(directory / TRUTH))


def _hashes(cast: Sequence[Member]) -> Dict[str, str]:
    try:
        return {member.shown.name: sha256_of(member.shown) for member in cast}
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}") from error


def _receipt(directory: Path) -> Dict[str, Any]:
    try:
        content = json.loads((directory / RECEIPT).read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_made(directory: Path, recipe: Dict[str, Any]) -> bool:
    receipt = _receipt(directory)
    try:
        files = dict(receipt.pop("files"))
        return receipt == recipe and all(sha256_of(directory / name) == files[name] for name in files)
    except (KeyError, OSError, TypeError, ValueError):
        return False


def _make(
    directory: Path,
    cast: Sequence[Member],
    stage: Stage,
    recipe: Dict[str, Any],
    *,
    find_face: Optional[FindFace],
    say: pictures.Say,
) -> None:
    images, sheets = _prepare(cast, stage, find_face)
    script = write_script(len(cast))
    truth = true_visits(stage, script, sheets, cast)
    directory.mkdir(parents=True, exist_ok=True)
    _clear(directory)
    say(f"making {directory / VIDEO}: {script.duration_s:.0f} s of film, {len(cast)} people")
    film.write_video(directory / VIDEO, stage, film.frames(stage, script, images, sheets))
    names = [VIDEO, TRUTH, *(_register(directory, member) for member in cast if member.registered is not None)]
    write_whole(directory / TRUTH, [truth.dump()])
    receipt = {**recipe, "files": {name: sha256_of(directory / name) for name in names}}
    write_whole(directory / RECEIPT, [json.dumps(receipt, indent=2, ensure_ascii=False).encode() + b"\n"])


def _prepare(
    cast: Sequence[Member], stage: Stage, find_face: Optional[FindFace]
) -> Tuple[List[ImageArray], List[Sheet]]:
    images = [read_picture(member.shown) for member in cast]
    sheets = []
    for member, image in zip(cast, images):
        face = locate_face(member, image, find_face)
        try:
            sheets.append(fit(stage, image.shape[1], image.shape[0], face))
        except BadImage as error:
            raise BadImage(error.reason, f"{member.shown.name}: {error}") from error
    return images, sheets


def _clear(directory: Path) -> None:
    """Take the registered portraits of an earlier run away, and no file of anyone else's."""
    files = _receipt(directory).get("files", {})
    for path in (directory / RECEIPT, *(directory / PEOPLE / Path(name).name for name in files)):
        if path.is_file():
            path.unlink()


def _register(directory: Path, member: Member) -> str:
    """Write the registered photograph as it is, whole and with its metadata; what is no JPEG becomes one."""
    assert member.registered is not None
    name = f"{PEOPLE}/{member.file_name}"
    content = member.registered.read_bytes()
    if not content.startswith(b"\xff\xd8"):
        encoded = cv2.imencode(".jpg", read_picture(member.registered), [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
        content = encoded.tobytes()
    write_whole(directory / name, [content])
    return name


def true_visits(stage: Stage, script: Script, sheets: Sequence[Sheet], cast: Sequence[Member]) -> Truth:
    """What is true of the film."""
    visits = []
    for stay in script.stays:
        member = cast[stay.portrait]
        first, last = face_span(stage, sheets[stay.portrait], stay)
        in_ms, out_ms = (round(1000 * stage.time_s(frame)) for frame in (first, last))
        visits.append(TrueVisit(member.identity_id, in_ms, out_ms, member.person))
    return Truth(joined(visits, GAP_MS), round(1000 * script.duration_s), GAP_MS)


def make_crossing_clip(
    path: Path, cast: Sequence[Member], find_face: Optional[FindFace] = None, stage: Stage = STAGE
) -> Tuple[Tuple[Box, Box], ...]:
    """Write a clip in which the second of two people passes in front of the first; returns where both faces are.

    Returns:
        One pair of boxes per frame, the face behind first, whether it is covered or not.

    Raises:
        BadImage: a photograph that cannot be used.
        Unavailable: the clip cannot be written.
    """
    images, sheets = _prepare(cast, stage, find_face)
    count = round(CROSSING_S * stage.fps)
    poses = [crossing(stage, sheets, number / (count - 1)) for number in range(count)]
    film.write_video(path, stage, film.posed_frames(stage, poses, images, sheets))
    return tuple((face_box(sheets[0], first), face_box(sheets[1], second)) for first, second in poses)
