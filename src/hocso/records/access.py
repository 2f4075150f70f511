"""The access log: who looked at names or took them away in a file, when, and of what; never whose names."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .clock import as_utc, bounds
from .models import Account, new_id
from .register_models import AccessEntry

# The actions by their fixed names, as people read them.
WORDS = {
    "nguoi-hoc": "Tìm, mở trang của người học",
    "tim-nguoi-hoc": "Tìm người học theo tên",
    "sua-nguoi-hoc": "Sửa thông tin người học",
    "tai-nguoi-hoc": "Tải dữ liệu của một người học",
    "xoa-nguoi-hoc": "Xóa một người học",
    "xoa-qua-han": "Xóa người học đã quá hạn lưu",
    "mo-khoa": "Mở khóa tên",
    "cap-lai-pin": "Cấp lại mã PIN",
    "xem-lop": "Xem tên trong một lớp",
    "theo-doi": "Theo dõi một lớp",
    "diem-danh": "Điểm danh",
    "bai-giay": "Xem bài trên giấy của lớp",
    "danh-sach-ky": "In danh sách ký tên",
    "in-the": "In thẻ có tên và mã PIN",
    "chung-nhan": "Xem, thu hồi giấy chứng nhận",
    "in-chung-nhan": "In giấy chứng nhận",
    "twins": "Xem những mục có thể trùng người",
    "roster-preview": "Xem trước danh sách",
    "roster-import": "Nhập danh sách",
    "roster-stayed": "Xem ai ở lại sau khi hoàn tác danh sách",
    "roster-take-back": "Hoàn tác nhập danh sách",
    "danh-sach-lop": "Xem, sửa danh sách dự kiến của lớp",
    "kpi-names": "Xem tên sau một chỉ tiêu",
    "bang-chung": "Xem một người đã làm gì để được tính",
    "report-names": "Tải báo cáo có tên",
    "export-names": "Tải kết quả có tên",
    "trao-doi-out": "Xuất dữ liệu sang máy khác",
    "trao-doi-in": "Nhập dữ liệu của máy khác",
}
BY_COMMAND = "Dòng lệnh"


def note(
    session: Session, what: str, about: str, account_id: str | None = None, now: datetime | None = None
) -> None:
    """Note a look at names. `what`: the action, one of WORDS; `about`: a class, an indicator, a period;
    `account_id` None: from the command line."""
    if what not in WORDS:
        raise ValueError(f"the access log has no words for {what!r}")
    session.add(AccessEntry(id=new_id(), at=as_utc(now), account_id=account_id, what=what, about=about))
    session.flush()


def entries(
    session: Session,
    since: date | None = None,
    until: date | None = None,
    account_id: str | None = None,
    most: int | None = None,
) -> list[dict]:
    """{"at" (UTC), "who", "what", "about"} of each look at names, the newest first; days as in
    `clock.bounds`."""
    since, until = bounds(since, until)
    chosen = (
        select(AccessEntry.at, Account.username, AccessEntry.what, AccessEntry.about)
        .outerjoin(Account, Account.id == AccessEntry.account_id)
        .order_by(AccessEntry.at.desc(), AccessEntry.id)
        .limit(most)
    )
    if since is not None:
        chosen = chosen.where(AccessEntry.at >= since)
    if until is not None:
        chosen = chosen.where(AccessEntry.at < until)
    if account_id is not None:
        chosen = chosen.where(AccessEntry.account_id == account_id)
    return [
        {"at": at, "who": username or BY_COMMAND, "what": WORDS.get(what, what), "about": about}
        for at, username, what, about in session.execute(chosen)
    ]
