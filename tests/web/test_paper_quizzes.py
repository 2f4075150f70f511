"""A quiz on paper: printed, typed in by its letters, and scored like the same answers on a screen."""

import html
import re
import subprocess
import time

import pytest

from hocso.records import attempts, classes, items, paper_copies
from tests.conftest import KIT, OTHER_TRAINER, STAFF, TRAINER
from tests.e2e import robot

LESSON, QUIZ = "ky-nang-so/mat-khau-va-otp", "ky-nang-so-04"
SECONDS = 120


@pytest.fixture
def trainer(visitor):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    return trainer


@pytest.fixture
def class_path(server, trainer):
    form = {"place": "Nhà văn hóa Bài Giấy", "date": "2026-11-24", "lesson": LESSON}
    return trainer.submit("/giang-vien", form).url.removeprefix(server.url)


@pytest.fixture
def enrol(visitor, trainer, class_path):
    """Registers people in the class; returns their ids."""
    code = trainer.see(class_path).text.split('class="class-code">')[1][:6]
    return lambda *names: [visitor().register(name, lop=code) for name in names]


@pytest.fixture
def print_copies(trainer, class_path, tmp_path):
    """Prints copies and reads them as a person would: {code: [(prompt, {letter or number: text})]}."""

    def make(count=1):
        answer = trainer.submit(f"{class_path}/bai-giay/in", {"bai": QUIZ, "so-to": str(count)})
        assert answer.headers["Content-Type"] == "application/pdf", answer.text
        (tmp_path / "quiz.pdf").write_bytes(answer.content)
        command = ["pdftotext", "-layout", str(tmp_path / "quiz.pdf"), "-"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return read_paper(text)

    return make


def read_paper(text: str) -> dict:
    copies = {}
    for line in text.replace("\f", "\n").splitlines():
        line = " ".join(line.split())
        if found := re.match(r"Mã đề: (\w+)", line):
            questions = copies.setdefault(found[1], [])
        elif found := re.match(r"Câu \d+\. (.*)", line):
            questions.append([found[1], {}])
            last = None
        elif questions and (found := re.match(r"([A-Z]|\d)\. (.*)", line)):
            last = found[1]
            questions[-1][1][last] = found[2].removesuffix(": ......")
        elif questions and last and line and not re.match(r"\[\.+\]|Khoanh|Viết|Đánh|Câu này", line):
            questions[-1][1][last] = f"{questions[-1][1][last]} {line}".removesuffix(": ......")
        elif questions and not last:
            questions[-1][0] += f" {line}"
    return copies


def letters_for(paper: list, quiz, responses: dict, page: str) -> dict:
    """What a person types for `responses` who has the paper and the form in front of them."""
    form = {}
    for name, response in responses.items():
        question = quiz.questions[name]
        options = next(options for prompt, options in paper if prompt.startswith(question.prompt[:40]))
        letter = {text: sign for sign, text in options.items() if sign.isalpha()}
        words = dict(getattr(question.form, "options", None) or getattr(question.form, "items", None) or {})
        match question.kind:
            case "one_choice":
                form[name] = letter[words[response]]
            case "several_choices" | "put_in_order":
                form[name] = " ".join(letter[words[one]] for one in response).lower()
            case "two_piles":
                for pile in question.form.piles:
                    chosen = [
                        letter[question.form.cards[card]] for card, on in response.items() if on == pile
                    ]
                    form[f"{name}/{pile}"] = " ".join(chosen)
            case "match":
                lines = [text for sign, text in options.items() if sign.isdigit()]
                side = {
                    question.form.cards[left]: question.form.piles[right] for left, right in response.items()
                }
                form[name] = "".join(letter[side[line]] for line in lines)
            case "number":
                form[name] = str(response)
        for field in [one for one in form if one.split("/")[0] == name]:
            assert f'name="{field}"' in page
    return form


def graded(server, attempt_id, learner_id):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with server.database().session(readonly=True) as session:
            attempt = attempts.get(session, attempt_id, learner_id)
        if attempt.state in ("graded", "failed"):
            return attempt
        time.sleep(0.5)
    raise AssertionError(server.log)


def test_what_was_written_on_paper_scores_like_the_same_answers_on_the_screen(
    server, trainer, class_path, enrol, print_copies, visitor
):
    on_paper, on_screen = enrol("Trần Thị Bài Giấy", "Trần Thị Màn Hình")
    quiz = robot.run_notebook(KIT / f"quizzes/source/{QUIZ}/{QUIZ}.ipynb")
    responses = robot.quiz_key(quiz)
    wrong = next(name for name, one in quiz["quiz"].questions.items() if one.kind == "one_choice")
    responses[wrong] = next(one for one in "abcd" if one != responses[wrong])
    unanswered = next(name for name, one in quiz["quiz"].questions.items() if one.kind == "several_choices")
    shown = [name for name, one in quiz["quiz"].questions.items() if one.kind == "phone_screen"]
    for name in (unanswered, *shown):
        responses[name] = None

    ((code, paper),) = print_copies().items()
    assert len(paper) == len(quiz["quiz"].questions)
    page = trainer.submit(f"{class_path}/bai-giay/mo", {"ma": code.lower()})
    assert page.url.endswith(f"/bai-giay/{code}"), page.text
    written = {name: value for name, value in responses.items() if value is not None}
    form = letters_for(paper, quiz["quiz"], written, page.text) | {"ten": "bai giay"}
    path = f"{class_path}/bai-giay/{code}"

    preview = html.unescape(trainer.submit(path, form).text)
    assert "Trần Thị Bài Giấy" in preview and "Chưa ghi." in preview
    one_choice = next(name for name, one in quiz["quiz"].questions.items() if one.kind == "one_choice")
    assert quiz["quiz"].questions[one_choice].form.options[responses[one_choice]] in preview
    with server.database().session(readonly=True) as session:
        assert paper_copies.find(session, class_path.rpartition("/")[2], code).attempt is None

    saved = trainer.submit(path, form | {"viec": "ghi"})
    assert f"Đã ghi tờ {code} của Trần Thị Bài Giấy" in saved.text
    with server.database().session() as session:
        entered = paper_copies.find(session, class_path.rpartition("/")[2], code).attempt
        draft = attempts.current_attempt(session, on_screen, QUIZ)
        attempts.submit(session, draft.id, on_screen, responses)
    assert entered.answers == responses
    paper_score = graded(server, entered.id, on_paper)
    screen_score = graded(server, draft.id, on_screen)
    assert (paper_score.score, paper_score.max_score) == (screen_score.score, screen_score.max_score)
    assert 0 < paper_score.score < paper_score.max_score
    for who, says in ((on_paper, True), (on_screen, False)):
        graded_notebook = server.data / f"course/autograded/{who}/{QUIZ}/{QUIZ}.ipynb"
        assert ("giảng viên nhập vào máy" in graded_notebook.read_text(encoding="utf-8")) is says
    with server.database().session(readonly=True) as session:
        marks = items.first_attempts(session, server.catalogue, QUIZ, class_path.rpartition("/")[2])
    assert set(marks.person[marks.on_paper]) == {on_paper}
    assert (
        f"{paper_score.score:g}/{paper_score.max_score:g} điểm" in trainer.see(f"{class_path}/bai-giay").text
    )

    learner = visitor()
    learner.submit(f"/vao-hoc/pin/{on_paper}", {"pin": "1357"})
    result = learner.see(f"/ket-qua/{entered.id}").text
    assert "giảng viên nhập từ giấy" in result
    assert "giảng viên nhập từ giấy" not in trainer.see(f"/ket-qua/{draft.id}").text


def test_a_copy_is_typed_in_once_and_who_has_it_is_said(server, trainer, class_path, enrol, print_copies):
    enrol("Lý Văn Tờ Này", "Lý Văn Tờ Kia")
    (code,) = print_copies()
    path = f"{class_path}/bai-giay/{code}"
    trainer.submit(path, {"ten": "to nay", "viec": "ghi"})
    for again in (trainer.see(path), trainer.submit(path, {"ten": "to kia", "viec": "ghi"})):
        assert "của <strong>Lý Văn Tờ Này</strong>, nhập lúc" in again.text
    assert again.status_code == 409
    with server.database().session(readonly=True) as session:
        assert (
            len([one for one in paper_copies.in_class(session, class_path.rpartition("/")[2]) if one.attempt])
            == 1
        )


def test_what_can_not_be_an_answer_is_said_and_what_was_typed_stays(trainer, class_path, enrol, print_copies):
    enrol("Hà Thị Gõ Sai", "Hà Văn Gõ Sai")
    (code,) = print_copies()
    path = f"{class_path}/bai-giay/{code}"
    form = {"ten": "go sai", "answer_1": "H", "answer_3": "A A", "answer_5": "AB", "answer_8": "bốn"}
    answer = trainer.submit(path, form | {"viec": "ghi", "answer_4/noi": "À"})
    page = html.unescape(answer.text)
    assert answer.status_code == 400
    for said in (
        "chỉ có A đến D.",
        "chữ A có hai lần.",
        "cần đủ 5 chữ",
        "phải là một con số",
        "bộ gõ tiếng Việt",
    ):
        assert said in page, said
    assert "Có 2 người hợp với «go sai»" in page
    assert 'value="A A"' in page
    assert "Trong lớp không có ai tên «Không Ai»" in trainer.submit(path, {"ten": "Không Ai"}).text
    chosen = re.search(r'name="nguoi" value="([^"]+)"', page)[1]
    assert "Xem lại tờ" in trainer.submit(path, {"ten": "go sai", "nguoi": chosen}).text


def test_each_copy_has_its_own_code_and_order(print_copies):
    papers = print_copies(3)
    assert len(papers) == 3
    assert len({str(paper) for paper in papers.values()}) == 3


def test_the_printed_copies_and_the_form_never_say_what_is_right(trainer, class_path, enrol, print_copies):
    enrol("Ngô Thị Đáp Án")
    (code,) = print_copies()
    page = trainer.see(f"{class_path}/bai-giay/{code}").text
    preview = trainer.submit(f"{class_path}/bai-giay/{code}", {"ten": "dap an"}).text
    source = (KIT / f"quizzes/source/{QUIZ}/{QUIZ}.ipynb").read_text(encoding="utf-8")
    reasons = re.findall(r'\\"[a-z]\\": \\"([^"\\]{25,})\\"', source.partition("HIDDEN TESTS")[2])
    explained = [one for one in reasons if one in re.sub(r"quiz\.\w+\([^#]*", "", source)]
    assert explained
    assert [one for one in explained if one in html.unescape(page + preview)] == []


def test_a_copy_of_another_edition_is_not_read(server, trainer, class_path, enrol, print_copies):
    enrol("Âu Thị Bản Cũ")
    (code,) = print_copies()
    earlier = code[:5] + ("CCC" if code[5:] != "CCC" else "DDD")
    with server.database().session() as session:
        paper_copies.find(session, class_path.rpartition("/")[2], code).copy.code = earlier
    path = f"{class_path}/bai-giay/{earlier}"
    for answer in (trainer.see(path), trainer.submit(path, {"ten": "ban cu", "viec": "ghi"})):
        assert answer.status_code == 422
        assert "chữ A, B, C trên giấy không còn khớp" in answer.text


def test_a_trainer_asks_for_grading_again_where_it_failed(server, trainer, class_path, enrol, print_copies):
    (learner_id,) = enrol("Âu Văn Chấm Lại")
    (code,) = print_copies()
    trainer.submit(f"{class_path}/bai-giay/{code}", {"ten": "cham lai", "viec": "ghi"})
    with server.database().session(readonly=True) as session:
        attempt = paper_copies.find(session, class_path.rpartition("/")[2], code).attempt
    graded(server, attempt.id, learner_id)
    with server.database().session() as session:
        failed = attempts.get(session, attempt.id, learner_id)
        failed.state, failed.score, failed.questions = "failed", None, None
    assert "Chưa chấm được" in trainer.see(f"{class_path}/bai-giay").text
    trainer.submit(f"{class_path}/bai-giay/{code}/cham-lai")
    assert graded(server, attempt.id, learner_id).state == "graded"


def test_an_unknown_code_is_said(trainer, class_path, print_copies):
    print_copies()
    answer = trainer.submit(f"{class_path}/bai-giay/mo", {"ma": "KHONGCO1"})
    assert answer.status_code == 404
    assert "không có tờ đề mã «KHONGCO1»" in answer.text


@pytest.mark.parametrize("count", ["0", "101", "x", ""])
def test_the_number_of_copies_is_bounded(trainer, class_path, count):
    assert trainer.submit(f"{class_path}/bai-giay/in", {"bai": QUIZ, "so-to": count}).status_code == 400


def test_nobody_but_the_classs_own_trainer_prints_or_types_in(
    server, class_path, enrol, print_copies, visitor
):
    (learner_id,) = enrol("Tạ Thị Riêng Tư")
    (code,) = print_copies()
    other, staff, learner, nobody = (visitor() for _ in range(4))
    other.sign_in_to_account(OTHER_TRAINER)
    staff.sign_in_to_account(STAFF)
    learner.submit(f"/vao-hoc/pin/{learner_id}", {"pin": "1357"})
    for path, form in (
        ("/bai-giay", None),
        (f"/bai-giay/{code}", None),
        ("/bai-giay/in", {"bai": QUIZ, "so-to": "1"}),
        ("/bai-giay/mo", {"ma": code}),
        (f"/bai-giay/{code}", {"ten": "rieng tu", "viec": "ghi"}),
        (f"/bai-giay/{code}/cham-lai", {}),
    ):
        for one, statuses in ((other, (404,)), (staff, (403,)), (learner, (302,)), (nobody, (302,))):
            ask = one.see if form is None else lambda path, form=form, **kw: one.submit(path, form, **kw)  # noqa: B023
            answer = ask(class_path + path, allow_redirects=False)
            assert answer.status_code in statuses, (path, answer.status_code)
            assert "Riêng Tư" not in answer.text and b"%PDF" not in answer.content
    with server.database().session(readonly=True) as session:
        class_id = class_path.rpartition("/")[2]
        (printed,) = paper_copies.in_class(session, class_id)
        assert printed.attempt is None
        assert len(classes.present(session, class_id)) == 1


@pytest.fixture
def grid(server, trainer, class_path):
    """Asks for the grid, with what is typed in its cells; and what has come of the class's copies."""

    class Grid:
        path = f"{class_path}/bai-giay/bang/{QUIZ}"

        def send(self, typed, step="xem"):
            return trainer.submit(self.path, {**typed, "viec": step}, allow_redirects=True)

        def entered(self):
            with server.database().session(readonly=True) as session:
                copies = paper_copies.in_class(session, class_path.rpartition("/")[2])
            return {one.learner.full_name: one.attempt.answers for one in copies if one.attempt}

    return Grid()


def cells_of(code, fields, quiz, paper):
    """The fields of the form for one copy as cells of the grid: by the question's number on paper."""
    typed = {}
    for number, (prompt, _) in enumerate(paper, start=1):
        name = next(name for name, one in quiz.questions.items() if prompt.startswith(one.prompt[:40]))
        piles = [f"{name}/{pile}" for pile in getattr(quiz.questions[name].form, "piles", [])]
        if quiz.questions[name].kind == "two_piles" and piles[0] in fields:
            typed[f"{code}.{number}"] = " / ".join(fields[pile] for pile in piles)
        elif name in fields:
            typed[f"{code}.{number}"] = fields[name]
    return typed


def test_many_copies_are_typed_into_one_grid_and_read_as_one_by_one(
    trainer, grid, class_path, enrol, print_copies
):
    enrol("Bùi Thị Bảng Một", "Bùi Văn Bảng Hai")
    quiz = robot.run_notebook(KIT / f"quizzes/source/{QUIZ}/{QUIZ}.ipynb")
    kinds = {name: one.kind for name, one in quiz["quiz"].questions.items()}
    on_paper = {name: one for name, one in robot.quiz_key(quiz).items() if kinds[name] != "phone_screen"}
    papers = print_copies(3)
    typed = {}
    for (code, paper), name in zip(papers.items(), ("bang mot", "bang hai"), strict=False):
        page = trainer.see(f"{class_path}/bai-giay/{code}").text
        typed |= cells_of(code, letters_for(paper, quiz["quiz"], on_paper, page), quiz["quiz"], paper)
        typed[f"{code}.ten"] = name
    page = trainer.see(grid.path)
    assert all(f'name="{cell}"' in page.text for cell in typed)
    assert "Nhập nhiều tờ một lúc" in trainer.see(f"{class_path}/bai-giay").text

    preview = html.unescape(grid.send(typed).text)
    assert "Xem lại 2 tờ" in preview and "Bùi Thị Bảng Một" in preview
    assert grid.entered() == {}
    saved = grid.send(typed, "ghi")
    assert "Đã ghi 2 tờ." in saved.text
    for answers in grid.entered().values():
        assert {name: one for name, one in answers.items() if one is not None} == on_paper
    assert set(grid.entered()) == {"Bùi Thị Bảng Một", "Bùi Văn Bảng Hai"}


def test_a_grid_with_a_wrong_cell_saves_nothing_and_says_which_cell(trainer, grid, enrol, print_copies):
    enrol("Cao Thị Ô Sai", "Cao Văn Ô Sai", "Cao Thị Ô Đúng")
    first, second, third = sorted(print_copies(3))
    # Each copy has its own order, and a question that only a screen can ask has no cell.
    [one, *_], [*_, two] = (
        re.findall(rf'name="{copy}[.](\d+)"', trainer.see(grid.path).text) for copy in (second, third)
    )
    typed = {
        f"{first}.ten": "o dung",
        f"{second}.ten": "o sai",
        f"{second}.{one}": "?? À",
        f"{third}.{two}": "1 2 Z Z",
    }
    answer = grid.send(typed, "ghi")
    page = html.unescape(answer.text)
    assert answer.status_code == 400
    assert "Chưa ghi tờ nào. Mời sửa:" in page
    assert f'<a class="inline-target" href="#{second}.ten">Tờ {second}: Có 2 người hợp với «o sai»' in page
    assert f'href="#{second}.{one}">Tờ {second}, câu {one}: ' in page
    assert f'href="#{third}.ten">Tờ {third}: Mời gõ tên' in page
    assert f'href="#{third}.{two}">Tờ {third}, câu {two}: ' in page
    assert 'value="1 2 Z Z"' in page
    assert grid.entered() == {}
    twice = html.unescape(grid.send({f"{first}.ten": "o dung", f"{second}.ten": "o dung"}, "ghi").text)
    assert f"Tờ {second}: Cao Thị Ô Đúng đã có ở tờ {first}." in twice
    assert "Chưa có tờ nào được nhập." in html.unescape(grid.send({}).text)
    assert grid.entered() == {}


def test_the_copies_of_a_whole_hall_fit_into_one_grid(trainer, grid, enrol, print_copies):
    enrol("Đặng Thị Đông Người")
    copies = sorted([*print_copies(100), *print_copies(100)])
    cells = re.findall(r'name="(\w+[.](?:\d+|ten))"', trainer.see(grid.path).text)
    assert len(cells) > 1500
    typed = dict.fromkeys(cells, "") | {f"{copies[-1]}.ten": "dong nguoi"}
    assert "Xem lại 1 tờ" in html.unescape(grid.send(typed).text)
    assert "Đã ghi 1 tờ." in grid.send(typed, "ghi").text
    assert set(grid.entered()) == {"Đặng Thị Đông Người"}


def test_a_copy_that_was_typed_in_meanwhile_is_said_and_nothing_else_is_saved(
    trainer, grid, class_path, enrol, print_copies
):
    enrol("Đinh Thị Hai Nơi", "Đinh Văn Hai Nơi", "Đinh Thị Kia")
    first, second = sorted(print_copies(2))
    typed = {f"{first}.ten": "thi hai noi", f"{second}.ten": "dinh thi kia"}
    trainer.submit(f"{class_path}/bai-giay/{first}", {"ten": "van hai noi", "viec": "ghi"})
    answer = grid.send(typed, "ghi")
    assert answer.status_code == 400
    assert f"Tờ {first} đã có người nhập" in html.unescape(answer.text)
    assert set(grid.entered()) == {"Đinh Văn Hai Nơi"}
    assert "Đã ghi 1 tờ." in grid.send({f"{second}.ten": "dinh thi kia"}, "ghi").text
    assert trainer.see(grid.path).url.endswith("/bai-giay")
