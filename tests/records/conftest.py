"""A real database for each test: SQLite in a file, or the empty PostgreSQL that HOCSO_TEST_DATABASE names."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from hocso.course import Catalogue, ExerciseRef, Lesson, Quiz, Step, Track
from hocso.records import accounts, classes, hamlets, learners, open_database
from hocso.records.models import Base

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CONSENT = "Tôi đồng ý cho xã lưu họ tên, năm sinh, ấp và nhóm của tôi."


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def database_url(tmp_path):
    url = os.environ.get("HOCSO_TEST_DATABASE")
    if url is None:
        return tmp_path / "hocso.db"
    engine = create_engine(url)
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    engine.dispose()
    return url


@pytest.fixture
def database(database_url):
    database = open_database(database_url)
    yield database
    database.close()


def a_lesson(track, number, slug, exercises, quiz_id=None):
    """A lesson whose exercises are (id, required) pairs."""
    return Lesson(
        id=f"{track}/{slug}",
        track=track,
        number=number,
        slug=slug,
        title=f"Bài {slug}",
        minutes=10,
        objectives=(),
        audience=(),
        skill_groups=(),
        sources=(),
        path=Path(f"{number:02d}-{slug}.ipynb"),
        steps=(Step("tinh-huong", "Tình huống"), Step("lam-thu", "Làm thử")),
        exercises=tuple(ExerciseRef(id, "one_choice", required) for id, required in exercises),
        quiz_id=quiz_id,
    )


@pytest.fixture
def catalogue():
    """Track A of two lessons (one with a quiz, one without), track B of one lesson with a quiz."""
    otp = a_lesson("ky-nang-so", 4, "otp", [("mot", True), ("hai", True), ("them", False)], "ky-nang-so-04")
    wifi = a_lesson("ky-nang-so", 5, "wifi", [("mot", True)])
    goals = a_lesson("nghi-quyet-57", 3, "muc-tieu", [("bieu-do", True)], "nghi-quyet-57-03")
    questions = tuple(ExerciseRef(f"answer_{number}", "one_choice") for number in range(1, 11))
    return Catalogue(
        tracks=(
            Track("ky-nang-so", "A", "Kỹ năng số cơ bản", "Mọi người", "", (otp, wifi)),
            Track("nghi-quyet-57", "B", "Nghị quyết 57", "Cán bộ", "", (goals,)),
        ),
        quizzes=(
            Quiz("ky-nang-so-04", otp.id, Path("a.ipynb"), questions),
            Quiz("nghi-quyet-57-03", goals.id, Path("b.ipynb"), questions),
        ),
    )


@pytest.fixture
def register(database):
    """Registers a learner, with what is not said filled in."""

    def register(full_name="Nguyễn Văn Hòa", **said):
        with database.session() as session:
            hamlet = hamlets.add(session, said.pop("hamlet", "Ấp 1"))
            said = {"birth_year": 1960, "group": "nguoi-dan", "pin": "2468", "now": NOW, **said}
            return learners.register(
                session, full_name=full_name, hamlet_id=hamlet.id, consent_wording=CONSENT, **said
            )

    return register


@pytest.fixture
def learner(register):
    return register()


@pytest.fixture
def trainer(database):
    with database.session() as session:
        return accounts.create_account(
            session, username="lan", password="mat-khau-dai", role="trainer", display_name="Cô Lan", now=NOW
        )


@pytest.fixture
def class_session(database, trainer, catalogue):
    with database.session() as session:
        return classes.open_class(
            session,
            trainer_id=trainer.id,
            place="Nhà văn hóa",
            date=date(2026, 11, 24),
            lesson_ids=["nghi-quyet-57/muc-tieu", "ky-nang-so/otp"],
            now=NOW,
        )
