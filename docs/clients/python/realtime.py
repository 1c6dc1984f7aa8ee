"""Keeps every event of a box in a folder, with its face: none is missed, none is kept twice.

pip install websocket-client
python realtime.py ws://box:5679 FOLDER [v2|v1]
"""

import base64
import json
import random
import sys
import time
from contextlib import closing
from pathlib import Path

import websocket

CONFIGURATIONS = {
    "v2": {"with_face_image": True, "with_register_image": False},
    "v1": {"need_face": True, "need_register": False},
}
LONGEST_WAIT_S = 30


def follow(url, folder, dialect):
    """Take events for ever; come back after a loss, later each time."""
    wait_s = 1
    while True:
        try:
            with closing(websocket.create_connection(url, timeout=10)) as connection:
                connection.settimeout(None)  # it may be quiet for hours; TCP keepalive finds a dead line
                connection.send(json.dumps({**CONFIGURATIONS[dialect], "since": last_number(folder)}))
                while True:
                    opcode, message = connection.recv_data()
                    if opcode == websocket.ABNF.OPCODE_CLOSE:
                        raise ConnectionError(f"closed: {message[2:].decode()}")
                    keep(json.loads(message), message, folder)
                    wait_s = 1
        except (OSError, websocket.WebSocketException) as error:
            print(f"{error}; again in {wait_s} s", file=sys.stderr, flush=True)
        time.sleep(wait_s * random.uniform(0.5, 1))
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def keep(event, message, folder):
    """The event first, its number last: what breaks off in between comes again, and is known by its file."""
    event_id = event["event_id"]
    if not (event_id.isalnum() and event_id.isascii()):
        raise ValueError("the id of an event becomes a file name")
    if event.get("resume_gone"):
        print("events before this one are gone", file=sys.stderr, flush=True)
    file = folder / f"{event_id}.json"
    if not file.exists():
        face = event.get("recognize_face_image") or event.get("ext_data", {}).get("recognize_face", "")
        (folder / f"{event_id}.jpg").write_bytes(base64.b64decode(face.rpartition(",")[2]))
        write(file, message)
        device_id = event.get("media_device_id") or event.get("device_id")
        print(event_id, device_id, event["identity_id"] or "-", flush=True)
    if event.get("seq"):
        write(folder / "since", str(event["seq"]).encode())


def last_number(folder):
    """Of the last event that is kept; 0, before there is one, asks for all that the box still has."""
    file = folder / "since"
    return int(file.read_bytes() or 0) if file.exists() else 0


def write(file, content):
    """Whole or not at all."""
    part = file.with_suffix(".part")
    part.write_bytes(content)
    part.replace(file)


if __name__ == "__main__":
    address, place, *asked = sys.argv[1:]
    Path(place).mkdir(parents=True, exist_ok=True)
    follow(address, Path(place), asked[0] if asked else "v2")
