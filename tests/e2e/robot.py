"""A robot that does exercises and quizzes as a person would, by what is written on the screen."""

import json
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from hocso import learn
from hocso.learn import session

SLOW = 30_000


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


def card(page: Page, exercise_id: str) -> Locator:
    return page.locator(f'[data-exercise="{exercise_id}"]')


def option(place: Locator, kind: str, text: str) -> Locator:
    """The option, step, card or screen part that says exactly `text` (a step: and its verdict behind it)."""
    if kind == "hs-step":
        begins = re.compile(f"^{re.escape(text)}")
        return place.locator(".hs-step").filter(has=place.page.locator(".hs-step-text", has_text=begins))
    return place.locator(f".{kind}").filter(has=place.page.get_by_text(text, exact=True))


def fill_in(place: Locator, kind: str, response, texts: dict[str, str]) -> None:
    """Give a response (in the form of the records) in one card; `texts` are the words of its names."""
    match kind:
        case "one_choice" | "chart":
            option(place, "hs-option", texts[response]).locator("input").check()
        case "several_choices":
            for box in place.locator(".hs-option input").all():
                box.set_checked(False)
            for name in response:
                option(place, "hs-option", texts[name]).locator("input").check()
        case "put_in_order":
            steps = place.locator(".hs-step-text")
            for position, name in enumerate(response):
                while not steps.nth(position).inner_text().startswith(texts[name]):
                    option(place, "hs-step", texts[name]).locator(".hs-move-up").click()
            keep = place.locator(".hs-keep")
            if keep.count() and keep.is_visible():
                keep.click()
        case "two_piles":
            for name, pile in response.items():
                row = option(place, "hs-sort", texts[name])
                row.locator(".hs-pile").filter(has_text=re.compile(f"^{re.escape(texts[pile])}$")).click()
        case "phone_screen":
            for button in place.locator('.hs-tap[aria-pressed="true"]').all():
                button.click()
            for name in response:
                option(place, "hs-tap", texts[name]).click()
        case "match":
            for name, side in response.items():
                option(place, "hs-pair", texts[name]).locator("select").select_option(label=texts[side])
        case "phone_task":
            if place.locator(".hs-again").is_visible():
                place.locator(".hs-again").click()
            for name in response:
                option(place, "hs-tap", texts[name]).click()
                expect(place.locator(".hs-phone")).not_to_have_attribute("aria-busy", "true", timeout=SLOW)
        case "inbox":
            for name, label in response.items():
                row = option(place, "hs-letter", texts[name])
                row.locator(".hs-pile").filter(has_text=re.compile(f"^{re.escape(label)}$")).click()
        case "password":
            while place.locator(".hs-chip").count():
                place.locator(".hs-chip").first.click()
            for piece in response:
                place.get_by_role("button", name=f"Thêm {piece}", exact=True).click()
        case "find_mistakes":
            for field in place.locator('.hs-form-field[aria-pressed="true"]').all():
                field.click()
            for name in response:
                option(place, "hs-form-field", texts[name]).click()
        case "fill_gaps":
            for index, chosen in enumerate(response.values()):
                place.locator(".hs-gap select").nth(index).select_option(label=chosen)
        case "number":
            place.locator("input").fill(f"{response:g}".replace(".", ","))


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
        place.locator(".hs-check").click()
    expect(place.locator(".hs-feedback-title")).to_be_visible(timeout=SLOW)
    return place


def quiz_key(names: dict) -> dict:
    """The right answers of a quiz's source notebook: question id -> response."""
    return {name: value for name, value in names.items() if re.fullmatch(r"answer_\d+", name)}


def take_quiz(page: Page, quiz: "learn.Quiz", answers: dict) -> None:
    """Answer the questions of an open quiz and hand it in."""
    page.locator(".hs-quiz").wait_for(timeout=SLOW)
    for name, response in answers.items():
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
    page.wait_for_url("**/ket-qua/**", timeout=SLOW)
