"""Both were let through when the change waited for the disk between looking at the tag and making it."""

import asyncio

from sophon_report.api.arguments import Arguments
from sophon_report.api.call import Incoming, Message, Need
from sophon_report.api.errors import Refusal
from sophon_report.api.v1.operation import Operation
from sophon_report.api.v1.shapes import Nothing
from sophon_report.api.v1.tags import Tags


def test_of_two_who_change_what_both_have_seen_one_is_late():
    """The second sees the tag that the first has left."""
    tag = '"1"'

    async def change(asked):
        nonlocal tag
        asked.must_match(tag)
        await asyncio.sleep(0)
        tag = '"2"'
        return Nothing()

    operation = Operation("PUT", "/toys/{toy}", Need.WRITE, "Change", change, Nothing, guarded=True)
    incoming = Incoming(Arguments({}), message=Message(headers={"If-Match": tag}))

    async def story():
        call = operation.call(Tags())
        return await asyncio.gather(*(call.handler(incoming) for _ in range(2)), return_exceptions=True)

    first, second = asyncio.run(story())
    assert first.status == 200
    assert isinstance(second, Refusal)
    assert second.code == "PRECONDITION_FAILED"
