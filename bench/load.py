"""200 learners in lessons for ten minutes and a quiz at the end, with the trainer's live board open."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .grading import cpu_seconds
from .hall import BETWEEN_ARRIVALS, EVERY, LESSONS, Board, Hall, in_hall, p95, said
from .ledger import compare
from .memory import pss
from .resident import SECONDS_BETWEEN_LOOKS, SECONDS_BETWEEN_SCORE_LOOKS, Resident
from .result import NotMeasured, Row, say
from .servers import Server, our_server

OPTIONS = ["learners", "minutes"]
READ_AT = (0.1, 0.5, 1)  # of the time: minutes 1, 5 and 10 of ten
BETWEEN_PROCESSES = 0.01  # seconds: reading hundreds of them at once would hold up those who are measured


@dataclass(frozen=True)
class Reading:
    """MiB after so many minutes; `kernels`: of the processes that came with the openings."""

    minutes: float
    kernels: float
    all: float


@dataclass(frozen=True)
class Spent:
    """CPU seconds: of the server's own process, of all that it needs, of the learners here."""

    server: float
    all: float
    learners: float

    @classmethod
    def by(cls, server: Server) -> "Spent":
        own = server.process.cpu_times()
        return cls(own.user + own.system, cpu_seconds(server.process), sum(os.times()[:2]))


def measure(learners: int, minutes: float) -> list[Row]:
    if not Path("/proc/self/smaps_rollup").exists():
        raise NotMeasured("needs /proc/<pid>/smaps_rollup (Linux)")
    # A learner who goes on to the quiz has two kernels for a moment.
    with our_server(f"--max-lessons={2 * learners + 2}") as server:
        return in_hall(server, learners, lambda hall: _work(hall, minutes))


async def _work(hall: Hall, minutes: float) -> list[Row]:
    board = Board()
    await board.open(hall)
    before = {process.pid for process in (hall.server.process, *hall.server.processes())}
    say(f"  {len(hall.residents)} learners come in")
    here = await hall.arrive(hall.residents)
    say(f"  {len(here)} are at work for {minutes:g} minutes")
    began, spent = time.perf_counter(), Spent.by(hall.server)
    reading = asyncio.create_task(_read_now_and_then(hall.server, before, minutes))
    here = await hall.study(here, 60 * minutes)
    ended, now = time.perf_counter(), Spent.by(hall.server)
    readings = await reading
    say(f"  {len(here)} take the quiz")
    await hall.each(here, _take_quiz)
    waits = board.waits(began, time.perf_counter())
    board.line.close()
    return [
        *_times(hall, minutes),
        *_counts(hall),
        Row(
            "live board meanwhile: longest time from one look to the next",
            "s",
            [max(waits)],
            [],
            f"until the last score; median {median(waits):.2f} s; it pauses 0.5 s after each look",
        ),
        *_memory(readings, len(hall.residents)),
        *_cpu(spent, now, ended - began),
    ]


async def _take_quiz(resident: Resident) -> None:
    await asyncio.sleep(resident.chance.uniform(0, EVERY))
    await asyncio.gather(resident.leave(), resident.open_quiz())
    await resident.take_quiz(EVERY)


