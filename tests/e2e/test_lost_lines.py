"""When the line is cut, the kernel ends or the server dies: one goes on, and each answer arrives once."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from hocso.records import Event, Learner, QuizAttempt
from hocso.records.attempts import submit
from tests.conftest import KIT, Visitor, kernel_in
from tests.e2e import robot
from tests.e2e.conftest import sign_in
from tests.web.test_api import wait_until_graded

LESSON = "ky-nang-so/mat-khau-va-otp"
QUIZ = "ky-nang-so-04"
UNSENT = "Chưa gửi được. Máy sẽ gửi lại khi có mạng."


@pytest.fixture(scope="module")
def own_server(new_server):
    """One that may be killed."""
    return new_server()


@pytest.fixture
def exercises(own_server):
    return list(robot.run_notebook(own_server.catalogue.lesson(LESSON).path)["exercises"].values())


@pytest.fixture
def phone(own_server, open_page):
    """The page of a new learner, whose id is `page.learner`."""

    def make(name):
        one, page = Visitor(own_server), open_page(at=own_server)
        one.register(f"Người Mất Mạng {name}")
        page.learner = learner_named(own_server, f"Người Mất Mạng {name}")
        sign_in(page, one)
        return page

    return make


def learner_named(server, name):
    with server.database().session(readonly=True) as session:
        return session.scalar(select(Learner.id).where(Learner.full_name == name))


def events(server, learner_id, *verbs):
    """[(verb, exercise, tries or step or response)] in the order of their arrival."""
    with server.database().session(readonly=True) as session:
        found = session.scalars(
            select(Event)
            .where(Event.learner_id == learner_id, Event.verb.in_(verbs))
            .order_by(Event.recorded_at, Event.occurred_at)
        ).all()
    return [
        (
            one.verb,
            one.exercise_id,
            one.result.get("tries", one.result.get("step", one.result.get("response"))),
        )
        for one in found
    ]


def press(page, exercise, response=None):
    """Answer and press «Kiểm tra»; returns the card."""
    right, words = robot.key_of(exercise)
    place = robot.go_to(page, exercise.exercise_id)
    robot.fill_in(place, exercise.kind, right if response is None else response, words)
    robot.hands(place, "check")
    return place


def saved(place):
    expect(place.locator(".hs-saved")).to_have_attribute("data-saved", "saved", timeout=robot.SLOW)


def connected(page):
    expect(page.locator("body")).to_have_attribute("data-kernel", "connected", timeout=robot.SLOW)


def kept_in_browser(page):
    """How much waits there to be sent; looked at until it is nothing, a while at most."""
    for _ in range(50):
        left = page.evaluate("localStorage.length")
        if left == 0:
            break
        page.wait_for_timeout(200)
    return left


def open_lesson(page, path=f"/hoc/{LESSON}"):
    page.goto(path)
    connected(page)


def test_without_a_line_one_reads_and_answers_on_and_all_arrives_once(own_server, phone, exercises):
    page = phone("Ngoại Tuyến")
    open_lesson(page)
    first, second = exercises[:2]
    place = press(page, first)
    saved(place)

    page.context.set_offline(True)
    banner = page.locator(".link-lost")
    expect(banner).to_contain_text("Mất kết nối. Cứ đọc và làm tiếp", timeout=robot.SLOW)
    place = press(page, second, robot.wrong_response(second))
    expect(place.locator(".hs-trouble")).to_contain_text("Câu trả lời vẫn còn đây")
    expect(place.locator(".hs-saved")).to_contain_text(UNSENT)
    here = page.locator("#buoc-may").inner_text()
    page.locator("#buoc-sau").click()
    expect(page.locator("#buoc-may")).not_to_have_text(here)
    page.locator("#buoc-truoc").click()

    page.context.set_offline(False)
    expect(place.locator(".hs-feedback-title")).to_contain_text("Chưa đúng", timeout=robot.SLOW)
    saved(place)
    expect(banner).to_be_hidden()
    assert kept_in_browser(page) == 0
    assert events(own_server, page.learner, "answered", "completed") == [
        ("answered", first.exercise_id, 1),
        ("completed", first.exercise_id, 1),
        ("answered", second.exercise_id, 1),
    ]
    steps = [step for _, _, step in events(own_server, page.learner, "progressed")]
    assert steps[-1] == page.evaluate("location.hash").lstrip("#")
    assert len(steps) >= 2


def test_an_answer_given_while_the_server_was_dead_arrives_in_a_new_kernel(own_server, phone, exercises):
    page = phone("Máy Chủ Tắt")
    open_lesson(page)
    first, second = exercises[:2]
    saved(press(page, first))
    before = page.evaluate("document.body.dataset.kernelId")
    own_server.kill()
    place = press(page, second)
    expect(place.locator(".hs-saved")).to_contain_text(UNSENT, timeout=robot.SLOW)
    own_server.start()
    expect(place.locator(".hs-feedback-title")).to_contain_text("Đúng rồi", timeout=2 * robot.SLOW)
    saved(place)
    expect(page.locator(".link-lost")).to_be_hidden()
    assert page.evaluate("document.body.dataset.kernelId") != before
    assert kept_in_browser(page) == 0
    assert events(own_server, page.learner, "answered") == [
        ("answered", first.exercise_id, 1),
        ("answered", second.exercise_id, 1),
    ]
    # The page goes on with the new kernel as with the old one.
    saved(press(page, exercises[2]))
    expect(robot.card(page, first.exercise_id)).to_have_attribute("data-state", "done")


def test_a_browser_closed_with_an_unsent_answer_sends_it_when_the_lesson_is_opened_again(
    own_server, phone, exercises
):
    page = phone("Đóng Trình Duyệt")
    open_lesson(page)
    page.context.set_offline(True)
    place = press(page, exercises[0])
    expect(place.locator(".hs-saved")).to_contain_text(UNSENT, timeout=robot.SLOW)
    page.close()
    again = page.context.new_page()
    page.context.set_offline(False)
    open_lesson(again)
    place = robot.go_to(again, exercises[0].exercise_id)
    saved(place)
    expect(place.locator(".hs-feedback-title")).to_contain_text("Đúng rồi")
    assert len(events(own_server, page.learner, "answered")) == 1


def test_an_answer_that_was_saved_unheard_is_not_counted_twice(own_server, phone, exercises):
    page = phone("Không Nghe Thấy")
    open_lesson(page)
    place = press(page, exercises[0], robot.wrong_response(exercises[0]))
    saved(place)
    # As if the page had not heard: the answer waits in the browser still.
    with own_server.database().session(readonly=True) as session:
        kept = session.scalar(
            select(Event).where(Event.learner_id == page.learner, Event.verb == "answered")
        ).result
    page.evaluate(
        """([exercise, nonce]) => {
            const { lesson, learner } = document.body.dataset;
            const press = { type: "check", nonce, response: "x" };
            const key = ["hocso:unsent", lesson, exercise, learner].join("|");
            localStorage.setItem(key, JSON.stringify([press]));
        }""",
        [exercises[0].exercise_id, kept["press"]],
    )
    open_lesson(page)
    assert kept_in_browser(page) == 0
    place = press(page, exercises[0])
    saved(place)
    assert [tries for _, _, tries in events(own_server, page.learner, "answered")] == [1, 2]


def test_a_lesson_whose_kernel_ended_goes_on_by_itself(own_server, phone, exercises):
    page = phone("Để Lâu")
    open_lesson(page)
    saved(press(page, exercises[0]))
    page.evaluate(
        """() => fetch(`/voila/api/shutdown/${document.body.dataset.kernelId}`,
            {method: "POST", body: new URLSearchParams({_xsrf: document.body.dataset.xsrf})})"""
    )
    place = press(page, exercises[1])
    expect(place.locator(".hs-feedback-title")).to_have_text(re.compile("Đúng rồi"), timeout=robot.SLOW)
    saved(place)
    assert len(events(own_server, page.learner, "answered")) == 2


def test_who_only_tries_a_lesson_makes_room_in_a_full_hall_and_comes_back_by_themselves(
    new_server, open_page
):
    hall = new_server(options=["--max-lessons", "1"])
    page, learner = open_page(at=hall), Visitor(hall)
    open_lesson(page)
    learner.register("Người Đến Sau")
    kernel = kernel_in(learner.see(f"/hoc/{LESSON}").text)
    banner = page.locator(".link-lost")
    expect(banner).to_contain_text("Lớp đang rất đông. Bà con cứ đọc tiếp", timeout=robot.SLOW)
    page.locator("#buoc-sau").click()
    expect(page.locator("#buoc-may")).to_contain_text("Bước 2/")
    learner.submit(f"/voila/api/shutdown/{kernel}")
    page.locator("#noi-lai").click()
    connected(page)
    expect(banner).to_be_hidden()


def test_where_another_learner_has_signed_in_meanwhile_nothing_is_sent_for_them(own_server, phone, exercises):
    page = phone("Người Trước")
    open_lesson(page)
    page.context.set_offline(True)
    expect(page.locator(".link-lost")).to_be_visible(timeout=robot.SLOW)
    press(page, exercises[0])
    other = Visitor(own_server)
    other.register("Người Mất Mạng Đến Sau")
    other_id = learner_named(own_server, "Người Mất Mạng Đến Sau")
    sign_in(page, other)
    page.context.set_offline(False)
    expect(page.locator(".link-lost")).to_contain_text("cần mở lại", timeout=robot.SLOW)
    page.get_by_role("button", name="Mở lại bài").click()
    connected(page)
    robot.go_to(page, exercises[1].exercise_id)
    page.wait_for_timeout(500)
    for learner in (page.learner, other_id):
        assert events(own_server, learner, "answered") == []


def quiz_and_key():
    source = KIT / "quizzes" / "source" / QUIZ / f"{QUIZ}.ipynb"
    names = robot.run_notebook(source)
    return names["quiz"], robot.quiz_key(names)


def attempts(server, learner_id):
    with server.database().session(readonly=True) as session:
        return session.scalars(
            select(QuizAttempt).where(QuizAttempt.learner_id == learner_id).order_by(QuizAttempt.created_at)
        ).all()


def answer(page, question, response):
    words = dict(getattr(question.form, "options", None) or {})
    robot.fill_in(robot.card(page, question.name), question.kind, response, words)


def hand_in(page):
    page.locator(".hs-submit").click()
    page.locator(".hs-confirm-submit").click()


def test_a_quiz_handed_in_without_a_line_is_handed_in_once_when_it_is_back(own_server, phone):
    page = phone("Nộp Bài")
    open_lesson(page, f"/kiem-tra/{LESSON}")
    quiz, key = quiz_and_key()
    question = next(one for one in quiz.questions.values() if one.kind == "one_choice")
    page.context.set_offline(True)
    expect(page.locator(".link-lost")).to_be_visible(timeout=robot.SLOW)
    answer(page, question, key[question.name])
    expect(page.locator(".hs-quiz .hs-saved")).to_contain_text(UNSENT)
    hand_in(page)
    expect(page.locator(".hs-message")).to_contain_text("máy sẽ tự nộp khi có mạng")
    page.context.set_offline(False)
    page.wait_for_url("**/ket-qua/**", timeout=2 * robot.SLOW)
    submitted = [one for one in attempts(own_server, page.learner) if one.state != "draft"]
    assert len(submitted) == 1
    assert submitted[0].answers[question.name] == key[question.name]
    assert wait_until_graded(own_server, submitted[0].id).score > 0
    assert kept_in_browser(page) == 0


def test_a_phone_that_knows_no_dialogs_hands_in_a_quiz(own_server, phone):
    """As before iOS 15.4: the element is one without a meaning or methods."""
    page = phone("Điện Thoại Cũ")
    page.add_init_script(
        "const make = document.createElement.bind(document);"
        "document.createElement = (name, ...more) => make(name === 'dialog' ? 'hs-dialog' : name, ...more);"
    )
    open_lesson(page, f"/kiem-tra/{LESSON}")
    expect(page.locator("hs-dialog.hs-confirm")).to_be_hidden()
    page.locator(".hs-submit").click()
    page.locator("hs-dialog .hs-confirm-back").click()
    expect(page.locator("hs-dialog.hs-confirm")).to_be_hidden()
    hand_in(page)
    page.wait_for_url("**/ket-qua/**", timeout=2 * robot.SLOW)


def test_a_quiz_handed_in_while_the_server_was_dead_is_handed_in_once(own_server, phone):
    page = phone("Nộp Bài Máy Tắt")
    open_lesson(page, f"/kiem-tra/{LESSON}")
    quiz, key = quiz_and_key()
    question = next(one for one in quiz.questions.values() if one.kind == "one_choice")
    answer(page, question, key[question.name])
    expect(page.locator(".hs-quiz .hs-saved")).to_have_attribute("data-saved", "saved", timeout=robot.SLOW)
    own_server.kill()
    hand_in(page)
    expect(page.locator(".hs-message")).to_contain_text("máy sẽ tự nộp", timeout=robot.SLOW)
    own_server.start()
    page.wait_for_url("**/ket-qua/**", timeout=2 * robot.SLOW)
    submitted = [one for one in attempts(own_server, page.learner) if one.state != "draft"]
    assert [one.answers[question.name] for one in submitted] == [key[question.name]]


def test_a_quiz_that_was_taken_unheard_leads_to_its_result_and_not_to_a_second_hand_in(own_server, phone):
    page = phone("Nộp Không Nghe")
    open_lesson(page, f"/kiem-tra/{LESSON}")
    quiz, key = quiz_and_key()
    question = next(one for one in quiz.questions.values() if one.kind == "one_choice")
    page.context.set_offline(True)
    expect(page.locator(".link-lost")).to_be_visible(timeout=robot.SLOW)
    answer(page, question, key[question.name])
    hand_in(page)
    [draft] = attempts(own_server, page.learner)
    with own_server.database().session() as session:
        # The server had it, and its answer got lost on the way.
        submit(session, draft.id, page.learner, {question.name: key[question.name]})
    own_server.kill()
    own_server.start()
    page.context.set_offline(False)
    page.wait_for_url(f"**/ket-qua/{draft.id}", timeout=2 * robot.SLOW)
    assert [one.state == "draft" for one in attempts(own_server, page.learner)].count(False) == 1


def test_a_task_on_the_phone_goes_on_in_a_new_kernel_where_it_was(own_server, phone):
    lesson = next(
        one
        for one in own_server.catalogue.lessons
        if any(exercise.kind == "phone_task" for exercise in one.exercises)
    )
    exercises = robot.run_notebook(lesson.path)["exercises"].values()
    task = next(one for one in exercises if one.kind == "phone_task")
    right, words = robot.key_of(task)
    page = phone("Làm Trên Máy")
    open_lesson(page, f"/hoc/{lesson.id}")
    place = robot.go_to(page, task.exercise_id)
    robot.hands(place, "touch", words[right[0]])
    page.context.set_offline(True)
    expect(page.locator(".link-lost")).to_be_visible(timeout=robot.SLOW)
    own_server.kill()
    own_server.start()
    place.locator(".hs-tap", has_text=words[right[1]]).first.click()
    expect(place.locator(".hs-saved")).to_contain_text(UNSENT)
    page.context.set_offline(False)
    for tapped in right[2:]:
        expect(place.locator(".hs-saved")).not_to_contain_text(UNSENT, timeout=2 * robot.SLOW)
        place.locator(".hs-tap", has_text=words[tapped]).first.click()
    expect(place).to_have_attribute("data-state", "done", timeout=robot.SLOW)
    saved(place)
    assert events(own_server, page.learner, "answered", "completed") == [
        ("answered", task.exercise_id, 1),
        ("completed", task.exercise_id, 1),
    ]
