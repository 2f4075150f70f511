"""A robot that does exercises and quizzes as a person would, by what is written on the screen."""

import json
import re
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from hocso import learn
from hocso.learn import session
from hocso.learn.exercise import REVEAL_AFTER
from hocso.learn.text import read_number, write_number

SLOW = 30_000
HANDS = Path(__file__).with_name("hands.js").read_text(encoding="utf-8")


def run_notebook(path: Path) -> dict:
    """Run a notebook's code cells here, outside any kernel; returns its names. Its exercises, which know
    their answers, are under "exercises"."""
    session._exercises.clear()
    names = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            exec(compile(source, str(path), "exec"), names)
    return names | {"exercises": dict(session._exercises)}


def wait_until(page: Page, condition: str) -> None:
    """Wait for what a line of JavaScript says. Playwright's own `wait_for_function` looks again from within
    the page, which the Content-Security-Policy forbids."""
    until = time.monotonic() + SLOW / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < until, f"never came true: {condition}"
        page.wait_for_timeout(50)


def card(page: Page, exercise_id: str) -> Locator:
    return page.locator(f'[data-exercise="{exercise_id}"]')


def option(place: Locator, kind: str, text: str) -> Locator:
    """The option that says exactly `text`."""
    return place.locator(f".{kind}").filter(has=place.page.get_by_text(text, exact=True))


def hands(place: Locator, action: str, *arguments):
    """Let the robot's hands (hands.js) do something on a card."""
    return place.evaluate(
        f"(card, [action, ...rest]) => ({HANDS})(card)[action](...rest)", [action, *arguments]
    )


def fill_in(place: Locator, kind: str, response, texts: dict[str, str]) -> None:
    """Give a response (in the form of the records) in one card; `texts` are the words of its names."""
    match response:
        case dict() if kind == "fill_gaps":
            said = list(response.values())
        case dict():
            said = [(texts[name], texts.get(side, side)) for name, side in response.items()]
        case list():
            said = [texts.get(name, name) for name in response]
        case str():
            said = texts[response]
        case _:
            said = write_number(response)
    hands(place, "fill", kind, said)


def key_of(exercise) -> tuple[object, dict[str, str]]:
    """The right response of a lesson's exercise, and the words of its names."""
    match exercise.kind:
        case "one_choice" | "chart":
            right = next(text for text, one in exercise._options.items() if one.right)
            return right, {text: text for text in exercise._options}
        case "several_choices":
            return [text for text, one in exercise._options.items() if one.right], {
                text: text for text in exercise._options
            }
        case "put_in_order":
            return exercise._order, {text: text for text in exercise._order}
        case "two_piles":
            words = {text: text for text in (*exercise._cards, *exercise.form.piles)}
            return {text: one.pile for text, one in exercise._cards.items()}, words
        case "phone_screen":
            return [key for key, part in exercise._parts.items() if part.right], {
                key: part.text for key, part in exercise._parts.items()
            }
        case "match":
            right = {left: side for left, (side, _) in exercise._pairs.items()}
            return right, {text: text for pair in right.items() for text in pair}
        case "phone_task":
            form, taps = exercise.form, []
            while (walk := form.walk(taps)).at < len(form.screens):
                taps.append(form.due(walk))
            return taps, {name: part.text for name, (_, part) in form.parts.items()}
        case "inbox":
            right = {name: exercise._label(letter) for name, letter in exercise._letters.items()}
            return right, {name: letter.text for name, letter in exercise._letters.items()}
        case "password":
            return exercise._example(), {}
        case "find_mistakes":
            return list(exercise._mistakes()), {label: label for label in exercise._fields}
        case "fill_gaps":
            gaps = exercise._gaps.items()
            return {
                gap: next(text for text, one in options.items() if one.right) for gap, options in gaps
            }, {}
        case "number":
            return exercise._answer, {}
    raise AssertionError(f"the robot does not know {exercise.kind}")


def wrong_response(exercise):
    """A response that is wrong and complete."""
    right, words = key_of(exercise)
    match exercise.kind:
        case "one_choice" | "chart":
            return next(name for name in words if name != right)
        case "several_choices" | "phone_screen" | "find_mistakes":
            return [next(name for name in words if name not in right)]
        case "put_in_order":
            return list(reversed(right))
        case "two_piles":
            piles = list(exercise.form.piles)
            return {name: piles[1 - piles.index(pile)] for name, pile in right.items()}
        case "match":
            return dict(zip(right, [*list(right.values())[1:], next(iter(right.values()))], strict=True))
        case "phone_task":
            return next(
                [*right[:count], name]
                for count in range(len(right))
                for name, (screen, part) in exercise.form.parts.items()
                if screen == exercise.form.walk(right[:count]).at and not part.right
            )
        case "inbox":
            trusted, scam = exercise._labels
            return {name: trusted if label == scam else scam for name, label in right.items()}
        case "password":
            return [next((text for text, piece in exercise._pieces.items() if piece.weak), right[0])]
        case "fill_gaps":
            return {
                gap: next(text for text, one in options.items() if not one.right)
                for gap, options in exercise._gaps.items()
            }
        case "number":
            return right + 7


