"""Whether the records agree with themselves, beyond what the database sees to: for `hocso doctor --deep`.

Each check gives the flaws that it finds, in plain Vietnamese and without names. What is derived from other
records can be mended: `Flaw.mend` makes it anew from them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import fsum, isclose

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError
from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from hocso.course import Catalogue

from . import attempts, expected, settings
from .clock import utc_now
from .completions import completion_rows
from .database import Database
from .models import Account, ClassSession, Event, Learner, QuizAttempt, Removal, Setting, TwinDecision
from .removal import ROSTER
from .text import percent

LONGEST_GRADING = timedelta(hours=1)
# SQLite: a row (table, row, the table that it points at, key) for each row that points at none.
ORPHANS = "PRAGMA foreign_key_check"


@dataclass(frozen=True)
class Flaw:
    """Something that is off: `what` it is, what to `do`. `mend` puts it right, where that can be done from
    what the records hold. `perhaps`: it can also be as it should."""

    what: str
    do: str
    mend: Callable[[], None] | None = None
    perhaps: bool = False


def flaws(database: Database, catalogue: Catalogue, now: datetime | None = None) -> Iterator[Flaw]:
    """All that is off in the records. A damaged file is the only flaw that is then looked for."""
    with database.session(readonly=True) as session:
        damage = list(_damage(session))
    yield from damage
    if damage:
        return
    with database.session(readonly=True) as session:
        yield from _orphans(session)
        yield from _scores(database, session)
        yield from _completions(session, catalogue)
        yield from _attempts(database, session, now or utc_now())
        yield from _classes(session)
        yield from _expected(database, session)
        yield from _merged(session)
        yield from _secret_words(session)


def _damage(session: Session) -> Iterator[Flaw]:
    if session.bind.dialect.name == "sqlite":
        said = [row[0] for row in session.execute(text("PRAGMA integrity_check"))]
        if said != ["ok"]:
            yield Flaw(
                f"Tệp hocso.db bị hỏng ở {len(said)} chỗ.",
                "Dừng máy chủ, rồi phục hồi bản sao lưu gần nhất: hocso restore.",
            )


def _orphans(session: Session) -> Iterator[Flaw]:
    """Rows that point at rows that are not there. SQLite allows them where another program wrote."""
    if session.bind.dialect.name != "sqlite":
        return
    for said in orphans(session.execute(text(ORPHANS))):
        yield Flaw(
            said, "Có chương trình khác đã sửa tệp này. Phục hồi bản sao lưu trước lần sửa đó: hocso restore."
        )


def orphans(found: Iterable[tuple]) -> list[str]:
    """What ORPHANS found, in words: which table, how many rows, and where they point."""
    number = Counter((table, parent) for table, _row, parent, _key in found)
    return [
        f"Bảng {table}: {rows} dòng trỏ tới dòng không có trong bảng {parent}."
        for (table, parent), rows in sorted(number.items())
    ]


def _scores(database: Database, session: Session) -> Iterator[Flaw]:
    """Each graded attempt has its event, which says what the attempt says, and each event of grading its
    attempt. The attempt is what was judged, the event is made from it."""
    graded = {one.id: one for one in session.scalars(select(QuizAttempt)) if one.state == "graded"}
    added_up_wrongly = {one.id for one in graded.values() if not _adds_up(one)}
    if added_up_wrongly:
        yield Flaw(
            f"{len(added_up_wrongly)} lượt làm bài có điểm khác tổng điểm các câu.",
            "Có chương trình khác đã sửa dữ liệu. Phục hồi bản sao lưu trước lần sửa đó: hocso restore.",
        )
    events = list(session.scalars(select(Event).where(Event.verb.in_(("passed", "failed")))))
    people = set(session.scalars(select(Learner.id)))
    with_event = {one.attempt_id for one in events}
    missing = [one.id for one in graded.values() if one.id not in with_event and one.learner_id in people]
    if missing:
        yield Flaw(
            f"{len(missing)} lượt làm bài đã chấm mà thiếu sự kiện đạt hoặc chưa đạt, nên không được tính.",
            "Ghi lại các sự kiện này từ lượt làm bài.",
            partial(_write_events, database, missing),
        )
    wrong = {
        one.attempt_id
        for one in events
        if one.attempt_id in graded
        and one.attempt_id not in added_up_wrongly
        and one.learner_id in people
        and not _says_the_same(one, graded[one.attempt_id])
    }
    if wrong:
        yield Flaw(
            f"{len(wrong)} sự kiện đạt hoặc chưa đạt khác với lượt làm bài của nó.",
            "Ghi lại các sự kiện này từ lượt làm bài.",
            partial(_write_events, database, wrong),
        )
    strays = [one for one in events if one.attempt_id not in graded]
    if strays:
        yield Flaw(
            f"{len(strays)} sự kiện đạt hoặc chưa đạt không có lượt làm bài đã chấm.",
            "Điểm đó vẫn được tính. Nếu xã có bản sao lưu mới hơn hoặc gói dữ liệu của máy kia, hãy nhập.",
        )
    yield from _passes(session, graded.values())


def _adds_up(attempt: QuizAttempt) -> bool:
    """Whether an attempt's score is that of its questions; those of who was removed are gone."""
    points = [one.get("points") for one in attempt.questions or ()]
    return not points or None in points or isclose(attempt.score, fsum(points), abs_tol=1e-6)


