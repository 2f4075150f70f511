"""When something breaks: a plain message, the right status, and nothing lost."""

import signal

import nbformat
import psutil
import pytest

from tests.conftest import TRAINER, Visitor, small_kit
from tests.faults.test_random_kills import children, command
from tests.web.test_api import LESSON, event, quiz_kernel, stored, wait_until_graded
from tests.web.test_ready_lessons import wait_for


def test_a_lesson_that_fails_to_run_says_so_and_the_others_go_on(new_server, tmp_path):
    kit = small_kit(tmp_path / "kit")
    broken = nbformat.v4.new_notebook(
        metadata={
            "hocso": {"title": "Bài hỏng", "minutes": 10},
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        },
        cells=[
            nbformat.v4.new_markdown_cell("## Mở đầu", metadata={"hocso": {"step": "tinh-huong"}}),
            nbformat.v4.new_code_cell("name_of_a_person = 'Nguyễn Văn Bí Mật'\n1 / 0"),
        ],
    )
    nbformat.write(broken, kit / "lessons/ky-nang-so/99-bai-hong.ipynb")
    server = new_server(kit=kit)
    one = Visitor(server)
    answer = one.see("/hoc/ky-nang-so/bai-hong")
    assert answer.status_code == 500
    assert "Bài học này đang bị lỗi nên chưa mở được" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "99-bai-hong.ipynb: ô 2" in server.log
    assert "Bí Mật" not in server.log
    assert one.see("/hoc/ky-nang-so/mat-khau-va-otp").status_code == 200


def test_a_quiz_with_a_fault_does_not_keep_the_server_from_starting(new_server, tmp_path):
    kit = small_kit(tmp_path / "kit")
    quiz = kit / "quizzes/source/ky-nang-so-04/ky-nang-so-04.ipynb"
    quiz.write_text(quiz.read_text(encoding="utf-8").replace("### END SOLUTION", "###", 1), encoding="utf-8")
    server = new_server(kit=kit)
    assert "Chưa phát hành được bài kiểm tra: ky-nang-so-04" in server.log
    one = Visitor(server)
    one.register("Người Gặp Bài Hỏng")
    assert one.see("/hoc/ky-nang-so/mat-khau-va-otp").status_code == 200
    assert one.see("/kiem-tra/nghi-quyet-57/muc-tieu-2030").status_code == 200
    answer = one.see("/kiem-tra/ky-nang-so/mat-khau-va-otp")
    assert answer.status_code == 500
    assert "đang bị lỗi nên chưa mở được" in answer.text


def test_a_full_disk_refuses_a_submission_and_loses_nothing(new_server, small_disk):
    server = new_server(data=small_disk.path / "data")
    one, trainer = Visitor(server), Visitor(server)
    kernel, attempt_id = quiz_kernel(server, one.register("Người Nộp Bài"))
    trainer.sign_in_to_account(TRAINER)
    planned = {"place": "Nhà văn hóa", "date": "2026-11-24", "lesson": LESSON}
    class_path = trainer.submit("/giang-vien", planned).url.removeprefix(server.url)
    copy = Visitor(server)
    copy.cookies.update(one.cookies)
    draft = event(verb="progressed", exercise="answer_1", result={"response": "c", "attempt": attempt_id})
    assert kernel.send("events", draft).status_code == 201

    small_disk.fill()
    late, refused = event(), []
    for _ in range(200):
        late = event(result={"response": "x" * 20_000})
        answer = kernel.send("events", late)
        if answer.status_code != 201:
            refused.append(answer)
            break
    assert refused[0].status_code == 507
    assert "hết chỗ lưu" in refused[0].json()["message"]
    answer = kernel.send("attempts", {"id": attempt_id, "answers": {"answer_1": "c"}})
    assert answer.status_code == 507
    assert "giải phóng ổ đĩa" in answer.json()["message"]

    # Who reads goes on: the lesson opens, and the trainer is told.
    lesson = one.see("/hoc/ky-nang-so/mat-khau-va-otp")
    assert lesson.status_code == 200 and "Người Nộp Bài" in lesson.text
    assert "Máy chủ sắp hết chỗ lưu, còn 0 MB" in trainer.see("/giang-vien").text
    # A page with names must note who looks, and opens when that can be written.
    with_names = trainer.see(class_path)
    assert with_names.status_code == 507 and "chưa mở được trang này" in with_names.text
    assert "Người Nộp Bài" not in with_names.text
    one.submit("/ra")
    assert "Người Nộp Bài" not in copy.see("/du-lieu-cua-toi").text
    small_disk.free()
    assert trainer.see(class_path).status_code == 200
    assert stored(server, late["id"]) is None
    assert kernel.send("events", late).status_code == 201
    assert kernel.state()["exercises"]["answer_1"] == {"response": "c"}
    assert kernel.send("attempts", {"id": attempt_id, "answers": {"answer_1": "c"}}).status_code == 202
    assert wait_until_graded(server, attempt_id).score == 1.0
    server.stop()


def test_lessons_open_and_quizzes_are_graded_where_the_temporary_folder_has_a_long_path(new_server, tmp_path):
    """Longer than a socket's address may be."""
    long = tmp_path / ("a" * 110)
    long.mkdir()
    server = new_server(TMPDIR=str(long))
    one = Visitor(server)
    kernel, attempt_id = quiz_kernel(server, one.register("Người Nộp Bài"))
    assert one.see("/hoc/nghi-quyet-57/muc-tieu-2030").status_code == 200
    assert kernel.send("attempts", {"id": attempt_id, "answers": {"answer_1": "c"}}).status_code == 202
    assert wait_until_graded(server, attempt_id).score == 1.0


def graders(server):
    """The grading worker's, once they run; one that is told to stop before may be killed, and leaves their
    socket."""
    below = children(psutil.Process(server.process.pid))
    workers = [one for one in below if "hocso.grading.worker" in command(one)]
    return [one for worker in workers for forks in children(worker) for one in children(forks)]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_stopped_ends_its_kernels_and_leaves_nothing_behind(new_server, short_folder, sign):
    server = new_server(TMPDIR=str(short_folder))
    one = Visitor(server)
    for _ in range(2):
        assert one.see("/hoc/nghi-quyet-57/muc-tieu-2030").status_code == 200
    wait_for(lambda: graders(server), seconds=120)
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert len(children) >= 3  # the grading worker and two kernels
    server.process.send_signal(sign)
    assert server.process.wait(timeout=60) == 0
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    assert list(short_folder.iterdir()) == []
    assert "Traceback" not in server.log
