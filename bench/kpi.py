"""All indicators of a commune of 50,000 residents with 2 million events, and the plain pandas way."""

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from hocso.course import load_catalogue
from hocso.kpi import Period, compute
from hocso.records import hamlets, open_database, populations
from hocso.records.learners import GROUPS
from hocso.records.populations import COMMUNICATORS
from hocso.reports import period_files, period_report

from .result import NotMeasured, Row, say
from .servers import KIT

OPTIONS: list[str] = []
RESIDENTS = 50_000
EVENTS = 2_000_000
HAMLETS = 20
ROUNDS = 3
TARGET = 10
PERIOD = "2026-12"
FIRST, DAYS = datetime(2024, 1, 1, tzinfo=UTC), 3 * 365
EVENT_COLUMNS = "id, learner_id, lesson_id, quiz_id, exercise_id, verb, share, occurred_at, recorded_at"


def measure() -> list[Row]:
    if not Path("/proc/self/status").exists():
        raise NotMeasured("needs /proc/<pid>/status (Linux)")
    with TemporaryDirectory(prefix="hocso-bench-") as folder:
        file = Path(folder) / "hocso.db"
        say(f"  making {RESIDENTS} residents and {EVENTS} events")
        events = fill(file)
        ours, peer = [_apart("ours", file) for _ in range(ROUNDS)], [_apart("plain", file)]
        workbook = [_apart("workbook", file) for _ in range(ROUNDS)]
        command = [_command(file) for _ in range(ROUNDS + 1)][1:]  # the first writes Python's bytecode
    if ours[0]["figures"] != peer[0]["figures"]:
        raise RuntimeError(f"the figures differ: {ours[0]['figures']} and {peer[0]['figures']}")
    say(f"  ours {ours[0]['seconds']:.2f} s, plain pandas {peer[0]['seconds']:.1f} s, the same figures")
    how = (
        f"{RESIDENTS:,} residents, {events:,} events in SQLite, each run in a process of its own, without "
        "its imports and the catalogue; plain pandas reads all events with read_sql and groups them, for the "
        "completed tracks and the reached residents of K1, K3, K4 and B1 only, and comes to the same numbers"
    )
    whole = "the same commune; with Python's start, imports, catalogue, opening the database, printing"
    return [
        Row(
            "hocso kpi as typed: wall",
            "s",
            [one["wall"] for one in command],
            [],
            whole + "; asked for: 2 s",
        ),
        Row("hocso kpi as typed: CPU", "s", [one["cpu"] for one in command], [], whole),
        Row(
            "all indicators of 50,000 residents",
            "s",
            [one["seconds"] for one in ours],
            [one["seconds"] for one in peer],
            how,
            peer_name="plain pandas",
            target=TARGET,
        ),
        Row(
            "all indicators: peak memory of the process",
            "MiB",
            [one["mib"] for one in ours],
            [one["mib"] for one in peer],
            how + "; asked for: at most 500 MiB",
            peer_name="plain pandas",
        ),
        Row(
            "the report's workbook",
            "s",
            [one["seconds"] for one in workbook],
            [],
            f"all sheets, names on the call list: {workbook[0]['figures']['KiB']:,} KiB; asked for: 10 s",
        ),
        Row(
            "the report's workbook: peak memory",
            "MiB",
            [one["mib"] for one in workbook],
            [],
            "the same process",
        ),
    ]


