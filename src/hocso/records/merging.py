"""The same person twice: what staff decided of two entries, and which entry goes on for whom.

Decisions are append-only; `Learner.merged_into` is made from them, the same on every device that has the
same decisions, in whatever order they came. No event is moved: everything asks for all entries of a person,
so that taking a decision back gives both entries back with what each of them did.
"""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from .clock import as_utc
from .errors import TwinRefused, UnknownRecord
from .models import Learner, TwinDecision

DECISIONS = {"same": "Là một người", "apart": "Là hai người", "open": "Chưa xét"}


def entries_of(session: Session, learner_id: str) -> list[str]:
    """The ids of all entries of the person whom `learner_id` is an entry of, the one that goes on first; none
    for an unknown id."""
    # A list, not a subquery: SQLite would leave the index of one learner's events for another.
    rows = session.execute(
        select(Learner.id, Learner.merged_into).where(
            or_(Learner.id == learner_id, Learner.merged_into == learner_id)
        )
    ).all()
    goes_on = next((merged_into for id, merged_into in rows if id == learner_id), None)
    if goes_on is not None:
        return entries_of(session, goes_on)
    return sorted((id for id, _ in rows), key=lambda id: (id != learner_id, id))


def person_of(session: Session, learner_id: str) -> Learner | None:
    """The entry that goes on for the person whom `learner_id` is an entry of; None for an unknown id."""
    learner = session.get(Learner, learner_id)
    if learner is None or learner.merged_into is None:
        return learner
    return session.get(Learner, learner.merged_into)


def is_same(session: Session, one_id: str, other_id: str) -> bool:
    """Whether two ids are entries of one person."""
    return one_id == other_id or other_id in entries_of(session, one_id)


def decide(
    session: Session,
    first_id: str,
    second_id: str,
    decision: str,
    *,
    keep_id: str | None = None,
    account_id: str | None = None,
    now: datetime | None = None,
) -> TwinDecision:
    """Note that two entries are the "same" person, of whom `keep_id` goes on, or two ("apart"), or not
    decided again ("open"), and merge by it.

    It is put after all that was decided of these people, for another device's clock may have been ahead.
    Raises UnknownRecord and TwinRefused.
    """
    about = concerned(session, first_id, second_id, decision, keep_id)
    now = max([as_utc(now), *(one.decided_at + timedelta(microseconds=1) for one in about)])
    first_id, second_id = sorted((first_id, second_id))
    decided = TwinDecision(
        first_id=first_id,
        second_id=second_id,
        decision=decision,
        keep_id=keep_id,
        decided_by=account_id,
        decided_at=now,
    )
    session.add(decided)
    session.flush()
    recompute(session)
    return decided


def concerned(
    session: Session, first_id: str, second_id: str, decision: str, keep_id: str | None
) -> list[TwinDecision]:
    """The decisions in force on the people of whom this one would be taken; changes nothing. Raises
    UnknownRecord and TwinRefused where it can't be."""
    first_id, second_id = sorted((first_id, second_id))
    if first_id == second_id or decision not in DECISIONS:
        raise TwinRefused("Xin chọn hai người học khác nhau, rồi chọn một trong các nút.")
    if (keep_id in (first_id, second_id)) != (decision == "same"):
        raise TwinRefused("Xin chọn người được giữ: bên trái hoặc bên phải.")
    people = [person_of(session, one) for one in (first_id, second_id)]
    if None in people:
        raise UnknownRecord("Không tìm thấy người học này.")
    first, second = (set(entries_of(session, one.id)) for one in people)
    about = [one for one in in_force(session) if {one.first_id, one.second_id} & (first | second)]
    for one in about:
        pair = {one.first_id, one.second_id}
        between = pair & first and pair & second and pair != {first_id, second_id}
        if decision == "same" and one.decision == "apart" and between:
            raise TwinRefused(
                "Trong các mục của hai người này có hai mục đã xét «Là hai người». "
                "Hãy hoàn tác quyết định đó ở cuối trang, rồi làm lại."
            )
    return about


def in_force(session: Session) -> list[TwinDecision]:
    """The decision that holds of each pair: the newest by `decided_at`, then id. The newest pair first."""
    holds: dict[tuple[str, str], TwinDecision] = {}
    for one in session.scalars(
        select(TwinDecision).order_by(TwinDecision.decided_at.desc(), TwinDecision.id.desc())
    ):
        holds.setdefault((one.first_id, one.second_id), one)
    return list(holds.values())


def recompute(session: Session) -> None:
    """Set `merged_into` of every learner from the decisions in force.

    They are gone through from the newest to the oldest. "same" joins the people whom its two entries belong
    to by then, unless a newer "apart" stands between any entry of the one and any of the other: what was
    decided later holds. The entry that goes on is the one to keep of the newest decision that joined
    the group.
    """
    goes_on = _who_goes_on(in_force(session))
    was = dict(
        session.execute(select(Learner.id, Learner.merged_into).where(Learner.merged_into.is_not(None))).all()
    )
    changed = sorted(id for id in was.keys() | goes_on.keys() if was.get(id) != goes_on.get(id))
    for start in range(0, len(changed), 500):
        part = changed[start : start + 500]
        for learner in session.scalars(select(Learner).where(Learner.id.in_(part))):
            learner.merged_into = goes_on.get(learner.id)
    session.flush()


def _who_goes_on(decisions: list[TwinDecision]) -> dict[str, str]:
    """For each entry that does not go on the one that does; `decisions` from the newest to the oldest."""
    groups: dict[str, frozenset[str]] = {}
    keeps: dict[frozenset[str], tuple[int, str]] = {}
    apart: list[tuple[str, str]] = []
    for age, one in enumerate(decisions):
        if one.decision == "apart":
            apart.append((one.first_id, one.second_id))
        if one.decision != "same":
            continue
        first, second = (groups.get(id, frozenset([id])) for id in (one.first_id, one.second_id))
        stands_between = any(
            (left in first and right in second) or (left in second and right in first)
            for left, right in apart
        )
        if first == second or stands_between:
            continue
        together = first | second
        kept = one.keep_id if one.keep_id in together else min(together)
        keeps[together] = min([(age, kept), *(keeps.pop(part) for part in (first, second) if part in keeps)])
        groups |= dict.fromkeys(together, together)
    return {entry: keep for group, (_, keep) in keeps.items() for entry in group if entry != keep}
