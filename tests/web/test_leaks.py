"""Nothing that is sent when a lesson or quiz opens tells an answer: not the page, not what it fetches, not
the widgets' state that the kernel tells whoever asks."""

import json
import re
from html import unescape

import pytest

from hocso.course import checker, load_catalogue
from hocso.course.checker.answers import right_response
from hocso.course.checker.notebooks import Notebook
from hocso.course.checker.running import run
from hocso.learn.exercise import Exercise
from tests.conftest import KIT, Visitor, kernel_in
from tests.web.test_kernels import connect, say

CATALOGUE = load_catalogue(KIT)
LESSONS = {lesson.id: lesson for lesson in CATALOGUE.lessons}

# Names that a lesson's author gives to what tells an answer.
TELLING = {"right", "why", "scam", "signs", "mistake", "fix", "weak", "pile", "wrong", "answer", "solution"}
AUTHORS_ONLY = ("learn.mark", "BEGIN SOLUTION", "HIDDEN TESTS")
OPAQUE = re.compile(r"k[0-9a-f]{10}")


@pytest.fixture(scope="module")
def learner(server):
    one = Visitor(server)
    one.register("Người Soi Từng Chữ")
    return one


@pytest.fixture
def opened(learner):
    """Opens a page as a browser does: (all that was sent, the states of its widgets)."""
    kernels = []

    def opened(path):
        page = learner.see(path)
        assert page.status_code == 200, page.text
        kernels.append(kernel_in(page.text))
        widgets = states(learner, kernels[-1])
        fetched = [learner.see(address).text for address in re.findall(r'"([^"]+\.json)"', page.text)]
        return readable("".join([page.text, *fetched, json.dumps(widgets)])), widgets

    yield opened
    for kernel in kernels:
        learner.submit(f"/voila/api/shutdown/{kernel}")


def states(one, kernel) -> list[dict]:
    """What the kernel answers when the page asks for the state of each widget."""
    line = connect(one, kernel)
    asked = say(line, "comm_info_request", {"target_name": "jupyter.widget"})
    waited_for, found = None, {}
    while waited_for is None or set(found) < waited_for:
        message = json.loads(line.recv())
        content = message["content"]
        if message["msg_type"] == "comm_info_reply" and message["parent_header"]["msg_id"] == asked:
            waited_for = set(content["comms"])
            for comm in waited_for:
                say(line, "comm_msg", {"comm_id": comm, "data": {"method": "request_state"}})
        elif message["msg_type"] == "comm_msg" and "state" in content["data"]:
            found[content["comm_id"]] = content["data"]["state"]
    line.close()
    return list(found.values())


def readable(sent: str) -> str:
    """With HTML's and JSON's escapes undone."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), unescape(sent))
    return unescape(text).replace('\\"', '"')


def names_in(view) -> set[str]:
    """Every name in a widget's view, and in all that it holds."""
    if isinstance(view, dict):
        return set(view).union(*map(names_in, view.values()))
    return set().union(*map(names_in, view)) if isinstance(view, list) else set()


def test_no_escape_hides_a_secret_from_these_tests():
    assert 'Số «lạ» & "thật" <b>' in readable(r"S\u1ed1 «l\u1EA1» &amp; \"th\u1eadt\" \u003cb\u003e")


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_a_lesson_tells_no_answer_before_it_is_given(opened, lesson_id):
    lesson = LESSONS[lesson_id]
    sent, widgets = opened(f"/hoc/{lesson_id}")
    assert [one.prompt for one in lesson.exercises if one.prompt not in sent] == []
    assert [secret for secret in checker.secrets_in(KIT, lesson.path) if secret in sent] == []
    views = {one["exercise_id"]: one["view"] for one in widgets if one.get("view")}
    assert set(views) == {one.id for one in lesson.exercises}
    assert all(one["feedback"] == {} for one in widgets if "feedback" in one)
    assert names_in(list(views.values())) & TELLING == set()
    for exercise in run(Notebook(KIT, lesson.path)).shown.values():
        if isinstance(exercise, Exercise) and exercise.kind == "put_in_order":
            dealt = [option["text"] for option in views[exercise.exercise_id]["options"]]
            assert dealt != right_response(exercise)


@pytest.mark.parametrize("lesson_id", [one for one in LESSONS if LESSONS[one].quiz_id])
def test_a_quiz_tells_no_answer(opened, lesson_id):
    quiz = CATALOGUE.quiz(LESSONS[lesson_id].quiz_id)
    sent, widgets = opened(f"/kiem-tra/{lesson_id}")
    assert [one.prompt for one in quiz.questions if one.prompt not in sent] == []
    secrets = (*AUTHORS_ONLY, *checker.secrets_in(KIT, quiz.path))
    assert [secret for secret in secrets if secret in sent] == []
    (sheet,) = [one for one in widgets if "questions" in one]
    assert len(sheet["questions"]) == len(quiz.questions)
    assert names_in(sheet["questions"]) & TELLING == set()
    for question in sheet["questions"]:
        for group in ("options", "piles", "sides"):
            keys = [one["key"] for one in question["view"].get(group, ()) if one["key"]]
            assert all(map(OPAQUE.fullmatch, keys)), keys
