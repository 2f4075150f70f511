"""Sample data: a sample commune in which everything can be tried before the first real resident comes.

Every name says that it is a sample, every sample row is marked `is_sample`, and none is made where there is a
real learner.
"""

import random
import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hocso.course import Catalogue, Lesson

from . import accounts, attempts, classes, expected, hamlets, populations, settings
from .clock import VIETNAM, as_utc
from .database import Database
from .demo_office import fill_registers
from .errors import SampleRefused
from .events import append
from .learners import free_code
from .models import ClassSession, Hamlet, Learner, Population, QuizAttempt
from .secret_words import hash_secret
from .text import fold

COMMUNE, PROVINCE = "Xã Mẫu", "Tỉnh Mẫu"
PIN = "2468"
LEARNERS = 60
CONSENT = "Dữ liệu mẫu, không phải của người thật."
POPULATION_SOURCE = "Số liệu mẫu"
# Per hamlet, small enough for the rates of 60 learners to be worth looking at.
POPULATIONS = {"hoc-sinh": 16, "nguoi-dan": 60, "can-bo": 4, "nguoi-lao-dong": 12}
# Of 60 learners; in every group some have finished, some are on the way, some have not begun.
OWN_TRACK = {
    "hoc-sinh": "ky-nang-so",
    "nguoi-dan": "ky-nang-so",
    "can-bo": "nghi-quyet-57",
    "nguoi-lao-dong": "doanh-nghiep-nong-nghiep",
}
# Last digits of those who complete their track.
DILIGENT = (1, 3, 8, 9)
GROUP_OF = ["nguoi-dan"] * 6 + ["hoc-sinh"] * 2 + ["can-bo"] + ["nguoi-lao-dong"]


@dataclass(frozen=True)
class SampleAccounts:
    """What a person needs to try the sample: (user name, password) of each role, to be shown once, the PIN of
    all sample learners and the code of the open class."""

    trainer: tuple[str, str]
    staff: tuple[str, str]
    pin: str
    class_code: str


def load_sample(
    database: Database, catalogue: Catalogue, rng_seed: int = 1, now: datetime | None = None
) -> SampleAccounts:
    """Fill an empty database with sample data in one transaction. Raises SampleRefused where there are
    learners already, sample ones too."""
    now = as_utc(now)
    rng = random.Random(rng_seed)
    with database.session() as session:
        _refuse_to_mix(session)
        settings.put(session, "commune_name", COMMUNE)
        settings.put(session, "province_name", PROVINCE)
        settings.put(session, "sample_data", True)
        places = [hamlets.add(session, f"Ấp Mẫu {number}") for number in range(1, 5)]
        for place in places:
            for group, count in POPULATIONS.items():
                populations.set_population(
                    session,
                    place.id,
                    group,
                    now.astimezone(VIETNAM).year,
                    count + rng.randrange(count // 4 + 1),
                    POPULATION_SOURCE,
                    now=now,
                )
        trainer, trainer_password = _account(session, "giangvien.mau", "trainer", "Giảng viên Mẫu", now)
        _, staff_password = _account(session, "canbo.mau", "staff", "Cán bộ Mẫu", now)
        people = _learners(session, rng, places, now)
        class_session = None
        if catalogue.lessons:
            class_session = classes.open_class(
                session,
                trainer_id=trainer.id,
                place="Nhà văn hóa Ấp Mẫu 1",
                date=now.astimezone(VIETNAM).date(),
                lesson_ids=[lesson.id for lesson in catalogue.lessons],
                now=now - timedelta(hours=1),
            )
            # Everybody who is in the class but one, and some who did not come.
            invited = [one.id for number, one in enumerate(people) if number and number % 10 in (0, 5, 3)]
            expected.add(session, class_session.id, invited, added_by=trainer.id, now=now - timedelta(days=2))
        for number, learner in enumerate(people):
            _study(session, rng, catalogue, learner, number, class_session, now)
        fill_registers(session, rng, places, people, POPULATION_SOURCE, now)
        return SampleAccounts(
            trainer=(trainer.username, trainer_password),
            staff=("canbo.mau", staff_password),
            pin=PIN,
            class_code=class_session.code if class_session else "",
        )


def _refuse_to_mix(session: Session) -> None:
    if session.scalar(select(func.count()).select_from(Learner).where(~Learner.is_sample)):
        raise SampleRefused("Đã có người học thật, nên không nạp dữ liệu mẫu.")
    for table in (Learner, Hamlet, Population):
        if session.scalar(select(func.count()).select_from(table)):
            raise SampleRefused(
                "Cơ sở dữ liệu không còn trống (có dữ liệu mẫu hoặc danh sách ấp, dân số), "
                "nên không nạp dữ liệu mẫu."
            )


def _account(session: Session, username: str, role: str, display_name: str, now: datetime):
    password = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(12))
    account = accounts.create_account(
        session, username=username, password=password, role=role, display_name=display_name, now=now
    )
    account.is_sample = True
    return account, password


