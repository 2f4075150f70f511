"""Whatever people did at however many devices, and however files went round: all end with the same."""

import random
from contextlib import suppress
from datetime import date, timedelta

import pandas as pd
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import select

from hocso.records import (
    Attendance,
    Certificate,
    ClassSession,
    ExchangeRefused,
    Expected,
    Hamlet,
    Learner,
    QuizAttempt,
    RecordsError,
    Residence,
    RosterImport,
    attempts,
    classes,
    expected,
    learners,
    merging,
    populations,
    registers,
    removal,
    rosters,
)
from hocso.records import settings as setting_records
from hocso.records.models import new_id
from hocso.records.text import fold

CLOCKS = [
    timedelta(0),
    timedelta(hours=5),
    -timedelta(days=4000),
    timedelta(days=3000),
    timedelta(minutes=-1),
]
NAMES = ["Nguyễn Văn A", "Nguyễn Văn B", "Trần Thị Mẫu"]
PLACES = ["Ấp Thử 1", "Ấp Thử 2"]
PAPER = {"title": "Kế hoạch", "issued_on": "1/6/2026", "received_on": "2/6/2026"}
MEETING = {"kind": "hoi-nghi", "title": "Hội nghị", "held_on": "20/11/2026"}
FARM = {"name": "Trại", "kind": "trang-trai", "hamlet_id": "ap-thu-1", "since": "1/1/2026"}


