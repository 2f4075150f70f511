"""Every lesson and quiz of the kit runs in a plain kernel, as in JupyterLab, and is well formed."""

import json
import re
import unicodedata
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from hocso.course import load_catalogue
from tests.conftest import KIT
from tests.e2e.robot import run_notebook

CATALOGUE = load_catalogue(KIT)
LESSONS = {lesson.id: lesson for lesson in CATALOGUE.lessons}
ALL = {
    path.relative_to(KIT).as_posix(): path
    for folder in ("lessons", "quizzes/source", "notebooks")
    for path in sorted((KIT / folder).rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in path.parts
}
ARC = ["tinh-huong", "la-gi", "lam-thu", "kiem-tra", "hom-nay", "tom-tat"]
PHONE_NUMBER = re.compile(r"(?<![\d.,])0\d{8,10}(?![\d.,])")
CITIZEN_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")


def read(path: Path):
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("name", ALL)
def test_runs_in_a_plain_kernel_without_error_or_warning(name, monkeypatch):
    for variable in ("HOCSO_API", "HOCSO_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    notebook = read(ALL[name])
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ALL[name].parent)}}).execute()
    said = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
    ]
    assert said == []


@pytest.mark.parametrize("name", ALL)
def test_is_stored_clean(name):
    text = ALL[name].read_text(encoding="utf-8")
    notebook = read(ALL[name])
    nbformat.validate(notebook)
    assert text == unicodedata.normalize("NFC", text)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", ALL)
def test_leads_to_no_other_host_and_shows_no_real_number(name):
    for cell in read(ALL[name]).cells:
        assert not re.search(r"https?://|(?<!:)//[a-z]", cell.source), cell.id
        assert not PHONE_NUMBER.search(cell.source), cell.id
        assert not CITIZEN_ID.search(cell.source), cell.id


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_a_lesson_follows_the_arc(lesson_id):
    lesson = LESSONS[lesson_id]
    steps = [re.sub(r"-\d+$", "", step.id) for step in lesson.steps]
    assert list(dict.fromkeys(steps)) == ARC
    assert steps == sorted(steps, key=ARC.index)
    assert len(lesson.exercises) >= 4
    assert len({exercise.kind for exercise in lesson.exercises}) >= 3
    for part in (lesson.objectives, lesson.audience, lesson.sources):
        assert part
    if lesson.track == "ky-nang-so":
        assert lesson.skill_groups


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_every_picture_of_a_lesson_is_there_and_is_described(lesson_id):
    lesson = LESSONS[lesson_id]
    pictures = [
        picture
        for cell in read(lesson.path).cells
        if cell.cell_type == "markdown"
        for picture in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", cell.source)
    ]
    assert len(pictures) >= 3
    for alt, address in pictures:
        assert len(alt) >= 15, address
        svg = (lesson.path.parent / address).read_text(encoding="utf-8")
        assert svg.lstrip().startswith("<svg")
        assert "href" not in svg


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_a_quiz_has_enough_questions_and_leads_back_to_its_lesson(lesson_id):
    lesson = LESSONS[lesson_id]
    quiz = CATALOGUE.quiz(lesson.quiz_id)
    assert 8 <= len(quiz.questions) <= 10
    assert len({question.kind for question in quiz.questions}) >= 3
    source = json.loads(quiz.path.read_text(encoding="utf-8"))["cells"]
    seen = re.findall(r'see="([^"]+)"', "\n".join("".join(cell["source"]) for cell in source))
    assert len(seen) == len(quiz.questions)
    assert set(seen) <= {step.id for step in lesson.steps}


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_every_answer_of_a_lesson_is_reachable_and_every_wrong_one_is_explained(lesson_id):
    for exercise in run_notebook(LESSONS[lesson_id].path)["exercises"].values():
        assert exercise.solution()
        assert exercise.hint, exercise.exercise_id
