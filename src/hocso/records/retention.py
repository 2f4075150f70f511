"""Who has done nothing for so long that the commune needs to know no more who they were.

Law 91/2025/QH15: personal data are kept no longer than their purpose needs. How long that is, the commune
says (`retention_years`); until it does, nothing is removed. Removing can't be undone and a laptop's clock may
be wrong, so people start it: no server does so by itself.
"""

from datetime import datetime

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from .clock import VIETNAM, as_utc
from .models import REMOVED_MARK, Attendance, Event, Learner, QuizAttempt
from .register_models import ActivityPerson, Certificate

# Each moment at which a learner did something, or somebody noted that they did.
SIGNS = (
    (Learner.id, Learner.created_at),
    (Learner.id, Learner.consent_at),
    (Learner.id, Learner.pin_set_at),
    (Attendance.learner_id, Attendance.checked_in_at),
    (Event.learner_id, Event.occurred_at),
    (QuizAttempt.learner_id, QuizAttempt.submitted_at),
    (ActivityPerson.learner_id, ActivityPerson.recorded_at),
    (Certificate.learner_id, Certificate.issued_at),
)


def due(session: Session, years: int, now: datetime | None = None) -> list[str]:
    """The ids of people, by id, who did nothing in the `years` years before `now`, in any of their entries;
    nobody for 0 years, and nobody who is removed already."""
    if not years:
        return []
    signs = union_all(
        *(
            select(learner_id.label("id"), func.max(at).label("at")).group_by(learner_id)
            for learner_id, at in SIGNS
        )
    ).subquery()
    person = func.coalesce(Learner.merged_into, Learner.id)
    people = (
        select(person)
        .join(signs, signs.c.id == Learner.id)
        .where(~Learner.folded_name.startswith(REMOVED_MARK))
        .group_by(person)
        .having(func.max(signs.c.at) < since(years, now))
        .order_by(person)
    )
    return list(session.scalars(people))


def since(years: int, now: datetime | None = None) -> datetime:
    """The moment `years` years ago: the same day of the year, in Việt Nam."""
    moment = as_utc(now).astimezone(VIETNAM)
    leap_day = (moment.month, moment.day) == (2, 29)
    return as_utc(moment.replace(year=moment.year - years, day=28 if leap_day else moment.day))
