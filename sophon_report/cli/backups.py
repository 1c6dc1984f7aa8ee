"""``backup`` and ``restore``: a box in one file, and put back from it, with the service running or not."""

import argparse
import sys
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Optional

from rich.console import Console
from rich.progress import Progress

from sophon_report.api.password_rules import LONGEST_PASSPHRASE, SHORTEST_PASSPHRASE
from sophon_report.box_backup import Restoring, Told, Wish, make_backup
from sophon_report.cli import settings_of
from sophon_report.config import Settings
from sophon_report.errors import BadInput, Unavailable
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.backup.archive import PARTS
from sophon_report.terminal import printable

MAX_NAMED = 12
SENTENCES = {
    "settings": "settings",
    "devices": "devices",
    "destinations": "destinations",
    "people": "people, with faces, photos and groups",
}


def backup(arguments: argparse.Namespace) -> int:
    """Write one."""
    settings, wish = settings_of(arguments), _wish(arguments)
    what = ", ".join(SENTENCES[part] for part in wish.parts)
    print(f"writes {what} of {settings.data_dir} to {arguments.path}")
    sealed = "sealed with the passphrase" if wish.passphrase else "left out: give --passphrase-file to have them"
    print(f"passwords, keys and headers are {sealed}; events, models and who may log in are not part of it")
    with _progress() as progress:
        counts = make_backup(settings, arguments.path, wish, _told(progress))
    print(f"{arguments.path}: {', '.join(f'{count} {part}' for part, count in counts.items())}")
    if "people" in wish.parts:
        print("whoever has this file has their faces: keep it as you keep those")
    return 0


def restore(arguments: argparse.Namespace) -> int:
    """Say what one would change and, when that is wanted, put it back."""
    settings, wish = settings_of(arguments), _wish(arguments)
    with _progress() as progress, Restoring(settings, arguments.path, wish, _told(progress)) as restoring:
        plan = restoring.look()
        progress.stop()
        print(f"{arguments.path}: of version {plan['version']}; into {settings.data_dir}")
        for line in _lines(plan):
            print(printable(line, 600))
        print("what is not in the file stays: nobody and nothing is removed")
        if arguments.dry_run:
            return 0
        if not arguments.yes and not _agreed():
            print("nothing was changed")
            return 1
        progress.start()
        done = restoring.put_back()
    return _tell_done(plan, done, settings)


def _tell_done(plan: Mapping[str, Any], done: Mapping[str, Any], settings: Settings) -> int:
    refused = int(done.get("refused_people") or 0)
    if "registered" in done:
        print(f"registered {done['registered']} people, refused {refused}")
    if done.get("waiting"):
        print(f"count from the next start on: {', '.join(done['waiting'])}")
    bad, known = list(_refused(done)), set(_refused(plan))
    for line in bad:
        if line not in known:
            print(printable(line, 600))
    print("put back" + (", but for what was refused" if bad or refused else ""))
    if refused:
        print(f"whom it refused, and why, stands in {DataDir(settings.data_dir).import_notes}")
    return 1 if bad or refused else 0


def _wish(arguments: argparse.Namespace) -> Wish:
    parts = tuple(part for part in PARTS if part in arguments.part) or PARTS
    return Wish(parts, _passphrase(arguments.passphrase_file))


def _passphrase(path: Optional[Path]) -> str:
    if path is None:
        return ""
    try:
        with path.open("rb") as file:
            line = file.readline(4 * LONGEST_PASSPHRASE + 2).decode("utf-8").rstrip("\r\n")
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise BadInput(f"{path} holds no text") from None
    if not SHORTEST_PASSPHRASE <= len(line) <= LONGEST_PASSPHRASE:
        bounds = f"{SHORTEST_PASSPHRASE} to {LONGEST_PASSPHRASE}"
        raise BadInput(f"the first line of {path} must have {bounds} characters")
    return line


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("nobody can be asked here: --yes does it")
        return False
    return input("Put it back? [y/N] ").strip().lower() in ("y", "yes")


def _lines(plan: Mapping[str, Any]) -> Iterator[str]:
    settings = plan["settings"]
    if settings["changed"]:
        yield f"settings that change: {_some(settings['changed'])}"
    yield from (f"setting {key} is refused: {why}" for key, why in settings["refused"].items())
    for kind in ("devices", "destinations"):
        rows = plan[kind]
        for word, words in (("added", "new"), ("changed", "changed")):
            if rows[word]:
                yield f"{kind}, {words}: {_some(rows[word])}"
        if rows["same"]:
            yield f"{kind}, as they are: {rows['same']}"
        if rows["without_secret"]:
            yield f"{kind} whose password or keys you have to type in: {_some(rows['without_secret'])}"
    yield from _refused(plan)
    people = plan["people"]
    if people:
        yield f"people: {people['new']} new, {people['known']} overwritten, {people['refused']} refused"


def _refused(plan: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("devices", "destinations"):
        yield from (f"{kind}: {name} is refused: {why}" for name, why in plan[kind]["refused"].items())


def _some(names: List[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _progress() -> Progress:
    return Progress(console=Console(highlight=False, stderr=True), transient=True)


def _told(progress: Progress) -> Told:
    task = progress.add_task("checking", total=None)

    def told(step: str, done: int, total: Optional[int]) -> None:
        progress.update(task, description=step or "working", completed=done, total=total)

    return told
