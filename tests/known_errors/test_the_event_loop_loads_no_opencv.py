"""The first blank photo was drawn on the event loop, which loaded OpenCV for it: no event went out meanwhile."""

import subprocess
import sys

PROGRAM = """
import asyncio, sys, threading
from sophon_report.api.call import Incoming
from sophon_report.api.arguments import Arguments
from sophon_report.api.identities import IdentityCalls
from sophon_report.errors import NotFound

class Noting:
    def find_spec(self, name, path=None, target=None):
        if name == "cv2":
            print("on the loop" if threading.current_thread() is threading.main_thread() else "in a thread")

class Nobody:
    async def photo(self, photo_id):
        raise NotFound("no such photo")

sys.meta_path.insert(0, Noting())
calls = IdentityCalls(Nobody(), None, None)
answer = asyncio.run(calls.photo(Incoming(Arguments({}), path={"image_id": "p"})))
assert answer.body[:2] == b"\\xff\\xd8"
"""


def test_a_blank_photo_is_drawn_beside_the_event_loop():
    """In a process that has drawn none before."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (set(done.stdout.splitlines()), done.returncode) == ({"in a thread"}, 0), done.stderr
