"""Whether a learner can reach the answer of each exercise, and learns why from a wrong one.

The checker finds the answer as a learner could: by trying, and reading what is said.
"""

from collections.abc import Iterator

from hocso.course.catalogue import Lesson
from hocso.learn.exercise import Exercise
from hocso.learn.forms import MOST_PIECES
from hocso.learn.text import read_number

from .findings import Finding
from .notebooks import Notebook
from .running import Run


def check_answers(lesson: Lesson, notebook: Notebook, done: Run) -> Iterator[Finding]:
    """The exercises of a lesson that was run."""
    exercises = {
        one.exercise_id: (cell, one) for cell, one in done.shown.items() if isinstance(one, Exercise)
    }
    for missing in [one.id for one in lesson.exercises if done.finished and one.id not in exercises]:
        yield notebook.error(
            "answers",
            None,
            f"Bài tập «{missing}» không hiện ra.",
            "Mỗi ô một bài tập, lời gọi learn.… là lệnh cuối cùng của ô.",
        )
    for cell, exercise in exercises.values():
        for problem, remedy in _problems(exercise):
            yield notebook.error("answers", cell, f"Bài tập «{exercise.exercise_id}»: {problem}", remedy)


def _problems(exercise: Exercise) -> Iterator[tuple[str, str]]:
    if not exercise.hint:
        yield "chưa có gợi ý.", "Thêm hint=, gợi cách nghĩ mà không nói đáp án."
    try:
        right = right_response(exercise)
        reached = exercise.judge(exercise.form.read(exercise.form.show(right))).right
    except Exception as error:  # whatever an exercise raises, no learner could answer it
        reached = f"({type(error).__name__}: {error})"
    if reached is not True:
        yield f"không trả lời đúng được {reached or ''}".strip() + ".", "Xem lại đáp án và các ý của bài tập."
        return
    for wrong in wrong_responses(exercise, right):
        judgement = exercise.judge(wrong)
        if not judgement.right and not any(note.text for note in judgement.notes):
            yield f"trả lời sai «{wrong}» mà không có lời giải thích.", "Thêm why= cho ý đó."


def right_response(exercise: Exercise) -> object:
    """A response, in the form of the records, that the exercise calls right."""
    form = exercise.form
    match exercise.kind:
        case "one_choice" | "chart":
            return next(name for name in form.options if exercise.judge(name).right)
        case "several_choices" | "phone_screen" | "find_mistakes":
            return [name for name in _names(exercise) if exercise.judge([name]).marks[name] == "right"]
        case "two_piles" | "inbox" | "match":
            return {
                card: pile
                for pile in form.piles
                for card, mark in exercise.judge(dict.fromkeys(form.cards, pile)).marks.items()
                if mark == "right"
            }
        case "fill_gaps":
            return _fill(exercise)
        case "put_in_order":
            return list(form.first_to_last)
        case "number":
            return read_number(exercise.solution()[0].about.removesuffix(form.unit))
        case "password":
            strong = [text for text in form.pieces if not exercise.judge([text]).marks]
            return sorted(strong, key=len, reverse=True)[:MOST_PIECES]
        case "phone_task":
            taps: list[str] = []
            while (walk := form.walk(taps)).at < len(form.screens):
                taps.append(form.due(walk))
            return taps
    raise LookupError(f"lệnh kiểm tra chưa biết kiểu {exercise.kind}")


def _names(exercise: Exercise) -> list[str]:
    """What can be ticked or tapped."""
    form = exercise.form
    match exercise.kind:
        case "several_choices":
            return list(form.options)
        case "find_mistakes":
            return list(form.fields)
    return [part.key for part in form.screen.elements if part.tap]


def _fill(exercise: Exercise) -> dict[str, str]:
    """The right option of each gap: all first options are tried together, then all second ones, and so on."""
    gaps, found = exercise.form.gaps, {}
    for turn in range(max(map(len, gaps.values()))):
        tried = {gap: options[min(turn, len(options) - 1)] for gap, options in gaps.items()}
        marks = exercise.judge(tried).marks
        found |= {gap: tried[gap] for gap, mark in marks.items() if mark == "right"}
    return found


def wrong_responses(exercise: Exercise, right: object) -> Iterator[object]:
    """Wrong responses that a learner is likely to give."""
    form = exercise.form
    match exercise.kind:
        case "one_choice" | "chart":
            yield from (name for name in form.options if name != right)
        case "several_choices" | "phone_screen" | "find_mistakes":
            yield from ([name] for name in _names(exercise) if name not in right)
        case "two_piles" | "inbox" | "match":
            yield from (dict.fromkeys(form.cards, pile) for pile in form.piles)
        case "fill_gaps":
            yield from (
                right | {gap: text}
                for gap, options in form.gaps.items()
                for text in options
                if text != right[gap]
            )
        case "put_in_order":
            yield right[::-1]
        case "number":
            yield right + 7
        case "password":
            yield right[:1]
        case "phone_task":
            yield from (
                [*right[:taken], name]
                for taken in range(len(right))
                for name, (screen, part) in form.parts.items()
                if screen == form.walk(right[:taken]).at and not part.right
            )
