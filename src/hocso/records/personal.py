"""All that is kept of one person: for their page «Dữ liệu của tôi», and for the file that they take away.

The rows are those of every table that points at learners (`TABLES`), of all entries of the person, with all
columns but those in `NOT_THEIRS`: a new table or column comes in by itself, and must be explained.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from . import settings
from .clock import VIETNAM, as_utc
from .learners import GROUPS, person
from .merging import entries_of
from .models import (
    Attendance,
    Base,
    ClassSession,
    Event,
    Expected,
    Hamlet,
    Learner,
    QuizAttempt,
    Residence,
    TwinDecision,
    pointing_at,
)
from .register_models import AccessEntry, Activity, ActivityPerson, Business, BusinessPerson, Certificate

# Section of the file -> its table, and the column by which its rows are in order.
TABLES: dict[str, tuple[type[Base], str]] = {
    "entries": (Learner, "created_at"),
    "residences": (Residence, "since"),
    "decisions_on_entries": (TwinDecision, "decided_at"),
    "classes": (Attendance, "checked_in_at"),
    "expected_in_classes": (Expected, "added_at"),
    "quiz_attempts": (QuizAttempt, "created_at"),
    "learning": (Event, "occurred_at"),
    "certificates": (Certificate, "issued_at"),
    "activities": (ActivityPerson, "recorded_at"),
    "businesses": (BusinessPerson, "recorded_at"),
}
NOT_THEIRS = {
    "learners.pin_hash": "a PIN is known to its owner only, and its hash must not leave the server",
    "learners.pin_failures": "of the way in, gone after the next right PIN",
    "learners.locked_until": "as above",
    "learners.folded_name": "the name again, for searching",
    "quiz_attempts.claimed_at": "of the worker",
    "quiz_attempts.in_course": "of nbgrader's course",
    "events.sent": "of exchange files",
    # Who on the staff did something is data of theirs.
    "attendance.recorded_by": "a trainer",
    "class_expected.added_by": "a trainer or a member of staff",
    "quiz_attempts.entered_by": "a trainer",
    "twin_decisions.decided_by": "a member of staff",
    "certificates.revoked_by": "a member of staff",
}
# What a column that points elsewhere is given beside its id: name in the file -> column there.
ALSO = {
    "hamlet_id": (Hamlet, {"hamlet": "name"}),
    "class_session_id": (ClassSession, {"class_date": "date", "class_place": "place"}),
    "activity_id": (Activity, {"activity": "title", "activity_day": "held_on"}),
    "business_id": (Business, {"business": "name"}),
}
# «giai_thich» of the file: each section and each field.
EXPLAINED = {
    "made_at": "Lúc lập tệp này. Mọi lúc trong tệp theo giờ Việt Nam.",
    "commune": "Nơi lưu dữ liệu.",
    "entries": "Mỗi lần ghi tên của một người. Ghi tên hai lần thì có hai mục, xã đã ghép làm một.",
    "residences": "Các lần chuyển ấp, chuyển nhóm. Chưa chuyển lần nào thì trống.",
    "decisions_on_entries": "Cán bộ đã xem các tên giống nhau và quyết định là một người hay hai người.",
    "classes": "Các lớp đã dự.",
    "expected_in_classes": "Các lớp có ghi tên người này vào danh sách dự kiến, dự hay không dự.",
    "quiz_attempts": "Các lần làm bài kiểm tra, với câu trả lời và điểm.",
    "learning": "Từng việc khi học: mở bài, làm bài tập, được chấm điểm.",
    "certificates": "Giấy chứng nhận đã cấp.",
    "activities": "Hoạt động truyền thông có tên trong danh sách dự.",
    "businesses": "Cơ sở kinh doanh có tên trong danh sách.",
    "looks_by_staff": "Các lần cán bộ mở, sửa hoặc tải thông tin của riêng người này.",
    "id": "Mã của dòng.",
    "learner_id": "Mã của lần ghi tên mà dòng này thuộc về.",
    "code": "Mã ngắn của người học trong các tệp xuất.",
    "full_name": "Họ và tên.",
    "birth_year": "Năm sinh.",
    "hamlet_id": "Mã của ấp.",
    "hamlet": "Tên ấp.",
    "group": "Mã của nhóm người học.",
    "group_label": "Tên nhóm người học.",
    "phone": "Số điện thoại, nếu có ghi.",
    "phone_set_at": "Lúc ghi số điện thoại.",
    "pin_is_first": "Mã PIN còn là mã in trên thẻ. Bản thân mã PIN không có trong tệp này.",
    "pin_set_at": "Lúc đặt mã PIN.",
    "consent_wording": "Lời đồng ý, đúng từng chữ.",
    "consent_at": "Lúc đồng ý.",
    "communicator": "Có được đánh dấu là cán bộ truyền thông cơ sở hay không.",
    "roster_import_id": "Mã của lần nhập danh sách, nếu tên đến từ danh sách.",
    "merged_into": "Mã của lần ghi tên mà xã đã ghép vào.",
    "created_at": "Lúc ghi lần đầu.",
    "updated_at": "Lúc sửa gần nhất.",
    "is_sample": "Dữ liệu mẫu, không phải người thật.",
    "since": "Từ ngày này.",
    "recorded_at": "Lúc ghi vào máy này.",
    "first_id": "Mã của lần ghi tên thứ nhất.",
    "second_id": "Mã của lần ghi tên thứ hai.",
    "decision": "same: một người; apart: hai người; open: chưa quyết định.",
    "keep_id": "Lần ghi tên được giữ làm chính.",
    "decided_at": "Lúc quyết định.",
    "class_session_id": "Mã của lớp.",
    "class_date": "Ngày của lớp.",
    "class_place": "Nơi mở lớp.",
    "checked_in_at": "Lúc điểm danh.",
    "added_at": "Lúc ghi vào danh sách dự kiến.",
    "how": "Cách điểm danh. self: tự vào; card: bằng thẻ; list: giảng viên đánh dấu; paper: theo tờ ký tên.",
    "removed_at": "Lúc dòng này được bỏ, vì ghi nhầm.",
    "quiz_id": "Mã bài kiểm tra.",
    "lesson_id": "Mã bài học.",
    "exercise_id": "Mã bài tập hoặc câu hỏi.",
    "attempt_id": "Lần làm bài kiểm tra.",
    "verb": "Việc gì: initialized (mở), progressed (đang làm), answered (trả lời), completed (xong), "
    "passed (đạt), failed (chưa đạt).",
    "result": "Câu trả lời và lời nhận xét.",
    "share": "Điểm chia cho điểm cao nhất có thể.",
    "occurred_at": "Lúc việc ấy xảy ra.",
    "seed": "Số để xáo thứ tự câu hỏi.",
    "state": "draft: đang làm; queued, grading: chờ chấm; graded: đã chấm; failed: máy chưa chấm được.",
    "answers": "Câu trả lời đã nộp.",
    "submitted_at": "Lúc nộp.",
    "graded_at": "Lúc chấm.",
    "score": "Điểm.",
    "max_score": "Điểm cao nhất có thể.",
    "passed": "Có đạt hay không.",
    "questions": "Kết quả từng câu.",
    "message": "Lời báo khi máy chưa chấm được.",
    "number": "Số giấy chứng nhận.",
    "secret": "Mã để người khác kiểm tra giấy.",
    "track": "Mã chương đã hoàn thành.",
    "completed_at": "Lúc hoàn thành.",
    "issued_at": "Lúc cấp.",
    "revoked_at": "Lúc thu hồi.",
    "reason": "Lý do thu hồi.",
    "activity_id": "Mã hoạt động.",
    "activity": "Tên hoạt động.",
    "activity_day": "Ngày của hoạt động.",
    "business_id": "Mã cơ sở.",
    "business": "Tên cơ sở.",
    "at": "Lúc nào.",
    "what": "Việc gì: nguoi-hoc (mở), sua-nguoi-hoc (sửa), tai-nguoi-hoc (tải về), "
    "bang-chung (xem đã học gì để được tính vào chỉ tiêu).",
}


def kept(session: Session, learner_id: str, now: datetime | None = None) -> dict[str, Any]:
    """What is kept of a person as plain JSON values: "made_at", "commune", a list for each of TABLES and
    "looks_by_staff" (each in the order of time), and "giai_thich" (EXPLAINED). Moments are ISO texts on the
    clock of Việt Nam. Raises UnknownRecord."""
    entries = entries_of(session, person(session, learner_id).id)
    found = {section: _rows(session, *about, entries) for section, about in TABLES.items()}
    return {
        "giai_thich": EXPLAINED,
        "made_at": _plain(as_utc(now)),
        "commune": settings.get(session, "commune_name"),
        **found,
        "looks_by_staff": _looks(session, [entry["code"] for entry in found["entries"]]),
    }


def noted_as(learner: Learner) -> str:
    """How the access log calls one learner: by the code, so that it holds no name, and nobody any more once
    the learner is removed (who gets another code)."""
    return f"mã {learner.code}"


def _rows(session: Session, model: type[Base], order: str, entries) -> list[dict[str, Any]]:
    table = model.__table__
    pointing = [column for column in pointing_at(Learner) if column.table is table]
    mine = [table.c.id] if model is Learner else pointing
    columns = [column for column in table.columns if f"{table.name}.{column.name}" not in NOT_THEIRS]
    rows = session.execute(
        select(*columns)
        .where(or_(*(column.in_(entries) for column in mine)))
        .order_by(table.c[order], *table.primary_key)
    )
    return [_explained(session, dict(row)) for row in rows.mappings()]


def _explained(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in row.items():
        found[name] = _plain(value)
        if name == "group":
            found["group_label"] = GROUPS.get(value, value)
        if name in ALSO and value is not None:
            model, more = ALSO[name]
            other = session.get(model, value)
            found |= {said: _plain(getattr(other, column)) for said, column in more.items()}
    return found


def _looks(session: Session, codes: list[str]) -> list[dict[str, str]]:
    rows = session.execute(
        select(AccessEntry.at, AccessEntry.what)
        .where(AccessEntry.about.in_([f"mã {code}" for code in codes]))
        .order_by(AccessEntry.at, AccessEntry.id)
    )
    return [{"at": _plain(at), "what": what} for at, what in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
