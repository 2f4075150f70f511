"""What travels between devices in an exchange file, and which of two versions of a row holds.

Two devices that know different versions of a row end with the same one, in whatever order and however often
files come: each part of a row is joined by a rule that asks neither who came first nor who is asking (a join
of a semilattice). The table below is all of it: each kind, in the order in which rows may point at rows
above them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from sqlalchemy import Table

from .accounts import ROLES
from .codes import ALPHABET, CLASS_LENGTH, LEARNER_LENGTH
from .events import VERBS, VERBS_OF_GRADING
from .learners import GROUPS
from .merging import DECISIONS
from .models import (
    Account,
    Attendance,
    Base,
    ClassSession,
    Event,
    Expected,
    Hamlet,
    Learner,
    Population,
    QuizAttempt,
    Removal,
    Residence,
    RosterImport,
    Setting,
    TwinDecision,
)
from .populations import GROUPS_COUNTED
from .register_models import (
    Activity,
    ActivityPerson,
    Business,
    BusinessPerson,
    CalendarDate,
    Certificate,
    ClosedReport,
    Document,
    Holiday,
    ScienceTask,
    Target,
)
from .settings import DEFAULTS

# What never travels, and why.
STAY_HOME = {
    "access_log": "who looked at names on this device",
    "exchange_receipts": "what this device wrote and took in",
    "exchange_sent": "what this device has written already",
    "paper_copies": "codes of sheets that were printed here; what was typed in from them is an attempt",
    "signed_out": "cookies are good where they were given",
    "accounts.password_hash": "an account signs in where it was made",
    "accounts.failures": "as above",
    "accounts.locked_until": "as above",
    "learners.pin_failures": "wrong PINs are counted where they are typed",
    "learners.locked_until": "as above",
    "learners.merged_into": "made from twin_decisions (merging.recompute)",
    "quiz_attempts.claimed_at": "of the worker here",
    "quiz_attempts.in_course": "of nbgrader's course here",
    "events.attempt_id": "of a draft, which stays home; an attempt's score makes its event anew",
    "events.recorded_at": "when it was recorded on this device",
    "events.sent": "what this device has written already",
}
# Settings of the device, not of the commune.
DEVICES_SETTINGS = {"cards_printed", "device_id", "device_name", "public_address", "sample_data"}
COMMUNES_SETTINGS = sorted(DEFAULTS.keys() - DEVICES_SETTINGS)


@dataclass(frozen=True)
class Part:
    """Columns that are joined as one.

    "same": never changes; what is here stays. "newest": of the later `stamp`, of equal stamps the greater
    value of each column. "first": of the earlier `stamp`, where NULL is never. "highest": of the higher rank.
    "label": see `Label`. `secret`: only in an encrypted file.
    """

    how: str
    columns: tuple[str, ...]
    stamp: str | None = None
    secret: bool = False


@dataclass(frozen=True)
class Label:
    """A column that must be unique though devices choose it by themselves. Of two rows with the same one the
    smaller id keeps it (`own_stays`: the one that is here), the other gets `derived(id, value)`, which holds
    from then on."""

    column: str
    derived: Callable[[str, str], str]
    own_stays: bool = False


@dataclass(frozen=True)
class Kind:
    """A table that travels; `words`: what people call its rows, `shown`: a column that tells them apart and
    names nobody. `rank`: the order of "highest", from a row. `nested`: holds the ids of a class's lessons."""

    words: str
    model: type[Base]
    parts: tuple[Part, ...]
    label: Label | None = None
    rank: Callable[[dict[str, Any]], tuple] | None = None
    nested: str | None = None
    shown: str | None = None

    @property
    def table(self) -> Table:
        return self.model.__table__

    @property
    def name(self) -> str:
        return self.table.name

    @cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.primary_key)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """All columns that travel, the key first."""
        return self.key + tuple(column for part in self.parts for column in part.columns)

    @cached_property
    def is_fixed(self) -> bool:
        """Whether a row that is here never changes."""
        return all(part.how == "same" for part in self.parts)

    @cached_property
    def secret(self) -> frozenset[str]:
        return frozenset(column for part in self.parts if part.secret for column in part.columns)

    @cached_property
    def targets(self) -> dict[str, str]:
        """Column -> the kind whose rows it points at."""
        return {
            column.name: key.column.table.name
            for column in self.table.columns
            if column.name in self.columns
            for key in column.foreign_keys
        }


