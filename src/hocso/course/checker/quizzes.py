"""A quiz: its questions, what its hidden tests say of each, and answers to try nbgrader with."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hocso.course.catalogue import Lesson, Quiz
from hocso.learn.errors import MalformedResponse
from hocso.learn.quizzes import Question
from hocso.learn.quizzes import Quiz as QuizOfNotebook

from .findings import Finding
from .notebooks import Cell, Notebook
from .running import Run

QUESTIONS = range(8, 11)
FEWEST_KINDS = 3


@dataclass(frozen=True)
class Answers:
    """For each question the answer that earns full points, and one that earns nothing (None where there is
    none)."""

    right: dict[str, Any]
    wrong: dict[str, Any]


@dataclass(frozen=True)
class Test:
    """A hidden test as written: learn.mark.<kind>(<question>, key, points=, why=, see=)."""

    cell: Cell
    call: ast.Call

    @property
    def kind(self) -> str:
        return self.call.func.attr

    @property
    def question(self) -> str:
        return ast.unparse(self.call.args[0]) if self.call.args else ""

    @cached_property
    def says(self) -> dict:
        """Its arguments by name; those that are no literals are left out."""
        given = {one.arg: one.value for one in self.call.keywords}
        if len(self.call.args) > 1:
            given["key"] = self.call.args[1]
        said = {}
        for name, node in given.items():
            try:
                said[name] = ast.literal_eval(node)
            except ValueError:
                continue
        return said


def tests_of(notebook: Notebook) -> list[Test]:
    return [
        Test(cell, call)
        for cell in notebook.cells
        for call in cell.calls
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "learn.mark"
    ]


def check_questions(quiz: Quiz, notebook: Notebook) -> Iterator[Finding]:
    """How many, and of how many kinds."""
    if len(quiz.questions) not in QUESTIONS:
        yield notebook.error(
            "questions",
            None,
            f"Bài kiểm tra có {len(quiz.questions)} câu; cần từ {QUESTIONS[0]} đến {QUESTIONS[-1]} câu.",
            "Thêm hay bớt câu hỏi.",
        )
    kinds = {question.kind for question in quiz.questions}
    if len(kinds) < FEWEST_KINDS:
        yield notebook.error(
            "questions",
            None,
            f"Bài kiểm tra có {len(kinds)} kiểu câu hỏi, cần ít nhất {FEWEST_KINDS}.",
            "Đổi vài câu sang kiểu khác.",
        )


def check_tests(quiz: Quiz, lesson: Lesson, notebook: Notebook, done: Run) -> Iterator[Finding]:
    """Each question with its hidden test: the key can be given, all is explained, `see` leads somewhere."""
    tests = tests_of(notebook)
    asked = questions_of(done)
    steps = {step.id for step in lesson.steps}
    for question in quiz.questions:
        if sum(test.question == question.id for test in tests) != 1:
            yield notebook.error(
                "questions",
                None,
                f"Câu «{question.id}» cần đúng một ô chấm điểm learn.mark.{question.kind}({question.id}, …).",
                "Thêm ô chấm điểm, xem docs/soan-bai.md.",
            )
    for test in tests:
        question = asked.get(test.question)
        if question is None:
            if done.finished:
                message = f"Ô chấm câu «{test.question}» mà bài không hỏi câu ấy."
                yield notebook.error("questions", test.cell, message, "Sửa tên ở ô chấm điểm.")
            continue
        problems = [
            *_problems_of_key(question, test, done.names.get(question.name)),
            *_problems_of_words(question, test, steps),
        ]
        for problem, remedy in problems:
            yield notebook.error("questions", test.cell, f"Câu «{question.name}»: {problem}", remedy)


def _problems_of_key(question: Question, test: Test, answer: object) -> Iterator[tuple[str, str]]:
    key = test.says.get("key")
    if test.kind != question.kind:
        yield f"hỏi kiểu {question.kind} mà chấm kiểu {test.kind}.", f"Dùng learn.mark.{question.kind}."
    elif key != answer:
        yield f"đáp án ở ô chấm điểm ({key!r}) khác ô đáp án ({answer!r}).", "Ghi hai chỗ giống nhau."
    elif not can_be_given(question, key):
        yield f"không ai trả lời được đáp án {key!r}.", "Đáp án phải gồm đúng các mã có trong câu hỏi."
    points = test.cell.metadata.get("nbgrader", {}).get("points")
    if test.says.get("points", 1) != points:
        yield (
            f"learn.mark cho {test.says.get('points', 1)} điểm, metadata của ô ghi {points} điểm.",
            "Ghi hai chỗ bằng nhau.",
        )


def _problems_of_words(question: Question, test: Test, steps: set[str]) -> Iterator[tuple[str, str]]:
    why, see = test.says.get("why"), test.says.get("see")
    explained = {str(name) for name, text in why.items() if text.strip()} if isinstance(why, dict) else set()
    if names := options_of(question):
        if missing := [name for name in names if name not in explained]:
            yield f"chưa giải thích ý {', '.join(missing)}.", "Thêm vào why= của ô chấm điểm."
        if strange := sorted(explained - set(names)):
            yield f"why= có mã lạ: {', '.join(strange)}.", "Chỉ dùng các mã có trong câu hỏi."
    elif not (explained or (isinstance(why, str) and why.strip())):
        yield "chưa có lời giải thích.", "Thêm why= vào ô chấm điểm."
    if see not in steps:
        yield f"«see={see}» không phải bước nào của bài.", f"Chọn một bước: {', '.join(sorted(steps))}."


def questions_of(done: Run) -> dict[str, Question]:
    """The questions of a quiz that was run, as far as it came."""
    quiz = next((one for one in done.names.values() if isinstance(one, QuizOfNotebook)), None)
    return quiz.questions if quiz else {}


def options_of(question: Question) -> list[str]:
    """The keys that need an explanation each; none for put_in_order and number, which have one for all."""
    form = question.form
    match question.kind:
        case "one_choice" | "several_choices":
            return list(form.options)
        case "two_piles" | "match":
            return list(form.cards)
        case "phone_screen":
            return [part.key for part in form.screen.elements if part.tap]
    return []


def can_be_given(question: Question, key: object) -> bool:
    """Whether the browser can send this answer, whole."""
    form = question.form
    form.view(0, question.name)
    try:
        given = form.read(form.show(key))
    except MalformedResponse:
        return False
    if question.kind in ("two_piles", "match"):
        return given == key and set(key) == set(form.cards)
    return sorted(given) == sorted(key) if isinstance(key, list) else given == key


def answers_of(done: Run) -> Answers:
    """The author's key, and wrong answers made from it."""
    keys = {name: done.names.get(name) for name in questions_of(done)}
    given = {name: key for name, key in keys.items() if key is not None}
    return Answers(given, {name: wrong_answer(questions_of(done)[name], key) for name, key in given.items()})


def wrong_answer(question: Question, key: object) -> object:
    """An answer that earns nothing; None where every answer is right."""
    form = question.form
    match question.kind:
        case "one_choice":
            return next(name for name in form.options if name != key)
        case "several_choices" | "phone_screen":
            return [name for name in options_of(question) if name not in key] or None
        case "put_in_order":
            return list(reversed(key))
        case "two_piles" | "match":
            piles = list(form.piles)
            return {card: piles[piles.index(pile) - 1] for card, pile in key.items()}
        case "number":
            return 2 * abs(key) + 1000
    raise LookupError(f"lệnh kiểm tra chưa biết kiểu {question.kind}")
