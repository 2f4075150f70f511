"""Every lesson and quiz of the kit passes `hocso check`; the notebooks of the kit run in a plain kernel.

Lessons and quizzes run in kernels too: in tests/web/test_leaks.py, and when nbgrader tries the quizzes here.
"""

import shutil
from contextlib import closing
from datetime import date

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sqlalchemy import delete

from hocso import kpi
from hocso.cli.checking import processes_for
from hocso.course import checker, load_catalogue, load_glossary
from hocso.records import Event, accounts, classes, hamlets, learners, open_database
from hocso.records.demo import load_sample
from tests.conftest import KIT

CATALOGUE = load_catalogue(KIT)
LESSONS = {lesson.id: lesson for lesson in CATALOGUE.lessons}
NOTEBOOKS = {path.name: path for path in sorted((KIT / "notebooks").glob("*.ipynb"))}


def errors(findings: list[checker.Finding]) -> list[str]:
    return [f"{one.place}: {one.message}" for one in findings if one.level == "error"]


@pytest.fixture(scope="module")
def begun(request):
    """The checks of the lessons that the tests at hand are about, all begun at once: (lesson, quiz)."""
    chosen = {
        item.callspec.params.get("lesson_id") for item in request.session.items if hasattr(item, "callspec")
    }
    with processes_for(KIT, load_glossary(KIT)) as begin:
        yield {
            lesson.id: begin(lesson, CATALOGUE.quiz(lesson.quiz_id) if lesson.quiz_id else None)
            for lesson in CATALOGUE.lessons
            if lesson.id in chosen
        }


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_a_lesson_has_no_error(begun, lesson_id):
    assert errors(begun[lesson_id][0].result()) == []


@pytest.mark.parametrize("lesson_id", [one for one in LESSONS if LESSONS[one].quiz_id])
def test_a_quiz_has_no_error(begun, lesson_id):
    assert errors(begun[lesson_id][1].result()) == []


def test_lessons_quizzes_and_glossary_belong_together():
    assert errors(checker.check_catalogue(KIT, CATALOGUE)) == []


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A data folder with sample data, for the notebooks that study it."""
    data = tmp_path_factory.mktemp("sample")
    with closing(open_database(data / "hocso.db")) as database:
        load_sample(database, CATALOGUE)
    return data


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_of_the_kit_has_no_error(name, sample, monkeypatch):
    monkeypatch.setenv("HOCSO_DATA", str(sample))
    assert errors(checker.check_notebook(KIT, NOTEBOOKS[name])) == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_of_the_kit_runs_in_a_plain_kernel(name, sample, monkeypatch):
    monkeypatch.setenv("HOCSO_DATA", str(sample))
    notebook = nbformat.read(NOTEBOOKS[name], as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(KIT / "notebooks")}}).execute()


@pytest.fixture
def trainers_notebook(tmp_path, monkeypatch):
    """A data folder in which somebody is and no class was; running the notebook for trainers on it."""
    monkeypatch.setenv("HOCSO_DATA", str(tmp_path / "data"))
    notebook = nbformat.read(NOTEBOOKS["giang-vien.ipynb"], as_version=4)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(KIT / "notebooks")}})
    with closing(open_database(tmp_path / "data" / "hocso.db")) as database:
        with database.session() as session:
            hamlet_id = hamlets.add(session, "Ấp Thử 1").id
            said = {"birth_year": 1960, "hamlet_id": hamlet_id, "group": "nguoi-dan", "pin": "2468"}
            learners.register(session, full_name="Lê Thị Thử", consent_wording="Đồng ý.", **said)
        yield database, client


def test_without_a_class_the_notebook_for_trainers_says_what_to_do_and_nothing_else(trainers_notebook):
    _, client = trainers_notebook
    with pytest.raises(CellExecutionError):
        client.execute()
    (error,) = (
        output
        for cell in client.nb.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    )
    assert error.traceback == [
        "Chưa có lớp nào để xem lại. Mời mở lớp ở trang «Lớp của tôi», rồi chạy lại sổ này từ đầu."
    ]


def test_the_notebook_for_trainers_looks_at_a_class_to_which_nobody_has_come(trainers_notebook):
    database, client = trainers_notebook
    with database.session() as session:
        who = accounts.create_account(
            session, username="lan", password="mat-khau-thu", role="trainer", display_name="Chị Lan"
        )
        about = {"place": "Nhà văn hóa", "date": date(2026, 11, 24), "lesson_ids": [CATALOGUE.lessons[0].id]}
        classes.plan_class(session, trainer_id=who.id, **about)
    client.execute()


def test_in_the_notebook_for_staff_a_closed_period_has_one_figure_in_all_tables(
    sample, tmp_path, monkeypatch
):
    data = shutil.copytree(sample, tmp_path / "data")
    with closing(open_database(data / "hocso.db")) as database, database.session() as session:
        kpi.close_report(session, CATALOGUE, kpi.current_period())
        session.execute(delete(Event))
    monkeypatch.setenv("HOCSO_DATA", str(data))
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    said = {}
    for cell in nbformat.read(NOTEBOOKS["can-bo.ipynb"], as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, said)
    figures = said["so_lieu"]
    kept = figures[figures["span"] == "total"]["numerator"].tolist()
    assert said["vi_tri"]["numerator"].tolist() == kept and sum(kept) > 0
