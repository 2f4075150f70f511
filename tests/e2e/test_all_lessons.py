"""Two robots go through every lesson and quiz on a phone. One does all rightly. The other does everything
wrong until the page helps, follows the help, and gets through as well.

They tap and read as people do (hands.js), only faster: the way to a quiz's result is held until it is marked,
so that nobody waits for the page that says «Đang chấm bài…».
"""

import functools
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hocso.course import load_catalogue
from hocso.course.checker.quizzes import wrong_answer
from hocso.records import completions
from tests.conftest import KIT, Visitor
from tests.e2e import robot
from tests.e2e.conftest import PHONE, sign_in, watched_page

CATALOGUE = load_catalogue(KIT)
WAITING = 'http-equiv="refresh"'
every_lesson = pytest.mark.parametrize("lesson", CATALOGUE.lessons, ids=lambda lesson: lesson.id)


class Learner:
    """Somebody who goes through lessons, one after the other, in one browser."""

    def __init__(self, browser, server, name: str):
        self.server, self.trouble, self.walked = server, [], set()
        visitor = Visitor(server)
        self.id = visitor.register(name)
        self.page = watched_page(browser, server, self.trouble, reduced_motion="reduce")
        sign_in(self.page, visitor)
        self.page.route("**/ket-qua/*", self._wait_for_marks)

    def _wait_for_marks(self, route) -> None:
        while WAITING in (answer := route.fetch()).text():
            time.sleep(0.05)
        route.fulfill(response=answer)

    def statuses(self):
        with self.server.database().session() as session:
            return completions.lesson_status(session, self.server.catalogue, self.id)

    def go_through(self, lesson, do_exercise) -> None:
        """Every step, with its exercises done; each is known to be kept before the next."""
        page, exercises = self.page, knowing(lesson.path)["exercises"]
        self.walked.add(lesson.id)
        page.goto(f"/hoc/{lesson.id}")
        for number, step in enumerate(lesson.steps, start=1):
            assert f"Bước {number}/{len(lesson.steps)}" in page.locator("#buoc-may").inner_text()
            assert page.locator(f"#{step.id}").is_visible()
            for one in (one for one in lesson.exercises if one.step == step.id):
                place = do_exercise(page, exercises[one.id])
                assert place.locator(".hs-feedback-title").inner_text() == "Đúng rồi."
                assert place.get_attribute("data-state") == "done"
                robot.hands(place, "saved")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], step.title
            if number < len(lesson.steps):
                page.locator("#buoc-sau").click()

    def take_quiz(self, quiz, answers) -> None:
        robot.take_quiz(self.page, knowing(quiz.path)["quiz"], answers)
        expect(self.page.locator(".verdict")).to_be_visible()

    def passes(self, lesson) -> None:
        """Take the open quiz rightly; the lesson is complete then."""
        quiz, page = CATALOGUE.quiz(lesson.quiz_id), self.page
        self.take_quiz(quiz, robot.quiz_key(knowing(quiz.path)))
        assert page.locator("h1").inner_text() == "✓ Đạt"
        assert page.locator(".marks > li.right").count() == len(quiz.questions)
        assert self.statuses()[lesson.id].completed


@functools.cache
def knowing(notebook: Path) -> dict:
    return robot.run_notebook(notebook)


@pytest.fixture(scope="module")
def learners(browser, server):
    return {name: Learner(browser, server, f"Rô Bốt {name}") for name in ("Đúng", "Sai")}


@pytest.fixture
def right(learners):
    yield learners["Đúng"]
    assert learners["Đúng"].trouble == []


@pytest.fixture
def wrong(learners):
    yield learners["Sai"]
    assert learners["Sai"].trouble == []


@every_lesson
def test_a_lesson_done_rightly(right, lesson):
    right.go_through(lesson, robot.do_exercise)
    right.page.get_by_role("link", name="Làm bài kiểm tra").click()
    right.passes(lesson)


@every_lesson
def test_a_lesson_done_wrongly_first(wrong, lesson):
    page, quiz = wrong.page, CATALOGUE.quiz(lesson.quiz_id)
    wrong.go_through(lesson, robot.miss_then_follow_the_help)
    page.get_by_role("link", name="Làm bài kiểm tra").click()
    names = knowing(quiz.path)
    key = robot.quiz_key(names)
    wrong.take_quiz(quiz, {name: wrong_answer(names["quiz"].questions[name], key[name]) for name in key})

    assert page.locator("h1").inner_text() == "Chưa đạt, mời làm lại"
    assert re.match(r"0/\d+ điểm", page.locator(".score").inner_text())
    marks = page.locator(".marks > li.wrong")
    assert marks.count() == page.locator(".marks > li:has(.why)").count() == len(quiz.questions)
    back = [link.get_attribute("href") for link in marks.locator("a").all()]
    assert len(back) == len(quiz.questions)
    assert set(back) <= {f"/hoc/{lesson.id}#{step.id}" for step in lesson.steps}
    result = page.url
    page.goto(back[0])
    assert page.locator(back[0][back[0].index("#") :]).is_visible()

    page.goto(result)
    page.get_by_role("link", name="Làm lại bài kiểm tra").click()
    wrong.passes(lesson)


@pytest.mark.parametrize("name", ["Đúng", "Sai"])
@pytest.mark.parametrize("track", CATALOGUE.tracks, ids=lambda track: track.slug)
def test_a_track_ends_completed(learners, track, name):
    learner, page = learners[name], learners[name].page
    if not {lesson.id for lesson in track.lessons} <= learner.walked:
        pytest.skip("not all of its lessons were asked for")
    page.goto("/")
    place = page.locator(".track").filter(has=page.get_by_role("heading", name=track.title))
    assert place.locator(".count").inner_text() == f"Đã xong {len(track.lessons)}/{len(track.lessons)} bài"
    assert place.locator(".done", has_text="✓ Đã hoàn thành").count() == len(track.lessons)
    assert completions.track_completed_at(track, learner.statuses()) is not None
