"""The registers that staff keep: documents, science tasks, activities, businesses, holidays, own dates, own
targets, and populations. Each is described once, as fields in words; forms, tables and .xlsx files all follow
that.

A row is told from others by its register's `key`. Registers of figures (targets, populations) are
append-only: a change is a new row, the newest holds. Of the others a removed row is kept, is in no count, and
can be brought back.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from . import hamlets
from .clock import as_utc, today
from .errors import RegisterRefused, UnknownRecord
from .models import Learner, Population, new_id
from .populations import GROUPS_COUNTED
from .register_models import (
    Activity,
    ActivityPerson,
    Business,
    BusinessPerson,
    CalendarDate,
    Document,
    Holiday,
    ScienceTask,
    Target,
)
from .text import clean, fold, number

CHANNELS = {
    "hoi-nghi": "Hội nghị, sinh hoạt chuyên đề",
    "loa": "Loa truyền thanh",
    "zalo": "Zalo",
    "website": "Trang thông tin điện tử",
    "video": "Video, infographic trên mạng xã hội",
    "hoi-thi": "Hội thi, ngày hội",
}
BUSINESS_KINDS = {
    "doanh-nghiep": "Doanh nghiệp",
    "hop-tac-xa": "Hợp tác xã",
    "trang-trai": "Trang trại, cơ sở nông nghiệp",
    "dich-vu": "Cơ sở dịch vụ",
}
OWN_TARGETS = {"B1": "B1", "B2": "B2"}
YES_NO = {True: "Có", False: "Không"}
NOT_YET = "Mời ghi ngày đã làm xong, hoặc để trống."
TO_COME = "Việc sắp làm mời ghi ở trang Lịch, làm xong mới ghi vào sổ này."
DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True)
class Field:
    """A field of a register. kind: "text", "date", "whole", "percent" (kept as a share), "yes-no", "choice"
    (one of `choices`, key -> label), "hamlet" (kept as its id) or "people" (learners' codes). `happened`: a
    day that counts as soon as it is entered, so that it can't be one to come."""

    name: str
    header: str
    kind: str = "text"
    required: bool = False
    longest: int = 300
    least: int = 0
    most: int = 10_000_000
    choices: Mapping[str, str] | None = None
    hint: str = ""
    happened: bool = False


@dataclass(frozen=True)
class Register:
    """A register: `kind` is its name in addresses and commands. `people`: the table of those who belong to a
    row. `order`: (earlier, later) pairs of dates."""

    kind: str
    title: str
    thing: str
    model: type
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    people: type | None = None
    append_only: bool = False
    order: tuple[tuple[str, str], ...] = ()

    @property
    def can_come_back(self) -> bool:
        return hasattr(self.model, "removed_at")

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    def key_of(self, values: Mapping[str, Any]) -> tuple:
        """What tells a row from others; texts without regard to case and diacritics."""
        return tuple(fold(v) if isinstance(v := values[name], str) else v for name in self.key)


NOTE = Field("note", "Ghi chú", longest=2000)
CODES = "Mã người học (in trên thẻ), cách nhau bằng dấu phẩy."

REGISTERS: dict[str, Register] = {
    register.kind: register
    for register in (
        Register(
            "van-ban",
            "Sổ văn bản về Nghị quyết 57",
            "văn bản",
            Document,
            (
                Field("number", "Số, ký hiệu", required=True, longest=60),
                Field("title", "Trích yếu", required=True),
                Field("issued_on", "Ngày ban hành", "date", required=True),
                Field("received_on", "Ngày nhận", "date", required=True),
                Field("published_on", "Ngày đăng", "date", hint="Để trống nếu chưa đăng.", happened=True),
                Field("address", "Địa chỉ trang đã đăng", longest=500),
                Field("attachment", "Nơi lưu văn bản", longest=500),
                NOTE,
            ),
            ("number", "issued_on"),
            order=(("issued_on", "received_on"), ("issued_on", "published_on")),
        ),
        Register(
            "nhiem-vu",
            "Sổ nhiệm vụ khoa học, công nghệ",
            "nhiệm vụ",
            ScienceTask,
            (
                Field("number", "Mã số", longest=60),
                Field("title", "Tên nhiệm vụ", required=True),
                Field("led_by", "Đơn vị chủ trì", required=True, longest=200),
                Field("begun_on", "Ngày bắt đầu", "date", required=True),
                Field("ended_on", "Ngày kết thúc", "date"),
                Field("is_secret", "Bí mật nhà nước", "yes-no"),
                Field(
                    "communicated_on",
                    "Ngày truyền thông",
                    "date",
                    hint="Để trống nếu chưa truyền thông.",
                    happened=True,
                ),
                Field("channel", "Kênh", "choice", choices=CHANNELS),
                Field("evidence", "Bằng chứng", longest=500),
                NOTE,
            ),
            ("title", "begun_on"),
            order=(("begun_on", "ended_on"), ("begun_on", "communicated_on")),
        ),
        Register(
            "hoat-dong",
            "Sổ hoạt động truyền thông",
            "hoạt động",
            Activity,
            (
                Field("kind", "Kênh", "choice", required=True, choices=CHANNELS),
                Field("title", "Nội dung", required=True),
                Field(
                    "held_on",
                    "Ngày",
                    "date",
                    required=True,
                    hint="Việc đã làm; việc sắp làm thì ghi ở trang Lịch.",
                    happened=True,
                ),
                Field("hamlet_id", "Ấp", "hamlet", hint="Để trống nếu là toàn xã."),
                Field(
                    "reach",
                    "Số lượt tiếp cận",
                    "whole",
                    hint="Theo nơi tổ chức báo; để trống nếu không biết.",
                ),
                Field("evidence", "Bằng chứng", longest=500),
                NOTE,
                Field("people", "Người dự", "people", hint=CODES),
            ),
            ("kind", "title", "held_on"),
            people=ActivityPerson,
        ),
        Register(
            "co-so",
            "Sổ doanh nghiệp, cơ sở nông nghiệp, dịch vụ",
            "cơ sở",
            Business,
            (
                Field("name", "Tên", required=True, longest=200),
                Field("kind", "Loại", "choice", required=True, choices=BUSINESS_KINDS),
                Field("hamlet_id", "Ấp", "hamlet", required=True),
                Field("since", "Hoạt động từ ngày", "date", required=True),
                Field("until", "Nghỉ từ ngày", "date", hint="Để trống nếu còn hoạt động."),
                NOTE,
                Field("people", "Người làm việc", "people", hint=CODES),
            ),
            ("name", "hamlet_id"),
            people=BusinessPerson,
            order=(("since", "until"),),
        ),
        Register(
            "ngay-nghi",
            "Ngày nghỉ và ngày làm bù",
            "ngày",
            Holiday,
            (
                Field("day", "Ngày", "date", required=True),
                Field("name", "Tên", required=True, longest=100),
                Field("works", "Là ngày làm bù", "yes-no"),
            ),
            ("day",),
        ),
        Register(
            "lich",
            "Ngày riêng trong lịch",
            "ngày",
            CalendarDate,
            (
                Field("day", "Ngày", "date", required=True),
                Field("title", "Việc", required=True, longest=200),
                NOTE,
                Field("yearly", "Lặp lại mỗi năm", "yes-no"),
            ),
            ("day", "title"),
        ),
        Register(
            "muc-rieng",
            "Mức phải đạt của xã",
            "mức",
            Target,
            (
                Field("indicator", "Chỉ tiêu", "choice", required=True, choices=OWN_TARGETS),
                Field("year", "Từ năm", "whole", required=True, least=2000, most=2100),
                Field("share", "Mức (%)", "percent", required=True),
                Field("source", "Văn bản đặt mức", required=True),
            ),
            ("indicator", "year"),
            append_only=True,
        ),
        Register(
            "dan-so",
            "Dân số",
            "số liệu",
            Population,
            (
                Field("hamlet_id", "Ấp", "hamlet", required=True),
                Field("group", "Nhóm", "choice", required=True, choices=GROUPS_COUNTED),
                Field("year", "Năm", "whole", required=True, least=2000, most=2100),
                Field("count", "Số người", "whole", required=True, most=1_000_000),
                Field("source", "Văn bản có số liệu", required=True),
                Field("source_date", "Ngày văn bản", "date"),
            ),
            ("hamlet_id", "group", "year"),
            append_only=True,
        ),
    )
}


def register(kind: str) -> Register:
    """The register of that kind. Raises UnknownRecord."""
    if kind not in REGISTERS:
        raise UnknownRecord(f"Không có sổ này. Các sổ: {', '.join(REGISTERS)}.")
    return REGISTERS[kind]


def add(session: Session, kind: str, values: Mapping[str, Any], **said) -> str:
    """Enter a row; returns its id. `values`: field name -> value, as typed or as `read` gives it; what is
    missing is empty. `said`: account_id, now. Raises RegisterRefused."""
    about, values = register(kind), read(session, kind, values)
    _refuse_twin(session, about, None, values)
    return keep(session, about, None, values, **said)


def change(session: Session, kind: str, row_id: str, values: Mapping[str, Any], **said) -> str:
    """Give a row new values, all of its fields; returns its id (a new one where the register is append-only).
    As `add`. Raises RegisterRefused and UnknownRecord."""
    about, row, values = register(kind), get(session, kind, row_id), read(session, kind, values)
    if about.can_come_back and row.removed_at is not None:
        raise RegisterRefused({}, "Dòng này đã bỏ khỏi sổ. Mời lấy lại vào sổ rồi sửa.")
    _refuse_twin(session, about, row, values)
    return keep(session, about, row, values, **said)


def remove(session: Session, kind: str, row_id: str, now: datetime | None = None) -> None:
    """Take a row out of all counts. Raises RegisterRefused (an append-only register) and UnknownRecord."""
    about, row = register(kind), get(session, kind, row_id)
    if about.append_only:
        raise RegisterRefused({}, "Số liệu này được giữ làm lịch sử. Mời nhập số mới để thay số cũ.")
    if row.removed_at is None:
        row.removed_at = row.updated_at = as_utc(now)
        session.flush()


def bring_back(session: Session, kind: str, row_id: str, now: datetime | None = None) -> None:
    """Undo `remove`. Raises RegisterRefused where the same has been entered again, and UnknownRecord."""
    about, row = register(kind), get(session, kind, row_id)
    if about.can_come_back and row.removed_at is not None:
        _refuse_twin(
            session, about, row, {field.name: getattr(row, field.name, None) for field in about.fields}
        )
        row.removed_at, row.updated_at = None, as_utc(now)
        session.flush()


def get(session: Session, kind: str, row_id: str):
    """One row, removed or not. Raises UnknownRecord."""
    about = register(kind)
    try:
        row = session.get(about.model, date.fromisoformat(row_id) if about.model is Holiday else row_id)
    except ValueError:
        row = None
    if row is None:
        raise UnknownRecord("Không tìm thấy dòng này trong sổ. Mời tải lại trang.")
    return row


def table(session: Session, kind: str, removed: bool = False) -> pd.DataFrame:
    """The rows of a register in the order of its key: id and the fields as they are kept (dates as `date`,
    None where empty, people as codes joined by ", "). `removed`: the rows that were removed instead; of an
    append-only register the newest of each key."""
    about = register(kind)
    rows = list(session.scalars(select(about.model)))
    if about.can_come_back:
        rows = [row for row in rows if (row.removed_at is not None) == removed]
    elif removed:
        rows = []
    if about.append_only:
        rows.sort(key=lambda row: row.id, reverse=True)
        rows.sort(key=lambda row: row.recorded_at)
    codes = _codes(session, about)
    kept = {}
    for row in rows:
        values = {field.name: getattr(row, field.name, None) for field in about.fields}
        row_id = _id(row)
        if about.people:
            values["people"] = ", ".join(codes.get(row_id, ()))
        kept[about.key_of(values) if about.append_only else row_id] = {"id": row_id, **values}
    values = sorted(kept.values(), key=lambda one: tuple(map(str, about.key_of(one))))
    return pd.DataFrame(values, columns=["id", *(field.name for field in about.fields)], dtype="object")


def read(session: Session, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as people type them or as Excel gives them, as they are kept. Raises RegisterRefused, which says
    for each field what is wrong."""
    return reader(session, kind)(values)


def reader(session: Session, kind: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """`read` for many rows: hamlets and learners' codes are looked up once."""
    about = register(kind)
    places = {fold(name): one.id for one in hamlets.listed(session) for name in (one.id, one.name)}
    codes = set(session.scalars(select(Learner.code))) if about.people else set()

    def read_one(values):
        kept, problems = {}, {}
        for field in about.fields:
            try:
                kept[field.name] = _value(field, values.get(field.name), places, codes)
            except ValueError as error:
                problems[field.name] = str(error)
        for earlier, later in about.order:
            if kept.get(earlier) and kept.get(later) and kept[later] < kept[earlier]:
                problems[later] = f"Ngày này phải từ «{about.field(earlier).header}» trở đi."
        for field in about.fields:
            if field.happened and kept.get(field.name) and kept[field.name] > today():
                problems[field.name] = f"Ngày này chưa tới. {TO_COME if field.required else NOT_YET}"
        if problems:
            raise RegisterRefused(problems)
        return kept

    return read_one


def shown(field: Field, value: Any, places: Mapping[str, str]) -> Any:
    """A kept value in the words that people read; dates and numbers as they are. `places`: names by id."""
    if value is None:
        return None
    match field.kind:
        case "hamlet":
            return places.get(value, value)
        case "choice":
            return field.choices.get(value, value)
        case "yes-no":
            return YES_NO[bool(value)]
        case "percent":
            return round(100 * value, 4)
    return value


def keep(
    session: Session,
    about: Register,
    row,
    values: Mapping[str, Any],
    *,
    account_id: str | None = None,
    now: datetime | None = None,
) -> str:
    """Store values that `read` gave and that no other row's key forbids, in a row or (None) a new one;
    returns its id."""
    now = as_utc(now)
    if about.model is Holiday:
        row = _day_off(session, row, values["day"], now)
    if row is None or about.append_only:
        row = about.model()
        if hasattr(about.model, "id"):
            row.id = new_id()
        session.add(row)
        for column in ("created_at", "recorded_at"):
            if hasattr(about.model, column):
                setattr(row, column, now)
        if hasattr(about.model, "entered_by"):
            row.entered_by = account_id
    for name, value in values.items():
        if name != "people":
            setattr(row, name, value)
    if hasattr(about.model, "updated_at"):
        row.updated_at = now
    if about.can_come_back:
        row.removed_at = None
    session.flush()
    if about.people:
        _set_people(session, about, row.id, values["people"].split(", "), now)
    return _id(row)


def _day_off(session: Session, row: Holiday | None, day: date, now: datetime) -> Holiday | None:
    """The row of a day. A day is its own id: one that is moved stays behind as removed, so that other devices
    hear of it."""
    if row is not None and row.day != day:
        row.removed_at = row.updated_at = now
    return session.get(Holiday, day)


def _refuse_twin(session: Session, about: Register, row, values: Mapping[str, Any]) -> None:
    """Two valid rows with the same key would be counted twice."""
    if about.append_only:
        return
    own = None if row is None else _id(row)
    others = table(session, about.kind).to_dict("records")
    if any(one["id"] != own and about.key_of(one) == about.key_of(values) for one in others):
        headers = " và ".join(about.field(name).header.lower() for name in about.key)
        raise RegisterRefused(
            {about.key[0]: f"Trong sổ đã có {about.thing} cùng {headers}. Mời sửa dòng đã có."}
        )


def _set_people(session: Session, about: Register, row_id: str, codes: Iterable[str], now: datetime) -> None:
    owner = _owner(about)
    wanted = set(session.scalars(select(Learner.id).where(Learner.code.in_(list(codes)))))
    there = {one.learner_id: one for one in session.scalars(select(about.people).where(owner == row_id))}
    for learner_id, one in there.items():
        one.removed_at = None if learner_id in wanted else (one.removed_at or now)
    for learner_id in sorted(wanted - there.keys()):
        session.add(about.people(**{owner.key: row_id}, learner_id=learner_id, recorded_at=now))
    session.flush()


def _codes(session: Session, about: Register) -> dict[str, list[str]]:
    """The learners' codes of each row."""
    if about.people is None:
        return {}
    rows = session.execute(
        select(_owner(about), Learner.code)
        .join(Learner, Learner.id == about.people.learner_id)
        .where(about.people.removed_at.is_(None))
        .order_by(Learner.code)
    )
    codes: dict[str, list[str]] = {}
    for row_id, code in rows:
        codes.setdefault(row_id, []).append(code)
    return codes


def _owner(about: Register):
    return about.people.activity_id if about.people is ActivityPerson else about.people.business_id


def _id(row) -> str:
    return row.day.isoformat() if isinstance(row, Holiday) else row.id


def _value(field: Field, raw: Any, places: Mapping[str, str], codes: set[str]) -> Any:
    """A value as it is kept, None where empty. Raises ValueError with what to do."""
    if isinstance(raw, str):
        raw = clean(raw)
    if raw is None or raw == "":
        if field.required:
            raise ValueError("Ô này còn trống, mời ghi vào.")
        return {"yes-no": False, "people": ""}.get(field.kind)
    match field.kind:
        case "text":
            text = clean(f"{raw:g}" if isinstance(raw, float) else str(raw))
            if len(text) > field.longest:
                raise ValueError(f"Dài quá {field.longest} chữ, mời rút ngắn.")
            return text
        case "date":
            return as_date(raw)
        case "whole":
            return _number(raw, field.least, field.most, whole=True)
        case "percent":
            return round(_number(raw, 0, 100) / 100, 6)
        case "yes-no":
            return _one_of({**YES_NO, "co": "Có", "khong": "Không", "x": "Có"}, raw) in (True, "co", "x")
        case "choice":
            return _one_of(field.choices, raw)
        case "hamlet":
            if fold(str(raw)) not in places:
                raise ValueError("Không có ấp này trong danh sách. Mời ghi đúng tên ấp đã khai báo.")
            return places[fold(str(raw))]
        case "people":
            return _people(str(raw), codes)
    raise AssertionError(field.kind)


def as_date(raw: Any) -> date:
    """A day as people type it or as Excel gives it. Raises ValueError with what to do."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    try:
        if found := DATE.fullmatch(str(raw)):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(str(raw)[:10])
    except ValueError:
        raise ValueError("Không đọc được ngày. Mời ghi như 15/06/2026.") from None


def _number(raw: Any, least: int, most: int, whole: bool = False) -> float:
    try:
        text = str(raw).replace(" ", "").rstrip("%")
        if isinstance(raw, str) and re.fullmatch(r"\d{1,3}(\.\d{3})+", text):
            text = text.replace(".", "")
        value = float(text.replace(",", "."))
    except ValueError:
        raise ValueError("Không đọc được số. Mời chỉ ghi chữ số.") from None
    if not least <= value <= most or (whole and value != int(value)):
        # Years have no points: 2100.
        limits = [number(one) if one > 9999 else one for one in (least, most)]
        raise ValueError(f"Mời ghi {'số nguyên' if whole else 'số'} từ {limits[0]} đến {limits[1]}.")
    return int(value) if whole else value


def _one_of(choices: Mapping[Any, str], raw: Any) -> Any:
    said = fold(str(raw))
    for key, label in choices.items():
        if raw == key or said in (fold(str(key)), fold(label)):
            return key
    labels = ", ".join(f"«{label}»" for label in dict.fromkeys(choices.values()))
    raise ValueError(f"Mời ghi một trong: {labels}.")


def _people(raw: str, codes: set[str]) -> str:
    wanted = list(dict.fromkeys(re.split(r"[\s,;]+", raw.upper().strip(" ,;"))))
    unknown = [code for code in wanted if code not in codes]
    if unknown:
        raise ValueError(f"Không có mã người học: {', '.join(unknown[:5])}. Mời xem lại mã trên thẻ.")
    return ", ".join(sorted(wanted))