def _says_the_same(event: Event, attempt: QuizAttempt) -> bool:
    made = attempts.score_event_of(attempt)
    return all(getattr(event, name) == made[name] for name in ("verb", "share", "learner_id", "quiz_id"))


def _write_events(database: Database, attempt_ids: Iterable[str]) -> None:
    with database.session() as session:
        for attempt_id in attempt_ids:
            of_score = (Event.attempt_id == attempt_id) & Event.verb.in_(("passed", "failed"))
            session.execute(delete(Event).where(of_score))
            attempts.write_score_event(session, session.get(QuizAttempt, attempt_id))


def _passes(session: Session, graded: Iterable[QuizAttempt]) -> Iterator[Flaw]:
    """Passes that the pass mark does not explain. Each was judged by the mark of its day, so the mark of now
    says something only of what was graded since it was set; of the rest, full marks are a pass and 0 is none.
    """
    mark = round(settings.pass_mark(session), 6)
    setting = session.get(Setting, "pass_mark")

    def is_odd(one: QuizAttempt) -> bool:
        got = attempts.share(one.score, one.max_score)
        if setting is None or (setting.updated_at is not None and one.graded_at > setting.updated_at):
            return one.passed != (got >= mark)
        return got in (0.0, 1.0) and one.passed != bool(got)

    odd = sum(map(is_odd, graded))
    if odd:
        yield Flaw(
            f"{odd} lượt làm bài có kết quả đạt hay chưa đạt không theo mức đạt của xã ({percent(mark, 0)}).",
            "Chấm ở máy khác theo mức khác thì đúng: kết quả giữ theo mức của ngày chấm. Không phải vậy thì "
            "có chương trình khác đã sửa dữ liệu: phục hồi bản sao lưu trước lần sửa đó.",
            perhaps=True,
        )


def _completions(session: Session, catalogue: Catalogue) -> Iterator[Flaw]:
    """What the database computes of completions is what going through all events gives."""
    person = {one: into or one for one, into in session.execute(select(Learner.id, Learner.merged_into))}
    rows = completion_rows(session, catalogue)
    rows = rows[rows["completed"]]
    computed = {
        (person.get(who, who), lesson)
        for who, lesson in zip(rows["learner_id"], rows["lesson_id"], strict=True)
    }
    counted = _completed_by_hand(session, catalogue, person)
    if computed != counted:
        yield Flaw(
            f"Tính theo hai cách, số bài học hoàn thành khác nhau ở {len(computed ^ counted)} chỗ.",
            "Đừng dùng số liệu này trong báo cáo. Hãy gửi dòng này cho người phát triển Học Số.",
        )


def _completed_by_hand(
    session: Session, catalogue: Catalogue, person: dict[str, str]
) -> set[tuple[str, str]]:
    done, passed = defaultdict(set), set()
    for who, lesson, quiz, exercise, verb in session.execute(
        select(Event.learner_id, Event.lesson_id, Event.quiz_id, Event.exercise_id, Event.verb).where(
            Event.verb.in_(("completed", "passed"))
        )
    ):
        if verb == "passed":
            passed.add((person.get(who, who), quiz))
        elif quiz is None:
            done[person.get(who, who), lesson].add(exercise)
    complete = set()
    for lesson in catalogue.lessons:
        required = set(lesson.required_exercises)
        for who in {who for who, of in done if of == lesson.id} if required else {who for who, _ in passed}:
            practised = required <= done.get((who, lesson.id), set())
            tested = lesson.quiz_id is None or (who, lesson.quiz_id) in passed
            if practised and tested and (required or lesson.quiz_id):
                complete.add((who, lesson.id))
    return complete


