"""The tables of people, classes and learning. Texts are NFC, ids of what is exchanged between laptops are
UUIDs, times are UTC. The tables of the staff's registers and reports are in `register_models`.

Who may see what: `Learner` (names, year of birth, phone) is for the learner themself, the trainer of a class
they are in, and staff; `pin_hash` and `password_hash` are for nobody. Everything in `Event` and `QuizAttempt`
belongs to one learner. `Hamlet`, `Population` and `Setting` hold no personal data.

What may change in two places says when it was changed last (`updated_at`, set by `stamps`): the newest holds.
"""

from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import uuid4

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Identifier = String(36)
LessonId = String(200)
ExerciseId = String(100)
Json = JSON(none_as_null=True)
# How the folded name of somebody who was removed begins; no name has it.
REMOVED_MARK = "#"


class UtcDateTime(TypeDecorator):
    """An aware datetime, kept in UTC; a datetime without a time zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone")
        return value.astimezone(UTC).replace(tzinfo=UTC if dialect.name == "postgresql" else None)

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of the tables; constraints get fixed names so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        dict[str, Any]: Json,
        list[Any]: Json,
        float: Double,
    }


def new_id() -> str:
    """A fresh random UUID as text."""
    return str(uuid4())


def pointing_at(model: type[Base]) -> list[Column]:
    """The columns, of whatever table, that point at a row of this one. Every table is asked, so that one that
    is added later counts too."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column is model.__table__.c.id for key in column.foreign_keys)
    ]


class Hamlet(Base):
    """An ấp (hamlet). Its id is made from its first name, so that two laptops agree; the name may change."""

    __tablename__ = "hamlets"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    position: Mapped[int]
    updated_at: Mapped[datetime | None]


class Learner(Base):
    """A resident who learns. `code` is the short id for lists and exports.

    `consent_at` is NULL until the person has agreed: somebody who came from a roster is asked at the first
    sign-in. `pin_is_first`: the PIN was given (printed on a card, or by a trainer) and the learner has not
    made it or another one their own; an empty `pin_hash` matches nothing. `merged_into` is the person whom
    this entry was found to be (derived from `TwinDecision`, never written by hand; never a chain): every
    count goes by `merged_into or id`. `hamlet_id` and `group` are those of now, `Residence` knows earlier
    ones. PIN and phone have stamps of their own, for a file that is not encrypted goes without them.
    """

    __tablename__ = "learners"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    full_name: Mapped[str] = mapped_column(String(80))
    folded_name: Mapped[str] = mapped_column(String(80), index=True)
    birth_year: Mapped[int]
    hamlet_id: Mapped[str] = mapped_column(ForeignKey("hamlets.id"), index=True)
    group: Mapped[str] = mapped_column(String(20))
    phone: Mapped[str | None] = mapped_column(String(20))
    phone_set_at: Mapped[datetime | None]
    pin_hash: Mapped[str] = mapped_column(String(200))
    pin_failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    pin_is_first: Mapped[bool] = mapped_column(default=False, server_default=false())
    pin_set_at: Mapped[datetime | None]
    consent_wording: Mapped[str | None] = mapped_column(Text)
    consent_at: Mapped[datetime | None]
    communicator: Mapped[bool] = mapped_column(default=False, server_default=false())
    roster_import_id: Mapped[str | None] = mapped_column(ForeignKey("roster_imports.id"), index=True)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("learners.id"), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(default=False)

    hamlet: Mapped[Hamlet] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_removed(self) -> bool:
        """Whether nothing says any more who this was (`removal`)."""
        return self.folded_name.startswith(REMOVED_MARK)


class Residence(Base):
    """Where a learner lived and to which group they belonged from a day on; a learner who never moved has no
    row. Append-only: of two rows with the same day the one recorded last holds."""

    __tablename__ = "residences"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), index=True)
    hamlet_id: Mapped[str] = mapped_column(ForeignKey("hamlets.id"))
    group: Mapped[str] = mapped_column(String(20))
    since: Mapped[date]
    recorded_at: Mapped[datetime]


class TwinDecision(Base):
    """What staff decided of two entries that may be the same person: "same", "apart" or, taken back, "open".
    Append-only: the newest decision on a pair holds. `first_id` < `second_id`; `keep_id` is the entry that
    goes on, NULL unless "same"."""

    __tablename__ = "twin_decisions"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    first_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), index=True)
    second_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), index=True)
    decision: Mapped[str] = mapped_column(String(10))
    keep_id: Mapped[str | None] = mapped_column(Identifier)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime]


