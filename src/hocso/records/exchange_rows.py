"""Rows as they travel: read from tables, as plain JSON values, and joined by the rules of `exchange_rules`.

A row is a dict of a kind's columns with the values that SQLAlchemy gives (aware datetimes in UTC).
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Integer, String, Text, and_, not_, select, tuple_
from sqlalchemy.orm import Session

from .exchange_rules import COMMUNES_SETTINGS, KNOWN_WORDS, Kind, Part
from .models import ClassLesson, Event, QuizAttempt, Setting, UtcDateTime
from .text import is_shallow

AT_ONCE = 2000
Row = dict[str, Any]
# Rows of a kind that stay home though their kind travels.
TRAVELLING = {
    "settings": Setting.key.in_(COMMUNES_SETTINGS),
    "quiz_attempts": QuizAttempt.state != "draft",
    # The event of a score is made anew from its attempt.
    "events": not_(and_(Event.verb.in_(("passed", "failed")), Event.attempt_id.is_not(None))),
}


def stored(session: Session, kind: Kind, condition=None) -> Iterator[Row]:
    """The rows of a kind that travel, in the order of their key."""
    table = kind.table
    statement = select(*(table.c[name] for name in kind.columns if name != kind.nested))
    for one in (TRAVELLING.get(kind.name), condition):
        if one is not None:
            statement = statement.where(one)
    lessons = _lessons(session) if kind.nested else {}
    rows = session.execute(
        statement.order_by(*(table.c[name] for name in kind.key)).execution_options(yield_per=AT_ONCE)
    )
    for row in rows.mappings():
        found = dict(row)
        if kind.nested:
            found[kind.nested] = lessons.get(found["id"], [])
        yield _as_it_travels(found)


def here(session: Session, kind: Kind, keys: list[tuple]) -> dict[tuple, Row]:
    """The rows of these keys that are here, travelling or not, by key; of a fixed kind only the keys."""
    table = kind.table
    columns = [table.c[name] for name in (kind.key if kind.is_fixed else kind.columns) if name != kind.nested]
    statement = select(*columns).where(tuple_(*(table.c[name] for name in kind.key)).in_(keys))
    found = {key_of(kind, row): _as_it_travels(dict(row)) for row in session.execute(statement).mappings()}
    if kind.nested and found:
        lessons = _lessons(session, [id for (id,) in found])
        for (id,), row in found.items():
            row[kind.nested] = lessons.get(id, [])
    return found


def _as_it_travels(row: Row) -> Row:
    """Which worker is at an attempt is no other device's business."""
    if row.get("state") == "grading":
        row["state"] = "queued"
    return row


def _lessons(session: Session, ids: list[str] | None = None) -> dict[str, list[str]]:
    """The lessons of each class, in order."""
    statement = select(ClassLesson.class_session_id, ClassLesson.lesson_id)
    if ids is not None:
        statement = statement.where(ClassLesson.class_session_id.in_(ids))
    lessons: dict[str, list[str]] = {}
    for id, lesson_id in session.execute(statement.order_by(ClassLesson.position, ClassLesson.lesson_id)):
        lessons.setdefault(id, []).append(lesson_id)
    return lessons


def key_of(kind: Kind, row) -> tuple:
    return tuple(row[name] for name in kind.key)


def record_id(kind: Kind, row: Row) -> str:
    """A row's key as one text."""
    return "|".join(map(str, key_of(kind, row)))


def in_chunks(rows: Iterable, size: int = AT_ONCE) -> Iterator[list]:
    chunk = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def as_line(row: Row, columns: Iterable[str]) -> str:
    """Columns of a row as a line of canonical JSON: the same values, the same text."""
    return canonical([row[name] for name in columns])


def canonical(value: Any) -> str:
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_plain
    )


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def digest(line: str) -> str:
    return blake2b(line.encode(), digest_size=16).hexdigest()


def from_line(kind: Kind, line: str | bytes, columns: list[str]) -> Row:
    """The row of a line whose values are of `columns`; a column that the file's edition did not know has its
    default. Secret columns that were left out are missing. Raises ValueError for anything else."""
    values = json.loads(line, parse_constant=_refuse)
    if not isinstance(values, list) or len(values) != len(columns):
        raise ValueError("not a row")
    row = dict(zip(columns, values, strict=True))
    for name, read in _readers(kind).items():
        if name in row:
            row[name] = read(row[name])
        elif name not in kind.secret:
            row[name] = _default(kind, name)
    return row if len(row) <= len(kind.columns) else {name: row[name] for name in kind.columns if name in row}


