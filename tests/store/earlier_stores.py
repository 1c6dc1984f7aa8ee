"""Stores as earlier versions left them: made by their own migrations, with rows in every table they had.

A row is described once, with all that today's tables have; a store of an earlier version gets the columns that its
tables had. What a later version moved elsewhere is described where it was.
"""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sophon_report.store.database import MIGRATIONS, Database, FileKind

NEWEST = max(int(path.name[:4]) for path in MIGRATIONS.glob("[0-9]*.sql"))
VERSIONS = range(1, NEWEST + 1)
JPEG = b"\xff\xd8\xff\xe0 ada \xff\xd9"
VECTOR = bytes(range(128)) * 4
EMBEDDER = "e" * 64
TOKEN = "ab" * 32
CAMERA = "rtsp://admin:geheim@10.0.0.21/ch1"

ROWS = (
    ("person", {"identity_id": "E-1", "name": "Ada", "user_type": "employee", "name_folded": "ada"}),
    (
        "person",
        {"identity_id": "E-2", "name": "李", "user_type": "vip", "name_folded": "李", "ext_json": '{"a":1}'},
    ),
    ("permission_of", {"identity_id": "E-1", "position": 0, "permission_id": "staff"}),
    (
        "face",
        {
            "number": 1,
            "face_id": "f1",
            "identity_id": "E-1",
            "photo_id": "p1",
            "embedder": EMBEDDER,
            "embedding": VECTOR,
            "photo_jpeg": JPEG,
        },
    ),
    ("photo", {"face_number": 1, "jpeg": JPEG}),
    (
        "device",
        {
            "device_id": "door",
            "name": "front door",
            "type": "rtsp",
            "url": CAMERA,
            "permission_id": "staff",
            "roi_x1": 0,
            "roi_y1": 0,
            "roi_x2": 640,
            "roi_y2": 480,
            "loop": 0,
            "speed": "realtime",
        },
    ),
    (
        "destination",
        {
            "name": "platform",
            "url": "http://10.0.0.5:9528/x",
            "layout": "g2",
            "enabled": 1,
            "timeout_s": 12.5,
            "start": "oldest",
            "start_seq": 0,
            "content_type": "json",
            "register_photo": 1,
            "scene": 1,
            "face": 1,
            "infrared": 0,
            "attributes": 0,
            "period_s": 0.0,
            "retry": 0,
            "origin": "",
        },
    ),
    ("seed", {"kind": "device", "key": "door"}),
    ("seed", {"kind": "device", "key": "gone"}),
    ("setting", {"key": "visit.gap_s", "value": "7.5"}),
    ("vendor_config", {"key": "GATE_WORK_MODE", "value": '"mq"'}),
    ("vendor_config", {"key": "REGN_VIDEO_FIQA", "value": "false"}),
    (
        "token",
        {"name": "platform", "sha256": hashlib.sha256(TOKEN.encode()).digest(), "created_ms": 1, "used_ms": 2},
    ),
    ("audit", {"at_ms": 5, "actor": "admin", "action": "login", "detail": ""}),
    (
        "stranger",
        {
            "stranger_id": "S-1",
            "first_ms": 1,
            "last_ms": 2,
            "visits": 3,
            "rank": 0.5,
            "photo_id": "sp1",
            "embedder": EMBEDDER,
            "embedding": VECTOR,
            "photo_jpeg": JPEG,
        },
    ),
    ("stranger_alias", {"alias": "S-0", "identity_id": "S-1"}),
    (
        "account",
        {
            "name": "admin",
            "salt": bytes(16),
            "hash": bytes(32),
            "cost_n": 1024,
            "cost_r": 8,
            "cost_p": 1,
            "generation": 3,
            "generated": 0,
            "changed_ms": 9,
        },
    ),
    (
        "permission_group",
        {"permission_id": "staff", "name": "Staff", "name_folded": "staff", "description": "", "info_json": "{}"},
    ),
    ("user_group", {"name": "night", "description": "shift", "info_json": "{}"}),
    ("group_of", {"identity_id": "E-1", "name": "night"}),
    ("user_info", {"identity_id": "E-1", "info_json": '{"phone":"1"}'}),
    ("setup_step", {"name": "done", "at_ms": 1}),
)


def up_to(version: int, folder: Path) -> FileKind:
    """The kind of file that a program of ``version`` knew: its migrations are copied to ``folder``."""
    folder.mkdir()
    for script in MIGRATIONS.glob("[0-9]*.sql"):
        if int(script.name[:4]) <= version:
            shutil.copy(script, folder)
    return FileKind(folder)


def make(path: Path, version: int, scripts: Path) -> None:
    """A store of ``version`` with a row in each table that it had."""
    Database.open(path, up_to(version, scripts)).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, values in ROWS:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            given = {name: value for name, value in values.items() if name in columns}
            if given:
                names, places = ", ".join(given), ", ".join("?" * len(given))
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(given.values()))
