"""The first call of each kind built its models on the event loop: some 20 ms on a PC, and no event went out."""

import threading
from typing import List

from own_calls import own_port
from pydantic import GetCoreSchemaHandler
from typing_extensions import Annotated

from sophon_report.api.call import Need
from sophon_report.api.v1.operation import Operation
from sophon_report.api.v1.shapes import Answer, Body, Query


class Noted:
    """Notes which thread has asked what it is."""

    def __init__(self):
        self.threads = []

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler):
        self.threads.append(threading.current_thread())
        return handler(source)


NOTED = Noted()


class Asked(Body):
    word: Annotated[str, NOTED]


class Looked(Query):
    way: Annotated[str, NOTED] = ""


class Part(Answer):
    word: Annotated[str, NOTED]


class Told(Answer):
    parts: List[Part]


def test_models_are_built_beside_the_event_loop():
    """Those of the body, of the query and of the answer."""
    loops = []

    async def echo(asked):
        loops.append(threading.current_thread())
        return Told(parts=[Part(word=asked.body.word)])

    call = Operation("POST", "/echo", Need.WRITE, "Echo", echo, Told, body=Asked, query=Looked)
    with own_port([call]) as port:
        reply = port.ask("POST", "/api/v1/echo", b'{"word": "a"}', "application/json")
    assert (reply.status, reply.json) == (200, {"parts": [{"word": "a"}]})
    assert NOTED.threads
    assert not set(NOTED.threads) & set(loops)
