#!/usr/bin/env python3
"""Fetch everybody from a box of firmware V6 with the vendor's software, as a list with photos to be imported.

    python people_from_g2.py BOX_ADDRESS FOLDER [--token TOKEN]
    sophon-report people import FOLDER/people.csv

Needs nothing but Python. FOLDER gets people.csv (id, name, type, names of permission groups, a photo, and what
else is kept of each) and a picture a person; it must not be there yet. Features are left behind: those of another
model mean nothing. The status is 1 when a photo was missing: who it was stands in the list, and is refused then.
"""

import argparse
import csv
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Dict, Iterator, List
from urllib.parse import quote

TIMEOUT_S = 30.0
PAGE = 100
PERSON = ["id", "name", "type", "permissions", "photo"]
EXT = (
    *("mobile", "email", "id_card", "gender", "visit_card_number", "employee_number", "title", "entry_time"),
    *("department", "address", "building_no", "floor", "description", "room", "start_time", "end_time"),
    *("interviewee", "visitor_company", "purpose", "welcome_message"),
)
"""Keys of ``ext_user_info``."""
JPEG = b"\xff\xd8"


class Box:
    """The calls of one box."""

    def __init__(self, address: str, token: str) -> None:
        self._root = f"http://{address if ':' in address else address + ':5555'}/sophon/v2/face/"
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def ask(self, call: str, body: Any = None) -> bytes:
        """What one call answers; leaves with a line where it is refused."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._root + call, data, self._headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
                return bytes(reply.read())
        except urllib.error.HTTPError as refusal:
            if data is None:  # of one picture
                return b""
            said = refusal.read(2000).decode("utf-8", "replace")
            sys.exit(f"{request.full_url}: HTTP {refusal.code}: {said}")
        except urllib.error.URLError as error:
            sys.exit(f"{request.full_url}: {error.reason}")

    def rows(self, call: str, name: str) -> Iterator[Dict[str, Any]]:
        """All rows of a call that answers in pages."""
        page = 0
        while True:
            rows = json.loads(self.ask(call, {"page_limit": PAGE, "page_index": page}))[name]
            yield from rows
            if len(rows) < PAGE:
                return
            page += 1


def main() -> int:
    """Fetch everybody; 0 when each has a photo."""
    asked = arguments()
    box, folder = Box(asked.box, asked.token), Path(asked.folder)
    groups = {row["permission_id"]: row["permission_name"] for row in box.rows("getpermissions", "permissions")}
    folder.mkdir(parents=True)
    count = lacking = 0
    with (folder / "people.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(PERSON + list(EXT))
        for count, row in enumerate(box.rows("getidentities", "identities"), 1):
            photo = fetch_photo(box, row, folder / f"{count:06}.jpg")
            lacking += not photo
            table.writerow(line(row, groups, photo))
    print(f"{count} people in {folder / 'people.csv'}, {lacking} without a photo")
    return 1 if lacking else 0


def fetch_photo(box: Box, row: Dict[str, Any], path: Path) -> str:
    """Save the first photo that there is of a person; its file's name, ``""`` without one."""
    for image_id in row.get("register_image_ids") or ():
        picture = box.ask(f"getregisterimage/{quote(str(image_id), safe='')}")
        if picture.startswith(JPEG):
            path.write_bytes(picture)
            return path.name
    return ""


def line(row: Dict[str, Any], groups: Dict[str, str], photo: str) -> List[str]:
    """A person's line of the list."""
    ext = row.get("ext_user_info") or {}
    names = ";".join(groups[one] for one in row.get("permission_ids") or () if one in groups)
    person = [row["identity_id"], row["identity_name"], row.get("user_type") or "employee", names, photo]
    return [*map(str, person), *("" if ext.get(key) is None else str(ext[key]) for key in EXT)]


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="fetch everybody from a box of firmware V6")
    parser.add_argument("box", help="address, with :PORT unless it is 5555")
    parser.add_argument("folder", help="to be made")
    parser.add_argument("--token", default="", help="where the box asks for one; the vendor's own does not")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
