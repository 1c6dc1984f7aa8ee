"""The support bundle: a zip that whoever mends a box from afar can work with.

The promise
    * No secret is in it, and unless it is asked for no face, name or id of a person: see ``masking.py``. What of
      the second net could not be read is told as ``masking`` among what is missing. When a part of it gave no
      answer at all, the texts into which anybody may have written anything are left out.
    * It is made whatever state the service is in, within :data:`LIMIT_S` and a little: what did not answer, and
      why, stands in ``bundle.json``.
    * It is not larger than :data:`MAX_BYTES` before packing; of a text that is too long the end stays, since that
      is what happened last. The file has mode 0600 and is whole or not there.
"""

import json
import time
import zipfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Tuple, Union

from sophon_report import __version__
from sophon_report.doctor.patience import all_within
from sophon_report.errors import SophonReportError
from sophon_report.ops.new_file import new_file
from sophon_report.support.faces import newest_visits
from sophon_report.support.known import Known, people_of, secrets_of_files, secrets_of_settings, secrets_of_store
from sophon_report.support.masking import Mask
from sophon_report.support.sources import FREE_TEXTS, Content, Places, Source, packed, sources

LIMIT_S = 45.0
KNOWN_S = 8.0
"""For all that is to be looked for in texts."""
MAX_MEMBER_BYTES = 8 << 20
MAX_BYTES = 48 << 20
HEAD = "bundle.json"


@dataclass(frozen=True)
class Made:
    """A bundle that was written."""

    path: Path
    size_bytes: int
    files: Tuple[str, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    """Why, by what is missing."""


@dataclass(frozen=True)
class _Failed:
    why: str


_PEOPLE = "people of the store"


@dataclass(frozen=True)
class _Net:
    """What is known to be secret, and who is registered: see ``masking.py``."""

    mask: Mask
    gaps: str
    """What could not be looked for, and why."""
    is_sure: bool
    """Each part gave an answer, a short one maybe."""


def make_bundle(places: Places, path: Path, *, faces: bool = False, limit_s: float = LIMIT_S) -> Made:
    """Collect what helps and write it to ``path``.

    Args:
        places: where to look.
        path: of the file; replaced when it is there.
        faces: take the newest events along with their pictures, and leave names and ids in.
        limit_s: how long all sources together may take.

    Raises:
        BadInput: at ``path`` is something else than a file.
        Unavailable: the file cannot be written.
    """
    data = places.data
    net = _second_net(places, min(KNOWN_S, limit_s), people=not faces)
    wanted = sources(places)
    missing = {} if net.is_sure else dict.fromkeys(FREE_TEXTS, "left out: see masking")
    for name in missing:
        del wanted[name]
    asked = {name: partial(_tried, source) for name, source in wanted.items()}
    answers: Dict[str, Union[Content, _Failed]] = all_within(limit_s, asked)
    missing.update({name: f"no answer within {limit_s:g} s" for name in wanted if name not in answers})
    if net.gaps:
        missing["masking"] = f"some secrets and people could not be looked for in the texts: {net.gaps}"
    if places.settings_problem:
        missing["settings"] = f"they are not those of the next start: {places.settings_problem}"
    contents: Dict[str, Content] = {}
    for name, answer in answers.items():
        if isinstance(answer, _Failed):
            missing[name] = answer.why
        else:
            contents[name] = answer
    if faces:
        got = all_within(limit_s, {"faces": partial(_pictures, data.journal)}).get("faces", "no answer in time")
        if isinstance(got, str):
            missing["faces"] = got
        else:
            contents.update(got)
    members = _members(contents, net.mask, missing)
    return _write(path, members, {name: net.mask.text(why) for name, why in missing.items()})


def _second_net(places: Places, limit_s: float, *, people: bool) -> _Net:
    """Gather what is to be looked for, from wherever it stands."""
    data = places.data
    looks: Dict[str, Callable[[], Known]] = {
        "files of keys and passwords": partial(secrets_of_files, places.settings, data),
        "secrets of the store": partial(secrets_of_store, data.store),
    }
    if people:
        looks[_PEOPLE] = partial(people_of, data.store)
    found = all_within(limit_s, looks)
    late = [f"{name}: no answer within {limit_s:g} s" for name in looks if name not in found]
    if places.file_values is None:
        late.append("the settings file could not be read")
    gaps = [*late, *sorted({fault for known in found.values() for fault in known.faults})]
    registered = found.pop(_PEOPLE, Known()).texts
    secrets = secrets_of_settings(places.settings, places.file_values or {})
    secrets.update(*(known.texts for known in found.values()))
    return _Net(Mask(secrets, registered), "; ".join(gaps), is_sure=not late)


def _tried(source: Source) -> Union[Content, _Failed]:
    try:
        return source()
    except (SophonReportError, OSError, ValueError) as error:
        return _Failed(str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours in one source must not cost the others
        return _Failed(f"{type(error).__name__}: {error}")


def _pictures(journal: Path) -> Union[Dict[str, Content], str]:
    try:
        return newest_visits(journal)
    except (SophonReportError, OSError) as error:
        return str(error)


def _members(contents: Mapping[str, Content], mask: Mask, missing: Dict[str, str]) -> Dict[str, bytes]:
    members: Dict[str, bytes] = {}
    left_bytes = MAX_BYTES
    for name in sorted(contents):
        whole = _with_end(name, contents[name], missing)
        content = packed(_masked(whole, mask))
        bound = min(MAX_MEMBER_BYTES, left_bytes)
        if len(content) > bound:
            missing[name] = f"left out: it has {len(content):,} bytes, and there is room for {bound:,}"
            continue
        members[name] = content
        left_bytes -= len(content)
    return members


def _with_end(name: str, content: Content, missing: Dict[str, str]) -> Content:
    """Of a text that is too long the end, in whole lines: half a secret would be found by nobody."""
    if not isinstance(content, str) or len(content) <= MAX_MEMBER_BYTES:
        return content
    missing[name] = f"cut: its last {MAX_MEMBER_BYTES:,} of {len(content):,} letters are here"
    return content[len(content) - MAX_MEMBER_BYTES :].partition("\n")[2]


def _masked(content: Content, mask: Mask) -> Content:
    if isinstance(content, bytes):
        return content
    return mask.text(content) if isinstance(content, str) else _as_json(mask.value(content))


def _as_json(value: object) -> Content:
    return value if isinstance(value, (dict, list)) else [value]


def _write(path: Path, members: Mapping[str, bytes], missing: Mapping[str, str]) -> Made:
    head = {
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "version": __version__,
        "files": sorted(members),
        "missing": dict(sorted(missing.items())),
    }
    with new_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {HEAD: json.dumps(head, indent=1).encode(), **members}.items():
            archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED)
    names: List[str] = [HEAD, *sorted(members)]
    return Made(path, path.stat().st_size, tuple(names), missing)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, time.gmtime()[:6])
    entry.external_attr = 0o600 << 16
    return entry
