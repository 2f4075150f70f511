"""Devices of one commune, each with a database and a clock of its own."""

import itertools
import random
import shutil
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from hocso.kpi import Period, compute
from hocso.records import (
    Account,
    ClassSession,
    Event,
    Learner,
    accounts,
    attempts,
    classes,
    codes,
    completions,
    events,
    exchange,
    exchange_files,
    exchange_rows,
    exchange_rules,
    expected,
    hamlets,
    learners,
    models,
    open_database,
    settings,
    stamps,
)
from tests.records.conftest import CONSENT

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
PASSPHRASE = "mat-khau-cua-tep"


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """A database at the newest schema, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "hocso.db"
    open_database(file).close()
    return file


@pytest.fixture
def quick_age(monkeypatch):
    """Encryption takes a second on purpose; where it is not tested, its first words alone stand in."""
    mark = exchange_files.ENCRYPTED

    def age(do, content, passphrase):
        return mark + content if do == "encrypt" else content.removeprefix(mark)

    monkeypatch.setattr(exchange_files, "_age", age)


@pytest.fixture
def same_ids(monkeypatch):
    """From here on ids and codes are those of a seed, so that what failed fails again."""

    def same_ids(seed):
        chance = random.Random(seed)
        monkeypatch.setattr(models, "uuid4", lambda: UUID(int=chance.getrandbits(128), version=4))
        monkeypatch.setattr(codes.secrets, "choice", chance.choice)

    return same_ids


class Device:
    """A laptop: what people do at it, what it writes and takes in."""

    def __init__(self, folder, empty, name, monkeypatch, skew=timedelta(0)):
        file = folder / f"{name}-{uuid4().hex}.db"
        shutil.copyfile(empty, file)
        self.database, self.name, self._skew = open_database(file), name, skew
        self._ticks, self._monkeypatch = itertools.count(), monkeypatch

    def now(self):
        """Later at each look, by this device's clock."""
        return NOW + self._skew + timedelta(seconds=next(self._ticks))

    def session(self, **kind):
        self._monkeypatch.setattr(stamps, "utc_now", self.now)
        return self.database.session(**kind)

    def write(self, whole=False, passphrase=PASSPHRASE):
        self._monkeypatch.setattr(stamps, "utc_now", self.now)
        return exchange.write(self.database, passphrase=passphrase, whole=whole, now=self.now())[0]

    def take(self, content, passphrase=PASSPHRASE):
        with self.session() as session:
            return exchange.carry_out(session, exchange.open_file(content, passphrase), now=self.now())

    def plan(self, content, passphrase=PASSPHRASE):
        with self.session(readonly=True) as session:
            return exchange.plan(session, exchange.open_file(content, passphrase), now=self.now())

    def register(self, full_name="Nguyễn Văn A", hamlet="Ấp Thử 1", pin="1357", **said):
        said = {"birth_year": 1960, "group": "nguoi-dan", **said}
        with self.session() as session:
            place = hamlets.add(session, hamlet)
            return learners.register(
                session,
                full_name=full_name,
                hamlet_id=place.id,
                pin=pin,
                consent_wording=CONSENT,
                now=self.now(),
                **said,
            ).id

    def did(
        self, learner_id, verb="completed", exercise="mot", lesson="ky-nang-so/otp", class_id=None, at=None
    ):
        with self.session() as session:
            events.append(
                session,
                id=models.new_id(),
                learner_id=learner_id,
                lesson_id=lesson,
                verb=verb,
                exercise_id=exercise,
                result={"state": "done"},
                occurred_at=at or self.now(),
                class_session_id=class_id,
                now=at or self.now(),
            )

    def attempt(self, learner_id, score=None, quiz="ky-nang-so-04"):
        """Submitted, and graded where a score is said."""
        with self.session() as session:
            one = attempts.current_attempt(session, learner_id, quiz, now=self.now())
            attempts.submit(session, one.id, learner_id, {"answer_1": "a"}, now=self.now())
            if score is not None:
                attempts.record_score(
                    session, one.id, score, 10, [{"question": "answer_1"}], score >= 7, self.now()
                )
            return one.id

    def trainer(self, username="lan"):
        with self.session() as session:
            found = session.query(Account).filter_by(username=username).one_or_none()
            return (
                found
                or accounts.create_account(
                    session,
                    username=username,
                    password="mat-khau-dai",
                    role="trainer",
                    display_name="Cô Lan",
                    now=self.now(),
                )
            ).id

    def open_class(self):
        trainer_id = self.trainer()
        with self.session() as session:
            return classes.open_class(
                session,
                trainer_id=trainer_id,
                place="Nhà văn hóa",
                date=date(2026, 11, 24),
                lesson_ids=["ky-nang-so/otp"],
                now=self.now(),
            ).id

    def dump(self):
        """Everything that travels, as it would; who is whom too."""
        with self.session(readonly=True) as session:
            rows = {
                kind.name: [
                    exchange_rows.as_line(row, [name for name in kind.columns if name != "username"])
                    for row in exchange_rows.stored(session, kind)
                ]
                for kind in exchange_rules.ROWS
            }
            rows["lists"] = [
                (class_id, [who.id for who in expected.people(session, class_id)])
                for (class_id,) in session.query(ClassSession.id).order_by(ClassSession.id)
            ]
            rows["merged"] = session.query(Learner.id, Learner.merged_into).order_by(Learner.id).all()
            scores = session.query(Event.id, Event.verb, Event.share, Event.attempt_id, Event.occurred_at)
            rows["scores"] = scores.filter(Event.verb.in_(("passed", "failed"))).order_by(Event.id).all()
        return rows

    def figures(self, catalogue):
        """What staff and trainers are told."""
        with self.session(readonly=True) as session:
            return [
                completions.rates(session, catalogue, year=2026),
                completions.completion_rows(session, catalogue),
                compute(session, catalogue, Period.named("2026-12"), "hamlet", date(2026, 12, 14)),
            ]


@pytest.fixture
def device(tmp_path, empty, monkeypatch):
    made = []

    def device(name="Máy A", skew=timedelta(0)):
        made.append(Device(tmp_path, empty, name, monkeypatch, skew))
        with made[-1].session() as session:
            settings.put(session, "device_name", name)
        return made[-1]

    yield device
    for one in made:
        one.database.close()


@pytest.fixture
def hall(device):
    """The laptop of a hall after a class of two people."""
    hall = device("Máy nhà văn hóa")
    class_id = hall.open_class()
    for name in ("Nguyễn Văn Mẫu", "Trần Thị Mẫu"):
        who = hall.register(name, phone="0900000001" if name[0] == "N" else None)
        hall.did(who, class_id=class_id)
        hall.attempt(who, 8)
    with hall.session() as session:
        settings.put(session, "publish_within_days", 4)
    return hall


@pytest.fixture
def office(device):
    return device("Máy ở xã")
