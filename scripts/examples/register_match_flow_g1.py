#!/usr/bin/env python3
"""Register somebody, add this computer as a photo device, have a picture matched: the calls of firmware V5.

    python register_match_flow_g1.py BOX_ADDRESS PHOTO [--token TOKEN] [--upload-url http://RECEIVER/HistoryEvent]

Needs nothing but Python. The box must let this computer write: ``access.open_writes = true`` in its settings, or a
token (``sophon-report token create NAME`` on the box); Each answer is printed; the status is 1 when one was a
refusal other than that something is there already.
"""

import argparse
import base64
import json
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

TIMEOUT_S = 30.0
NAME_TAKEN, PERSON_THERE = 40012, 40011
GROUP = "default_group"


class Box:
    """The calls of one box."""

    def __init__(self, address: str, token: str) -> None:
        self._root = f"http://{address if ':' in address else address + ':5555'}/"
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self.refused = 0

    def get(self, path: str) -> Tuple[int, Any]:
        """HTTP status and JSON of one call; printed."""
        return self._ask(urllib.request.Request(self._root + path, headers=self._headers))

    def post(self, path: str, body: Dict[str, Any], *there_already: int) -> Tuple[int, Any]:
        """As :meth:`get`; ``there_already`` are codes of refusals that are no fault."""
        request = urllib.request.Request(self._root + path, json.dumps(body).encode(), self._headers)
        return self._ask(request, *there_already)

    def _ask(self, request: urllib.request.Request, *there_already: int) -> Tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
                status, answer = reply.status, json.load(reply)
        except urllib.error.HTTPError as refusal:
            status, answer = refusal.code, json.load(refusal)
        except urllib.error.URLError as error:
            sys.exit(f"{request.full_url}: {error.reason}")
        print(request.get_method(), request.selector, status, json.dumps(answer, ensure_ascii=False, indent=2))
        if status != 200 and answer["error"]["code"] not in there_already:
            self.refused += 1
        return status, answer

    def id_of(self, kind: str, name: str) -> str:
        """Id of the group, or permission group, of exactly that name; ``""`` when there is none."""
        query = urllib.parse.urlencode({"info.name": name, "exact": "true"})
        status, answer = self.get(f"SophonFace/api/{kind}?{query}")
        found = answer["data"] if status == 200 else []
        return next((str(row["_id"]) for row in found if row["info"]["name"] == name), "")


def main() -> int:
    """Run the flow; 0 when nothing was refused."""
    asked = arguments()
    photo = Path(asked.photo).read_bytes()
    own_address = asked.own_address or address_towards(asked.box)
    box = Box(asked.box, asked.token)

    # A device accepts the people of its permission group.
    box.post(
        "SophonFogSys/api/permissions",
        {"permission_name": asked.permission_name, "description": "made by an example"},
        NAME_TAKEN,
    )
    permission_id = box.id_of("permissions", asked.permission_name)
    box.post(
        "SophonFogSys/api/users",
        {
            "group_name": GROUP,
            "identity_id": asked.identity_id,
            "reg_photo": base64.b64encode(photo).decode(),
            "create_no_exit_permission": False,
            "ignore_exist": False,
            "info": {"name": asked.name, "type": 1, "permission_ids": [permission_id] if permission_id else []},
            "fiqa_level": "custom",
        },
        PERSON_THERE,
    )
    # A gate or a door terminal pushes pictures from its own address. Here this computer is the gate.
    device = {
        "device_type": "photo",
        "netRelay": {},
        "is_start_rtmp": False,
        "device_name": f"device {own_address}",
        "device_key": own_address,
        "group_id": box.id_of("groups", GROUP),
        "permission_id": permission_id,
    }
    _, known = box.get("SophonDevice/api/Devices")
    if own_address not in [each["device_key"] for each in known["data"]["devices_list"]]:
        box.post("SophonDevice/api/Devices", {"devices_list": [device]})
    lines = base64.encodebytes(photo).decode()  # a line break after 76 letters, as many programs encode
    box.post("SophonMatch/api/PictureMatch", {"rgb_image_base64": lines, "device_ip": own_address})
    if asked.upload_url:
        box.post(
            "SophonFogSys/api/HistoryEventUrl",
            {
                "history_upload_event_url": [asked.upload_url],
                "content-type": "json",
                "reported_peroid": 1,
                "history_need_recognize_face": False,
                "history_need_reg_pic": True,
                "history_need_spot_pic": False,
            },
        )
    return 1 if box.refused else 0


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
    parser.add_argument("photo", metavar="PHOTO", help="a JPEG of one face of more than 60 pixels")
    parser.add_argument("--token", default="", help="of the box, when it does not let everybody write")
    parser.add_argument("--upload-url", default="", help="where the event is to be posted to")
    parser.add_argument("--own-address", default="", help="of this computer, as the box sees it")
    parser.add_argument("--permission-name", default="example group")
    parser.add_argument("--identity-id", default="666666")
    parser.add_argument("--name", default="张明")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
