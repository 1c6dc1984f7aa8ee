#!/usr/bin/env python3
"""Register somebody, add this computer as a photo device, have a picture matched: API 2.0, firmware V6.

    python register_match_flow_g2.py BOX_ADDRESS PHOTO [--token TOKEN] [--upload-url http://RECEIVER/HistoryEvent]

Needs nothing but Python. The box must let this computer write: ``access.open_writes = true`` in its settings, or a
token (``sophon-report token create NAME`` on the box); a second run, which finds the permission group there, must
be let to read as well. Each answer is printed; the status is 1 when one was a refusal other than that something is
there already.
"""

import argparse
import base64
import json
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

TIMEOUT_S = 30.0
THERE_ALREADY = ("NAME_REPEAT_ERROR", "ID_REPEAT_ERROR", "DEVICE_ADDRESS_DUPLICATE_ERROR")


class Box:
    """The calls of one box."""

    def __init__(self, address: str, token: str) -> None:
        self._root = f"http://{address if ':' in address else address + ':5555'}/sophon/v2/face/"
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self.refused = 0

    def post(self, call: str, body: Dict[str, Any]) -> Tuple[int, Any]:
        """HTTP status and JSON of one call; printed."""
        request = urllib.request.Request(self._root + call, json.dumps(body).encode(), self._headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
                status, answer = reply.status, json.load(reply)
        except urllib.error.HTTPError as refusal:
            status, answer = refusal.code, json.load(refusal)
        except urllib.error.URLError as error:
            sys.exit(f"{request.full_url}: {error.reason}")
        print(call, status, json.dumps(answer, ensure_ascii=False, indent=2))
        if status != 200 and answer["error"]["code"] not in THERE_ALREADY:
            self.refused += 1
        return status, answer


def main() -> int:
    """Run the flow; 0 when nothing was refused."""
    asked = arguments()
    photo = Path(asked.photo).read_bytes()
    own_address = asked.own_address or address_towards(asked.box)
    box = Box(asked.box, asked.token)

    permission_id = make_permission(box, asked.permission_name)
    box.post(
        "createidentity",
        {
            "identity_name": asked.name,
            "identity_id": asked.identity_id,
            "register_image": base64.b64encode(photo).decode(),
            "user_type": "vip",
            "permission_ids": [permission_id] if permission_id else [],
            "fiqa_level": "high",
        },
    )
    # A gate or a door terminal pushes pictures from its own address. Here this computer is the gate.
    box.post(
        "addmediadevice",
        {
            "media_device_type": "photo",
            "media_device_name": f"device {own_address}",
            "media_device_url": own_address,
            "permission_id": permission_id,
        },
    )
    lines = base64.encodebytes(photo).decode()  # a line break after 76 letters, as many programs encode
    box.post("search", {"rgb_image_base64": lines, "media_device_ip": own_address})
    if asked.upload_url:
        box.post("setconfigs", {"config_dict": {"HISTORY_EVENT_UPLOAD_URL": asked.upload_url}})
    return 1 if box.refused else 0


def make_permission(box: Box, name: str) -> str:
    """Id of the permission group: a device accepts the people of its own."""
    status, answer = box.post("createpermission", {"permission_name": name, "description": "made by an example"})
    if status != 200:  # there already, or refused
        status, answer = box.post("getpermission", {"permission_name": name})
    return str(answer["permission_id"]) if status == 200 else ""


def address_towards(box: str) -> str:
    """The address that the box sees of this computer, unless there is a router between that translates it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((box.partition(":")[0], 9))  # sends nothing
        return str(probe.getsockname()[0])


def arguments(given: Optional[list] = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "box", metavar="BOX_ADDRESS", help="such as 192.168.150.1; the port is 5555 unless :PORT says so"
    )
    parser.add_argument("photo", metavar="PHOTO", help="a JPEG of one face of more than 112 pixels")
    parser.add_argument("--token", default="", help="of the box, when it does not let everybody write")
    parser.add_argument("--upload-url", default="", help="where the event is to be posted to")
    parser.add_argument("--own-address", default="", help="of this computer, as the box sees it")
    parser.add_argument("--permission-name", default="example group")
    parser.add_argument("--identity-id", default="666666")
    parser.add_argument("--name", default="张明")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
