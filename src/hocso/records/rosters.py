"""Rosters: what taking one in would do, row by row; taking it in; taking it back.

A learner from a roster has no PIN (nothing matches) until a card is made, and has not agreed to anything
unless whoever takes the roster in says that they all have.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, not_, select
from sqlalchemy.orm import Session

from . import expected, hamlets
from .addresses import Places
from .clock import as_utc
from .errors import RosterRefused, UnknownRecord
from .learners import GROUPS, free_codes, told_apart
from .models import Account, Expected, Hamlet, Learner, Removal, RosterImport, new_id, pointing_at
from .roster_reading import CellError, Roster, RosterRow, read
from .text import fold

__all__ = [
    "STATES",
    "CellError",
    "Plan",
    "PlannedRow",
    "Roster",
    "RosterRow",
    "Stayed",
    "TakenBack",
    "apply",
    "history",
    "latest",
    "plan",
    "read",
    "take_back",
    "taking_back",
]

STATES = {"new": "người mới", "known": "đã có", "twin": "có thể trùng", "error": "cần sửa"}
# Why a learner from a roster stays, by the table that knows them.
REASONS = {
    "events": "đã học bài",
    "attendance": "đã điểm danh",
    "quiz_attempts": "đã làm bài kiểm tra",
    "learners": "đã gộp với người khác",
    "twin_decisions": "cán bộ đã xét trùng tên",
    "class_expected": "đã được ghi thêm vào danh sách của một lớp",
}


@dataclass(frozen=True)
class PlannedRow:
    """What becomes of a row: `state` is one of STATES; `learner_id` and `learner_name` say who is known, or
    might be the same ("twin": taken in as a person of their own, staff decide); `why` says it in words."""

    row: RosterRow
    state: str
    hamlet: str
    group: str
    learner_id: str | None = None
    learner_name: str | None = None
    why: str = ""
    errors: tuple[CellError, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What taking `roster` in would do; `new_hamlet_names`: hamlets that it would add."""

    roster: Roster
    rows: tuple[PlannedRow, ...]
    new_hamlet_names: tuple[str, ...]
    default_group: str
    default_hamlet: str | None
    new_hamlets: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each state."""
        found = Counter(row.state for row in self.rows)
        return {state: found[state] for state in STATES}

    @property
    def people(self) -> int:
        """How many people would be taken in."""
        return self.counts["new"] + self.counts["twin"]

    @property
    def everybody(self) -> int:
        """How many people the rows without errors are, known ones too."""
        return self.people + len(self.known_ids)

    @property
    def known_ids(self) -> set[str]:
        """Those who are there already, without those whom a row above would take in."""
        return {row.learner_id for row in self.rows if row.state == "known" and row.learner_id}


@dataclass(frozen=True)
class Stayed:
    """A learner whom taking a roster back left, and why."""

    learner_id: str
    full_name: str
    why: str


@dataclass(frozen=True)
class TakenBack:
    """How many learners were taken out, who stayed, how many people were taken off lists of classes, and the
    names of hamlets that were taken out."""

    removed: int
    stayed: tuple[Stayed, ...]
    off_lists: int
    hamlets: tuple[str, ...]


@dataclass
class _Person:
    id: str | None
    place: str | None
    full_name: str
    birth_year: int
    hamlet_id: str
    phone: str | None


class _People:
    """Those who are there, and those of the rows above, by folded name and by phone."""

    def __init__(self, session: Session):
        self._by_name, self._by_phone = defaultdict(list), defaultdict(list)
        for id, name, year, hamlet_id, phone, merged_into in session.execute(
            select(
                Learner.id,
                Learner.full_name,
                Learner.birth_year,
                Learner.hamlet_id,
                Learner.phone,
                Learner.merged_into,
            ).order_by(Learner.created_at, Learner.id)
        ):
            self.add(_Person(merged_into or id, None, name, year, hamlet_id, phone))

    def add(self, person: _Person) -> None:
        self._by_name[fold(person.full_name)].append(person)
        if person.phone:
            self._by_phone[person.phone].append(person)

    def same(self, one: _Person) -> _Person | None:
        """As `learners.register` judges; of several the one with the same phone. Who has no phone is the same
        as one phone only: the next one is somebody else's."""
        found = [
            other
            for other in self._by_name[fold(one.full_name)]
            if (one.birth_year, one.hamlet_id) == (other.birth_year, other.hamlet_id)
            and not told_apart(one.full_name, one.phone, other)
        ]
        known = min(found, key=lambda other: other.phone != one.phone, default=None)
        if known is not None and known.phone is None:
            known.phone = one.phone
        return known

    def alike(self, one: _Person) -> tuple[_Person, str] | None:
        """Somebody who may be the same, and why."""
        for other in self._by_name[fold(one.full_name)]:
            if one.phone and one.phone == other.phone:
                return other, "cùng tên, cùng số điện thoại"
            if one.birth_year == other.birth_year:
                return other, "cùng tên, cùng năm sinh"
            if one.hamlet_id == other.hamlet_id and abs(one.birth_year - other.birth_year) == 1:
                return other, "cùng tên, cùng ấp, năm sinh lệch một năm"
        if one.phone:
            for other in self._by_phone[one.phone]:
                if one.birth_year == other.birth_year:
                    return other, "cùng số điện thoại, cùng năm sinh"
        return None