class Hands:
    """What people do at a device; `pick` chooses among what there is."""

    def __init__(self, device, pick):
        self.device, self.pick = device, pick

    def one_of(self, session, model, *conditions):
        key = model.__table__.primary_key.columns.values()
        there = session.scalars(select(model).where(*conditions).order_by(*key)).all()
        return there[self.pick % len(there)] if there else None

    def register(self):
        self.device.register(NAMES[self.pick % 3], PLACES[self.pick % 2], birth_year=1960 + self.pick % 2)

    def learn(self):
        with self.device.session(readonly=True) as session:
            who, where = self.one_of(session, Learner), self.one_of(session, ClassSession)
        if who:
            exercise = ["mot", "hai"][self.pick % 2]
            self.device.did(who.id, exercise=exercise, class_id=where.id if where and self.pick % 3 else None)

    def quiz(self):
        with self.device.session(readonly=True) as session:
            who = self.one_of(session, Learner)
        if who:
            self.device.attempt(who.id, [None, 4, 8, 10][self.pick % 4])

    def grade(self):
        with self.device.session() as session:
            one = self.one_of(session, QuizAttempt, QuizAttempt.state.in_(("queued", "failed")))
            if one and self.pick % 3:
                attempts.record_score(session, one.id, 8, 10, [], True, self.device.now())
            elif one:
                attempts.record_failure(session, one.id, "Chưa chấm được.")

    def open_class(self):
        self.device.open_class()

    def check_in(self):
        with self.device.session() as session:
            who, where = self.one_of(session, Learner), self.one_of(session, ClassSession)
            if who and where:
                classes.check_in(session, where.id, who.id, self.device.now())

    def take_out(self):
        with self.device.session() as session:
            if one := self.one_of(session, Attendance, Attendance.removed_at.is_(None)):
                classes.take_out(session, one.class_session_id, one.learner_id, self.device.now())

    def expect(self):
        with self.device.session() as session:
            who, where = self.one_of(session, Learner), self.one_of(session, ClassSession)
            if who and where:
                expected.add(session, where.id, [who.id], now=self.device.now())

    def expect_a_roster(self):
        with self.device.session() as session:
            taken, where = self.one_of(session, RosterImport), self.one_of(session, ClassSession)
            if taken and where:
                expected.add_from_roster(session, where.id, taken.id, now=self.device.now())

    def expect_those_of_a_class(self):
        with self.device.session() as session:
            there = session.scalars(select(ClassSession.id).order_by(ClassSession.id)).all()
            if there:
                one, other = there[self.pick % len(there)], there[self.pick // 7 % len(there)]
                expected.add_from_class(session, one, other, now=self.device.now())

    def expect_no_more(self):
        with self.device.session() as session:
            if one := self.one_of(session, Expected, Expected.removed_at.is_(None)):
                expected.take_off(session, one.class_session_id, one.learner_id, self.device.now())

    def change_class(self):
        with self.device.session() as session:
            if one := self.one_of(session, ClassSession):
                one.place = f"Nơi {self.pick}"
                if self.pick % 2:
                    classes.close_class(session, one.id, self.device.now())

    def plan_class(self):
        trainer_id = self.device.trainer()
        with self.device.session() as session:
            classes.plan_class(
                session,
                trainer_id=trainer_id,
                place="Nhà văn hóa",
                date=date(2026, 11, 24),
                lesson_ids=["ky-nang-so/otp"],
                now=self.device.now(),
            )

    def course(self):
        """Remove a plan, start, pause, go on, end, change the plan."""
        with self.device.session() as session:
            if one := self.one_of(session, ClassSession):
                step = [classes.remove, classes.start, classes.pause, classes.resume, classes.close_class]
                if self.pick % 6 == 5:
                    lessons = [["ky-nang-so/wifi"], ["ky-nang-so/otp", "ky-nang-so/wifi"]][self.pick // 6 % 2]
                    about = {"place": f"Chỗ {self.pick}", "date": date(2026, 11, 20), "lesson_ids": lessons}
                    classes.change(session, one.id, now=self.device.now(), **about)
                else:
                    step[self.pick % 6](session, one.id, self.device.now())

    def expect_again(self):
        with self.device.session() as session:
            if one := self.one_of(session, Expected, Expected.removed_at.is_not(None)):
                expected.put_back(session, one.class_session_id, one.learner_id, now=self.device.now())

    def same_code(self):
        """Two laptops happen to give out the same codes."""
        with self.device.session() as session:
            if one := self.one_of(session, ClassSession, ClassSession.closed_at.is_(None)):
                others = session.scalars(select(ClassSession.code).where(ClassSession.closed_at.is_(None)))
                one.code = one.code if "CCCCCC" in others.all() else "CCCCCC"

    def twins(self):
        with self.device.session() as session:
            there = session.scalars(select(Learner.id).order_by(Learner.id)).all()
            if len(there) > 1:
                pair = random.Random(self.pick).sample(there, 2)
                decision = ["same", "same", "apart", "open"][self.pick % 4]
                keep = pair[0] if decision == "same" else None
                merging.decide(session, *pair, decision, keep_id=keep, now=self.device.now())

    def move(self):
        with self.device.session() as session:
            who, place = self.one_of(session, Learner), self.one_of(session, Hamlet)
            if who and place:
                who.hamlet_id, who.group = place.id, ["can-bo", "nguoi-dan"][self.pick % 2]
                session.add(
                    Residence(
                        learner_id=who.id,
                        hamlet_id=place.id,
                        group=who.group,
                        since=date(2026, 11, 1 + self.pick % 20),
                        recorded_at=self.device.now(),
                    )
                )

    def correct(self):
        with self.device.session() as session:
            if who := self.one_of(session, Learner):
                who.full_name = NAMES[self.pick % 3]
                who.folded_name = fold(who.full_name)
                who.phone = f"09{self.pick % 10**8:08d}" if self.pick % 3 else None
                who.communicator = self.pick % 2 == 0

    def pin(self):
        with self.device.session() as session:
            if who := self.one_of(session, Learner):
                learners.reset_pin(session, who.id)

    def roster(self):
        with self.device.session() as session:
            place = self.one_of(session, Hamlet)
            if place is None:
                return
            taken = RosterImport(file_name="ds.xlsx", imported_at=self.device.now(), counts={"new": 2})
            session.add(taken)
            session.flush()
            for number in range(2):
                session.add(
                    Learner(
                        code=learners.free_code(session),
                        full_name=NAMES[number],
                        folded_name=fold(NAMES[number]),
                        birth_year=1950,
                        hamlet_id=place.id,
                        group="nguoi-dan",
                        pin_hash="",
                        roster_import_id=taken.id,
                        created_at=self.device.now(),
                    )
                )

    def take_back(self):
        with self.device.session() as session:
            if taken := self.one_of(session, RosterImport):
                rosters.take_back(session, taken.id, self.device.now())

    def enter(self):
        kind, values = [
            ("van-ban", PAPER | {"number": f"{self.pick % 5}/KH"}),
            ("hoat-dong", MEETING | {"title": f"Hội nghị {self.pick % 5}", "people": self.codes()}),
            ("co-so", FARM | {"name": f"Trại {self.pick % 5}", "people": self.codes()}),
            ("ngay-nghi", {"day": f"{1 + self.pick % 3}/9/2026", "name": f"Nghỉ {self.pick}"}),
            ("muc-rieng", {"indicator": "B1", "year": "2026", "share": str(self.pick % 100), "source": "QĐ"}),
        ][self.pick % 5]
        with self.device.session() as session:
            registers.add(session, kind, values, now=self.device.now())

    def change(self):
        kind, change = [
            ("van-ban", {"note": f"Ghi chú {self.pick}"}),
            ("hoat-dong", {"people": self.codes()}),
            ("ngay-nghi", {"day": f"{1 + self.pick % 4}/9/2026"}),
        ][self.pick % 3]
        with self.device.session() as session:
            rows = registers.table(session, kind).to_dict("records")
            if rows:
                row = rows[self.pick % len(rows)]
                registers.change(session, kind, row["id"], row | change, now=self.device.now())

    def remove_row(self):
        kind = ["van-ban", "hoat-dong", "co-so", "ngay-nghi"][self.pick % 4]
        with self.device.session() as session:
            gone = self.pick % 5 == 0
            rows = registers.table(session, kind, removed=gone)["id"].tolist()
            if rows:
                act = registers.bring_back if gone else registers.remove
                act(session, kind, rows[self.pick % len(rows)], self.device.now())

    def codes(self):
        with self.device.session(readonly=True) as session:
            return ", ".join(
                session.scalars(select(Learner.code).order_by(Learner.code)).all()[: self.pick % 3]
            )

    def population(self):
        with self.device.session() as session:
            if place := self.one_of(session, Hamlet):
                populations.set_population(
                    session, place.id, "nguoi-dan", 2026, self.pick % 100, "CA xã", now=self.device.now()
                )

    def setting(self):
        with self.device.session() as session:
            setting_records.put(session, "publish_within_days", 1 + self.pick % 9)

    def rename_hamlet(self):
        with self.device.session() as session:
            place, names = self.one_of(session, Hamlet), set(session.scalars(select(Hamlet.name)))
            if place and (name := f"Ấp {self.pick % 2}") not in names:
                place.name = name

    def certificate(self):
        with self.device.session() as session:
            who, one = self.one_of(session, Learner), self.one_of(session, Certificate)
            if one and self.pick % 2:
                one.revoked_at, one.reason = one.revoked_at or self.device.now(), one.reason or "sai tên"
            elif who:
                moment = self.device.now()
                session.add(
                    Certificate(
                        number=f"HS-{new_id()[:8]}",
                        secret=new_id(),
                        learner_id=who.id,
                        track="ky-nang-so",
                        completed_at=moment,
                        issued_at=moment,
                    )
                )

    def forget(self):
        with self.device.session() as session:
            if who := self.one_of(session, Learner):
                removal.remove(session, who.id, "theo yêu cầu", self.device.now())


ACTIONS = [name for name in vars(Hands) if not name.startswith("_") and name not in ("one_of", "codes")]
STEP = strategies.tuples(
    strategies.integers(0, 4),
    strategies.sampled_from([*ACTIONS, "write", "take", "take"]),
    strategies.integers(0, 2**16),
)


def act(device, action, pick):
    with suppress(RecordsError):  # refused, as people are
        getattr(Hands(device, pick), action)()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=strategies.lists(STEP, min_size=20, max_size=60), order=strategies.integers(0, 2**16))
def test_all_devices_end_with_the_same(device, quick_age, same_ids, catalogue, steps, order):
    same_ids(order)
    devices = [device(f"Máy {number}", skew) for number, skew in enumerate(CLOCKS)]
    files, chance = [], random.Random(order)
    for one in devices[:2]:
        for action in (
            "register",
            "register",
            "open_class",
            "roster",
            "plan_class",
            "expect_a_roster",
            "enter",
        ):
            act(one, action, order)
        files.append(one.write())
        for other in devices:
            other.take(files[-1])
    for number, action, pick in steps:
        one = devices[number]
        if action == "take":
            one.take(files[pick % len(files)])
        elif action == "write":
            with suppress(ExchangeRefused):  # nothing new
                files.append(one.write(whole=pick % 2 == 0))
        else:
            act(one, action, pick)
    files = [one.write(whole=True) for one in devices]
    for one in devices:
        for content in chance.sample([*files, files[0]], len(files) + 1):
            one.take(content)
    dumps = [one.dump() for one in devices]
    for dump in dumps[1:]:
        for kind in dump:
            assert dump[kind] == dumps[0][kind], kind
    first, *others = [one.figures(catalogue) for one in devices]
    for figures in others:
        for mine, theirs in zip(first, figures, strict=True):
            pd.testing.assert_frame_equal(mine, theirs)
    assert [devices[0].plan(content).changes for content in files] == [0] * len(files)