def _times(hall: Hall, minutes: float) -> list[Row]:
    """A row for each thing that learners wait for, and one for each figure of the answers."""
    seconds, number = hall.diary.seconds, len(hall.residents)
    how = (
        f"{number} learners in {len(LESSONS)} lessons, each an exercise every {EVERY} s for "
        f"{minutes:g} minutes "
        f"(answered blindly), /api/place at each new step, a look at the kernel every "
        f"{SECONDS_BETWEEN_LOOKS} s, "
        f"as the page does; the live board open; from sending to «Đã lưu.» (committed); "
        f"{len(seconds['an answer']):,} answers"
    )
    what = f"load, {number} learners at work: answer saved"
    ours = seconds["an answer"]
    rows = [
        Row(f"{what}, p95", "s", [p95(ours)], [], f"{how}; asked for: at most 0.5 s"),
        Row(f"{what}, median", "s", [median(ours)], [], "of the same answers"),
        Row(f"{what}, the slowest", "s", [max(ours)], [], "of the same answers"),
    ]
    others = {
        "a judgement": ("judgement shown", "of the same answers, and of taps on the way in a phone task"),
        "coming in": (
            "coming in",
            f"three pages with the PIN checked; one learner every {BETWEEN_ARRIVALS} s",
        ),
        "a lesson": ("opening the lesson", "page, widgets' state, websocket, the kernel's answer; likewise"),
        "a quiz": ("opening the quiz", f"all within {EVERY} s, while the lessons' kernels end"),
        "an answer in a quiz": ("answer of the quiz saved", f"each learner one every {EVERY} s"),
        "a score": (
            "score on screen",
            f"from «Nộp bài», all within some {EVERY} s; a look every {SECONDS_BETWEEN_SCORE_LOOKS} s",
        ),
    }
    for name, (short, about) in others.items():
        took = seconds[name]
        detail = f"{about}; median {median(took):.2f} s, slowest {max(took):.2f} s; {len(took):,} measured"
        rows.append(Row(f"load, {number} learners: {short}, p95", "s", [p95(took)], [], detail))
    return rows


def _counts(hall: Hall) -> list[Row]:
    number, compared = len(hall.residents), compare(hall.diary.ledger, hall.database)
    say(f"  {compared}; errors: {said(hall.diary)}")
    wrong = compared.lost + compared.more + compared.ungraded
    return [
        Row(
            f"load, {number} learners: errors",
            "",
            [hall.diary.errors.total()],
            [],
            f"no page, no answer, not saved at once, kernel gone: {said(hall.diary)}; asked for: none",
        ),
        Row(
            f"load, {number} learners: lost or doubled",
            "",
            [wrong],
            [],
            f"{compared.told:,} events that pages were told are saved, one by one against the database: "
            f"{compared.lost} are not there, {compared.more} are there twice or untold; "
            f"{compared.submissions} "
            f"quizzes handed in, {compared.ungraded} without a score; asked for: none",
        ),
    ]


async def _read_now_and_then(server: Server, before: set[int], minutes: float) -> list[Reading]:
    readings, start = [], time.perf_counter()
    for part in READ_AT:
        due = part * minutes
        await asyncio.sleep(max(0, start + 60 * due - time.perf_counter()))
        readings.append(await asyncio.to_thread(_read, server, before, due))
        say(f"  minute {due:g}: {readings[-1].all / 1024:.2f} GiB")
    return readings


def _read(server: Server, before: set[int], minutes: float) -> Reading:
    kernels = others = 0.0
    for process in (server.process, *server.processes()):
        if process.pid in before:
            others += pss(process)
        else:
            kernels += pss(process)
        time.sleep(BETWEEN_PROCESSES)
    return Reading(minutes, kernels, kernels + others)


def _memory(readings: list[Reading], learners: int) -> list[Row]:
    return [
        Row(
            f"load, {learners} learners: memory of everything after {one.minutes:g} minutes",
            "MiB",
            [one.all],
            [],
            f"PSS of server, graders, templates and kernels; {one.kernels / learners:.1f} MiB a lesson; "
            "asked for: level",
        )
        for one in readings
    ]


def _cpu(before: Spent, after: Spent, seconds: float) -> list[Row]:
    cores = len(os.sched_getaffinity(0))
    server, everything, learners = (
        100 * (getattr(after, name) - getattr(before, name)) / seconds
        for name in ("server", "all", "learners")
    )
    how = (
        f"of one core, of {cores}: the server's process {server:.0f}%, kernels, board and graders "
        f"{everything - server:.0f}%; the learners themselves took {learners:.0f}% more"
    )
    return [Row("load: CPU of everything while all are at work", "%", [everything], [], how)]
