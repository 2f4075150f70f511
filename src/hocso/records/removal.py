"""A person who is removed: what they did still counts, nothing says any more who they were.

`Removal` rows travel between devices, and are carried out again after each file that comes: one from a
laptop that still has the person brings nothing back.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from . import expected
from .clock import VIETNAM, as_utc
from .codes import LEARNER_LENGTH
from .errors import UnknownRecord
from .exchange_rules import code_of
from .merging import entries_of
from .models import REMOVED_MARK, Base, Event, Learner, QuizAttempt, Removal, pointing_at
from .register_models import Certificate

REMOVED_NAME = "(đã xóa)"
ROSTER = "roster"
RETENTION = "retention"
# On whose wish, but for rosters that are taken back; the first two are for staff to choose.
BY_STAFF = {
    "asked": "Người học yêu cầu",
    "family": "Gia đình hoặc người giám hộ yêu cầu",
}
REASONS = BY_STAFF | {"self": "Người học tự xóa", RETENTION: "Hết thời hạn lưu"}
# From this age on the decade of birth is enough for every count; younger people may not be adults yet.
COARSE_FROM_AGE = 30
ATTEMPT_WITHOUT_PERSON = {"answers": None, "questions": None}


def remove(session: Session, learner_id: str, reason: str, now: datetime | None = None) -> None:
    """Take out who a person was, in all their entries: name, phone, PIN, consent, exact year of birth,
    answers, certificates, places on lists of classes. `reason` is one of REASONS. Doing it again changes
    nothing. Raises UnknownRecord."""
    remove_all(session, [learner_id], reason, now)


def remove_all(
    session: Session, learner_ids: Iterable[str], reason: str, now: datetime | None = None
) -> None:
    """`remove` for many people at once. Raises UnknownRecord, and then nobody is removed."""
    for learner_id in learner_ids:
        entries = entries_of(session, learner_id)
        if not entries:
            raise UnknownRecord("Không tìm thấy người học này.")
        for entry_id in entries:
            if (known := session.get(Removal, entry_id)) is None:
                session.add(Removal(learner_id=entry_id, reason=reason, removed_at=as_utc(now)))
            elif known.reason == ROSTER:
                known.reason = reason
    carry_out(session)


def asked(session: Session) -> dict[str, datetime]:
    """Those who were removed because they asked, here or elsewhere: learner's id -> when."""
    rows = select(Removal.learner_id, Removal.removed_at).where(Removal.reason != ROSTER)
    return dict(session.execute(rows).all())


def carry_out(session: Session) -> None:
    """Take out whatever is here of those who were removed, and the entries of rosters that were taken back
    elsewhere, unless somebody has to do with them."""
    expected.sweep(session)
    here = select(Removal.learner_id, Removal.removed_at).join(Learner, Learner.id == Removal.learner_id)
    for learner_id, removed_at in session.execute(here.where(Removal.reason != ROSTER)).all():
        _take_out(session, learner_id, removed_at)
    by_roster = (
        select(Learner.__table__)
        .join(Removal, Learner.id == Removal.learner_id)
        .where(Removal.reason == ROSTER)
    )
    gone = {row["id"] for row in session.execute(by_roster).mappings() if untouched(row)}
    gone -= pointed_at(session, gone)
    session.execute(delete(Learner).where(Learner.id.in_(gone)).execution_options(synchronize_session=False))
    session.expire_all()


def untouched(row: Mapping[str, Any]) -> bool:
    """Whether an entry of a roster is as the roster brought it: leaving it out loses nothing. A card printed
    or a name corrected on another laptop means that somebody counts on it."""
    stamps = ("updated_at", "pin_set_at", "phone_set_at")
    return not any(row.get(stamp) for stamp in stamps) and row["consent_at"] in (None, row["created_at"])


def pointed_at(session: Session, learner_ids: Iterable[str]) -> set[str]:
    """Those of the learners whom some row points at, in whatever table."""
    found, learner_ids = set(), list(learner_ids)
    for column in pointing_at(Learner) if learner_ids else ():
        found.update(session.scalars(select(column).where(column.in_(learner_ids)).distinct()))
    return found


def learner_without_person(learner_id: str, birth_year: int, removed_at: datetime) -> dict[str, Any]:
    """What stands in the columns of a learner who was removed, the same on every device."""
    code = code_of(learner_id, LEARNER_LENGTH)
    if removed_at.astimezone(VIETNAM).year - birth_year >= COARSE_FROM_AGE:
        birth_year = birth_year // 10 * 10
    return {
        "code": code,
        "full_name": REMOVED_NAME,
        "folded_name": f"{REMOVED_MARK}{code}",  # found by no search, and no twin of others who were removed
        "birth_year": birth_year,
        "phone": None,
        "pin_hash": "",
        "pin_is_first": False,
        "consent_wording": None,
        "consent_at": None,
        "roster_import_id": None,
    }


def _take_out(session: Session, learner_id: str, removed_at: datetime) -> None:
    """Not through the session's objects: that would stamp the learner as changed (`stamps`)."""
    birth_year = session.scalar(select(Learner.birth_year).where(Learner.id == learner_id))
    _set(
        session, Learner, Learner.id == learner_id, learner_without_person(learner_id, birth_year, removed_at)
    )
    _set(session, Event, (Event.learner_id == learner_id) & Event.result.is_not(None), {"result": None})
    # Without answers there is nothing to grade again.
    _set(
        session,
        QuizAttempt,
        QuizAttempt.learner_id == learner_id,
        ATTEMPT_WITHOUT_PERSON | {"in_course": True},
    )
    # As an exchange joins revocations: the first one holds, whatever came here first.
    not_before = or_(Certificate.revoked_at.is_(None), Certificate.revoked_at > removed_at)
    revoked = {"revoked_at": removed_at, "revoked_by": None, "reason": REMOVED_NAME}
    _set(session, Certificate, and_(Certificate.learner_id == learner_id, not_before), revoked)


def _set(session: Session, model: type[Base], condition, values: dict[str, Any]) -> None:
    changed = update(model).where(condition).values(values)
    session.execute(changed.execution_options(synchronize_session=False))
