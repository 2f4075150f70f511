"""A class of twenty learns while processes are killed at random moments: what was acknowledged is there once.

HOCSO_FAULT_ROUNDS says how many kills; HOCSO_FAULT_SEED makes the same ones again, as far as machines do.
"""

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import closing, suppress
from datetime import date

import psutil
from sqlalchemy import select

from hocso.records import Account, Attendance, Event, QuizAttempt, attempts, classes
from tests.conftest import HAMLETS, Server
from tests.faults.pupil import LESSON, Pupil

ROUNDS = int(os.environ.get("HOCSO_FAULT_ROUNDS", "10"))
SEED = int(os.environ.get("HOCSO_FAULT_SEED", "757"))
PUPILS = 20
VICTIMS = ("server", "plain template", "lesson template", "kernel", "worker", "grader")
SECONDS_TO_GRADE = 300


def test_what_was_acknowledged_survives_a_kill_of_any_process_and_is_there_once(new_server):
    server, chance = new_server(), random.Random(SEED)
    with closing(server.database()) as database:
        with database.session() as session:
            trainer = session.scalars(select(Account).where(Account.role == "trainer")).first().id
            opened = [
                classes.open_class(
                    session,
                    trainer_id=trainer,
                    place=HAMLETS[0],
                    date=date(2026, 11, 25),
                    lesson_ids=[LESSON],
                )
                for _ in range(3)
            ]
            codes = {one.id: one.code for one in opened}
        pupils = [
            Pupil(server, f"Người Mẫu {chr(65 + n)}", codes, random.Random(SEED + n)) for n in range(PUPILS)
        ]
        killed = asyncio.run(a_class(server, pupils, chance))
        grade_all(database)
        said = count(database, pupils)
    print(f"{ROUNDS} lần dừng đột ngột {dict(killed)}: {said}")
    assert sum(killed.values()) == ROUNDS


async def a_class(server: Server, pupils: list[Pupil], chance: random.Random) -> Counter:
    """Twenty learn at once; returns who was killed how often. All they begin ends well."""
    over = False
    learning = [asyncio.create_task(one.learn(lambda: over)) for one in pupils]
    killed = Counter()
    while sum(killed.values()) < ROUNDS:
        await asyncio.sleep(chance.uniform(0, 2))
        victim = chance.choice(VICTIMS)
        if victim == "server":
            server.kill()
            await asyncio.to_thread(server.start)
        elif not kill_one(server, victim, chance):
            continue
        killed[victim] += 1
        for one in learning:
            assert not one.done() or one.result() is None
    over = True
    await asyncio.gather(*learning)
    return killed


def kill_one(server: Server, kind: str, chance: random.Random) -> bool:
    """Kill a process of this kind; False where none runs just now."""
    found = psutil.Process(server.process.pid)
    templates = [one for one in found.children() if "hocso.kernels.template" in command(one)]
    lessons = [below for one in templates for below in children(one)]
    workers = [one for one in found.children() if "hocso.grading.worker" in command(one)]
    of = {
        "plain template": templates,
        "lesson template": lessons,
        "kernel": [below for one in lessons for below in children(one)],
        "worker": workers,
        "grader": [below for one in workers for below in children(one)],
    }
    with suppress(psutil.NoSuchProcess):
        if of[kind]:
            chance.choice(of[kind]).kill()
            return True
    return False


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.Error:
        return []


def grade_all(database) -> None:
    """Wait until the queue is empty; where a kernel died over one, its learner presses «Chấm lại»."""
    until = time.monotonic() + SECONDS_TO_GRADE
    while time.monotonic() < until:
        with database.session() as session:
            left = session.scalars(
                select(QuizAttempt).where(QuizAttempt.state.in_(("queued", "grading", "failed")))
            ).all()
            for one in left:
                attempts.retry(session, one.id)
        if not left:
            return
        time.sleep(1)
    raise AssertionError(f"{len(left)} submissions are not graded")


def count(database, pupils: list[Pupil]) -> dict[str, int]:
    """Holds the records against what each learner was told."""
    total = Counter()
    with database.session(readonly=True) as session:
        for one in pupils:
            events = session.scalars(select(Event).where(Event.learner_id == one.learner_id)).all()
            presses = Counter(event.result["press"] for event in events if event.verb == "answered")
            assert {press: presses[press] for press in one.presses} == dict.fromkeys(one.presses, 1)
            assert max(presses.values(), default=1) == 1
            assert set(one.places) <= {event.id for event in events}
            tried = {
                attempt.id: attempt.state
                for attempt in session.scalars(
                    select(QuizAttempt).where(QuizAttempt.learner_id == one.learner_id)
                )
                if attempt.state != "draft"
            }
            assert tried == dict.fromkeys(one.attempts, "graded"), "each is handed in and graded once"
            scores = Counter(event.attempt_id for event in events if event.verb in ("passed", "failed"))
            assert scores == Counter(one.attempts)
            here = session.scalars(
                select(Attendance.class_session_id).where(Attendance.learner_id == one.learner_id)
            ).all()
            assert sorted(here) == sorted(one.classes)
            total.update(
                answers=len(one.presses),
                places=len(one.places),
                submissions=len(one.attempts),
                attendance=len(one.classes),
            )
    return dict(total)
