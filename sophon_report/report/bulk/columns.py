"""What the columns of a list of people mean: by their headings, in English or Chinese.

A heading counts whatever its case and the blanks, underscores and stars in it. Those that no table knows are
passed over and told. Cells are texts; numbers come as a sheet shows them.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Dict, List, Mapping, Sequence, Tuple

import orjson

from sophon_report.errors import BadInput
from sophon_report.model import Person, UserType
from sophon_report.recognition.enrol import check_identity
from sophon_report.report.bulk.rows import Defaults

MAX_COLUMNS = 100
MAX_CELL_LETTERS = 2000

ID, NAME, TYPE, GROUPS, PHOTO = "id", "name", "type", "permissions", "photo"
EXT = "ext:"

_HEADINGS: Dict[str, Tuple[str, ...]] = {
    ID: ("id", "identity id", "person id", "user id", "编号", "人员编号", "人员id", "身份id", "用户id"),
    NAME: ("name", "identity name", "full name", "姓名", "名字", "名称", "人员姓名"),
    TYPE: ("type", "user type", "person type", "类型", "人员类型", "用户类型", "身份类型"),
    GROUPS: ("permissions", "permission", "permission ids", "group", "groups", "权限", "权限组", "通行权限"),
    PHOTO: ("photo", "photo file", "image", "picture", "file", "照片", "图片", "照片文件", "图片文件", "人脸照片"),
    "ext:mobile": ("mobile", "phone", "手机", "手机号", "手机号码", "电话", "联系电话"),
    "ext:email": ("email", "e-mail", "mail", "邮箱", "电子邮箱", "邮件"),
    "ext:id_card": ("id card", "idnumber", "身份证", "身份证号", "身份证号码", "证件号"),
    "ext:gender": ("gender", "sex", "性别"),
    "ext:visit_card_number": ("visit card number", "card number", "card", "卡号", "门禁卡号", "访客卡号"),
    "ext:employee_number": ("employee number", "job number", "jobnumber", "工号", "员工编号", "员工号"),
    "ext:title": ("title", "职位", "职务", "岗位"),
    "ext:entry_time": ("entry time", "entrytime", "入职时间", "入职日期"),
    "ext:department": ("department", "部门"),
    "ext:address": ("address", "地址", "住址"),
    "ext:building_no": ("building no", "building", "楼栋", "楼号", "栋号"),
    "ext:floor": ("floor", "楼层"),
    "ext:description": ("description", "remark", "remarks", "note", "备注", "描述"),
    "ext:room": ("room", "房间", "房间号", "房号"),
    "ext:start_time": ("start time", "starttime", "开始时间", "来访时间"),
    "ext:end_time": ("end time", "endtime", "结束时间", "离开时间"),
    "ext:interviewee": ("interviewee", "被访人", "受访人", "拜访对象"),
    "ext:visitor_company": ("visitor company", "come from", "来访单位", "访客单位", "访客公司"),
    "ext:purpose": ("purpose", "来访目的", "来访事由", "事由"),
    "ext:welcome_message": ("welcome message", "message", "欢迎语", "欢迎词"),
}
_TYPES: Dict[UserType, Tuple[str, ...]] = {
    UserType.EMPLOYEE: ("employee", "staff", "员工", "职员", "内部人员"),
    UserType.VISITOR: ("visitor", "guest", "访客", "来宾"),
    UserType.BLACKLIST: ("blacklist", "黑名单"),
    UserType.VIP: ("vip", "贵宾"),
}
_SEPARATORS = re.compile(r"[;,|、，；\n]")


def _plain(heading: str) -> str:
    words = unicodedata.normalize("NFKC", heading).replace("_", " ").replace("*", " ").casefold()
    return " ".join(words.split())


_KEY_OF = {_plain(heading): key for key, headings in _HEADINGS.items() for heading in headings}
_TYPE_OF = {word: kind for kind, words in _TYPES.items() for word in words}


@dataclass(frozen=True)
class Columns:
    """Where the columns of one list are."""

    at: Mapping[str, int]
    passed_over: Tuple[str, ...]
    """Headings that mean nothing here."""

    @classmethod
    def of(cls, headings: Sequence[str]) -> "Columns":
        """The columns under ``headings``.

        Raises:
            BadInput: there is none for the id or the name, two are for one thing, or there are too many.
        """
        if len(headings) > MAX_COLUMNS:
            raise BadInput(f"the list has {len(headings)} columns, at most {MAX_COLUMNS} are read")
        at: Dict[str, int] = {}
        strange: List[str] = []
        for number, heading in enumerate(headings):
            key = _KEY_OF.get(_plain(heading))
            if key is None:
                strange += [heading.strip()[:40]] if heading.strip() else []
            elif key in at:
                raise BadInput(f"two columns of the list are for the {key.replace(EXT, '')}")
            else:
                at[key] = number
        for key, words in ((ID, "id (编号)"), (NAME, "name (姓名)")):
            if key not in at:
                raise BadInput(f"the first row of the list must name the columns; there is none for the {words}")
        return cls(at, tuple(strange))

    def cell(self, cells: Sequence[str], key: str) -> str:
        """The text of one column, ``""`` without it.

        Raises:
            BadInput: it is too long.
        """
        at = self.at.get(key)
        text = cells[at].strip() if at is not None and at < len(cells) else ""
        if len(text) > MAX_CELL_LETTERS:
            raise BadInput(
                f"the {key.replace(EXT, '')} has {len(text)} letters, at most {MAX_CELL_LETTERS} are taken"
            )
        return text

    def person(self, cells: Sequence[str], defaults: Defaults) -> Person:
        """The person of a row, without permission ids.

        Raises:
            BadInput: which cell cannot be used, and why.
        """
        identity_id, name = (unicodedata.normalize("NFC", self.cell(cells, key)) for key in (ID, NAME))
        check_identity(identity_id, name)
        ext = {key[len(EXT) :]: self.cell(cells, key) for key in self.at if key.startswith(EXT)}
        filled = {key: text for key, text in ext.items() if text}
        word = self.cell(cells, TYPE)
        user_type = user_type_of(word) if word else defaults.user_type
        return Person(identity_id, name, user_type, ext_json=orjson.dumps(filled).decode())

    def groups(self, cells: Sequence[str], defaults: Defaults) -> Tuple[str, ...]:
        """The permission groups of a row: its own, and everybody's."""
        own = (part.strip() for part in _SEPARATORS.split(self.cell(cells, GROUPS)))
        return tuple(dict.fromkeys([*(part for part in own if part), *defaults.groups]))


def user_type_of(word: str) -> UserType:
    """The type that a cell tells, in English or Chinese.

    Raises:
        BadInput: no such type.
    """
    found = _TYPE_OF.get(_plain(word))
    if found is None:
        raise BadInput(f"the type must be one of {', '.join(kind.value for kind in _TYPES)}")
    return found