class Removal(Base):
    """The id of a learner who was taken out; an exchange file never brings them back. `reason` "roster": the
    roster was taken back, so the entry is gone unless somebody has to do with it on another device (with them
    went their rows in the lists of removed plans: ids of `Expected`, which are gone everywhere); else the
    person asked: what they did still counts, and nothing says who they were any more (`removal`)."""

    __tablename__ = "removals"

    learner_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    reason: Mapped[str] = mapped_column(String(40))
    removed_at: Mapped[datetime]


class RosterImport(Base):
    """A roster that was read in, so that it can be taken back as a whole. `counts`: what came of its rows,
    under "hamlets" the ids of those that it added, under "known_ids" those of the people who were there."""

    __tablename__ = "roster_imports"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    file_name: Mapped[str] = mapped_column(String(200))
    imported_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    imported_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]


class Account(Base):
    """A trainer, a member of staff or an administrator, who signs in with user name and password. With an
    empty `password_hash` the account is closed."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    is_sample: Mapped[bool] = mapped_column(default=False)


class ClassSession(Base):
    """One class on one day. Its code is unique among those that have not ended. Planned (`opened_at` is
    NULL; nobody can check in yet), open, paused (`paused_at`; nobody new can check in), ended (`closed_at`),
    or removed before it began (`paused_at` without `opened_at`), which is as if it were not there; where
    another device had begun it meanwhile, it goes on there with all that belongs to it."""

    __tablename__ = "class_sessions"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(6))
    trainer_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    place: Mapped[str] = mapped_column(String(200))
    date: Mapped[date]
    opened_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]

    trainer: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
    lessons: Mapped[list["ClassLesson"]] = relationship(
        lazy="selectin", order_by="ClassLesson.position", cascade="all, delete-orphan"
    )

    __table_args__ = (
        Index(
            "uq_class_sessions_open_code",
            "code",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    @property
    def lesson_ids(self) -> list[str]:
        return [lesson.lesson_id for lesson in self.lessons]

    @property
    def is_open(self) -> bool:
        """It has begun and has not ended; it may be paused."""
        return self.opened_at is not None and self.closed_at is None

    @property
    def state(self) -> str:
        """ "planned", "open", "paused", "ended" or "removed"."""
        if self.opened_at is None:
            return "planned" if self.paused_at is None and self.closed_at is None else "removed"
        if self.closed_at is not None:
            return "ended"
        return "open" if self.paused_at is None else "paused"


class ClassLesson(Base):
    """A lesson that is taught in a class session, in the trainer's order."""

    __tablename__ = "class_lessons"

    class_session_id: Mapped[str] = mapped_column(ForeignKey("class_sessions.id"), primary_key=True)
    lesson_id: Mapped[str] = mapped_column(LessonId, primary_key=True)
    position: Mapped[int]


class Attendance(Base):
    """A learner who was in a class session. `how`: "self" (signed in), "card" (by QR code), "list" (ticked by
    the trainer), "paper" (typed in afterwards from a sheet). `removed_at`: it was a mistake."""

    __tablename__ = "attendance"

    class_session_id: Mapped[str] = mapped_column(ForeignKey("class_sessions.id"), primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), primary_key=True, index=True)
    checked_in_at: Mapped[datetime]
    how: Mapped[str] = mapped_column(String(10), default="self", server_default="self")
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    updated_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Expected(Base):
    """Somebody is expected in a class session. A row never comes back: put on the list again is a row more,
    so that two laptops agree. `roster_import_id`: the roster that brought the name onto the list; the rows of
    one that was taken back are nowhere (`expected`). `removed_at`: taken off the list."""

    __tablename__ = "class_expected"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    class_session_id: Mapped[str] = mapped_column(ForeignKey("class_sessions.id"), index=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), index=True)
    roster_import_id: Mapped[str | None] = mapped_column(ForeignKey("roster_imports.id"), index=True)
    added_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class SignedOut(Base):
    """A browser's visit (`web.identity.Visitor.id`) that ended while its cookie would go on."""

    __tablename__ = "signed_out"

    visitor_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    at: Mapped[datetime]


class PaperCopy(Base):
    """A printed copy of a quiz: its code, and the seed that its questions and options are in order of.
    `attempt_id`: the attempt that its answers became."""

    __tablename__ = "paper_copies"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    quiz_id: Mapped[str] = mapped_column(ExerciseId)
    seed: Mapped[int]
    class_session_id: Mapped[str | None] = mapped_column(ForeignKey("class_sessions.id"), index=True)
    printed_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    printed_at: Mapped[datetime]
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("quiz_attempts.id"))


