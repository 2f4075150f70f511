"""The access log: who looked at names or took them away in a file, when, and of what; never whose names."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .clock import as_utc, bounds
from .models import Account, new_id
from .register_models import AccessEntry

# The actions by their fixed names, as people read them.
WORDS = {
    "in-the": "In thẻ có tên và mã PIN",
    "kpi-names": "Xem tên sau một chỉ tiêu",
}
BY_COMMAND = "Dòng lệnh"


def note(
    session: Session, what: str, about: str, account_id: str | None = None, now: datetime | None = None
) -> None:
    """Note a look at names. `what`: the fixed name of the action; `about`: a class, an indicator, a period;
    `account_id` None: from the command line."""
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
