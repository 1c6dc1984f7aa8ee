"""``watch`` and ``receive``: the two ends that events go to."""

import argparse
import asyncio
from pathlib import Path

from sophon_report.errors import ConfigError

MAX_SECRET_BYTES = 4096
"""A key has 94 characters at most."""


def watch(arguments: argparse.Namespace) -> int:
    """Print events of the realtime stream until interrupted."""
    from sophon_report.watch import watch as follow

    if not arguments.url.startswith(("ws://", "wss://")):
        raise ConfigError([("URL", "must begin with ws:// or wss://")])
    asyncio.run(follow(arguments.url, arguments.dialect, arguments.device, arguments.images, ca_file=arguments.ca))
    return 0


def receive(arguments: argparse.Namespace) -> int:
    """Take POSTed events until interrupted."""
    from sophon_report.receiver import run

    problems = []
    if not 0 <= arguments.port <= 65535:
        problems.append(("--port", "must be 0 to 65535"))
    if not 0 <= arguments.fail_rate <= 1:
        problems.append(("--fail-rate", "must be 0 to 1"))
    if arguments.delay_ms < 0:
        problems.append(("--delay-ms", "must not be negative"))
    if problems:
        raise ConfigError(problems)
    key = _signing_key(arguments.secret_file) if arguments.secret_file else b""
    run(arguments.port, arguments.save, arguments.fail_rate, arguments.delay_ms, arguments.host, key)
    return 0


def _signing_key(path: Path) -> bytes:
    """The key in a file: on the command line every user of the machine could read it."""
    from sophon_report.config import signing_key

    try:
        with path.open("rb") as file:
            key = signing_key(file.read(MAX_SECRET_BYTES).decode("ascii").strip())
    except OSError as error:
        raise ConfigError([("--secret-file", f"cannot be read: {error.strerror}")]) from error
    except ValueError:
        key = b""
    if not key:
        raise ConfigError([("--secret-file", "must hold whsec_ and base64")])
    return key
