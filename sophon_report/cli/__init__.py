"""The ``sophon-report`` command: one module a group of sub-commands, each imported when it is called.

Exit status: 0 done, 1 it could not be done, 2 the command line or the settings are wrong.

Nothing is imported here that takes time: a script asks for ``--help`` or ``check-config`` before every start.
"""

import argparse
import io
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, List, Optional

from sophon_report import __version__
from sophon_report.errors import ConfigError, SophonReportError, StoreError

if TYPE_CHECKING:
    from sophon_report.config import Settings

__all__ = ["main"]


def main(argv: Optional[List[str]] = None) -> int:
    """Run one command; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name must not fail on a terminal that cannot show it
    arguments = _parser().parse_args(argv)
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
    except ConfigError as error:
        for key, what in error.problems:
            print(f"{key}: {what}", file=sys.stderr)
        return 2
    except SophonReportError as error:
        print(f"sophon-report: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; point it elsewhere so that leaving does not fail as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"sophon-report: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    return status


def file_settings_of(arguments: argparse.Namespace) -> "Settings":
    """Settings of the file named on the command line, or of the usual one."""
    from sophon_report.config import default_config_file, load_settings

    return load_settings(arguments.config or default_config_file(), arguments.data_dir)


def settings_of(arguments: argparse.Namespace) -> "Settings":
    """The same with what the service on that folder has stored over them, as its next start sees them.

    A store that cannot be read is passed over with a warning: commands that need one say what is wrong.
    """
    from sophon_report.ops.data_dir import DataDir

    settings = file_settings_of(arguments)
    path = DataDir(settings.data_dir).store
    if not path.exists():
        return settings
    import structlog

    from sophon_report.store.database import Database
    from sophon_report.store.settings import SettingsStore, as_file, usable

    try:
        with closing(Database.open(path)) as database:
            return usable(as_file(settings), SettingsStore(database).all())[0]
    except StoreError as error:
        structlog.get_logger().warning("stored_settings_not_read", reason=str(error))
        return settings


def _dispatch(arguments: argparse.Namespace) -> int:
    # Each import here pulls in only what its command needs: `models list` must not load a detector.
    command = arguments.command
    if command == "check-config":
        from sophon_report.cli import check_config

        return check_config.check_config(arguments)
    _speak_plainly()
    if command == "run":
        from sophon_report.cli import service

        return service.run(arguments)
    if command in ("demo", "demo-media"):
        from sophon_report.cli import demo

        return demo.demo(arguments) if command == "demo" else demo.demo_media(arguments)
    if command == "models":
        from sophon_report.cli import models

        return models.models(arguments)
    if command == "people" and arguments.action in ("strangers", "enrol"):
        from sophon_report.cli import strangers

        return strangers.enrol(arguments) if arguments.action == "enrol" else strangers.strangers(arguments)
    if command == "people":
        from sophon_report.cli import people

        return people.people(arguments)
    if command == "devices":
        from sophon_report.cli import devices

        return devices.devices(arguments)
    if command in ("watch", "receive"):
        from sophon_report.cli import clients

        return clients.watch(arguments) if command == "watch" else clients.receive(arguments)
    if command == "destinations":
        from sophon_report.cli import destinations

        return destinations.destinations(arguments)
    if command == "journal" and arguments.action in ("dead", "resend", "drop"):
        from sophon_report.cli import dead_letters

        actions = {"dead": dead_letters.dead, "resend": dead_letters.resend, "drop": dead_letters.drop}
        return actions[arguments.action](arguments)
    if command == "journal":
        from sophon_report.cli import journal

        return journal.journal(arguments)
    if command == "token":
        from sophon_report.cli import tokens

        return tokens.token(arguments)
    if command == "password":
        from sophon_report.cli import password

        return password.password(arguments)
    if command in ("backup", "restore"):
        from sophon_report.cli import backups

        return backups.backup(arguments) if command == "backup" else backups.restore(arguments)
    if command == "support-bundle":
        from sophon_report.cli import support

        return support.support_bundle(arguments)
    from sophon_report.cli import doctor

    return doctor.doctor(arguments)


def _speak_plainly() -> None:
    """Log to standard error what matters to whoever gives a command; ``run`` then logs by the settings."""
    from sophon_report.config import Log
    from sophon_report.ops import logs

    logs.configure(Log(level="warning", format="text"), "cli")


def _parser() -> argparse.ArgumentParser:
    places = argparse.ArgumentParser(add_help=False)
    places.add_argument("--config", type=Path, metavar="FILE", help="settings; default: the box's config.toml")
    places.add_argument("--data-dir", type=Path, metavar="DIR", help="folder of all state; wins over the settings")

    parser = argparse.ArgumentParser(prog="sophon-report", description="Face event reporting for Sophon SE boxes.")
    parser.add_argument("--version", action="version", version=f"sophon-report {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", parents=[places], help="the service; Ctrl-C or SIGTERM drains and leaves")
    run.add_argument("--only", choices=["report", "vision"], help="one of its two processes")
    run.add_argument("--child", action="store_true", help=argparse.SUPPRESS)

    check = commands.add_parser("check-config", help="0, or every problem with its key")
    check.add_argument("file", type=Path, metavar="FILE")

    _demo_commands(commands, places)
    _model_commands(commands, places)
    _people_commands(commands, places)
    _client_commands(commands, places)
    _destination_commands(commands, places)
    _journal_commands(commands, places)
    _token_commands(commands, places)
    _password_commands(commands, places)

    _operations_commands(commands, places)
    return parser


def _operations_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    doctor = commands.add_parser(
        "doctor", parents=[places], help="what this machine has and lacks; 1 when something stops events"
    )
    doctor.add_argument("--json", action="store_true", help="a list of id, level, subject, text, to_do")
    bundle = commands.add_parser(
        "support-bundle", parents=[places], help="settings, states and logs in one file, without secrets"
    )
    bundle.add_argument("path", type=Path, metavar="FILE", help="a zip; replaced when it is there")
    bundle.add_argument("--faces", action="store_true", help="with the newest events, their pictures and names")
    part = ["settings", "devices", "destinations", "people"]
    backup = commands.add_parser(
        "backup", parents=[places], help="settings, devices, destinations and people in one file"
    )
    backup.add_argument("path", type=Path, metavar="FILE", help="a zip; must not be there yet")
    restore = commands.add_parser(
        "restore", parents=[places], help="put a backup back; says before what it would do"
    )
    restore.add_argument("path", type=Path, metavar="FILE")
    restore.add_argument("--yes", action="store_true", help="do it without being asked")
    restore.add_argument("--dry-run", action="store_true", help="only look through it and say what it would do")
    for one in (backup, restore):
        one.add_argument(
            "--part", action="append", default=[], choices=part, help="only this; may be repeated; default: all"
        )
        one.add_argument(
            "--passphrase-file", type=Path, metavar="FILE", help="the first line of it seals or opens the secrets"
        )


def _demo_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    demo = commands.add_parser("demo", parents=[places], help="play the sample through the real service")
    demo.add_argument("--exit", action="store_true", help="stop after the video")
    demo.add_argument("--speed", choices=["realtime", "fast"], default="realtime")
    media = commands.add_parser(
        "demo-media", parents=[places], help="make the sample video, photos and truth.json"
    )
    media.add_argument("directory", type=Path, metavar="DIR")
    media.add_argument("--people", type=Path, metavar="DIR", help="your own portraits, <id>__<name>.jpg")


def _model_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    models = commands.add_parser("models", parents=[places], help="model files: list, fetch, verify")
    models.add_argument("action", nargs="?", choices=["list", "fetch", "verify"], default="list")
    models.add_argument(
        "--from", dest="from_dir", type=Path, metavar="DIR", help="fetch: archives are already here"
    )


def _people_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    people = commands.add_parser("people", help="registered people")
    actions = people.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", parents=[places], help="who is registered")
    imported = actions.add_parser(
        "import",
        parents=[places],
        help="a folder or .zip of <id>__<name>.jpg, or with a list; a .csv or .xlsx; a .tar of another box",
    )
    imported.add_argument("path", type=Path, metavar="PATH")
    imported.add_argument("--type", default="employee", choices=["employee", "visitor", "blacklist", "vip"])
    imported.add_argument("--replace", action="store_true", help="people of known ids are overwritten")
    imported.add_argument(
        "--permission", action="append", default=[], metavar="NAME", help="a group for everybody; may be repeated"
    )
    imported.add_argument("--resume", action="store_true", help="go on where the same import was broken off")
    imported.add_argument("--report", type=Path, metavar="FILE.csv", help="write whom it refused, and why")
    imported.add_argument(
        "--level",
        "--fiqa-level",
        dest="fiqa_level",
        default="",
        choices=["no", "low", "normal", "middle", "high", "custom"],
        help="what is asked of a photo (quality.enrol_level of the settings)",
    )
    exported = actions.add_parser("export", parents=[places], help="everybody, for another box")
    exported.add_argument("path", type=Path, metavar="FILE.tar")
    exported.add_argument("--photos", action="store_true", help="with their photos")
    actions.add_parser("strangers", parents=[places], help="whom the stranger library knows")
    enrolled = actions.add_parser(
        "enrol", parents=[places], help="make one of those a person; history stays joined"
    )
    enrolled.add_argument("stranger", metavar="STRANGER_ID")
    enrolled.add_argument("--id", required=True, metavar="ID", help="of the person")
    enrolled.add_argument("--name", required=True)
    enrolled.add_argument("--type", default="employee", choices=["employee", "visitor", "blacklist", "vip"])
    erased = actions.add_parser(
        "erase", parents=[places], help="remove a person from everything, their events too; asks nothing"
    )
    erased.add_argument("id", metavar="ID", help="of the person; one who was deleted before may be in events yet")
    devices = commands.add_parser("devices", help="cameras and files")
    device_actions = devices.add_subparsers(dest="action", required=True, metavar="ACTION")
    device_actions.add_parser("list", parents=[places], help="what is watched, and how it does")
    test = device_actions.add_parser(
        "test", parents=[places], help="open a stream or a file once; says what comes"
    )
    test.add_argument("url", metavar="URL", help="rtsp:// or http://user:password@host/path, a film or a folder")
    test.add_argument("--transport", default="tcp", choices=["tcp", "udp"], help="how an RTSP camera sends")
    test.add_argument("--picture", type=Path, metavar="FILE", help="write the picture that came, a JPEG")


def _client_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    # These two touch no service's files; they take the places so that scripts may pass them to any command.
    watch = commands.add_parser("watch", parents=[places], help="a terminal client of the realtime stream")
    watch.add_argument("url", metavar="URL", help="ws://127.0.0.1:5679")
    watch.add_argument("--dialect", choices=["v2", "v1"], default="v2", help="of firmware V6, or of V5")
    watch.add_argument(
        "--device", action="append", default=[], metavar="ID", help="only this device; may be repeated"
    )
    watch.add_argument("--images", type=Path, metavar="DIR", help="save the pictures here")
    watch.add_argument("--ca", type=Path, metavar="FILE", help="wss: trust this certificate (PEM)")
    receive = commands.add_parser(
        "receive", parents=[places], help="a receiver of POSTed events and states, like the vendor's bundled one"
    )
    receive.add_argument("--host", default="0.0.0.0")  # noqa: S104 - a box elsewhere posts to it
    receive.add_argument("--port", type=int, default=9528)
    receive.add_argument("--save", type=Path, metavar="DIR", help="save pictures and JSON here")
    receive.add_argument(
        "--fail-rate", type=float, default=0.0, metavar="P", help="answer 500 to this part, 0 to 1"
    )
    receive.add_argument("--delay-ms", type=int, default=0, metavar="N", help="answer so much later")
    receive.add_argument(
        "--secret-file",
        type=Path,
        metavar="FILE",
        help="take only what was signed with the key in it (whsec_...; Standard Webhooks)",
    )


def _destination_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    destinations = commands.add_parser("destinations", help="receivers of events by HTTP POST")
    actions = destinations.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", parents=[places], help="who is told, how, and what was not delivered")
    listed.add_argument("--json", action="store_true", help="with every setting and figure; secrets are masked")
    for action, words in (
        ("pause", "send nothing until resumed, over restarts too; its events wait, realtime ones (se3) are lost"),
        ("resume", "send again, and try now what waits for its next try"),
        ("update", "take over what the settings file says of it now; its place stays"),
        ("test", "post a sample event of a person named test and show the whole exchange"),
    ):
        one = actions.add_parser(action, parents=[places], help=words)
        one.add_argument("name", metavar="NAME")
    one.add_argument("--json", action="store_true", help="the whole exchange for programs")


def _journal_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    journal = commands.add_parser("journal", help="the events on disk")
    actions = journal.add_subparsers(dest="action", required=True, metavar="ACTION")
    stat = actions.add_parser("stat", parents=[places], help="numbers, bytes, what each destination still lacks")
    stat.add_argument("--json", action="store_true")
    verify = actions.add_parser("verify", parents=[places], help="read all of it; says what is damaged")
    verify.add_argument("--json", action="store_true")
    again = actions.add_parser(
        "reindex", parents=[places], help="read all of it into the history of events again, where rows are missing"
    )
    again.add_argument("--json", action="store_true")
    show = actions.add_parser("show", parents=[places], help="one record")
    show.add_argument("seq", type=int, metavar="SEQ")
    show.add_argument("--images", type=Path, metavar="DIR", help="save its pictures here")
    dead = actions.add_parser("dead", parents=[places], help="events that a destination refused, and why")
    dead.add_argument("name", nargs="?", metavar="NAME", help="of a destination; default: all")
    dead.add_argument("--json", action="store_true")
    dead.add_argument("--show", type=int, metavar="SEQ", help="one of them, in full but for its pictures")
    for action, words in (("resend", "send refused events again"), ("drop", "give refused events up")):
        one = actions.add_parser(action, parents=[places], help=words)
        one.add_argument("name", metavar="NAME", help="of a destination")
        which = one.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "ids", nargs="*", default=[], metavar="ID", help="number of a record, or id of an event"
        )
        which.add_argument("--all", action="store_true")


def _token_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    token = commands.add_parser("token", help="what programs show to be let in")
    actions = token.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", parents=[places], help="make one and show it, once")
    create.add_argument("name", metavar="NAME")
    roles = ("viewer", "operator", "admin")
    create.add_argument("--role", choices=roles, default="admin", help="what it is good for; admin: everything")
    revoke = actions.add_parser("revoke", parents=[places], help="make it worthless")
    revoke.add_argument("name", metavar="NAME")
    actions.add_parser("list", parents=[places], help="names, and when each was used last")


def _password_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", places: argparse.ArgumentParser
) -> None:
    password = commands.add_parser("password", help="of a user, who logs in by page or program")
    actions = password.add_subparsers(dest="action", required=True, metavar="ACTION")
    reset = actions.add_parser("reset", parents=[places], help="make a new one up; who is logged in is logged out")
    reset.add_argument("user", metavar="USER", nargs="?", default="admin", help="whose; admin when left out")
