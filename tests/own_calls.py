"""Our own operations over a socket, without the service around them."""

from http_port import http_port

from sophon_report.api.v1.tags import Tags


def calls_of(operations):
    """As the door serves them."""
    tags = Tags()
    return [operation.call(tags) for operation in operations]


def own_port(operations, *check, **options):
    """A port that serves ``operations``."""
    return http_port(calls_of(operations), *check, **options)
