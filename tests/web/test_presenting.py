"""The presenting view: who may see it, the notes that stand there and nowhere else, nothing recorded."""

import html
import itertools
import re

import pytest

from hocso.records import Event
from hocso.web.presenting import trainer_notes
from tests.conftest import STAFF, TRAINER, Visitor, kernel_in

LESSON = "ky-nang-so/mat-khau-va-otp"
PAGES = (
    "/giang-vien/trinh-chieu",
    f"/giang-vien/trinh-chieu/{LESSON}",
    f"/giang-vien/trinh-chieu/{LESSON}/ghi-chu",
)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", "", page)))


def note_lines(lesson) -> list[str]:
    """The lines of all notes of a lesson, as a reader sees them."""
    return [
        line.strip() for note in trainer_notes(lesson) for line in text_of_lines(note.html) if len(line) > 20
    ]


def text_of_lines(page: str) -> list[str]:
    return [html.unescape(re.sub("<[^>]+>", "", line)) for line in str(page).splitlines()]


@pytest.fixture(scope="module")
def trainer(server):
    one = Visitor(server)
    one.sign_in_to_account(TRAINER)
    return one


def test_a_resident_is_asked_to_sign_in_with_an_account(server):
    stranger, learner = Visitor(server), Visitor(server)
    learner.register("Người Học Tò Mò Ghi Chú")
    for one, path in itertools.product((stranger, learner), PAGES):
        page = one.see(path)
        assert page.url.endswith(f"/dang-nhap?tiep={path}")
        assert "trainer-note" not in page.text


@pytest.mark.parametrize("account", [TRAINER, STAFF])
@pytest.mark.parametrize("path", PAGES)
def test_trainers_and_staff_may_see_it(server, account, path):
    one = Visitor(server)
    one.sign_in_to_account(account)
    page = one.see(path)
    assert page.status_code == 200
    assert page.url == server.url + path


def test_a_lesson_that_is_not_there_is_a_plain_404(trainer):
    for path in ("khong/co", "khong/co/ghi-chu"):
        assert trainer.see(f"/giang-vien/trinh-chieu/{path}").status_code == 404


def test_each_step_is_followed_by_its_notes(server, trainer):
    lesson = server.catalogue.lesson(LESSON)
    page = trainer.see(f"/giang-vien/trinh-chieu/{LESSON}").text
    places = [page.index(f'<section class="step" id="{step.id}">') for step in lesson.steps]
    assert places == sorted(places)
    for note, begin, end in zip(trainer_notes(lesson)[1:], places, [*places[1:], None], strict=True):
        assert str(note.html) in page[begin:end]
        assert f'data-minutes="{note.minutes}"' in page[begin:end]


def test_the_notes_window_has_the_notes_of_every_lesson(server, trainer):
    for lesson in server.catalogue.lessons:
        page = text_of(trainer.see(f"/giang-vien/trinh-chieu/{lesson.id}/ghi-chu").text)
        lines = note_lines(lesson)
        assert lines
        for line in lines:
            assert line in page


def test_no_line_of_the_notes_is_in_a_residents_page(server, visitor):
    one = visitor()
    for lesson in server.catalogue.lessons:
        page = one.see(f"/hoc/{lesson.id}").text
        one.submit(f"/voila/api/shutdown/{kernel_in(page)}")
        sent = [page, *(one.see(path).text for path in re.findall(r'"(/static/[^"]+\.(?:json|js))"', page))]
        sent = " ".join(text_of(part) for part in sent)
        assert [line for line in note_lines(lesson) if re.sub(r"\s+", " ", line) in sent] == []
        assert "trainer-note" not in page


def test_the_planned_time_of_a_lesson_is_that_of_a_class(server):
    notes = trainer_notes(server.catalogue.lesson(LESSON))
    assert notes[0].minutes == 25  # «15 phút tự học, 25 phút nếu học chung»
    assert notes[1].minutes == 1


def test_the_view_has_a_kernel_of_its_own_and_writes_nothing(server, trainer):
    with server.database().session() as session:
        before = session.query(Event).count()
    page = trainer.see(f"/giang-vien/trinh-chieu/{LESSON}").text
    assert "data-record" not in page
    trainer.submit(f"/voila/api/shutdown/{kernel_in(page)}")
    with server.database().session() as session:
        assert session.query(Event).count() == before


def test_it_forbids_scripts_in_the_page(trainer):
    for path in PAGES:
        scripts = re.search(r"script-src ([^;]*)", trainer.see(path).headers["Content-Security-Policy"])[1]
        assert scripts == "'self'"


def test_the_trainers_pages_link_to_it(server, trainer):
    assert 'href="/giang-vien/trinh-chieu"' in trainer.see("/giang-vien").text
    answer = trainer.submit(
        "/giang-vien", {"place": "Nhà văn hóa ấp", "date": "2026-11-25", "lesson": LESSON}
    )
    assert f'href="/giang-vien/trinh-chieu/{LESSON}"' in answer.text
    listed = trainer.see("/giang-vien/trinh-chieu").text
    for lesson in server.catalogue.lessons:
        assert f'href="/giang-vien/trinh-chieu/{lesson.id}"' in listed
