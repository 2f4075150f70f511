"""Which class the card of a learner leads into: cards outlive the class that they were printed for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import expected
from .clock import VIETNAM, as_utc
from .merging import person_of
from .models import ClassSession


@dataclass(frozen=True)
class Way:
    """Where a card leads: straight `into` a class; else its owner says which of `choices` they are in, where
    there are any. `printed_for`: the card's class, None for one that is not known here."""

    into: ClassSession | None
    choices: tuple[ClassSession, ...]
    printed_for: ClassSession | None


def way_in(session: Session, learner_id: str, class_session_id: str, now: datetime | None = None) -> Way:
    """Where a card leads now. In this order: into its own class, where that runs today; into the class of
    today that expects its owner, where that is one; into its own class, where that was never ended and no
    other runs. Into a class that does not expect them nobody is put without being asked: the card may be
    scanned at home.
    """
    own = session.get(ClassSession, class_session_id)
    today = as_utc(now).astimezone(VIETNAM).date()
    running = session.scalars(
        select(ClassSession)
        .where(ClassSession.opened_at.is_not(None), ClassSession.closed_at.is_(None))
        .order_by(ClassSession.opened_at, ClassSession.id)
    ).all()
    todays = [one for one in running if today in (one.date, one.opened_at.astimezone(VIETNAM).date())]
    if own in todays:
        return Way(own, (), own)
    learner = person_of(session, learner_id)
    awaiting = [one for one in todays if learner in expected.people(session, one.id)]
    if len(awaiting) == 1:
        return Way(awaiting[0], (), own)
    if not todays and own in running:
        return Way(own, (), own)
    choices = awaiting or todays
    return Way(None, tuple(choices if own not in running else [*choices, own]), own)