class QuizAttempt(Base):
    """One try at a quiz: draft, queued, grading, graded or failed (the grading failed, not the learner).

    `entered_by`: the trainer who typed the answers in from paper. `in_course` is False for a graded attempt
    that came from another device and is not in nbgrader's course here yet.
    """

    __tablename__ = "quiz_attempts"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"))
    quiz_id: Mapped[str] = mapped_column(ExerciseId)
    class_session_id: Mapped[str | None] = mapped_column(ForeignKey("class_sessions.id"))
    seed: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    answers: Mapped[dict[str, Any] | None]
    submitted_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    graded_at: Mapped[datetime | None]
    score: Mapped[float | None]
    max_score: Mapped[float | None]
    passed: Mapped[bool | None]
    questions: Mapped[list[Any] | None]
    message: Mapped[str | None] = mapped_column(Text)
    entered_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    in_course: Mapped[bool] = mapped_column(default=True, server_default=true())

    learner: Mapped[Learner] = relationship(lazy="raise", foreign_keys=learner_id)

    __table_args__ = (
        Index("ix_quiz_attempts_learner_id_quiz_id", "learner_id", "quiz_id"),
        Index("ix_quiz_attempts_state_submitted_at", "state", "submitted_at"),
        Index(
            "ix_quiz_attempts_not_in_course",
            "id",
            sqlite_where=text("NOT in_course"),
            postgresql_where=text("NOT in_course"),
        ),
        Index(
            "uq_quiz_attempts_one_draft",
            "learner_id",
            "quiz_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
    )


class Event(Base):
    """Something that happened to a learner: append-only, its UUID made where it happened.

    `share` is score / full score (0 to 1) of a graded quiz attempt (verbs passed, failed), else NULL.
    `recorded_at`: when it was recorded on this device; `sent`: it is in an exchange file written here.
    """

    __tablename__ = "events"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"))
    lesson_id: Mapped[str | None] = mapped_column(LessonId)
    quiz_id: Mapped[str | None] = mapped_column(ExerciseId)
    exercise_id: Mapped[str | None] = mapped_column(ExerciseId)
    verb: Mapped[str] = mapped_column(String(20))
    share: Mapped[float | None]
    result: Mapped[dict[str, Any] | None]
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("quiz_attempts.id"), index=True)
    class_session_id: Mapped[str | None] = mapped_column(ForeignKey("class_sessions.id"), index=True)
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    sent: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        # Holds what the next exchange file will, however many have gone before.
        Index("ix_events_not_sent", "id", sqlite_where=text("NOT sent"), postgresql_where=text("NOT sent")),
        # Both cover their query (measured in completions): activity, and the firsts of completed and passed.
        Index("ix_events_activity", "learner_id", "lesson_id", "quiz_id", "occurred_at"),
        Index(
            "ix_events_outcome",
            "verb",
            "learner_id",
            "lesson_id",
            "exercise_id",
            "quiz_id",
            "occurred_at",
            "share",
        ),
    )


class Population(Base):
    """How many people of a group live in a hamlet in a year. Append-only: the newest entry holds.

    `group` is one of the learners' groups, or "truyen-thong" (grassroots communicators), who belong to one
    of the four as well. `source`, `source_date`: the document that the figure is from."""

    __tablename__ = "populations"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    hamlet_id: Mapped[str] = mapped_column(ForeignKey("hamlets.id"))
    group: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    count: Mapped[int]
    source: Mapped[str] = mapped_column(String(300))
    source_date: Mapped[date | None]
    entered_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    recorded_at: Mapped[datetime]

    __table_args__ = (Index("ix_populations_key", "hamlet_id", "group", "year", "recorded_at"),)


class Setting(Base):
    """A setting of the commune, as JSON."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime | None]


class ExchangeReceipt(Base):
    """An exchange file that was written ("out") or taken in ("in") here. `file_id` is in the file; `whole`:
    it holds everything, else what came since the file `follows` of the same device. `counts`: kind of record
    -> how many were in it ("rows"), "new" and "changed"; `notes`: what people were told."""

    __tablename__ = "exchange_receipts"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    direction: Mapped[str] = mapped_column(String(10))
    file_id: Mapped[str] = mapped_column(Identifier, index=True)
    device_id: Mapped[str] = mapped_column(Identifier)
    device_name: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    counts: Mapped[dict[str, Any]]
    whole: Mapped[bool] = mapped_column(default=False, server_default=false())
    follows: Mapped[str | None] = mapped_column(Identifier)
    notes: Mapped[list[Any] | None]


class ExchangeSent(Base):
    """What the last exchange file held of a record; a record with another digest goes into the next. Events
    have `Event.sent` instead."""

    __tablename__ = "exchange_sent"

    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    digest: Mapped[str] = mapped_column(String(32))