def follow(exercise, lines: list[str]):
    """The response that the help on the screen asks for, as `lines`."""
    right, words = key_of(exercise)
    match exercise.kind:
        case "one_choice" | "chart":
            return lines[0]
        case "several_choices":
            return lines
        case "phone_screen":
            return [name for name, text in words.items() if text in lines]
        case "put_in_order":
            return [re.sub(r"^\d+\. ", "", line) for line in lines]
        case "two_piles":
            return dict(line.rsplit(" → ", 1) for line in lines)
        case "match":
            return {left: line[len(left) + 3 :] for left, line in zip(right, lines, strict=True)}
        case "inbox":
            return {name: line.rsplit(" → ", 1)[1] for name, line in zip(right, lines, strict=True)}
        case "password":
            assert lines == ["".join(right)]
            return right
        case "find_mistakes":
            return [label for label in words if any(line.startswith(f"{label}: ") for line in lines)]
        case "fill_gaps":
            return {gap: line.split(") ", 1)[1] for gap, line in zip(right, lines, strict=True)}
        case "number":
            return read_number(re.match(r"[-\d.,]+", lines[0])[0])
    raise AssertionError(f"the robot does not know {exercise.kind}")


def miss_then_follow_the_help(page: Page, exercise) -> Locator:
    """Answer wrongly until the help is shown, then do what it says."""
    if exercise.kind == "phone_task":
        return _miss_on_each_screen(page, exercise)
    response = wrong_response(exercise)
    for _ in range(REVEAL_AFTER):
        place = do_exercise(page, exercise, response)
        assert place.locator(".hs-feedback-wrong").count() == 1
        assert place.get_attribute("data-state") == "trying"
    return do_exercise(page, exercise, follow(exercise, hands(place, "help")))


def _miss_on_each_screen(page: Page, exercise) -> Locator:
    """Tap wrongly until the right place is pointed at, and tap there; screen after screen."""
    place, form = go_to(page, exercise.exercise_id), exercise.form
    taps = []
    while (walk := form.walk(taps)).at < len(form.screens):
        wrong = [part for screen, part in form.parts.values() if screen == walk.at and not part.right]
        while wrong and not place.locator(".hs-pointed").count():
            hands(place, "touch", wrong[0].text)
        due = form.due(walk)
        if wrong:
            hands(place, "touchPointed")
        else:
            hands(place, "touch", form.parts[due][1].text)
        taps.append(due)
    return place


def go_to(page: Page, exercise_id: str) -> Locator:
    """Walk to the step that holds an exercise, with «Tiếp»."""
    place = card(page, exercise_id)
    place.wait_for(state="attached", timeout=SLOW)
    for _ in range(40):
        if place.is_visible():
            return place
        page.locator("#buoc-sau").click()
    raise AssertionError(f"{exercise_id} was not reached")


def do_exercise(page: Page, exercise, response=None) -> Locator:
    """Go to an exercise, answer it (rightly unless told otherwise), check it, wait for the verdict."""
    right, words = key_of(exercise)
    place = go_to(page, exercise.exercise_id)
    fill_in(place, exercise.kind, right if response is None else response, words)
    if exercise.kind != "phone_task":
        hands(place, "check")
    expect(place.locator(".hs-feedback-title")).to_be_visible(timeout=SLOW)
    return place


def quiz_key(names: dict) -> dict:
    """The right answers of a quiz's source notebook: question id -> response."""
    return {name: value for name, value in names.items() if re.fullmatch(r"answer_\d+", name)}


def take_quiz(page: Page, quiz: "learn.Quiz", answers: dict) -> None:
    """Answer the questions of an open quiz and hand it in."""
    page.locator(".hs-quiz").wait_for(timeout=SLOW)
    for name, response in answers.items():
        if response is None:
            continue
        question = quiz.questions[name]
        form = question.form
        words = dict(getattr(form, "options", None) or getattr(form, "items", None) or {})
        if question.kind in ("two_piles", "match"):
            words = {**form.cards, **form.piles}
        if question.kind == "phone_screen":
            words = {part.key: part.text for part in form.screen.elements}
        fill_in(card(page, name), question.kind, response, words)
    page.locator(".hs-submit").click()
    page.locator(".hs-confirm-submit").click()
    page.wait_for_url("**/ket-qua/**", timeout=4 * SLOW)  # the first one may wait for the worker to wake
