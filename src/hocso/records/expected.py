"""Who is expected in a class session: put on its list, taken off again, and the roll, where they stand beside
those who came.

Being expected is not having been there: no count of learning and no indicator asks for it. What a roster that
was taken back had put on lists is nowhere any more, and nor is anybody who was removed. The list of a plan
that was removed, which nobody sees, keeps no learner of a roster that is taken back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, not_, select
from sqlalchemy.orm import Session

from . import classes
from .classes import PERSON
from .clock import as_utc
from .errors import ClassRefused, RosterRefused, UnknownRecord
from .merging import entries_of
from .models import REMOVED_MARK, Attendance, ClassSession, Expected, Learner, Removal, RosterImport


@dataclass(frozen=True)
class OnRoll:
    """A person of a class session: expected, present (`attendance` says how they came in), or both."""

    person: Learner
    attendance: Attendance | None
    is_expected: bool


def people(session: Session, class_session_id: str) -> list[Learner]:
    """Those who are expected in a class session, by name; each person once."""
    return _by_name(session, _expected(session, class_session_id))


def roll(session: Session, class_session_id: str) -> list[OnRoll]:
    """Those who are expected in a class session or were in it, by name; each person once."""
    came = {who.id: row for who, row in classes.attendance(session, class_session_id)}
    awaited = _expected(session, class_session_id)
    return [
        OnRoll(who, came.get(who.id), who.id in awaited) for who in _by_name(session, awaited | came.keys())
    ]


def absent(session: Session, class_session_id: str) -> set[str]:
    """The ids of those who are expected in a class session and have not come."""
    came = _persons(session, Attendance, class_session_id, Attendance.removed_at.is_(None))
    return _expected(session, class_session_id) - came


def taken_off(session: Session, class_session_id: str) -> list[Learner]:
    """Those who were taken off the list of a class session and are not on it again, by name."""
    gone = _persons(session, Expected, class_session_id, Expected.removed_at.is_not(None))
    return _by_name(session, gone - _expected(session, class_session_id))


def add(
    session: Session,
    class_session_id: str,
    learner_ids: Iterable[str],
    *,
    added_by: str | None = None,
    roster_import_id: str | None = None,
    now: datetime | None = None,
) -> int:
    """Put people on the list of a class session that has not ended; returns how many were not on it yet.
    `roster_import_id`: the roster that brings them, whose taking back takes them off. Raises ClassRefused
    and UnknownRecord."""
    chosen = dict.fromkeys(learner_ids, roster_import_id)
    if len(_entries(session, chosen)) < len(chosen):
        raise UnknownRecord("Không tìm thấy người học này.")
    return _put(session, class_session_id, chosen, added_by, now)


def add_from_roster(
    session: Session,
    class_session_id: str,
    import_id: str,
    *,
    added_by: str | None = None,
    now: datetime | None = None,
) -> int:
    """Put on the list everybody whom a roster brought or found there already, and whom it had put on the list
    of another class session; returns as `add`. Raises ClassRefused, RosterRefused for one that was taken
    back, and UnknownRecord."""
    taken = session.get(RosterImport, import_id)
    if taken is None:
        raise UnknownRecord("Không tìm thấy lần nhập danh sách này.")
    if taken.undone_at is not None:
        raise RosterRefused("Lần nhập này đã hoàn tác, nên không còn ai để đưa vào danh sách.")
    brought = session.scalars(select(Learner.id).where(Learner.roster_import_id == import_id))
    listed = session.scalars(
        select(Expected.learner_id).where(
            Expected.roster_import_id == import_id, Expected.removed_at.is_(None)
        )
    )
    chosen = dict.fromkeys([*brought, *taken.counts.get("known_ids", []), *listed], import_id)
    return _put(session, class_session_id, chosen, added_by, now)


def add_from_class(
    session: Session,
    class_session_id: str,
    other_id: str,
    *,
    added_by: str | None = None,
    now: datetime | None = None,
) -> int:
    """Put on the list everybody who was in another class session or was expected there; returns as `add`.
    A roster that brought them there has brought them here too. Raises ClassRefused and UnknownRecord."""
    classes.get(session, other_id)
    came = session.scalars(
        select(Attendance.learner_id).where(
            Attendance.class_session_id == other_id, Attendance.removed_at.is_(None)
        )
    )
    listed = session.execute(
        select(Expected.learner_id, Expected.roster_import_id)
        .where(Expected.class_session_id == other_id, Expected.removed_at.is_(None))
        .order_by(Expected.added_at, Expected.id)
    )
    chosen = dict.fromkeys(came) | dict(listed.all())
    return _put(session, class_session_id, chosen, added_by, now)


def take_off(session: Session, class_session_id: str, learner_id: str, now: datetime | None = None) -> None:
    """Take somebody off the list of a class session that has not ended. Raises ClassRefused, and
    UnknownRecord for one who is not on it."""
    _still_open(session, class_session_id)
    rows = [row for row in _of_person(session, class_session_id, learner_id) if row.removed_at is None]
    if not rows:
        raise UnknownRecord("Người này không có trong danh sách của lớp.")
    for row in rows:
        row.removed_at = as_utc(now)


def put_back(
    session: Session,
    class_session_id: str,
    learner_id: str,
    *,
    added_by: str | None = None,
    now: datetime | None = None,
) -> None:
    """Undo `take_off`. Raises ClassRefused, and UnknownRecord for one who was not taken off."""
    rows = _of_person(session, class_session_id, learner_id)
    if not rows:
        raise UnknownRecord("Người này không phải vừa được bỏ khỏi danh sách của lớp.")
    _put(session, class_session_id, {learner_id: rows[-1].roster_import_id}, added_by, now)


def put_by_roster(session: Session, import_id: str) -> list[tuple[ClassSession, int]]:
    """The class sessions whose lists have people by a roster, and how many, by date."""
    rows = session.execute(
        select(ClassSession, func.count(PERSON.distinct()))
        .join(Expected, Expected.class_session_id == ClassSession.id)
        .join(Learner, Learner.id == Expected.learner_id)
        .where(Expected.roster_import_id == import_id, Expected.removed_at.is_(None), classes.NOT_REMOVED)
        .group_by(ClassSession)
        .order_by(ClassSession.date, ClassSession.id)
    )
    return [(one, count) for one, count in rows]


def strays(session: Session) -> int:
    """How many rows there are that should be nowhere: of rosters that were taken back, of people who asked to
    be removed, and those that a roster took with it when it was taken back."""
    return session.scalar(select(func.count()).where(_is_stray()))


def sweep(session: Session) -> None:
    """Take out the `strays`, whoever brought them: a file from a laptop that does not know yet, too."""
    session.flush()
    session.execute(delete(Expected).where(_is_stray()).execution_options(synchronize_session=False))
    session.expire_all()


def in_removed_plan():
    """The condition that a row is in the list of a plan that was removed."""
    return Expected.class_session_id.in_(select(ClassSession.id).where(not_(classes.NOT_REMOVED)))


def of_removed_plans(session: Session, learner_ids: Iterable[str]) -> list[str]:
    """The ids of the rows of learners in the lists of plans that were removed."""
    theirs = select(Expected.id).where(Expected.learner_id.in_(list(learner_ids)), in_removed_plan())
    return list(session.scalars(theirs.order_by(Expected.id)))


def _is_stray():
    undone = select(RosterImport.id).where(RosterImport.undone_at.is_not(None))
    asked = select(Removal.learner_id).where(Removal.reason != "roster")
    # Said row by row, for a plan that was removed here may go on elsewhere: all must agree whatever they hear
    # first.
    taken = Expected.id.in_(select(Removal.learner_id))
    return Expected.roster_import_id.in_(undone) | Expected.learner_id.in_(asked) | taken


def _put(
    session: Session,
    class_session_id: str,
    chosen: dict[str, str | None],
    added_by: str | None,
    now: datetime | None,
) -> int:
    """Entry -> the roster that brings it; nobody twice, and nobody who was removed."""
    _still_open(session, class_session_id)
    there, added = _expected(session, class_session_id), 0
    for entry_id, person_id in _entries(session, chosen):
        if person_id in there:
            continue
        there.add(person_id)
        added += 1
        session.add(
            Expected(
                class_session_id=class_session_id,
                learner_id=entry_id,
                roster_import_id=chosen[entry_id],
                added_by=added_by,
                added_at=as_utc(now),
            )
        )
    session.flush()
    return added


def _entries(session: Session, learner_ids: Iterable[str]) -> list[tuple[str, str]]:
    """(entry, person) of those of the ids who are there and were not removed, by name."""
    rows = session.execute(
        select(Learner.id, PERSON)
        .where(Learner.id.in_(list(learner_ids)), ~Learner.folded_name.startswith(REMOVED_MARK))
        .order_by(Learner.folded_name, Learner.id)
    )
    return [(entry_id, person_id) for entry_id, person_id in rows]


def _still_open(session: Session, class_session_id: str) -> None:
    if classes.get(session, class_session_id).state == "ended":
        raise ClassRefused("Lớp đã kết thúc nên danh sách dự kiến giữ nguyên như lúc đó.")


def _expected(session: Session, class_session_id: str) -> set[str]:
    return _persons(session, Expected, class_session_id, Expected.removed_at.is_(None))


def _persons(session: Session, model: type[Expected] | type[Attendance], class_session_id: str, condition):
    """The ids of the people of whom a table has a row for a class session."""
    rows = (
        select(PERSON)
        .join(model, model.learner_id == Learner.id)
        .join(ClassSession, ClassSession.id == model.class_session_id)
    )
    here = (model.class_session_id == class_session_id, condition, classes.NOT_REMOVED)
    return set(session.scalars(rows.where(*here)))


def _of_person(session: Session, class_session_id: str, learner_id: str) -> list[Expected]:
    """The rows of a person in the list of a class session, under whichever of their entries, the last one
    last."""
    return list(
        session.scalars(
            select(Expected)
            .where(
                Expected.class_session_id == class_session_id,
                Expected.learner_id.in_(entries_of(session, learner_id)),
            )
            .order_by(Expected.added_at, Expected.id)
        )
    )


def _by_name(session: Session, person_ids: Iterable[str]) -> list[Learner]:
    return list(
        session.scalars(
            select(Learner)
            .where(Learner.id.in_(list(person_ids)))
            .order_by(Learner.folded_name, Learner.birth_year, Learner.code)
        )
    )