def code_of(row_id: str, length: int) -> str:
    """A code that is made from an id, for a row whose code is another's already."""
    number = int.from_bytes(blake2b(row_id.encode(), digest_size=16).digest())
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(length))


def _with_mark(mark: str, value: str) -> str:
    return value if value.endswith(mark) else value + mark


def _attempts_rank(row: dict[str, Any]) -> tuple:
    """Graded before failed before waiting; of two gradings the earlier one."""
    states = ("draft", "queued", "failed", "graded")
    state = "queued" if row["state"] == "grading" else row["state"]
    return states.index(state), -(row["graded_at"].timestamp() if row["graded_at"] else 0.0)


def _removals_rank(row: dict[str, Any]) -> tuple:
    """Who asked to be removed stays so, whatever became of a roster; then the earlier one."""
    return row["reason"] != "roster", -row["removed_at"].timestamp()


def same(*columns: str) -> Part:
    return Part("same", columns)


def newest(*columns: str, stamp: str = "updated_at", secret: bool = False) -> Part:
    return Part("newest", (*columns, stamp), stamp, secret)


def first(*columns: str) -> Part:
    """The first of the columns is the stamp."""
    return Part("first", columns, columns[0])


PEOPLES = newest("recorded_at", "removed_at")
ROWS = (
    Kind("phần đã xóa", Removal, (Part("highest", ("reason", "removed_at")),), rank=_removals_rank),
    Kind(
        "ấp",
        Hamlet,
        (newest("name", "position"),),
        Label("name", lambda id, name: _with_mark(f" ({id})", name)),
        shown="name",
    ),
    Kind(
        "tài khoản",
        Account,
        (same("username", "display_name", "role", "created_at", "is_sample"),),
        # Whoever signs in here goes on signing in by that name; who comes can't sign in here anyway.
        Label("username", lambda id, name: f"{name[:35]}-{code_of(id, 4).lower()}", own_stays=True),
    ),
    Kind("thông tin của xã", Setting, (newest("value"),)),
    Kind(
        "lần nhập danh sách",
        RosterImport,
        (same("file_name", "imported_by", "imported_at", "counts"), first("undone_at")),
    ),
    Kind(
        "người học",
        Learner,
        (
            newest("full_name", "folded_name", "birth_year", "hamlet_id", "group", "communicator"),
            newest("pin_hash", "pin_is_first", stamp="pin_set_at", secret=True),
            newest("phone", stamp="phone_set_at", secret=True),
            first("consent_at", "consent_wording"),
            same("created_at", "is_sample", "roster_import_id"),
            Part("label", ("code",)),
        ),
        Label("code", lambda id, _: code_of(id, LEARNER_LENGTH)),
    ),
    Kind(
        "lần chuyển ấp, chuyển nhóm",
        Residence,
        (same("learner_id", "hamlet_id", "group", "since", "recorded_at"),),
    ),
    Kind(
        "quyết định về người trùng",
        TwinDecision,
        (same("first_id", "second_id", "decision", "keep_id", "decided_by", "decided_at"),),
    ),
    Kind(
        "lớp học",
        ClassSession,
        (
            newest("trainer_id", "place", "date", "paused_at", "lessons"),
            first("opened_at"),
            first("closed_at"),
            same("created_at"),
            Part("label", ("code",)),
        ),
        Label("code", lambda id, _: code_of(id, CLASS_LENGTH)),
        nested="lessons",
        shown="place",
    ),
    Kind("lượt điểm danh", Attendance, (newest("checked_in_at", "how", "recorded_by", "removed_at"),)),
    Kind(
        "tên trong danh sách dự kiến của lớp",
        Expected,
        (
            same("class_session_id", "learner_id", "roster_import_id", "added_by", "added_at"),
            first("removed_at"),
        ),
    ),
    Kind(
        "bài nộp",
        QuizAttempt,
        (
            same("learner_id", "quiz_id", "seed", "created_at"),
            Part(
                "highest",
                (
                    "state",
                    "class_session_id",
                    "answers",
                    "submitted_at",
                    "graded_at",
                    "score",
                    "max_score",
                    "passed",
                    "questions",
                    "message",
                    "entered_by",
                ),
            ),
        ),
        rank=_attempts_rank,
    ),
    Kind(
        "giấy chứng nhận",
        Certificate,
        (
            same("secret", "learner_id", "track", "completed_at", "issued_at"),
            first("revoked_at", "revoked_by", "reason"),
            Part("label", ("number",)),
        ),
        # Only where a data folder was copied to a second laptop: both go on counting from the same number.
        Label("number", lambda id, number: _with_mark(f"-{code_of(id, 3)}", number)),
    ),
    Kind(
        "số liệu dân số",
        Population,
        (same("hamlet_id", "group", "year", "count", "source", "source_date", "entered_by", "recorded_at"),),
    ),
    Kind("mức phải đạt", Target, (same("indicator", "year", "share", "source", "recorded_at"),)),
    Kind(
        "văn bản",
        Document,
        (
            newest(
                "number",
                "title",
                "issued_on",
                "received_on",
                "published_on",
                "address",
                "attachment",
                "note",
                "removed_at",
            ),
            same("created_at"),
        ),
        shown="title",
    ),
    Kind(
        "nhiệm vụ",
        ScienceTask,
        (
            newest(
                "number",
                "title",
                "led_by",
                "begun_on",
                "ended_on",
                "is_secret",
                "communicated_on",
                "channel",
                "evidence",
                "note",
                "removed_at",
            ),
            same("created_at"),
        ),
        shown="title",
    ),
    Kind(
        "hoạt động",
        Activity,
        (
            newest("kind", "title", "held_on", "hamlet_id", "reach", "evidence", "note", "removed_at"),
            same("created_at"),
        ),
        shown="title",
    ),
    Kind("người dự hoạt động", ActivityPerson, (PEOPLES,)),
    Kind(
        "cơ sở",
        Business,
        (newest("name", "kind", "hamlet_id", "since", "until", "note", "removed_at"), same("created_at")),
        shown="name",
    ),
    Kind(
        "người ở cơ sở",
        BusinessPerson,
        (PEOPLES,),
    ),
    Kind("ngày nghỉ", Holiday, (newest("name", "works", "removed_at"),), shown="name"),
    Kind(
        "ngày trong lịch",
        CalendarDate,
        (newest("day", "title", "note", "yearly", "removed_at"), same("created_at")),
        shown="title",
    ),
    Kind(
        "báo cáo đã chốt", ClosedReport, (same("period", "figures", "fingerprint", "closed_by", "closed_at"),)
    ),
    Kind(
        "việc học",
        Event,
        (
            same(
                "learner_id",
                "lesson_id",
                "quiz_id",
                "exercise_id",
                "verb",
                "share",
                "result",
                "class_session_id",
                "occurred_at",
            ),
        ),
    ),
)
KINDS = {kind.name: kind for kind in ROWS}
# Words that pages and counts look up: another one would break them.
KNOWN_WORDS = {
    ("accounts", "role"): ROLES,
    ("learners", "group"): GROUPS,
    ("residences", "group"): GROUPS,
    ("populations", "group"): GROUPS_COUNTED,
    ("twin_decisions", "decision"): DECISIONS,
    ("quiz_attempts", "state"): ("queued", "graded", "failed"),
    ("events", "verb"): VERBS + VERBS_OF_GRADING,
    ("settings", "key"): COMMUNES_SETTINGS,
}
