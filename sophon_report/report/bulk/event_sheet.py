"""Events as a table for people: a CSV that opens in Excel, also with Chinese names. Pure.

UTF-8 with a BOM; times by the clock that was asked for, told in the header; no cell is taken for a formula.
"""

import datetime as dt
from typing import Mapping, Sequence, Tuple

from sophon_report.report.bulk.notebook import csv_line
from sophon_report.store.event_index import EventRow

BOM = b"\xef\xbb\xbf"
COLUMNS: Mapping[str, Tuple[str, ...]] = {
    "en": (
        *("event", "in", "out", "recognised", "device id", "device", "person id", "name", "type", "score"),
        *("gender", "age", "glasses", "mask", "hat", "ended by", "face picture", "scene picture"),
    ),
    "zh": (
        *("事件", "进入", "离开", "识别", "设备编号", "设备", "人员编号", "姓名", "类型", "相似度"),
        *("性别", "年龄", "眼镜", "口罩", "帽子", "结束原因", "人脸图片", "全景图片"),
    ),
}
TIMES = (1, 2, 3)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "zh": {
        "employee": "员工",
        "visitor": "访客",
        "blacklist": "黑名单",
        "stranger": "陌生人",
        "vip": "贵宾",
        "male": "男",
        "female": "女",
        "yes": "是",
        "no": "否",
        "left": "离开",
        "max": "达到最长时间",
        "lost": "识别停止",
        "restart": "服务重启",
    },
}


def header(language: str, utc_offset_min: int) -> bytes:
    """The first line, BOM included."""
    zone = zone_of(utc_offset_min)
    names = [f"{name} ({zone})" if at in TIMES else name for at, name in enumerate(COLUMNS[language])]
    return BOM + csv_line(names)


def line(row: EventRow, pictures: Mapping[str, str], language: str, utc_offset_min: int) -> bytes:
    """The line of an event; ``pictures`` are names of files by ``face`` and ``scene``."""
    words, face = WORDS[language], row.shot.attributes

    def word(text: str) -> str:
        return words.get(text, text)

    def flag(value: object) -> str:
        return "" if value is None else word("yes" if value else "no")

    times = [time_of(at_ms, utc_offset_min) for at_ms in (row.in_ms, row.out_ms, row.at_ms)]
    cells: Sequence[str] = (
        *(row.event_id, *times, row.device_id, row.device_name, row.identity_id, row.name),
        *(word(row.user_type.value), f"{row.score_pct:.2f}", word(face.gender or "")),
        "" if face.age_years is None else str(int(face.age_years)),
        *(flag(face.glasses), flag(face.mask), flag(face.hat), word(row.ended_by)),
        *(pictures.get("face", ""), pictures.get("scene", "")),
    )
    return csv_line(cells)


def time_of(at_ms: int, utc_offset_min: int) -> str:
    """``2025-10-09 16:53:20``; ``""`` for 0, and for what no calendar has."""
    if not at_ms:
        return ""
    try:
        moment = EPOCH + dt.timedelta(milliseconds=at_ms, minutes=utc_offset_min)
    except OverflowError:
        return ""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def zone_of(utc_offset_min: int) -> str:
    """``UTC+08:00``."""
    hours, minutes = divmod(abs(utc_offset_min), 60)
    return f"UTC{'-' if utc_offset_min < 0 else '+'}{hours:02d}:{minutes:02d}"
