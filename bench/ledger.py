"""What was acknowledged to browsers, beside what the database holds: each once, nothing lost."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from hocso.records import Database, Event, QuizAttempt

GRADED = ("passed", "failed")

# (learner, lesson or attempt, verb, exercise or step, tries)
Entry = tuple[str, str, str, str | None, int | None]


@dataclass
class Ledger:
    """`told`: events whose saving a browser was told of; `graded`: attempts whose score it was shown."""

    told: Counter[Entry] = field(default_factory=Counter)
    graded: set[str] = field(default_factory=set)

    def opened(self, learner: str, lesson: str) -> None:
        self.told[learner, lesson, "initialized", None, None] += 1

    def moved(self, learner: str, lesson: str, step: str) -> None:
        self.told[learner, lesson, "progressed", step, None] += 1

    def answered(self, learner: str, lesson: str, exercise: str, tries: int, completed: bool) -> None:
        for verb in ("answered", "completed") if completed else ("answered",):
            self.told[learner, lesson, verb, exercise, tries] += 1

    def drafted(self, learner: str, lesson: str, question: str) -> None:
        self.told[learner, lesson, "progressed", question, None] += 1

    def scored(self, learner: str, attempt: str) -> None:
        self.graded.add(attempt)
        self.told[learner, attempt, "graded", None, None] += 1


@dataclass(frozen=True)
class Compared:
    """`told` events and `submissions`; of these `lost` are not in the database, `more` are there that nobody
    was told of, or twice. `ungraded`: attempts that were handed in and have no score."""

    told: int
    lost: int
    more: int
    submissions: int
    ungraded: int

    def __str__(self) -> str:
        return f"{self.told} told, {self.lost} lost, {self.more} more; {self.submissions} submissions"


def compare(ledger: Ledger, database: Database) -> Compared:
    with database.session(readonly=True) as session:
        kept = Counter(
            _entry(*row)
            for row in session.execute(
                select(
                    Event.learner_id,
                    Event.lesson_id,
                    Event.verb,
                    Event.exercise_id,
                    Event.result,
                    Event.attempt_id,
                )
            )
        )
        states = dict(
            session.execute(
                select(QuizAttempt.id, QuizAttempt.state).where(QuizAttempt.state != "draft")
            ).all()
        )
    graded = {attempt for attempt, state in states.items() if state == "graded"}
    return Compared(
        ledger.told.total(),
        (ledger.told - kept).total() + len(ledger.graded - graded),
        (kept - ledger.told).total() + len(graded - ledger.graded),
        len(states),
        len(states) - len(graded),
    )


def _entry(learner, lesson, verb, exercise, result, attempt) -> Entry:
    if verb in GRADED:
        return learner, attempt, "graded", None, None
    if exercise is None and verb == "progressed":
        return learner, lesson, verb, result["step"], None
    return learner, lesson, verb, exercise, (result or {}).get("tries")