def plan(
    session: Session,
    roster: Roster,
    *,
    default_group: str,
    default_hamlet: str | None = None,
    new_hamlets: bool = False,
) -> Plan:
    """What taking the roster in would do; nothing is written. Rows that say no group or hamlet get the
    default (a slug, a hamlet's id). Raises RosterRefused for an unknown group and UnknownRecord."""
    if default_group not in GROUPS:
        raise RosterRefused("Xin chọn nhóm trong danh sách.")
    people = _People(session)
    places = Places(session, default_hamlet, new_hamlets)
    rows = []
    for row in roster.rows:
        found = places.find(row.hamlet)
        errors = row.errors
        if isinstance(found, str):
            errors = (*errors, CellError(row.number, row.hamlet_column, found, row.sheet))
        group = row.group or default_group
        if errors:
            rows.append(PlannedRow(row, "error", row.hamlet, group, errors=errors))
            continue
        hamlet_id, hamlet = found
        person = _Person(None, row.place, row.full_name, row.birth_year, hamlet_id, row.phone)
        rows.append(_judged(row, hamlet, group, person, people))
        if rows[-1].state != "known":
            people.add(person)
    return Plan(roster, tuple(rows), tuple(places.new.values()), default_group, default_hamlet, new_hamlets)


def _judged(row: RosterRow, hamlet: str, group: str, person: _Person, people: _People) -> PlannedRow:
    known = people.same(person)
    if known is not None:
        why = "đã có trong danh sách của xã" if known.place is None else f"trùng với {_within(known.place)}"
        return PlannedRow(row, "known", hamlet, group, known.id, known.full_name, why)
    alike = people.alike(person)
    if alike is not None:
        other, why = alike
        if other.place is not None:
            why += f" với {_within(other.place)}"
        return PlannedRow(row, "twin", hamlet, group, other.id, other.full_name, why)
    return PlannedRow(row, "new", hamlet, group)


def _within(place: str) -> str:
    """«Dòng 2», within a sentence."""
    return place[0].lower() + place[1:]


def apply(
    session: Session,
    planned: Plan,
    *,
    account_id: str | None,
    consented: bool,
    consent_wording: str | None = None,
    class_session_id: str | None = None,
    now: datetime | None = None,
) -> RosterImport:
    """Take in all new people of a plan, possible doubles too, in one go or not at all. Rows to mend stay out.

    Planned again first, for what has changed since. `consented`: all have agreed, to `consent_wording`.
    `class_session_id`: a class on whose list everybody is put, known ones too. Raises ClassRefused for one
    that has ended.
    """
    now = as_utc(now)
    # Locked, so that the same roster taken in twice at the same moment is seen on PostgreSQL too.
    session.scalars(select(Hamlet).order_by(Hamlet.id).with_for_update()).all()
    planned = plan(
        session,
        planned.roster,
        default_group=planned.default_group,
        default_hamlet=planned.default_hamlet,
        new_hamlets=planned.new_hamlets,
    )
    places = {one.name: one for one in hamlets.listed(session)}
    known = {one.id for one in places.values()}
    for name in planned.new_hamlet_names:
        places[name] = hamlets.add(session, name)
    added = sorted({one.id for one in places.values()} - known)
    taken = RosterImport(
        file_name=planned.roster.file_name,
        imported_by=account_id,
        imported_at=now,
        counts=planned.counts
        | ({"hamlets": added} if added else {})
        | ({"known_ids": sorted(planned.known_ids)} if planned.known_ids else {}),
    )
    session.add(taken)
    session.flush()
    new = [one for one in planned.rows if one.state in ("new", "twin")]
    rows = [
        {
            "id": new_id(),
            "code": code,
            "full_name": one.row.full_name,
            "folded_name": fold(one.row.full_name),
            "birth_year": one.row.birth_year,
            "hamlet_id": places[one.hamlet].id,
            "group": one.group,
            "phone": one.row.phone,
            "pin_hash": "",
            "consent_wording": consent_wording if consented else None,
            "consent_at": now if consented else None,
            "roster_import_id": taken.id,
            "created_at": now,
        }
        for one, code in zip(new, free_codes(session, len(new)), strict=True)
    ]
    if rows:
        # All at once: nobody else can write meanwhile.
        session.execute(insert(Learner), rows)
    if class_session_id is not None:
        everybody = [*(row["id"] for row in rows), *sorted(planned.known_ids)]
        expected.add(
            session,
            class_session_id,
            everybody,
            added_by=account_id,
            roster_import_id=taken.id,
            now=now,
        )
    return taken


