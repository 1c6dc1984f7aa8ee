"""``watch`` and ``receive``: the two ends that events go to."""

import argparse
import asyncio

from sophon_report.errors import ConfigError


def watch(arguments: argparse.Namespace) -> int:
    """Print events of the realtime stream until interrupted."""
    from sophon_report.watch import watch as follow

    if not arguments.url.startswith(("ws://", "wss://")):
        raise ConfigError([("URL", "must begin with ws:// or wss://")])
    asyncio.run(follow(arguments.url, arguments.dialect, arguments.device, arguments.images, ca_file=arguments.ca))
    return 0


def receive(arguments: argparse.Namespace) -> int:
    """Take POSTed events until interrupted."""
    from sophon_report.config import signing_key
    from sophon_report.receiver import run

    problems = []
    if not 0 <= arguments.port <= 65535:
        problems.append(("--port", "must be 0 to 65535"))
    if not 0 <= arguments.fail_rate <= 1:
        problems.append(("--fail-rate", "must be 0 to 1"))
    if arguments.delay_ms < 0:
        problems.append(("--delay-ms", "must not be negative"))
    key = signing_key(arguments.secret)
    if arguments.secret and not key:
        problems.append(("--secret", "must be whsec_ and base64"))
    if problems:
        raise ConfigError(problems)
    run(arguments.port, arguments.save, arguments.fail_rate, arguments.delay_ms, arguments.host, key)
    return 0
