"""What staff record of a learner: corrections, where they live and to which group they belong from a day on,
and who is a grassroots communicator (indicator K4). Each sets `updated_at`, so that the newest holds when
laptops meet."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from . import learners
from .clock import VIETNAM, as_utc
from .errors import AlreadyRegistered, InvalidLearner
from .hamlets import known
from .learners import GROUPS
from .merging import entries_of
from .models import Learner, Residence
from .text import fold


def correct(
    session: Session,
    learner_id: str,
    *,
    full_name: str,
    birth_year: int | str,
    phone: str | None,
    now: datetime | None = None,
) -> Learner:
    """Put name, year of birth and phone right. Raises InvalidLearner as `learners.register`,
    AlreadyRegistered where that is somebody else, and UnknownRecord."""
    learner, now = learners.locked(session, learner_id), as_utc(now)
    full_name = learners.valid_name(full_name)
    birth_year = learners.valid_birth_year(birth_year, now)
    phone = learners.valid_phone(phone)
    twin = learners.same_person(
        session, full_name, birth_year, learner.hamlet_id, phone, other_than=learner.id
    )
    if twin is not None:
        raise AlreadyRegistered(
            twin.id,
            "Ở ấp này đã có một người cùng tên, cùng năm sinh, nên chưa sửa. "
            "Nếu đó là một người ghi tên hai lần, mời xem trang «Có thể trùng nhau». "
            "Nếu là hai người khác nhau, mời ghi số điện thoại của từng người rồi sửa lại.",
        )
    learner.full_name, learner.folded_name = full_name, fold(full_name)
    learner.birth_year, learner.phone, learner.updated_at = birth_year, phone, now
    session.flush()
    return learner


def move(
    session: Session,
    learner_id: str,
    *,
    hamlet_id: str,
    group: str,
    since: date,
    now: datetime | None = None,
) -> Learner:
    """Record that a learner lives in a hamlet and belongs to a group from a day on; what is counted up to the
    day before stays where it was. From the day of registering or earlier, it puts right what was wrong from
    the start. Raises InvalidLearner, UnknownRecord."""
    learner, now = learners.locked(session, learner_id), as_utc(now)
    registered, today = (moment.astimezone(VIETNAM).date() for moment in (learner.created_at, now))
    hamlet = known(session, hamlet_id)
    if group not in GROUPS:
        raise InvalidLearner("group", "Xin chọn nhóm trong danh sách.")
    if not date(learner.birth_year, 1, 1) <= since <= today:
        raise InvalidLearner("since", "Ngày chuyển phải từ năm sinh đến hôm nay.")
    if not residences(session, learner.id) and since > registered:
        session.add(_residence(learner, learner.hamlet_id, learner.group, registered, now))
        session.flush()
    session.add(_residence(learner, hamlet.id, group, since, now))
    session.flush()
    newest = residences(session, learner.id)[0]
    learner.hamlet, learner.group, learner.updated_at = known(session, newest.hamlet_id), newest.group, now
    session.flush()
    return learner


def put_right(
    session: Session,
    learner_id: str,
    *,
    full_name: str,
    birth_year: int | str,
    phone: str | None,
    hamlet_id: str,
    group: str,
    from_start: bool = False,
    now: datetime | None = None,
) -> Learner:
    """`correct`, and `move` from today on where hamlet or group are others: what learners say of themselves.
    `from_start`: they were wrong from the start, which nobody who ever moved can say. Raises as these two,
    and then nothing is changed once the transaction ends."""
    learner, now = learners.person(session, learner_id), as_utc(now)
    if (hamlet_id, group) != (learner.hamlet_id, learner.group):
        from_start = from_start and not residences(session, learner.id)
        since = (learner.created_at if from_start else now).astimezone(VIETNAM).date()
        move(session, learner.id, hamlet_id=hamlet_id, group=group, since=since, now=now)
    return correct(session, learner.id, full_name=full_name, birth_year=birth_year, phone=phone, now=now)


def residences(session: Session, learner_id: str) -> list[Residence]:
    """Where a learner lived, the newest first; of rows with the same day the one that holds comes first.
    Empty for one who never moved."""
    return list(
        session.scalars(
            select(Residence)
            .where(Residence.learner_id == learner_id)
            .order_by(Residence.since.desc(), Residence.recorded_at.desc(), Residence.id)
        )
    )


def mark_communicator(
    session: Session, learner_id: str, is_one: bool, now: datetime | None = None
) -> Learner:
    """Mark a learner as a grassroots communicator, or take the mark back, from all of the person's entries.
    Raises UnknownRecord."""
    learner = learners.locked(session, learner_id)
    for entry_id in [learner.id] if is_one else entries_of(session, learner.id):
        entry = session.get(Learner, entry_id)
        if entry.communicator != is_one:
            entry.communicator, entry.updated_at = is_one, as_utc(now)
    session.flush()
    return learner


def communicators(session: Session) -> list[Learner]:
    """Those marked as grassroots communicators, by name."""
    return list(
        session.scalars(
            select(Learner)
            .where(is_communicator(), Learner.merged_into.is_(None))
            .order_by(Learner.folded_name, Learner.birth_year, Learner.code)
        )
    )


def is_communicator() -> ColumnElement[bool]:
    """Asked of the entry that goes on for a person: whether one of their entries is marked."""
    entry = aliased(Learner)
    marked = select(entry.merged_into).where(entry.communicator, entry.merged_into.is_not(None))
    return or_(Learner.communicator, Learner.id.in_(marked))


def are_communicators(session: Session, learner_ids: Iterable[str]) -> set[str]:
    """Those of these people who are marked, by the ids of the entries that go on."""
    return set(session.scalars(select(Learner.id).where(Learner.id.in_(learner_ids), is_communicator())))


def _residence(learner: Learner, hamlet_id: str, group: str, since: date, now: datetime) -> Residence:
    return Residence(learner_id=learner.id, hamlet_id=hamlet_id, group=group, since=since, recorded_at=now)