def _learners(session: Session, rng: random.Random, places: list[Hamlet], now: datetime) -> list[Learner]:
    pin_hash = hash_secret(PIN)
    ages = {"hoc-sinh": (13, 22), "nguoi-dan": (30, 78), "can-bo": (25, 59), "nguoi-lao-dong": (20, 58)}
    people = []
    for number in range(1, LEARNERS + 1):
        name = f"{'Nguyễn Văn' if number % 2 else 'Trần Thị'} Mẫu {number:02d}"
        group = GROUP_OF[number % len(GROUP_OF)]
        registered = now - timedelta(days=rng.randrange(120, 180))
        learner = Learner(
            id=_uuid(rng),
            code=free_code(session),
            full_name=name,
            folded_name=fold(name),
            birth_year=now.year - rng.randint(*ages[group]),
            hamlet=places[number % len(places)],
            group=group,
            pin_hash=pin_hash,
            pin_failures=0,
            consent_wording=CONSENT,
            consent_at=registered,
            created_at=registered,
            is_sample=True,
        )
        session.add(learner)
        people.append(learner)
    session.flush()
    return people


def _study(
    session: Session,
    rng: random.Random,
    catalogue: Catalogue,
    learner: Learner,
    number: int,
    class_session: ClassSession | None,
    now: datetime,
) -> None:
    """Every third learner has not begun; twelve are in the open class; some have completed the track that is
    meant for them in the last months; the others have done some lessons, some of them only in part."""
    in_class = class_session is not None and number % 5 == 0
    if in_class:
        classes.check_in(
            session, class_session.id, learner.id, now - timedelta(minutes=rng.randrange(30, 60))
        )
    if number % 3 == 2 and not in_class:
        return
    own = [lesson for lesson in catalogue.lessons if lesson.track == OWN_TRACK[learner.group]]
    if own and (learner.group == "can-bo" or number % 10 in DILIGENT) and not in_class:
        first = rng.randrange(3 * len(own), 110)
        for place, lesson in enumerate(own):
            begun = now - timedelta(days=first - 3 * place, minutes=rng.randrange(600))
            _take_lesson(
                session, rng, catalogue, learner, lesson, begun,
                until=now, class_session_id=None, thoroughness=1.0, chances=[1.0],
            )  # fmt: skip
        return
    lessons = catalogue.lessons if in_class else rng.sample(catalogue.lessons, min(8, len(catalogue.lessons)))
    for lesson in lessons:
        begun = now - timedelta(days=rng.randrange(1, 110), minutes=rng.randrange(600))
        if in_class:
            begun = now - timedelta(minutes=rng.randrange(20, 30))
        _take_lesson(
            session,
            rng,
            catalogue,
            learner,
            lesson,
            begun,
            until=now,
            class_session_id=class_session.id if in_class else None,
            thoroughness=rng.choice([0.4, 0.8, 1.0, 1.0]),
        )


def _take_lesson(
    session: Session,
    rng: random.Random,
    catalogue: Catalogue,
    learner: Learner,
    lesson: Lesson,
    begun: datetime,
    *,
    until: datetime,
    class_session_id: str | None,
    thoroughness: float,
    chances: list[float] | None = None,
) -> None:
    moments = _moments(rng, begun, until)
    where = {"learner_id": learner.id, "lesson_id": lesson.id, "class_session_id": class_session_id}

    def happened(verb: str, **about) -> None:
        moment = next(moments)
        append(session, id=_uuid(rng), verb=verb, occurred_at=moment, now=moment, **where, **about)

    happened("initialized")
    reached = lesson.steps[: max(1, round(thoroughness * len(lesson.steps)))]
    for step in reached:
        happened("progressed", result={"step": step.id})
    for exercise in lesson.exercises[: round(thoroughness * len(lesson.exercises))]:
        tries = rng.choice([1, 1, 1, 2, 3])
        for one in range(1, tries + 1):
            right = one == tries
            answer = {"success": right, "tries": one, "state": "done" if right else "trying"}
            happened(
                "answered", exercise_id=exercise.id, result={"response": None, "feedback": None, **answer}
            )
        happened("completed", exercise_id=exercise.id, result={"state": "done", "tries": tries})
    if thoroughness == 1.0 and lesson.quiz_id is not None:
        for chance in chances or ([0.5, 0.9] if rng.random() < 0.3 else [0.85]):
            _take_quiz(session, rng, catalogue, learner, lesson, chance, next(moments), class_session_id)


def _take_quiz(
    session: Session,
    rng: random.Random,
    catalogue: Catalogue,
    learner: Learner,
    lesson: Lesson,
    chance: float,
    moment: datetime,
    class_session_id: str | None,
) -> None:
    questions = [
        {
            "question": question.id,
            "points": float(right),
            "max_points": 1.0,
            "right": right,
            "response": None,
            "key": None,
            "why": [],
            "see": None,
        }
        for question in catalogue.quiz(lesson.quiz_id).questions
        for right in [rng.random() < chance]
    ]
    if not questions:
        return
    attempt = QuizAttempt(
        id=_uuid(rng),
        learner_id=learner.id,
        quiz_id=lesson.quiz_id,
        class_session_id=class_session_id,
        seed=rng.randrange(2**31),
        state="queued",
        created_at=moment,
        answers={},
        submitted_at=moment,
    )
    session.add(attempt)
    session.flush()
    score = sum(question["points"] for question in questions)
    attempts.record_score(
        session,
        attempt.id,
        score,
        len(questions),
        questions,
        attempts.passes(session, score, len(questions)),
        now=moment,
    )


def _moments(rng: random.Random, begun: datetime, until: datetime) -> Iterator[datetime]:
    """Moments a few seconds apart, never after `until`."""
    moment = begun
    while True:
        yield min(moment, until)
        moment += timedelta(seconds=rng.randrange(10, 40))


def _uuid(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))
