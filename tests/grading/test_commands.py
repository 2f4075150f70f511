"""nbgrader's own commands, typed in the folder quizzes/, on the course that the server grades."""

import csv
from datetime import timedelta

from hocso import grading

from .conftest import PARTLY, QUIZ, RIGHT, START, WRONG, nbgrader, points_in_gradebook


def test_a_person_can_validate_release_grade_and_export_and_gets_the_same_scores(kit, tmp_path):
    data = tmp_path / "dữ liệu mới"
    in_the_kit = sorted(kit.rglob("*"))
    assert "Success" in nbgrader(kit, data, "validate", f"source/{QUIZ}/{QUIZ}.ipynb").stdout
    nbgrader(kit, data, "generate_assignment", QUIZ)

    scores = {}
    for number, (learner, answers) in enumerate(
        [("nguoi-1", PARTLY), ("nguoi-1", WRONG), ("nguoi-2", RIGHT)]
    ):
        marking = grading.grade(
            kit,
            data,
            quiz_id=QUIZ,
            learner_id=learner,
            attempt_id=f"lan-{number}",
            answers=answers,
            submitted_at=START + timedelta(minutes=number),
        )
        scores[learner] = max(scores.get(learner, 0), marking.score)
    points = {learner: points_in_gradebook(data, QUIZ, learner) for learner in scores}
    assert points["nguoi-1"] == {"test_1": 2, "test_2": 1, "test_3": 0}

    nbgrader(kit, data, "autograde", QUIZ, "--force")
    assert {learner: points_in_gradebook(data, QUIZ, learner) for learner in scores} == points

    nbgrader(kit, data, "export")
    with open(data / "course" / "grades.csv", encoding="utf-8") as file:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)} == scores
    assert sorted(kit.rglob("*")) == in_the_kit
