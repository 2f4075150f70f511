"""What a commune knows: learners, accounts, classes, attendance, events, attempts, populations, settings.

grading, kpi, reports, web and cli call this room; it calls only `hocso.course` (the catalogue). Events are
the truth, completions are computed from them. Each module is a noun and holds functions that take an open
session: `with database.session() as session: learners.register(session, ...)`.
"""

from .database import Database, open_database
from .errors import (
    AccountRefused,
    AlreadyRegistered,
    AttemptRefused,
    ClassRefused,
    EventRefused,
    InvalidLearner,
    PopulationRefused,
    RecordsError,
    SampleRefused,
    SchemaTooNew,
    StorageBusy,
    StorageDamaged,
    StorageFull,
    UnknownRecord,
)
from .models import (
    Account,
    Attendance,
    ClassLesson,
    ClassSession,
    Event,
    Hamlet,
    Learner,
    Population,
    QuizAttempt,
    Setting,
)

__all__ = [
    "Account",
    "AccountRefused",
    "AlreadyRegistered",
    "AttemptRefused",
    "Attendance",
    "ClassLesson",
    "ClassRefused",
    "ClassSession",
    "Database",
    "Event",
    "EventRefused",
    "Hamlet",
    "InvalidLearner",
    "Learner",
    "Population",
    "PopulationRefused",
    "QuizAttempt",
    "RecordsError",
    "SampleRefused",
    "SchemaTooNew",
    "Setting",
    "StorageBusy",
    "StorageDamaged",
    "StorageFull",
    "UnknownRecord",
    "open_database",
]
