"""The tables of the staff's registers, reports, certificates and calendar; `models` says what holds of all.

Registers hold no personal data but names of bodies and businesses; `BusinessPerson` and `ActivityPerson` say
of a learner no more than that they belong there. A row with `removed_at` is out of every count and can be
brought back.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .models import Base, Identifier, new_id


class Document(Base):
    """A directive document on Resolution 57 that is to be published on the commune's website (indicator K2).

    `published_on` and `address` are empty until it is; `attachment` says where the paper or file is kept.
    """

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(300))
    issued_on: Mapped[date]
    received_on: Mapped[date]
    published_on: Mapped[date | None]
    address: Mapped[str | None] = mapped_column(String(500))
    attachment: Mapped[str | None] = mapped_column(String(500))
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ScienceTask(Base):
    """A publicly funded S&T task (indicator K5). `is_secret`: a state secret, in no count.
    `communicated_on`, `channel` (a kind of `Activity`) and `evidence` are empty until it is communicated."""

    __tablename__ = "science_tasks"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    number: Mapped[str | None] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(300))
    led_by: Mapped[str] = mapped_column(String(200))
    begun_on: Mapped[date]
    ended_on: Mapped[date | None]
    is_secret: Mapped[bool] = mapped_column(default=False)
    communicated_on: Mapped[date | None]
    channel: Mapped[str | None] = mapped_column(String(20))
    evidence: Mapped[str | None] = mapped_column(String(500))
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Activity(Base):
    """A communication activity: kind "hoi-nghi", "loa", "zalo", "website", "video" or "hoi-thi". `reach` is
    the audience as the organiser reports it (people, views, households); NULL where not known."""

    __tablename__ = "activities"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    held_on: Mapped[date] = mapped_column(index=True)
    hamlet_id: Mapped[str | None] = mapped_column(ForeignKey("hamlets.id"))
    reach: Mapped[int | None]
    evidence: Mapped[str | None] = mapped_column(String(500))
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ActivityPerson(Base):
    """A resident who took part in an activity, on an attendance list."""

    __tablename__ = "activity_people"

    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id"), primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), primary_key=True, index=True)
    recorded_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Business(Base):
    """An enterprise, cooperative, farm or service business of the commune (indicator B2): kind
    "doanh-nghiep", "hop-tac-xa", "trang-trai" or "dich-vu". `until`: it has closed."""

    __tablename__ = "businesses"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    hamlet_id: Mapped[str] = mapped_column(ForeignKey("hamlets.id"))
    since: Mapped[date]
    until: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class BusinessPerson(Base):
    """A learner who works in a business."""

    __tablename__ = "business_people"

    business_id: Mapped[str] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), primary_key=True, index=True)
    recorded_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Holiday(Base):
    """A day that is no working day though it is no weekend (or, `works`, a weekend day that is one)."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    works: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class CalendarDate(Base):
    """A date of the staff's own in the calendar; `yearly` comes back each year."""

    __tablename__ = "calendar_dates"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    day: Mapped[date]
    title: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    yearly: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Target(Base):
    """The staff's own target of an indicator from a year on, where the plan leaves it to them (0 to 1)."""

    __tablename__ = "targets"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    indicator: Mapped[str] = mapped_column(String(10))
    year: Mapped[int]
    share: Mapped[float]
    source: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime]


class ClosedReport(Base):
    """The figures of a report as they were handed in; never changed. `period`: "2026-06" or "2026-12".
    `fingerprint`: SHA-256 of the figures in canonical JSON. A later one of the same period replaces it as the
    valid one, both stay."""

    __tablename__ = "closed_reports"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    period: Mapped[str] = mapped_column(String(7), index=True)
    figures: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(String(64))
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    closed_at: Mapped[datetime]


class Certificate(Base):
    """A certificate of a completed track. `number` is printed on it; `secret` is in its QR code and can't be
    guessed."""

    __tablename__ = "certificates"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    secret: Mapped[str] = mapped_column(String(40), unique=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), index=True)
    track: Mapped[str] = mapped_column(String(100))
    completed_at: Mapped[datetime]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str | None] = mapped_column(String(300))


class AccessEntry(Base):
    """Somebody looked at names or took them away in a file. `what` is an action's fixed name, `about` says of
    what (a class, an indicator, a period), never a person's name."""

    __tablename__ = "access_log"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True, default=new_id)
    at: Mapped[datetime]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    what: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(300))

    __table_args__ = (Index("ix_access_log_at", "at"),)