def history(session: Session, account_id: str | None = None) -> list[tuple[RosterImport, str | None]]:
    """The rosters that were taken in (by an account, where one is named), the newest first, each with the
    name of whoever took it in."""
    mine = [RosterImport.imported_by == account_id] if account_id else []
    rows = session.execute(
        select(RosterImport, Account.display_name)
        .outerjoin(Account, Account.id == RosterImport.imported_by)
        .where(*mine)
        .order_by(RosterImport.imported_at.desc(), RosterImport.id)
    )
    return [(taken, name) for taken, name in rows]


def latest(session: Session, account_id: str | None = None) -> RosterImport | None:
    """The roster that was taken in last (by an account, where one is named) and not taken back."""
    mine = [RosterImport.imported_by == account_id] if account_id else []
    return session.scalar(
        select(RosterImport)
        .where(RosterImport.undone_at.is_(None), *mine)
        .order_by(RosterImport.imported_at.desc(), RosterImport.id)
        .limit(1)
    )


def take_back(session: Session, import_id: str, now: datetime | None = None) -> TakenBack:
    """Take everybody of a roster off the lists of classes that it put them on, and take out the learners whom
    it brought and whom nothing points at: no lesson, class, quiz, merge or other record; and the hamlets that
    it added, where nobody and nothing is in them. The others stay, with the reason. Raises UnknownRecord."""
    now = as_utc(now)
    taken = session.get(RosterImport, import_id, with_for_update=True)
    if taken is None:
        raise UnknownRecord("Không tìm thấy lần nhập danh sách này.")
    would_be = taking_back(session, import_id)
    stay = {one.learner_id for one in would_be.stayed}
    taken.undone_at = taken.undone_at or now
    brought = select(Learner).where(Learner.roster_import_id == import_id).with_for_update(of=Learner)
    leave = [learner for learner in session.scalars(brought).all() if learner.id not in stay]
    ids = [one.id for one in leave]
    for id in ids + expected.of_removed_plans(session, ids):
        session.add(Removal(learner_id=id, reason="roster", removed_at=now))
    expected.sweep(session)
    for learner in leave:
        session.delete(learner)
    session.flush()
    for hamlet in _own_hamlets(session, taken):
        if hamlet.name in would_be.hamlets:
            session.delete(hamlet)
    session.flush()
    return would_be


def taking_back(session: Session, import_id: str) -> TakenBack:
    """What `take_back` would do now; nothing is written."""
    brought = session.execute(
        select(Learner.id, Learner.full_name, Learner.merged_into)
        .where(Learner.roster_import_id == import_id)
        .order_by(Learner.folded_name, Learner.id)
    ).all()
    why = _pointed_at(session, import_id)
    why |= {id: REASONS["learners"] for id, _, merged_into in brought if merged_into and id not in why}
    stayed = tuple(Stayed(id, name, why[id]) for id, name, _ in brought if id in why)
    leave = [id for id, _, _ in brought if id not in why]
    free = (
        one.name
        for one in _own_hamlets(session, session.get(RosterImport, import_id))
        if not _is_used(session, one.id, leave)
    )
    off_lists = sum(count for _, count in expected.put_by_roster(session, import_id))
    return TakenBack(len(leave), stayed, off_lists, tuple(free))


def _own_hamlets(session: Session, taken: RosterImport | None) -> list[Hamlet]:
    """The hamlets that a roster added and that are still there."""
    ids = taken.counts.get("hamlets", []) if taken is not None else []
    return [one for id in ids if (one := session.get(Hamlet, id)) is not None]


def _is_used(session: Session, hamlet_id: str, leave: list[str]) -> bool:
    """Whether some table points at a hamlet, learners who `leave` aside."""
    for column in pointing_at(Hamlet):
        those = select(column).where(column == hamlet_id)
        if column.table is Learner.__table__:
            those = those.where(Learner.id.not_in(leave))
        if session.execute(those.limit(1)).first() is not None:
            return True
    return False


def _pointed_at(session: Session, import_id: str) -> dict[str, str]:
    """Learners of an import whom some table points at, with the reason; but the lists that this import put
    them on and those of removed plans keep nobody."""
    brought = select(Learner.id).where(Learner.roster_import_id == import_id)
    reasons = {}
    for column in pointing_at(Learner):
        pointing = select(column).where(column.in_(brought)).distinct()
        if column.table is Expected.__table__:
            by_others = Expected.roster_import_id.is_distinct_from(import_id)
            pointing = pointing.where(by_others, not_(expected.in_removed_plan()))
        for id in session.scalars(pointing):
            reasons.setdefault(id, REASONS.get(column.table.name, "đã có trong sổ sách của xã"))
    return reasons
