"""Tracks, lessons and quizzes as values, and reading them from a kit folder.

What a lesson is stands in its notebook's metadata (`hocso`); its steps are markdown cells marked
`hocso.step`; its exercises are found by parsing the code cells for calls such as
`learn.one_choice("id", ...)`, so that nothing is written down twice and no code runs.
"""

import ast
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

EXERCISE_KINDS = (
    "one_choice",
    "several_choices",
    "put_in_order",
    "two_piles",
    "match",
    "phone_screen",
    "phone_task",
    "inbox",
    "password",
    "find_mistakes",
    "fill_gaps",
    "chart",
    "number",
)
LESSON_FILE = re.compile(r"^(\d{2})-([a-z0-9-]+)\.ipynb$")
SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


class CatalogueError(Exception):
    """A lesson, quiz or track that can't be read: names the file, the place in it and the remedy."""


class UnknownTrack(KeyError):
    """No track of that name."""


class UnknownLesson(KeyError):
    """No lesson of that id."""


class UnknownQuiz(KeyError):
    """No quiz of that id."""


@dataclass(frozen=True)
class Step:
    """One screen of a lesson: its id (also the anchor in the page) and its heading."""

    id: str
    title: str


@dataclass(frozen=True)
class ExerciseRef:
    """An exercise or question as the catalogue knows it: never its answer. `step` is "" in a quiz;
    `options` are the (key, text) pairs of a quiz question."""

    id: str
    kind: str
    required: bool = True
    step: str = ""
    prompt: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def say(self, response) -> list[str]:
        """A response (keys) in the words of the options, line by line; nothing where there is no answer."""
        text = dict(self.options)
        if response is None or response in ("", [], {}):
            return []
        if isinstance(response, dict):
            return [f"{text.get(card, card)}: {text.get(pile, pile)}" for card, pile in response.items()]
        if isinstance(response, list):
            return [text.get(one, str(one)) for one in response]
        if isinstance(response, str):
            return [text.get(response, response)]
        from hocso.learn.text import write_number  # here: hocso.learn takes a while to import

        return [write_number(response)]


@dataclass(frozen=True)
class Lesson:
    """A lesson notebook. `id` is `<track>/<slug>`; `minutes` is the time a beginner needs."""

    id: str
    track: str
    number: int
    slug: str
    title: str
    minutes: int
    objectives: tuple[str, ...]
    audience: tuple[str, ...]
    skill_groups: tuple[str, ...]
    sources: tuple[str, ...]
    path: Path
    steps: tuple[Step, ...]
    exercises: tuple[ExerciseRef, ...]
    quiz_id: str | None = None

    @property
    def reader(self) -> str:
        """How the pages around the lesson speak to its reader."""
        return "bà con" if "nguoi-dan" in self.audience else "anh chị"

    @property
    def required_exercises(self) -> tuple[str, ...]:
        return tuple(exercise.id for exercise in self.exercises if exercise.required)


@dataclass(frozen=True)
class Quiz:
    """A quiz: an nbgrader assignment with one notebook of the same name."""

    id: str
    lesson_id: str
    path: Path
    questions: tuple[ExerciseRef, ...]


