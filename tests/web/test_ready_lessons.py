"""Lessons are run and rendered once; a visit adds what is the visitor's. Through the real server."""

import json
import os
import re
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import pytest
import websocket

from hocso.kernels.confinement import walls
from hocso.learn.exercise import REVEAL_AFTER
from tests.conftest import Visitor, kernel_in, small_kit
from tests.web.test_kernels import connect, hear_reply, say

LESSON_ID = "ky-nang-so/mat-khau-va-otp"
LESSON = f"/hoc/{LESSON_ID}"
CHARTS = "nghi-quyet-57/muc-tieu-2030"
TEMPLATE = "hocso.kernels.template"


def visit_of(page: str) -> dict:
    return json.loads(re.search(r'id="hocso-visit">(.*?)</script>', page)[1])


def templates(server) -> list[psutil.Process]:
    """The plain template first, then those that have run a lesson; no kernels."""
    plain = [one for one in psutil.Process(server.process.pid).children() if TEMPLATE in one.cmdline()]
    return plain + [child for one in plain for child in one.children()]


def kernels(server) -> list[psutil.Process]:
    """Of open lessons; grading has a template and kernels of its own."""
    known = templates(server)
    return [child for one in known for child in one.children() if child not in known]


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain")


@pytest.fixture(scope="module")
def own(new_server, tmp_path_factory):
    """A server on a small kit of its own, whose lessons may be changed and whose templates may be killed."""
    return new_server(small_kit(tmp_path_factory.mktemp("kit")))


def edit(path: Path, change) -> None:
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def test_what_comes_with_the_page_is_the_learners_and_no_cell_runs_for_it(own):
    one, other = Visitor(own), Visitor(own)
    for visitor, name in ((one, "Người Một"), (other, "Người Hai")):
        visitor.register(name)
    first = visit_of(one.see(LESSON).text)
    second = visit_of(other.see(LESSON).text)
    assert first["kernel"] != second["kernel"]
    assert first["models"] == second["models"]
    shared = one.see(first["models"])
    assert "immutable" in shared.headers["Cache-Control"]
    assert set(first["changed"]) == set(shared.json())
    tags, others = ({one["learner_tag"] for one in visit["changed"].values()} for visit in (first, second))
    assert len(tags) == 1
    assert tags.isdisjoint(others)


def test_progress_comes_with_the_page(own):
    one = Visitor(own)
    one.register("Người Trở Lại")
    visit = visit_of(one.see(LESSON).text)
    models = one.see(visit["models"]).json()
    model_id, model = next((name, model) for name, model in models.items() if model["kind"] == "one_choice")
    shown = visit["changed"][model_id].get("view", model["view"])
    line = connect(one, visit["kernel"])
    for nonce in range(REVEAL_AFTER):
        content = {"type": "check", "response": shown["options"][0]["key"], "nonce": str(nonce)}
        say(line, "comm_msg", {"comm_id": model_id, "data": {"method": "custom", "content": content}})
    hear_reply(line, say(line, "kernel_info_request", {}))
    line.close()
    wait_for(lambda: visit_of(one.see(LESSON).text)["changed"][model_id].get("tries") == REVEAL_AFTER)


def test_a_changed_lesson_is_run_and_rendered_anew(own):
    def ask_otherwise(notebook):
        cell = next(cell for cell in notebook.cells if "làm gì trước?" in cell.source)
        cell.source = cell.source.replace("làm gì trước?", "làm gì trước tiên?")

    one = Visitor(own)
    before = visit_of(one.see(LESSON).text)
    edit(own.catalogue.lesson(LESSON_ID).path, ask_otherwise)
    after = visit_of(one.see(LESSON).text)
    assert after["models"] != before["models"]
    assert "làm gì trước tiên?" in one.see(after["models"]).text


def test_when_all_templates_are_killed_in_the_middle_of_forty_openings_all_forty_learn(own):
    Visitor(own).see(LESSON)
    doomed = templates(own)
    assert len(doomed) > 1

    def learn(_number: int) -> str:
        one = Visitor(own)
        page = one.see(LESSON)
        assert page.status_code == 200, page.text
        line = connect(one, kernel_in(page.text))
        line.settimeout(60)
        reply = hear_reply(line, say(line, "kernel_info_request", {}))
        line.close()
        one.submit(f"/voila/api/shutdown/{kernel_in(page.text)}")
        return reply["content"]["status"]

    with ThreadPoolExecutor(40) as pool:
        learning = [pool.submit(learn, number) for number in range(40)]
        wait_for(lambda: any(one.done() for one in learning))
        for process in doomed:
            os.kill(process.pid, signal.SIGKILL)
        assert [one.result() for one in learning] == ["ok"] * 40
    wait_for(lambda: "hocso-visit" in Visitor(own).see(LESSON).text)