def _attempts(database: Database, session: Session, now: datetime) -> Iterator[Flaw]:
    stuck = session.scalar(
        select(func.count()).where(
            QuizAttempt.state == "grading",
            or_(QuizAttempt.claimed_at.is_(None), QuizAttempt.claimed_at < now - LONGEST_GRADING),
        )
    )
    if stuck:

        def mend():
            with database.session() as writing:
                attempts.release_stale(writing, now - LONGEST_GRADING)

        yield Flaw(
            f"{stuck} bài nộp được lấy ra chấm đã hơn một giờ mà chưa có điểm.",
            "Xếp lại vào hàng chờ chấm.",
            mend,
        )
    # Of who asked to be removed the answers are gone for good; a restore would bring the person back.
    removed = select(Removal.learner_id).where(Removal.reason != ROSTER)
    without = QuizAttempt.answers.is_(None) & QuizAttempt.learner_id.not_in(removed)
    empty = session.scalar(
        select(func.count()).where(
            QuizAttempt.state != "draft", or_(without, QuizAttempt.submitted_at.is_(None))
        )
    )
    if empty:
        yield Flaw(
            f"{empty} lượt làm bài đã nộp mà không có câu trả lời hoặc giờ nộp.",
            "Có chương trình khác đã sửa dữ liệu. Phục hồi bản sao lưu trước lần sửa đó: hocso restore.",
        )


def _classes(session: Session) -> Iterator[Flaw]:
    doubled = session.scalars(
        select(ClassSession.code)
        .where(ClassSession.closed_at.is_(None))
        .group_by(ClassSession.code)
        .having(func.count() > 1)
    ).all()
    if doubled:
        yield Flaw(
            f"Mã lớp {', '.join(sorted(doubled))} đang dùng cho nhiều lớp chưa kết thúc.",
            "Kết thúc các lớp cũ ở «Lớp của tôi».",
        )


def _expected(database: Database, session: Session) -> Iterator[Flaw]:
    if strays := expected.strays(session):

        def mend():
            with database.session() as writing:
                expected.sweep(writing)

        yield Flaw(
            f"{strays} tên còn trong danh sách của lớp, dù lần nhập đã hoàn tác hoặc người đó đã xóa.",
            "Bỏ các tên này khỏi danh sách.",
            mend,
        )


def _merged(session: Session) -> Iterator[Flaw]:
    """Who was merged was so decided, into somebody who goes on themself."""
    into = aliased(Learner)
    chains = session.scalar(
        select(func.count())
        .select_from(Learner)
        .join(into, Learner.merged_into == into.id)
        .where(into.merged_into.is_not(None))
    )
    same = select(TwinDecision.id).where(
        TwinDecision.decision == "same",
        or_(TwinDecision.first_id == Learner.id, TwinDecision.second_id == Learner.id),
    )
    undecided = session.scalar(
        select(func.count()).where(Learner.merged_into.is_not(None), ~same.correlate(Learner).exists())
    )
    if chains or undecided:
        yield Flaw(
            f"{chains + undecided} người được gộp mà không có quyết định nào, hoặc gộp hai lần.",
            "Cán bộ xem lại mục người trùng và quyết định lại.",
        )


def _secret_words(session: Session) -> Iterator[Flaw]:
    pins = sum(not _readable(one) for one in session.scalars(select(Learner.pin_hash)) if one)
    if pins:
        yield Flaw(
            f"{pins} người có mã PIN mà máy không đọc được nữa.",
            "Giảng viên cấp mã PIN mới ở «Mở khóa, cấp lại mã PIN».",
        )
    for account in session.scalars(select(Account)):
        if account.password_hash and not _readable(account.password_hash):
            yield Flaw(
                f"Mật khẩu của tài khoản {account.username} không đọc được nữa.",
                f"Đặt lại: hocso accounts password {account.username}",
            )


def _readable(word: str) -> bool:
    try:
        extract_parameters(word)
    except InvalidHashError:
        return False
    return True
