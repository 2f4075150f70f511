"""nbgrader's own commands, typed in the folder quizzes/, on the course that the server grades."""

import csv

from .conftest import PARTLY, QUIZ, RIGHT, WRONG, nbgrader, points_in_gradebook


def test_a_person_can_validate_release_grade_and_export_and_gets_the_same_scores(kit, data, attempt):
    attempt("lan-1", PARTLY, learner_id="nguoi-1")
    attempt("lan-2", WRONG, learner_id="nguoi-1")
    attempt("lan-1", RIGHT, learner_id="nguoi-2")
    in_the_kit = sorted(kit.rglob("*"))

    said = nbgrader(kit, data, "validate", f"source/{QUIZ}/{QUIZ}.ipynb")
    assert "Success" in said.stdout
    nbgrader(kit, data, "generate_assignment", QUIZ, "--force")
    nbgrader(kit, data, "autograde", QUIZ, "--force")
    nbgrader(kit, data, "export")

    assert points_in_gradebook(data, QUIZ, "nguoi-1") == {"test_1": 2, "test_2": 1, "test_3": 0}
    assert points_in_gradebook(data, QUIZ, "nguoi-2") == {"test_1": 2, "test_2": 2, "test_3": 1}
    with open(data / "course" / "grades.csv", encoding="utf-8") as file:
        rows = [
            (row["student_id"], float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)
        ]
    assert sorted(rows) == [("nguoi-1", 3, 5), ("nguoi-2", 5, 5)]
    assert sorted(kit.rglob("*")) == in_the_kit


def test_a_person_can_make_the_first_release_version(kit, tmp_path):
    nbgrader(kit, tmp_path / "moi", "generate_assignment", QUIZ)
    assert (tmp_path / "moi" / "course" / "release" / QUIZ / f"{QUIZ}.ipynb").is_file()
    assert (tmp_path / "moi" / "course" / "gradebook.db").is_file()
