"""The pages that need no kernel, and what they say when something is not right."""

import html
import re

import pytest

LESSON = "/hoc/ky-nang-so/mat-khau-va-otp"


def test_the_home_page_lists_every_lesson_with_its_minutes(server, visitor):
    page = visitor().see("/").text
    for lesson in server.catalogue.lessons:
        assert f'href="/hoc/{lesson.id}"' in page
        assert lesson.title in page
        assert f"{lesson.minutes} phút" in page


def test_home_page_is_readable_without_scripts(visitor):
    assert "<script" not in visitor().see("/").text


@pytest.mark.parametrize("path", ["/hoc/ky-nang-so/khong-co", "/khong-co", "/a/b/c"])
def test_an_unknown_address_says_so_in_vietnamese(visitor, path):
    assert_not_found(visitor().see(path))


def test_an_unknown_quiz_says_so_in_vietnamese(visitor):
    learner = visitor()
    learner.register("Trần Văn Lạc Đường")
    assert_not_found(learner.see("/kiem-tra/khong-co/khong-co"))


def assert_not_found(answer):
    assert answer.status_code == 404
    assert "Mời bà con về trang đầu" in answer.text


def test_a_lesson_can_be_tried_without_signing_in_and_says_that_nothing_is_recorded(server, visitor):
    page = visitor().see(LESSON)
    assert page.status_code == 200
    assert "Học thử." in page.text
    assert "Kết quả không được ghi lại" in page.text


def test_the_text_of_a_lesson_stands_in_the_page_as_sent(server, visitor):
    page = html.unescape(visitor().see(LESSON).text)
    for step in server.catalogue.lesson("ky-nang-so/mat-khau-va-otp").steps:
        assert f'<section class="step" id="{step.id}">' in page
        assert step.title in page


def test_the_trainers_notes_are_not_sent_to_residents(server, visitor):
    notes = server.trainer_notes("ky-nang-so/mat-khau-va-otp")
    assert notes
    page = html.unescape(visitor().see(LESSON).text)
    for note in notes:
        assert note not in page


def test_a_quiz_asks_a_visitor_to_sign_in_and_then_leads_back_to_it(visitor):
    one = visitor()
    page = one.see("/kiem-tra/ky-nang-so/mat-khau-va-otp")
    assert "Muốn làm bài kiểm tra, mời bà con vào lớp bằng tên của mình." in page.text
    assert 'name="tiep" value="/kiem-tra/ky-nang-so/mat-khau-va-otp"' in page.text


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aSet-Cookie:x=1"]
)
def test_signing_in_never_leads_to_another_site(visitor, elsewhere):
    answer = visitor().submit("/vao-hoc/ten", {"ten": "chuyen huong", "tiep": elsewhere})
    assert "evil.example" not in answer.text
    assert "Set-Cookie:x" not in str(answer.headers)


def test_every_page_forbids_scripts_and_frames_of_others(visitor):
    for path in ("/", "/vao-hoc", "/dang-nhap", LESSON):
        policy = visitor().see(path).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        scripts = re.search(r"script-src ([^;]*)", policy)[1]
        assert "unsafe-inline" not in scripts
        assert "http" not in scripts


def test_a_form_of_another_site_is_refused(server, visitor):
    one = visitor()
    answer = one.post(server.url + "/vao-hoc", data={"lop": "ABCDEF"})
    assert answer.status_code == 403
    assert "tải lại trang" in answer.text


def test_names_typed_in_are_shown_as_text(visitor):
    page = visitor().submit("/vao-hoc/ten", {"ten": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_no_query_and_no_name_reaches_the_log(server, visitor):
    one = visitor()
    one.submit("/vao-hoc/ten", {"ten": "Người Không Có Trong Sổ"})
    one.see("/khong-co?ten=BiMat123")
    assert "404" in server.log
    assert "BiMat123" not in server.log
    assert "Người Không Có" not in server.log


def test_pictures_are_served_and_nothing_else_of_the_lesson_folder(server, visitor):
    one = visitor()
    picture = next((server.kit / "lessons/ky-nang-so/pictures").glob("*.svg"))
    assert one.see(f"/hoc/ky-nang-so/pictures/{picture.name}").headers["Content-Type"] == "image/svg+xml"
    for path in (
        "/hoc/ky-nang-so/04-mat-khau-va-otp.ipynb",
        "/hoc/ky-nang-so/track.toml",
        "/hoc/ky-nang-so/pictures/../track.toml",
        "/hoc/ky-nang-so/pictures/%2e%2e/track.toml",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/voila/files/quizzes/source/ky-nang-so-04/ky-nang-so-04.ipynb",
        "/voila/render/lessons/ky-nang-so/04-mat-khau-va-otp.ipynb",
        "/voila/tree",
        "/voila/api/contents/",
        "/api/contents/",
        "/api/sessions",
        "/api/terminals",
        "/api/kernels",
        "/api/kernelspecs",
    ):
        assert one.see(path).status_code in (403, 404), path
