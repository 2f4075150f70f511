"""Entries that may be the same person, for staff to decide (`merging`): found by what they share.

Pairs are looked for among those only who share a folded name, a phone number, or a name but for one letter
with year of birth and hamlet: nobody is compared with everybody. Only entries that go on are looked at, and
no pair that staff decided.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hocso.course import Catalogue

from . import completions, merging
from .learners import GROUPS
from .models import Account, Attendance, Learner, Removal, RosterImport
from .text import fold, same_name


@dataclass(frozen=True)
class Likely:
    """Two entries that may be one person (ids; the one that is older first), why, and how likely: the higher
    `weight`, the more so."""

    first_id: str
    second_id: str
    reasons: tuple[str, ...]
    weight: int


@dataclass(frozen=True)
class Entry:
    """What helps to tell whether two entries are one person. `roster`: the file that brought it, None for who
    registered."""

    id: str
    code: str
    full_name: str
    birth_year: int
    hamlet: str
    group: str
    phone: str | None
    classes: int
    lessons: int
    created_at: datetime
    roster: str | None


@dataclass(frozen=True)
class Decided:
    """A decision in force on two entries, with their names; `keeps`: the name of the one that goes on."""

    first_id: str
    second_id: str
    first_name: str
    second_name: str
    decision: str
    keeps: str | None
    decided_by: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class _Person:
    id: str
    full_name: str
    folded_name: str
    birth_year: int
    hamlet_id: str
    phone: str | None


def likely(session: Session) -> list[Likely]:
    """All pairs that may be one person and are not decided, the likeliest first."""
    rows = session.execute(
        select(
            Learner.id,
            Learner.full_name,
            Learner.folded_name,
            Learner.birth_year,
            Learner.hamlet_id,
            Learner.phone,
        )
        .where(Learner.merged_into.is_(None), Learner.id.not_in(select(Removal.learner_id)))
        .order_by(Learner.created_at, Learner.id)
    )
    people = [_Person(*row) for row in rows]
    decided = _decided_pairs(session)
    found = {}
    for one, other in _candidates(people):
        pair = frozenset((one.id, other.id))
        if pair in found or pair in decided:
            continue
        reasons, weight = _judged(one, other)
        if weight:
            found[pair] = Likely(one.id, other.id, reasons, weight)
    return sorted(found.values(), key=lambda pair: (-pair.weight, pair.first_id, pair.second_id))


def entries(session: Session, catalogue: Catalogue, learner_ids: Iterable[str]) -> dict[str, Entry]:
    """What is known of some entries that go on, by id."""
    learner_ids = list(dict.fromkeys(learner_ids))
    person = func.coalesce(Learner.merged_into, Learner.id)
    attended = dict(
        session.execute(
            select(person, func.count(Attendance.class_session_id.distinct()))
            .join(Attendance, Attendance.learner_id == Learner.id)
            .where(person.in_(learner_ids), Attendance.removed_at.is_(None))
            .group_by(person)
        ).all()
    )
    rows = session.execute(
        select(Learner, RosterImport.file_name)
        .outerjoin(RosterImport, RosterImport.id == Learner.roster_import_id)
        .where(Learner.id.in_(learner_ids))
    ).all()
    return {
        one.id: Entry(
            one.id,
            one.code,
            one.full_name,
            one.birth_year,
            one.hamlet.name,
            GROUPS.get(one.group, one.group),
            one.phone,
            attended.get(one.id, 0),
            sum(
                status.completed for status in completions.lesson_status(session, catalogue, one.id).values()
            ),
            one.created_at,
            roster,
        )
        for one, roster in rows
    }


def decisions(session: Session) -> list[Decided]:
    """The decisions that hold ("same" and "apart"), the newest first."""
    held = [one for one in merging.in_force(session) if one.decision != "open"]
    names = dict(
        session.execute(
            select(Learner.id, Learner.full_name).where(
                Learner.id.in_({id for one in held for id in (one.first_id, one.second_id)})
            )
        ).all()
    )
    who = dict(session.execute(select(Account.id, Account.display_name)).all())
    return [
        Decided(
            one.first_id,
            one.second_id,
            names[one.first_id],
            names[one.second_id],
            one.decision,
            names.get(one.keep_id),
            who.get(one.decided_by),
            one.decided_at,
        )
        for one in held
    ]


def _decided_pairs(session: Session) -> set[frozenset[str]]:
    """The people whom staff said to be two, also by entries of theirs that were merged since."""
    goes_on = dict(
        session.execute(select(Learner.id, Learner.merged_into).where(Learner.merged_into.is_not(None))).all()
    )
    return {
        frozenset(goes_on.get(id, id) for id in (one.first_id, one.second_id))
        for one in merging.in_force(session)
        if one.decision != "open"
    }


def _candidates(people: list[_Person]) -> Iterator[tuple[_Person, _Person]]:
    """Pairs that share something, some of them more than once."""
    # Who were born in two years that follow each other meet at the later of them.
    near = _sharing(
        people, lambda one: [(one.folded_name, one.hamlet_id, one.birth_year + later) for later in (0, 1)]
    )
    named = _sharing(people, lambda one: [(one.folded_name, one.birth_year)])
    phoned = _sharing(people, lambda one: [one.phone] if one.phone else [])
    for block in (*named, *near, *phoned):
        yield from combinations(block, 2)
    for born_there in _sharing(people, lambda one: [(one.birth_year, one.hamlet_id)]):
        for block in _sharing(born_there, lambda one: _without_one_letter(one.folded_name)):
            yield from combinations(block, 2)


def _sharing(people: list[_Person], keys: Callable[[_Person], Iterable]) -> list[list[_Person]]:
    """Those who have one of their keys in common, two or more in each list."""
    blocks = defaultdict(list)
    for one in people:
        for key in keys(one):
            blocks[key].append(one)
    return [block for block in blocks.values() if len(block) > 1]


def _without_one_letter(name: str) -> set[str]:
    """`name` and all that it becomes without one of its letters; two names that differ by one letter share
    one of these."""
    return {name, *(name[:place] + name[place + 1 :] for place in range(len(name)))}


def _judged(one: _Person, other: _Person) -> tuple[tuple[str, ...], int]:
    """Why two may be one person, and the weight; 0: they are not alike enough."""
    years = abs(one.birth_year - other.birth_year)
    same_phone = bool(one.phone) and one.phone == other.phone
    same_hamlet = one.hamlet_id == other.hamlet_id
    how_named, name = _names_alike(one, other)
    alike = (
        (name >= 2 and (same_phone or years == 0 or (years == 1 and same_hamlet)))
        or (name == 1 and (same_phone or (years == 0 and same_hamlet)))
        or (same_phone and years == 0 and same_hamlet and _given(one) == _given(other))
    )
    if not alike:
        return (), 0
    reasons = [how_named] if how_named else ["cùng tên gọi"]
    weight = 1 + 3 * name
    if same_phone:
        reasons.append("cùng số điện thoại")
        weight += 6
    elif one.phone and other.phone:
        reasons.append("số điện thoại khác nhau")
        weight = max(1, weight - 3)
    reasons.append({0: "cùng năm sinh", 1: "năm sinh lệch một năm"}.get(years, "năm sinh khác nhau"))
    weight += {0: 4, 1: 1}.get(years, 0)
    reasons.append("cùng ấp" if same_hamlet else "khác ấp")
    weight += 3 if same_hamlet else 0
    return tuple(reasons), weight


def _names_alike(one: _Person, other: _Person) -> tuple[str, int]:
    if one.folded_name == other.folded_name:
        if not same_name(one.full_name, other.full_name):
            return "tên chỉ khác dấu", 2
        bare = [fold(name) == name.lower() for name in (one.full_name, other.full_name)]
        return ("tên viết không dấu" if bare[0] != bare[1] else "cùng tên"), 3
    if one_letter_apart(one.folded_name, other.folded_name):
        return "tên khác một chữ cái", 1
    return "", 0


def _given(person: _Person) -> str:
    return person.folded_name.rpartition(" ")[2]


def one_letter_apart(one: str, other: str) -> bool:
    """Whether two texts differ by one letter that is another, too many or missing, or by two neighbours in
    each other's place."""
    shorter, longer = sorted((one, other), key=len)
    start = next(
        (place for place, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]),
        len(shorter),
    )
    if len(shorter) < len(longer):
        return len(longer) == len(shorter) + 1 and shorter[start:] == longer[start + 1 :]
    swapped = longer[start + 1 : start + 2] + longer[start : start + 1] + longer[start + 2 :]
    return one != other and (shorter[start + 1 :] == longer[start + 1 :] or shorter[start:] == swapped)
