"""Who is how far in a class, who is stuck and why, from the events of its people; knows no widgets."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

STUCK_AFTER = timedelta(minutes=5)
WRONG_TRIES = 3


@dataclass
class InLesson:
    """How far somebody is in a lesson: `steps` reached (ids) and `at` the last, `done` (required exercises
    completed), `best` share of the quiz (0 to 1, None before the first graded attempt), `passed`."""

    steps: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    best: float | None = None
    passed: bool = False
    at: str = ""

    def is_complete(self, lesson: dict) -> bool:
        return set(lesson["exercises"]) <= self.done and (self.passed or not lesson["quiz_id"])

    def share(self, lesson: dict) -> float:
        """How much of the lesson is done, 0 to 1: required exercises, and the quiz as one more."""
        wanted = len(lesson["exercises"]) + bool(lesson["quiz_id"])
        return (len(self.done) + self.passed) / wanted if wanted else 0.0


@dataclass
class Person:
    """One learner of the class; `last` is when they did something last, or came in."""

    id: str
    name: str
    locked: bool
    last: datetime
    lessons: dict[str, InLesson]
    tries: dict[str, int] = field(default_factory=dict)
    lesson_id: str | None = None


@dataclass(frozen=True)
class Stuck:
    """Somebody who needs help: `why` in words, `since` when."""

    person: Person
    where: str
    why: str
    since: datetime


class ClassProgress:
    """The people of a class (rows of `records.live.people`) in its lessons ({id, title, steps, exercises,
    quiz_id}); what happened (rows of `records.live.events`) is put in as it comes, each event once."""

    def __init__(self, lessons: list[dict]):
        self.lessons = {lesson["id"]: lesson for lesson in lessons}
        self._of_quiz = {lesson["quiz_id"]: lesson["id"] for lesson in lessons if lesson["quiz_id"]}
        self.people: dict[str, Person] = {}
        self._seen: set[str] = set()

    def now_here(self, people: Iterable[dict]) -> None:
        """Who is in the class now, by name."""
        here = {}
        for row in people:
            came = datetime.fromisoformat(row["checked_in_at"])
            person = self.people.get(row["id"])
            if person is None:
                lessons = {lesson_id: InLesson() for lesson_id in self.lessons}
                person = Person(row["id"], row["name"], row["locked"], came, lessons)
            person.name, person.locked, person.last = row["name"], row["locked"], max(person.last, came)
            here[row["id"]] = person
        self.people = here

    def add(self, happened: Iterable[dict]) -> None:
        """Put in what happened, in its order."""
        for event in happened:
            if event["id"] in self._seen or event["learner_id"] not in self.people:
                continue
            self._seen.add(event["id"])
            self._count(self.people[event["learner_id"]], event)

    def _count(self, person: Person, event: dict) -> None:
        lesson_id = event["lesson_id"] or self._of_quiz.get(event["quiz_id"])
        if lesson_id not in self.lessons:
            return
        here, result = person.lessons[lesson_id], event["result"] or {}
        person.last = max(person.last, datetime.fromisoformat(event["occurred_at"]))
        person.lesson_id = lesson_id
        match event["verb"]:
            case "initialized" if self.lessons[lesson_id]["steps"]:
                first = self.lessons[lesson_id]["steps"][0]["id"]
                here.steps.add(first)
                here.at = here.at or first
            case "progressed" if "step" in result:
                here.steps.add(result["step"])
                here.at = result["step"]
            case "answered" if not event["quiz_id"]:
                exercise = event["exercise_id"]
                person.tries[exercise] = 0 if result.get("success") else person.tries.get(exercise, 0) + 1
            case "completed" if event["exercise_id"] in self.lessons[lesson_id]["exercises"]:
                here.done.add(event["exercise_id"])
                person.tries.pop(event["exercise_id"], None)
            case "passed" | "failed":
                here.best = max(here.best or 0.0, event["share"] or 0.0)
                here.passed = here.passed or event["verb"] == "passed"

    def finished(self, person: Person) -> bool:
        """Whether all lessons of the class are complete."""
        return bool(self.lessons) and all(
            person.lessons[one["id"]].is_complete(one) for one in self.lessons.values()
        )

    def stuck(self, now: datetime) -> list[Stuck]:
        """Who needs help, whoever waits longest first: a locked name, three wrong tries at one exercise, or
        nothing done for some minutes though not all is done."""
        found = []
        for person in self.people.values():
            why = self._why(person, now)
            if why:
                lesson = self.lessons.get(person.lesson_id)
                found.append(
                    Stuck(person, lesson["title"] if lesson else "chưa mở bài nào", why, person.last)
                )
        return sorted(found, key=lambda one: one.since)

    def _why(self, person: Person, now: datetime) -> str:
        if person.locked:
            return "tên bị khóa vì sai mã PIN"
        if self.finished(person):
            return ""
        if any(tries >= WRONG_TRIES for tries in person.tries.values()):
            return f"sai từ {WRONG_TRIES} lần ở một bài tập"
        minutes = int((now - person.last).total_seconds() // 60)
        if now - person.last >= STUCK_AFTER:
            return f"{minutes} phút chưa làm gì"
        return ""

    def averages(self) -> list[dict]:
        """For each lesson: id, title, begun, complete (people), share (mean over those in the class, 0 to 1),
        score (mean of the best shares, None before the first)."""
        rows = []
        for lesson in self.lessons.values():
            each = [person.lessons[lesson["id"]] for person in self.people.values()]
            scores = [one.best for one in each if one.best is not None]
            rows.append(
                {
                    "id": lesson["id"],
                    "title": lesson["title"],
                    "begun": sum(bool(one.steps or one.done or one.best is not None) for one in each),
                    "complete": sum(one.is_complete(lesson) for one in each),
                    "share": sum(one.share(lesson) for one in each) / len(each) if each else 0.0,
                    "score": sum(scores) / len(scores) if scores else None,
                }
            )
        return rows