@pytest.mark.parametrize("what", ["the plain template is killed", "their folder is cleared away"])
def test_lessons_whose_templates_live_but_can_not_be_asked_open_all_the_same(own, what):
    """They lose their address when another lesson is made ready by a new plain template."""
    other = own.catalogue.lesson(CHARTS).path
    assert Visitor(own).see(LESSON).status_code == 200
    plain = templates(own)[0]
    if what == "the plain template is killed":
        plain.kill()
        wait_for(lambda: not plain.is_running() or plain.status() == psutil.STATUS_ZOMBIE)
    else:
        shutil.rmtree(plain.cmdline()[-1])
    edit(other, lambda notebook: notebook.metadata.update(seen=what))
    for path in (f"/hoc/{CHARTS}", LESSON, LESSON, f"/hoc/{CHARTS}"):
        assert Visitor(own).see(path).status_code == 200, own.log[-2000:]
    assert "chưa chuẩn bị sẵn được" not in own.log


def test_a_dead_kernel_is_nobodys_and_its_page_hears_of_it(own):
    one = Visitor(own)
    kernel = kernel_in(one.see(LESSON).text)
    line = connect(one, kernel)
    hear_reply(line, say(line, "kernel_info_request", {}))
    for process in kernels(own):
        process.kill()
    # The websocket closes: an empty message, or the library's word for it.
    with pytest.raises((websocket.WebSocketConnectionClosedException, EOFError)):
        while True:
            if not line.recv():
                raise EOFError
    wait_for(lambda: one.see(f"/api/kernels/{kernel}").status_code in (403, 404))


def test_a_lesson_with_a_widget_that_our_page_does_not_know_is_served_by_voilas_front_end(own):
    def add_slider(notebook):
        notebook.cells.append(nbformat.v4.new_code_cell("import ipywidgets; ipywidgets.IntSlider()"))

    edit(own.catalogue.lesson(CHARTS).path, add_slider)
    page = Visitor(own).see(f"/hoc/{CHARTS}")
    assert page.status_code == 200
    assert "voila.js" in page.text
    assert "hocso-visit" not in page.text


HOSTILE = """
import os
os.environ["HOCSO_TOKEN"]  # no template has one, so this lesson can't be made ready
said = []
for what in (lambda: open("/etc/passwd"), os.fork):
    try:
        said.append(f"did {what()}")
    except OSError as error:
        said.append(f"refused {type(error).__name__}")
said
"""


@pytest.mark.skipif(not walls()["files"] or not walls()["calls"], reason="this system has no such walls")
def test_a_lesson_that_cannot_be_made_ready_runs_for_each_visitor_as_closed_in_as_others(own):
    edit(
        own.catalogue.lesson(CHARTS).path,
        lambda notebook: notebook.cells.append(nbformat.v4.new_code_cell(HOSTILE)),
    )
    one = Visitor(own)
    one.register("Người Học Bài Lỗi")
    page = one.see(f"/hoc/{CHARTS}").text
    assert page.count("refused PermissionError") == 2
    line = connect(one, kernel_in(page))
    assert hear_reply(line, say(line, "kernel_info_request", {}))["content"]["status"] == "ok"
    line.close()
    assert "mỗi lượt mở chạy cả bài" in own.log


def test_five_hundred_openings_leave_nothing_behind(own):
    """No growth in the server's processes, descriptors, threads and memory."""
    server = psutil.Process(own.process.pid)
    Visitor(own).see(LESSON)
    open_before = len(kernels(own))

    def cycle(_number: int) -> None:
        one = Visitor(own)
        kernel = kernel_in(one.see(LESSON).text)
        line = connect(one, kernel)
        hear_reply(line, say(line, "kernel_info_request", {}))
        line.close()
        assert one.submit(f"/voila/api/shutdown/{kernel}").status_code == 204

    def cost() -> tuple[int, dict[int, int], int, float]:
        wait_for(lambda: len(kernels(own)) <= open_before)
        handles = {one.pid: one.num_fds() for one in [server, *templates(own)]}
        return len(kernels(own)), handles, len(server.threads()), server.memory_info().rss / 2**20

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(cycle, range(100)))
        processes, handles, threads, memory = cost()
        list(pool.map(cycle, range(400)))
        after = cost()
    assert after[0] <= processes
    for pid in handles.keys() & after[1].keys():
        assert after[1][pid] <= handles[pid] + 10
    assert after[2] <= threads + 2
    assert after[3] <= memory + 10