def _refuse(_constant: str) -> None:
    raise ValueError("no number")


@cache
def _readers(kind: Kind) -> dict[str, Callable[[Any], Any]]:
    return {
        name: _lesson_ids if name == kind.nested else _reader(kind, kind.table.c[name])
        for name in kind.columns
    }


def _default(kind: Kind, name: str) -> Any:
    column = kind.table.c[name]
    if column.nullable:
        return None
    if column.default is None or not column.default.is_scalar:
        raise ValueError(f"{kind.name} without {name}")
    return column.default.arg


def _reader(kind: Kind, column: Column) -> Callable[[Any], Any]:
    known = KNOWN_WORDS.get((kind.name, column.name))
    of_type = _of_type(column)

    def read(value: Any) -> Any:
        if value is None:
            if not column.nullable:
                raise ValueError(f"{column.name} is empty")
            return None
        value = of_type(value)
        if known is not None and value not in known:
            raise ValueError(f"{column.name} is unknown")
        return value

    return read


def _of_type(column: Column) -> Callable[[Any], Any]:
    match column.type:
        case UtcDateTime():
            return _moment
        case Date():
            return date.fromisoformat
        case JSON():
            return lambda value: _checked(value, is_shallow(value))
        case Boolean():
            return lambda value: _checked(value, isinstance(value, bool))
        case Integer():
            return lambda value: _checked(value, type(value) is int and -(2**31) <= value < 2**31)
        case Text():
            return lambda value: _checked(value, isinstance(value, str) and "\0" not in value)
        case String():
            longest = column.type.length
            return lambda value: _checked(
                value, isinstance(value, str) and len(value) <= longest and "\0" not in value
            )
    return lambda value: _checked(value, type(value) in (int, float) and math.isfinite(value))


def _checked(value: Any, holds: bool) -> Any:
    if not holds:
        raise ValueError("a value of another type")
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    return _checked(moment, moment.tzinfo is not None).astimezone(UTC)


def _lesson_ids(value: Any) -> list[str]:
    longest = ClassLesson.lesson_id.type.length
    fits = isinstance(value, list) and all(isinstance(one, str) and len(one) <= longest for one in value)
    return list(dict.fromkeys(_checked(value, fits)))


def joined(kind: Kind, mine: Row, theirs: Row) -> Row:
    """What two versions of a row make; neither is changed."""
    row = dict(mine)
    for part in kind.parts:
        if all(mine.get(name) == theirs.get(name) for name in part.columns):
            continue
        if part.secret and part.stamp not in theirs:
            continue
        row |= _joined_part(kind, part, mine, theirs)
    return row


def _joined_part(kind: Kind, part: Part, mine: Row, theirs: Row) -> Row:
    match part.how:
        case "newest":
            return _by_stamp(part, mine, theirs, latest=True)
        case "first":
            return _by_stamp(part, mine, theirs, latest=False)
        case "highest":
            best = max((mine, theirs), key=lambda row: (kind.rank(row), as_line(row, part.columns)))
            return {name: best[name] for name in part.columns}
        case "label":
            name = kind.label.column
            made = kind.label.derived(mine["id"], mine[name])
            return {name: made if made in (mine[name], theirs[name]) else min(mine[name], theirs[name])}
    return {}


def _by_stamp(part: Part, mine: Row, theirs: Row, latest: bool) -> Row:
    """Of the later stamp (no stamp is the earliest), or else of the earlier (no stamp is never). Of the same
    stamp the greater value of each column, where nothing is the least."""
    one, other = mine[part.stamp], theirs[part.stamp]
    if one == other:
        return {name: max(mine[name], theirs[name], key=_size) for name in part.columns}
    takes = one is None or (other is not None and (other > one) == latest)
    return {name: theirs[name] for name in part.columns} if takes else {}


def _size(value: Any) -> tuple[bool, str]:
    return value is not None, value if isinstance(value, str) else canonical(value)