def fill(file: Path, residents: int = RESIDENTS, events: int = EVENTS) -> int:
    """Make the commune in an empty database; returns how many events there are."""
    rng, catalogue = random.Random(57), load_catalogue(KIT)
    with closing(open_database(file)) as database, database.session() as session:
        places = [hamlets.add(session, f"Ấp Mẫu {number}").id for number in range(1, HAMLETS + 1)]
        for place in places:
            for group in (*GROUPS, COMMUNICATORS):
                populations.set_population(session, place, group, 2024, residents // HAMLETS, "Mẫu")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        people = [f"00000000-0000-4000-8000-{number:012x}" for number in range(residents)]
        rng.shuffle(people)
        connection.executemany(
            'INSERT INTO learners (id, code, full_name, folded_name, birth_year, hamlet_id, "group", '
            "pin_hash, pin_failures, pin_is_first, communicator, created_at, is_sample) "
            "VALUES (?, ?, 'Mẫu', 'mau', ?, ?, ?, '', 0, 0, ?, '2024-01-01 00:00:00.000000', 1)",
            (
                (
                    person,
                    f"{number:08d}",
                    rng.randint(1940, 2012),
                    places[number % HAMLETS],
                    rng.choice(list(GROUPS)),
                    number % 500 == 0,
                )
                for number, person in enumerate(people)
            ),
        )
        count = 0
        connection.execute("DROP INDEX ix_events_activity")
        connection.execute("DROP INDEX ix_events_outcome")
        kept = {"ix_events_activity": "learner_id, lesson_id, quiz_id, occurred_at"}
        kept["ix_events_outcome"] = "verb, learner_id, lesson_id, exercise_id, quiz_id, occurred_at, share"
        while count < events:
            rows = [row for person in people[:2000] for row in _class(rng, catalogue, person)]
            people = people[2000:] + people[:2000]
            rows = rows[: events - count]
            connection.executemany(
                f"INSERT INTO events ({EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )
            count += len(rows)
        for name, columns in kept.items():
            connection.execute(f"CREATE INDEX {name} ON events ({columns})")
    return count


def _class(rng: random.Random, catalogue, person: str):
    """What one person does in a class: some go through a whole track, most through a few of its lessons."""
    track = rng.choice(catalogue.tracks)
    lessons = track.lessons if rng.random() < 0.4 else rng.sample(track.lessons, 2)
    moment = FIRST + timedelta(days=rng.randrange(DAYS), minutes=rng.randrange(60))
    for lesson in lessons:
        steps = [("initialized", None, None)]
        steps += [("progressed", None, None) for _ in lesson.steps]
        for exercise in lesson.required_exercises:
            steps += [("answered", exercise, None), ("completed", exercise, None)]
        if lesson.quiz_id:
            steps.append(("passed" if rng.random() < 0.9 else "failed", None, lesson.quiz_id))
        for verb, exercise, quiz in steps:
            moment += timedelta(minutes=2)
            at = moment.strftime("%Y-%m-%d %H:%M:%S.%f")
            lesson_id = None if quiz else lesson.id
            share = 0.9 if verb == "passed" else 0.5 if verb == "failed" else None
            yield f"{rng.getrandbits(128):032x}", person, lesson_id, quiz, exercise, verb, share, at, at


def _apart(way: str, file: Path) -> dict:
    """One measurement in a process of its own, so that its peak memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.kpi", way, str(file)],
        capture_output=True,
        text=True,
        check=True,
        cwd=KIT,
    )
    return json.loads(done.stdout)


def _command(file: Path) -> dict[str, float]:
    """`hocso kpi` as staff type it, seconds."""
    # Some measuring machines forbid it; those who use the kit have bytecode after their first command.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from hocso.cli import main; main()", "kpi", "--period", PERIOD],
        env=kept | {"HOCSO_DATA": str(file.parent), "HOCSO_KIT": str(KIT)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"wall": wall, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def _ours(file: Path, catalogue, period: Period) -> dict[str, int]:
    with closing(open_database(file)) as database, database.session(readonly=True) as session:
        table = compute(session, catalogue, period)
    total = table[table["span"] == "total"].set_index("indicator")["numerator"]
    return {code: int(total[code]) for code in ("K1", "K3", "K4", "B1")}


def _plain(file: Path, catalogue, period: Period) -> dict[str, int]:
    """As somebody would who has the tables and pandas."""
    with closing(sqlite3.connect(file)) as connection:
        events = pd.read_sql(
            "SELECT * FROM events", connection, parse_dates=["occurred_at"], dtype_backend="numpy_nullable"
        )
        people = pd.read_sql("SELECT * FROM learners", connection)
    events = events[events["occurred_at"] < period.end.replace(tzinfo=None)]
    tracks = {}
    for track in catalogue.tracks:
        needed, parts = 0, []
        for lesson in track.lessons:
            done = events[(events["lesson_id"] == lesson.id) & (events["verb"] == "completed")]
            done = done[done["exercise_id"].isin(lesson.required_exercises)]
            parts.append(done[["learner_id", "exercise_id"]].assign(lesson=lesson.id))
            needed += len(lesson.required_exercises)
            if lesson.quiz_id:
                passed = events[(events["quiz_id"] == lesson.quiz_id) & (events["verb"] == "passed")]
                parts.append(passed[["learner_id"]].assign(exercise_id="quiz", lesson=lesson.id))
                needed += 1
        steps = pd.concat(parts).drop_duplicates().groupby("learner_id").size()
        tracks[track.slug] = set(steps[steps == needed].index)

    def counted(which, track):
        return len(tracks[track] & set(people[which]["id"]))

    adult = (period.year - people["birth_year"] >= 18) & (people["group"] != "hoc-sinh")
    return {
        "K1": counted(people["group"] == "can-bo", "nghi-quyet-57"),
        "K3": events["learner_id"].nunique(),
        "K4": counted(people["communicator"] == 1, "truyen-thong-so"),
        "B1": counted(adult, "ky-nang-so"),
    }


def _workbook(file: Path, catalogue, period: Period) -> dict[str, int]:
    with closing(open_database(file)) as database, database.session(readonly=True) as session:
        found = period_report.gather(session, catalogue, period)
        content = period_files.content(session, catalogue, found, "xlsx", b"", names=True)
    return {"KiB": len(content) // 1024}


def main() -> None:
    way, file = {"ours": _ours, "plain": _plain, "workbook": _workbook}[sys.argv[1]], Path(sys.argv[2])
    catalogue, period = load_catalogue(KIT), Period.named(PERIOD)
    began = time.perf_counter()
    figures = way(file, catalogue, period)
    seconds = time.perf_counter() - began
    # Not getrusage: its peak is handed on from the process that started this one.
    status = Path("/proc/self/status").read_text()
    mib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    print(json.dumps({"seconds": seconds, "mib": mib, "figures": figures}))


if __name__ == "__main__":
    main()