@dataclass(frozen=True)
class Track:
    """A track of lessons; `code` (A, B, ...) gives the order."""

    slug: str
    code: str
    title: str
    audience: str
    summary: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be learnt here, in teaching order."""

    tracks: tuple[Track, ...]
    quizzes: tuple[Quiz, ...]

    @cached_property
    def lessons(self) -> tuple[Lesson, ...]:
        return tuple(lesson for track in self.tracks for lesson in track.lessons)

    @cached_property
    def _lessons_by_id(self) -> dict[str, Lesson]:
        return {lesson.id: lesson for lesson in self.lessons}

    @cached_property
    def _quizzes_by_id(self) -> dict[str, Quiz]:
        return {quiz.id: quiz for quiz in self.quizzes}

    def track(self, slug: str) -> Track:
        for track in self.tracks:
            if track.slug == slug:
                return track
        raise UnknownTrack(slug)

    def lesson(self, lesson_id: str) -> Lesson:
        try:
            return self._lessons_by_id[lesson_id]
        except KeyError:
            raise UnknownLesson(lesson_id) from None

    def still_there(self, lesson_ids: Iterable[str]) -> list[Lesson]:
        """Those of the lessons that are still in the kit."""
        return [self._lessons_by_id[one] for one in lesson_ids if one in self._lessons_by_id]

    def after(self, lesson: Lesson) -> Lesson | None:
        """The next lesson of the same track."""
        lessons = self.track(lesson.track).lessons
        place = next(index for index, one in enumerate(lessons) if one.id == lesson.id)
        return next(iter(lessons[place + 1 :]), None)

    def quiz(self, quiz_id: str) -> Quiz:
        try:
            return self._quizzes_by_id[quiz_id]
        except KeyError:
            raise UnknownQuiz(quiz_id) from None


def load_catalogue(kit: Path) -> Catalogue:
    """Read lessons/ and quizzes/source/ of `kit`. Runs no notebook. Raises CatalogueError."""
    tracks, quizzes = [], []
    for file in sorted((kit / "lessons").glob("*/track.toml")):
        track, track_quizzes = _read_track(kit, file)
        tracks.append(track)
        quizzes.extend(track_quizzes)
    tracks.sort(key=lambda track: track.code)
    return Catalogue(tuple(tracks), tuple(quizzes))


def _read_track(kit: Path, file: Path) -> tuple[Track, list[Quiz]]:
    slug = file.parent.name
    if not SLUG.match(slug):
        raise CatalogueError(f"{file.parent}: tên thư mục chỉ gồm chữ thường không dấu, số và dấu gạch nối.")
    try:
        about = tomllib.loads(_text(file))
        fields = {key: about[key] for key in ("code", "title", "audience", "summary")}
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file}: không đọc được TOML ({error}).") from error
    except KeyError as error:
        raise CatalogueError(f"{file}: thiếu mục {error}.") from error
    lessons, quizzes = [], []
    for notebook in sorted(file.parent.glob("*.ipynb")):
        lesson = _read_lesson(slug, notebook)
        quiz_id = f"{slug}-{lesson.number:02d}"
        source = kit / "quizzes" / "source" / quiz_id / f"{quiz_id}.ipynb"
        if source.is_file():
            quizzes.append(Quiz(quiz_id, lesson.id, source, tuple(_exercises(source, _notebook(source)))))
            lesson = replace(lesson, quiz_id=quiz_id)
        lessons.append(lesson)
    return Track(slug=slug, lessons=tuple(lessons), **fields), quizzes


def _read_lesson(track: str, path: Path) -> Lesson:
    named = LESSON_FILE.match(path.name)
    if not named:
        raise CatalogueError(f"{path}: tên tệp phải có dạng NN-ten-bai.ipynb (ví dụ 04-mat-khau.ipynb).")
    notebook = _notebook(path)
    about = notebook.get("metadata", {}).get("hocso", {})
    missing = [key for key in ("title", "minutes") if not about.get(key)]
    if missing:
        raise CatalogueError(f"{path}: metadata «hocso» của sổ bài thiếu {', '.join(missing)}.")
    return Lesson(
        id=f"{track}/{named[2]}",
        track=track,
        number=int(named[1]),
        slug=named[2],
        title=about["title"],
        minutes=int(about["minutes"]),
        objectives=tuple(about.get("objectives", ())),
        audience=tuple(about.get("audience", ())),
        skill_groups=tuple(about.get("khung-ky-nang", ())),
        sources=tuple(about.get("sources", ())),
        path=path,
        steps=tuple(_steps(path, notebook)),
        exercises=tuple(_exercises(path, notebook)),
    )


def _text(path: Path) -> str:
    return unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))


def _notebook(path: Path) -> dict:
    try:
        notebook = json.loads(_text(path))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path}: không đọc được sổ bài ({error}).") from error
    if not isinstance(notebook.get("cells"), list):
        raise CatalogueError(f"{path}: không phải sổ Jupyter (thiếu «cells»).")
    return notebook


def _source(cell: dict) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _step(cell: dict) -> str | None:
    return cell.get("metadata", {}).get("hocso", {}).get("step")


def _steps(path: Path, notebook: dict):
    seen = set()
    for number, cell in enumerate(notebook["cells"], start=1):
        step = _step(cell)
        if step is None:
            continue
        heading = _source(cell).lstrip().splitlines()[0] if _source(cell).strip() else ""
        if cell["cell_type"] != "markdown" or not heading.startswith("## "):
            raise CatalogueError(f"{path}: ô {number} mở bước «{step}» thì dòng đầu phải là «## Tên bước».")
        if step in seen or not SLUG.match(step):
            raise CatalogueError(f"{path}: ô {number}: mã bước «{step}» trùng hoặc sai dạng.")
        seen.add(step)
        yield Step(step, heading[3:].strip())


def _exercises(path: Path, notebook: dict):
    seen, step = set(), ""
    for number, cell in enumerate(notebook["cells"], start=1):
        step = _step(cell) or step
        if cell["cell_type"] != "code":
            continue
        try:
            tree = ast.parse(_source(cell))
        except SyntaxError as error:
            raise CatalogueError(f"{path}: ô {number}, dòng {error.lineno}: sai cú pháp Python.") from error
        for call in ast.walk(tree):
            exercise = _exercise(call, step)
            if exercise is None:
                continue
            if exercise.id in seen:
                raise CatalogueError(f"{path}: ô {number}: mã bài tập «{exercise.id}» bị trùng.")
            seen.add(exercise.id)
            yield exercise


def _exercise(node: ast.AST, step: str) -> ExerciseRef | None:
    """The exercise that a call such as learn.one_choice("id", ..., required=False) makes; None for others."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    owner = node.func.value
    if (
        not (isinstance(owner, ast.Name) and owner.id in ("learn", "quiz"))
        or node.func.attr not in EXERCISE_KINDS
    ):
        return None
    if not node.args or not isinstance(node.args[0], ast.Constant) or not isinstance(node.args[0].value, str):
        return None
    named = {keyword.arg: _literal(keyword.value) for keyword in node.keywords}
    given = [_literal(argument) for argument in node.args]
    options = {}
    for value in (*given[2:], *named.values()):
        options |= value if isinstance(value, dict) else {}
    options |= dict(_screen_parts(node))
    return ExerciseRef(
        given[0],
        node.func.attr,
        required=named.get("required") is not False,
        step=step,
        prompt=given[1] if len(given) > 1 and isinstance(given[1], str) else "",
        options=tuple(options.items()),
    )


def _screen_parts(node: ast.Call) -> Iterator[tuple[str, str]]:
    """(key, text) of each learn.element(key, kind, text) that is written inside a call."""
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "element"
        ):
            part = [_literal(argument) for argument in call.args]
            if len(part) == 3 and all(isinstance(one, str) for one in part):
                yield part[0], part[2]


def _literal(node: ast.AST):
    """The value of a literal, None for anything that would have to run."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
