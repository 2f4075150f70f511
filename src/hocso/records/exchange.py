"""Bringing data together from devices that were apart: write an exchange file, say what taking one in would
do, take it in, and the receipts of both.

A file is closed: whatever its rows point at is in it too. So files may come in any order, any number of
times; the outcome is the same (`exchange_rules`). Taking one in is one transaction.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, not_, or_, select, update
from sqlalchemy.orm import Session

from . import access, merging, registers, removal, settings
from .attempts import score_event
from .clock import VIETNAM, as_utc
from .database import Database
from .devices import device_id, device_name
from .errors import ExchangeRefused, StorageBusy, StorageFull
from .exchange_files import (
    SHORTEST_PASSPHRASE,
    Manifest,
    Reader,
    Writer,
    is_encrypted,
    open_file,
    valid_passphrase,
    write_whole,
)
from .exchange_rows import (
    Row,
    as_line,
    digest,
    here,
    in_chunks,
    joined,
    key_of,
    record_id,
    stored,
)
from .exchange_rules import KINDS, ROWS, Kind
from .models import (
    ClassLesson,
    Event,
    ExchangeReceipt,
    ExchangeSent,
    Expected,
    Learner,
    Removal,
    RosterImport,
    new_id,
)

__all__ = [
    "SHORTEST_PASSPHRASE",
    "Plan",
    "Progress",
    "Reader",
    "carry_out",
    "in_words",
    "is_encrypted",
    "last_export",
    "open_file",
    "plan",
    "receipts",
    "write",
    "write_whole",
]

SHOWN = 3  # examples of each kind
MANY_CHANGES = 40_000  # one transaction, some 5,000 a second: others wait for their turn no longer than 10 s
AT_A_TURN = 10_000  # records in one transaction: well under a second
PAUSE_S = 0.05  # who waits to write looks more often
TICK = timedelta(microseconds=1)
CLOCK_SLACK = timedelta(minutes=10)
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)  # nothing can have happened in the kit before
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Plan:
    """What taking a file in would do. `counts`: kind -> rows in it, new and changed; `examples`: kind -> some
    of the new and changed ones, none of them a person; `notes`: what whoever takes it in should know."""

    manifest: Manifest
    counts: dict[str, dict[str, int]]
    examples: dict[str, list[str]]
    notes: list[str]

    @property
    def changes(self) -> int:
        """How many rows would be new or changed."""
        return sum(count["new"] + count["changed"] for count in self.counts.values())


def write(
    database: Database,
    *,
    passphrase: str | None,
    whole: bool = False,
    account_id: str | None = None,
    now: datetime | None = None,
    progress: Progress = lambda rows: None,
    keep: Callable[[bytes], None] = lambda content: None,
) -> tuple[bytes, ExchangeReceipt]:
    """The content of an exchange file with what came or changed here since the last one (`whole`: all), and
    its receipt. Without a passphrase the file is not encrypted and has neither PINs nor phones. `progress` is
    told how many rows were written; where `keep` raises, nothing is noted.

    Two million events take minutes, so others write meanwhile: what they write goes into the next file. What
    could not be noted as sent goes into it again. Raises ExchangeRefused, where nothing is new too.
    """
    if passphrase is not None:
        passphrase = valid_passphrase(passphrase)
    now = as_utc(now)
    with database.session() as session:
        device = str(device_id(session))
    with database.session(readonly=True) as session, Writer() as writer:
        previous, needed, fresh = last_export(session), defaultdict(set), {}
        # Before the events themselves: none is noted as sent that is not in the file.
        events = list(session.scalars(select(Event.id).where(not_(Event.sent))))
        for kind in reversed(ROWS):
            columns = [name for name in kind.columns if passphrase is not None or name not in kind.secret]
            fresh[kind.name] = {}
            lines = _chosen(session, kind, columns, needed, fresh[kind.name], whole, progress)
            writer.add(kind, columns, lines)
        counts = {name: {"rows": about["rows"]} for name, about in writer.members.items() if about["rows"]}
        if not counts:
            raise ExchangeRefused(
                "Máy này chưa có dữ liệu nào để xuất."
                if whole or previous is None
                else "Từ lần xuất trước đến nay không có gì mới, nên không có gì để xuất. "
                "Muốn xuất lại mọi dữ liệu thì chọn «Tất cả»."
            )
        manifest = Manifest(
            file_id=new_id(),
            device_id=device,
            device_name=device_name(session),
            written_at=now,
            whole=whole,
            follows=previous.file_id if previous else None,
            follows_at=previous.written_at if previous else None,
            secrets=passphrase is not None,
            sample=settings.get(session, "sample_data"),
            members=writer.members,
        )
        content = writer.finish(manifest, passphrase)
    keep(content)
    with database.session() as session:
        newest = last_export(session)
        if (newest and newest.file_id) != manifest.follows:
            raise ExchangeRefused("Vừa có người khác xuất dữ liệu ở máy này. Mời xuất lại.")
        # Never before the last one: the order of exports must hold also where the clock was set back.
        recorded_at = max(now, previous.recorded_at + TICK) if previous else now
        receipt = _receipt(session, "out", manifest, recorded_at, account_id, counts, [])
    with suppress(StorageBusy, StorageFull):
        _note_sent(database, fresh, events)
    return content, receipt


def _note_sent(database: Database, fresh: dict[str, dict[str, str]], events: list[str]) -> None:
    """Note what a file had of each record, and its events, in many transactions: others have their turn."""
    for kind, digests in fresh.items():
        for chunk in in_chunks(digests.items(), AT_A_TURN):
            names = [name for name, _ in chunk]
            sent = [{"kind": kind, "record_id": name, "digest": one} for name, one in chunk]
            with _turn(database, chunk) as session:
                session.execute(
                    delete(ExchangeSent).where(ExchangeSent.kind == kind, ExchangeSent.record_id.in_(names))
                )
                session.execute(insert(ExchangeSent), sent)
    for chunk in in_chunks(events, AT_A_TURN):
        with _turn(database, chunk) as session:
            sent = update(Event).where(Event.id.in_(chunk)).values(sent=True)
            session.execute(sent.execution_options(synchronize_session=False))


@contextmanager
def _turn(database: Database, chunk: list) -> Iterator[Session]:
    """A transaction; who waits to write is let in after it where another is to come."""
    with database.session() as session:
        yield session
    if len(chunk) == AT_A_TURN:
        time.sleep(PAUSE_S)


def last_export(session: Session) -> ExchangeReceipt | None:
    """The receipt of the last file that was written here."""
    return session.scalar(
        select(ExchangeReceipt)
        .where(ExchangeReceipt.direction == "out")
        .order_by(ExchangeReceipt.recorded_at.desc())
        .limit(1)
    )


def receipts(session: Session) -> list[ExchangeReceipt]:
    """All receipts, the newest first."""
    return list(session.scalars(select(ExchangeReceipt).order_by(ExchangeReceipt.recorded_at.desc())))


def in_words(counts: dict[str, dict[str, int]]) -> list[tuple[str, int, int | None, int | None]]:
    """For each kind in a receipt or plan: its name, and how many rows, new and changed (None for a file that
    was written)."""
    known = [(kind.words, counts[kind.name]) for kind in ROWS if kind.name in counts]
    return [(words, count["rows"], count.get("new"), count.get("changed")) for words, count in known]


def _chosen(
    session: Session,
    kind: Kind,
    columns: list[str],
    needed: dict[str, set[str]],
    fresh: dict[str, str],
    whole: bool,
    progress: Progress,
) -> Iterator[str]:
    """The lines of a kind that go into the file; notes in `needed` what they point at, and in `fresh` the
    digest of each that the last file did not have like this."""
    is_event = kind.model is Event
    condition = not_(Event.sent) if is_event and not whole else None
    sent = (
        {}
        if is_event
        else dict(
            session.execute(
                select(ExchangeSent.record_id, ExchangeSent.digest).where(ExchangeSent.kind == kind.name)
            ).all()
        )
    )
    for number, row in enumerate(stored(session, kind, condition), start=1):
        line = as_line(row, columns)
        if not is_event:
            name, one = record_id(kind, row), digest(line)
            if sent.get(name) != one:
                fresh[name] = one
            elif not whole and name not in needed[kind.name]:
                continue
        for column, target in kind.targets.items():
            if row[column] is not None:
                needed[target].add(row[column])
        yield line
        if number % 1000 == 0:
            progress(1000)


def plan(session: Session, reader: Reader, now: datetime | None = None) -> Plan:
    """What taking a file in would do; nothing is written. Raises ExchangeRefused."""
    return _Arrival(session, reader, as_utc(now)).plan()


def carry_out(
    session: Session,
    reader: Reader,
    account_id: str | None = None,
    now: datetime | None = None,
    progress: Progress = lambda rows: None,
) -> ExchangeReceipt:
    """Take a file in, all of it or (where this raises ExchangeRefused) nothing, once the transaction ends.
    Who was removed and who is whom is worked out again."""
    now = as_utc(now)
    arrival = _Arrival(session, reader, now, progress, writes=True)
    done = arrival.plan()
    removal.carry_out(session)
    merging.recompute(session)
    notes = done.notes + list(_doubled(session))
    return _receipt(session, "in", reader.manifest, now, account_id, done.counts, notes)


def _receipt(
    session: Session,
    direction: str,
    manifest: Manifest,
    now: datetime,
    account_id: str | None,
    counts: dict[str, Any],
    notes: list[str],
) -> ExchangeReceipt:
    receipt = ExchangeReceipt(
        direction=direction,
        file_id=manifest.file_id,
        device_id=manifest.device_id,
        device_name=manifest.device_name,
        written_at=manifest.written_at,
        recorded_at=now,
        recorded_by=account_id,
        counts=counts,
        whole=manifest.whole,
        follows=manifest.follows,
        notes=notes,
    )
    session.add(receipt)
    access.note(session, f"trao-doi-{direction}", manifest.file_id, account_id, now)
    return receipt


def _doubled(session: Session) -> Iterator[str]:
    """Rows of a register that were entered on two devices; staff decide which one stays."""
    for about in registers.REGISTERS.values():
        if about.append_only:
            continue
        keys = Counter(map(about.key_of, registers.table(session, about.kind).to_dict("records")))
        if doubled := sum(count > 1 for count in keys.values()):
            yield (
                f"{about.title}: {doubled} {about.thing} có hai dòng giống nhau, do nhập ở hai máy. "
                "Mời cán bộ mở sổ, bỏ bớt dòng thừa."
            )


@dataclass
class _Arrival:
    """A file on its way in: its rows are joined with those here, counted and, if `writes`, kept."""

    session: Session
    reader: Reader
    now: datetime
    progress: Progress = lambda rows: None
    writes: bool = False
    # Ids of the kinds that others point at, which are here or in the file.
    known: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # Entries of rosters that were taken back: they come only if somebody has to do with them. And what went
    # with them of lists of classes: that comes never.
    taken_back: set[str] = field(default_factory=set)
    aside: dict[str, Row] = field(default_factory=dict)
    # Those who asked to be removed, here or by this file: nothing of them comes in again.
    removed: dict[str, datetime] = field(default_factory=dict)
    # Rosters that were taken back, here or by this file: nobody is expected anywhere because of them.
    undone: set[str] = field(default_factory=set)
    counts: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    wrong_times: int = 0
    alike: int = 0

    def plan(self) -> Plan:
        self._refuse_to_mix()
        by_roster = select(Removal.learner_id).where(Removal.reason == removal.ROSTER)
        self.taken_back.update(self.session.scalars(by_roster))
        self.removed.update(removal.asked(self.session))
        undone = select(RosterImport.id).where(RosterImport.undone_at.is_not(None))
        self.undone.update(self.session.scalars(undone))
        for kind in ROWS:
            for chunk in in_chunks(self.reader.rows(kind)):
                self._take(kind, chunk)
                self.progress(len(chunk))
        counts = {
            name: {what: count[what] for what in ("rows", "new", "changed")}
            for name, count in self.counts.items()
        }
        examples = {name: some[:SHOWN] for name, some in self.examples.items() if some}
        return Plan(self.reader.manifest, counts, examples, list(self._notes()))

    def _refuse_to_mix(self) -> None:
        if self.reader.manifest.sample != settings.get(self.session, "sample_data"):
            raise ExchangeRefused(
                "Dữ liệu mẫu và dữ liệu thật không ở chung một máy, nên không nhập tệp này. "
                "Mời xem lại: tệp này hoặc máy này đang có dữ liệu mẫu."
            )

    def _take(self, kind: Kind, rows: list[Row]) -> None:
        self.counts[kind.name]["rows"] += len(rows)
        if kind.model is Learner and self.taken_back:
            rows = self._put_aside(rows)
        if kind.model is RosterImport:
            self.undone.update(row["id"] for row in rows if row["undone_at"] is not None)
        if self.removed:
            self._leave_out_removed(kind, rows)
        if kind.model is Expected:
            rows = [row for row in rows if self._is_awaited(row)]
        self._check_targets(kind, rows)
        if kind.model is Event:
            soon = self.reader.manifest.written_at + CLOCK_SLACK
            self.wrong_times += sum(not FIRST_DAY <= row["occurred_at"] <= soon for row in rows)
        if kind.model is Removal:
            self.taken_back.update(row["learner_id"] for row in rows if row["reason"] == removal.ROSTER)
            asked = [row for row in rows if row["reason"] != removal.ROSTER]
            self.removed = {row["learner_id"]: row["removed_at"] for row in asked} | self.removed
            self.taken_back -= self.removed.keys()  # who asked stays, as nobody
        if kind.name in TARGETS:
            self.known[kind.name].update(row["id"] for row in rows)
        self._join(kind, rows)

    def _join(self, kind: Kind, rows: list[Row]) -> None:
        mine = here(self.session, kind, [key_of(kind, row) for row in rows])
        results: dict[tuple, Row] = {}
        for row in rows:
            key = key_of(kind, row)
            old = results.get(key) or mine.get(key)
            if old is None:
                results[key] = _complete(kind, row)
            else:
                results[key] = old if kind.is_fixed else joined(kind, old, row)
        new = {key: row for key, row in results.items() if key not in mine}
        changed = {key: row for key, row in results.items() if key in mine and row != mine[key]}
        self.counts[kind.name].update(new=len(new), changed=len(changed))
        if kind.shown:
            self.examples[kind.name] += [str(row[kind.shown]) for row in (*new.values(), *changed.values())]
        if kind.model is Learner:
            self.alike += self._count_alike(new)
        if self.writes and (new or changed):
            self._store(kind, mine, new, changed)

    def _put_aside(self, rows: list[Row]) -> list[Row]:
        back = [row for row in rows if row["id"] in self.taken_back and removal.untouched(row)]
        there = here(self.session, KINDS["learners"], [(row["id"],) for row in back])
        self.aside |= {row["id"]: row for row in back if (row["id"],) not in there}
        return [row for row in rows if row["id"] not in self.aside]

    def _leave_out_removed(self, kind: Kind, rows: list[Row]) -> None:
        match kind.name:
            case "learners":
                for row in rows:
                    if (at := self.removed.get(row["id"])) is not None:
                        blank = removal.learner_without_person(row["id"], row["birth_year"], at)
                        row.update((name, value) for name, value in blank.items() if name in row)
            case "quiz_attempts":
                for row in rows:
                    if row["learner_id"] in self.removed:
                        row |= removal.ATTEMPT_WITHOUT_PERSON
            case "events":
                for row in rows:
                    if row["learner_id"] in self.removed:
                        row["result"] = None

    def _is_awaited(self, row: Row) -> bool:
        """Whether a row of a class's list may be anywhere (`expected.strays`)."""
        return (
            row["roster_import_id"] not in self.undone
            and row["learner_id"] not in self.removed
            and row["id"] not in self.taken_back
        )

    def _check_targets(self, kind: Kind, rows: list[Row]) -> None:
        for column, target in kind.targets.items():
            wanted = {row[column] for row in rows if row[column] is not None} - self.known[target]
            if target == "learners":
                self._bring_back(wanted & self.aside.keys())
                wanted -= self.known[target]
            if not wanted:
                continue
            id = KINDS[target].table.c.id
            there = set(self.session.scalars(select(id).where(id.in_(wanted))))
            if wanted - there:
                raise ExchangeRefused(
                    f"Tệp này thiếu {KINDS[target].words} mà phần «{kind.words}» nhắc tới, nên không nhập "
                    f"gì. Mời xuất lại tệp «Tất cả» ở máy «{self.reader.manifest.device_name}»."
                )
            self.known[target] |= there

    def _bring_back(self, ids: set[str]) -> None:
        """Something points at these entries of a roster that was taken back: they stay."""
        if ids:
            rows = [self.aside.pop(id) for id in sorted(ids)]
            self.known["learners"] |= ids
            self._check_targets(KINDS["learners"], rows)
            self._join(KINDS["learners"], rows)

    def _count_alike(self, new: dict[tuple, Row]) -> int:
        """How many new learners have the name, year of birth and hamlet of somebody who is here."""
        names = {row["folded_name"] for row in new.values()}
        columns = (Learner.folded_name, Learner.birth_year, Learner.hamlet_id)
        there = (
            set(self.session.execute(select(*columns).where(Learner.folded_name.in_(names))).all())
            if new
            else set()
        )
        return sum((row["folded_name"], row["birth_year"], row["hamlet_id"]) in there for row in new.values())

    def _store(
        self, kind: Kind, mine: dict[tuple, Row], new: dict[tuple, Row], changed: dict[tuple, Row]
    ) -> None:
        if kind.label:
            self._settle_labels(kind, mine, new, changed)
        if changed:
            self._update(kind, mine, changed)
        if new:
            here_only = self._here_only(kind)
            self.session.execute(
                insert(kind.table),
                [{n: v for n, v in row.items() if n != kind.nested} | here_only(row) for row in new.values()],
            )
        if kind.nested:
            self._store_lessons(kind, [*new.values(), *changed.values()])
        if kind.name == "quiz_attempts":
            self._store_scores([*new.values(), *changed.values()])

    def _here_only(self, kind: Kind) -> Callable[[Row], Row]:
        """The columns of a new row that don't travel."""
        match kind.name:
            case "accounts":
                return lambda row: {"password_hash": ""}
            case "events":
                return lambda row: {"recorded_at": self.now}
            case "quiz_attempts":
                return lambda row: {"in_course": row["state"] != "graded"}
        return lambda row: {}

    def _update(self, kind: Kind, mine: dict[tuple, Row], changed: dict[tuple, Row]) -> None:
        table, columns = kind.table, [name for name in kind.columns if name != kind.nested]
        wanted = [table.c[name] == bindparam(f"key_{name}") for name in kind.key]
        values = {name: bindparam(f"new_{name}") for name in columns if name not in kind.key}
        rows = [
            {f"key_{name}": row[name] for name in kind.key} | {f"new_{name}": row[name] for name in values}
            for row in changed.values()
        ]
        if kind.name == "quiz_attempts":
            values["in_course"] = bindparam("new_in_course")
            for key, row in zip(changed, rows, strict=True):
                row["new_in_course"] = row["new_state"] != "graded" or mine[key]["state"] == "graded"
        self.session.connection().execute(update(table).where(*wanted).values(values), rows)

    def _store_lessons(self, kind: Kind, rows: list[Row]) -> None:
        ids = [row["id"] for row in rows]
        self.session.execute(
            delete(ClassLesson)
            .where(ClassLesson.class_session_id.in_(ids))
            .execution_options(synchronize_session=False)
        )
        lessons = [
            {"class_session_id": row["id"], "lesson_id": lesson_id, "position": position}
            for row in rows
            for position, lesson_id in enumerate(row[kind.nested], start=1)
        ]
        if lessons:
            self.session.execute(insert(ClassLesson), lessons)

    def _store_scores(self, attempts: list[Row]) -> None:
        events = [score_event(row, self.now) for row in attempts if row["state"] == "graded"]
        if events:
            ids = [event["id"] for event in events]
            self.session.execute(
                delete(Event).where(Event.id.in_(ids)).execution_options(synchronize_session=False)
            )
            self.session.execute(insert(Event), events)

    def _settle_labels(
        self, kind: Kind, mine: dict[tuple, Row], new: dict[tuple, Row], changed: dict[tuple, Row]
    ) -> None:
        """Give another label to all but one of the rows with the same (`Label`), those that are here too."""
        label, table = kind.label, kind.table
        column = table.c[label.column]
        arriving = {row["id"]: row for row in (*new.values(), *changed.values())}
        labels = {row[label.column] for row in arriving.values()}
        holders = defaultdict(set)
        for id, value in self.session.execute(select(table.c.id, column).where(column.in_(labels))):
            if id not in arriving:
                holders[value].add(id)
        for id, row in arriving.items():
            holders[row[label.column]].add(id)
        for value, ids in holders.items():
            own = [id for id in ids if (id,) in mine or id not in arriving]
            keeps = min(own or ids) if label.own_stays else min(ids)
            for id in ids - {keeps}:
                if id in arriving:
                    arriving[id][label.column] = label.derived(id, value)
                else:
                    self._relabel(kind, id, label.derived(id, value))
        # Rows that take each other's label must not meet on the way.
        for id, row in arriving.items():
            if (id,) in mine and mine[id,][label.column] != row[label.column]:
                self._relabel(kind, id, id[: column.type.length])

    def _relabel(self, kind: Kind, id: str, value: str) -> None:
        table = kind.table
        self.session.connection().execute(
            update(table).where(table.c.id == id).values({kind.label.column: value})
        )

    def _notes(self) -> Iterator[str]:
        about, now = self.reader.manifest, self.now
        machine = f"máy «{about.device_name}»"
        yield from self._notes_of_earlier_files(machine)
        if sum(count["new"] + count["changed"] for count in self.counts.values()) > MANY_CHANGES:
            yield (
                "Tệp này nhiều dòng, nhập mất vài phút. Trong lúc đó máy này không ghi được bài của bà con: "
                "chỉ nhập khi không có lớp nào đang học."
            )
        if about.written_at > now + CLOCK_SLACK or about.written_at < FIRST_DAY or now < FIRST_DAY:
            yield (
                f"Đồng hồ hai máy lệch nhau: {machine} ghi tệp lúc {_words(about.written_at)}, "
                f"còn máy này đang là {_words(now)}. Mời xem lại đồng hồ của cả hai máy."
            )
        if self.wrong_times:
            yield (
                f"{self.wrong_times} việc học có thời gian trước năm 2024 hoặc sau lúc ghi tệp: đồng hồ máy "
                "đã ghi có thể sai. Vẫn nhập, nhưng có thể không nằm trong kỳ báo cáo nào."
            )
        if self.alike:
            yield (
                f"{self.alike} người mới trùng họ tên, năm sinh và ấp với người đã có ở máy này. Cả hai được "
                "giữ; cán bộ xét xem có phải là một người."
            )
        if not about.secrets:
            yield "Tệp không mã hóa: không có mã PIN và số điện thoại. Bà con mới cần giảng viên cấp mã PIN."

    def _notes_of_earlier_files(self, machine: str) -> Iterator[str]:
        about = self.reader.manifest
        of_device = select(ExchangeReceipt).where(ExchangeReceipt.direction == "in")
        before = self.session.scalar(
            of_device.where(ExchangeReceipt.file_id == about.file_id)
            .order_by(ExchangeReceipt.recorded_at)
            .limit(1)
        )
        if before is not None:
            yield f"Tệp này đã nhập lúc {_words(before.recorded_at)}. Nhập lại không tạo gì hai lần."
        if about.device_id == settings.get(self.session, "device_id"):
            yield "Tệp này do chính máy này xuất, hoặc do máy dùng bản chép của thư mục dữ liệu này."
        elif not about.whole and about.follows is not None:
            covers = (ExchangeReceipt.device_id == about.device_id) & ExchangeReceipt.whole
            covers &= ExchangeReceipt.written_at >= about.follows_at
            if (
                self.session.scalar(
                    of_device.where(or_(ExchangeReceipt.file_id == about.follows, covers)).limit(1)
                )
                is None
            ):
                yield (
                    f"Máy này chưa nhập tệp mà {machine} xuất lúc {_words(about.follows_at)}. Mời nhập cả "
                    f"tệp đó, trước hay sau đều được. Nếu đã mất tệp đó, mời xuất «Tất cả» ở {machine}."
                )


TARGETS = {target for kind in ROWS for target in kind.targets.values()}


def _complete(kind: Kind, row: Row) -> Row:
    """A new row, with the defaults of what the file left out."""
    missing = {
        name: None if kind.table.c[name].nullable else ("" if name == "pin_hash" else False)
        for name in kind.secret
        if name not in row
    }
    return row | missing


def _words(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"
