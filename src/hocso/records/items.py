"""How the questions of a quiz work (classical item analysis), from the first attempt of each person."""

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hocso.course import Catalogue, Quiz
from hocso.course.paper_answers import KINDS_ON_PAPER

from .models import Learner, QuizAttempt

ITEM_COLUMNS = ["question", "prompt", "kind", "answered", "difficulty", "discrimination"]
CHOICE_COLUMNS = ["question", "prompt", "choice", "right", "chosen", "share"]
FEWEST_PEOPLE = 5
NO_ANSWER = "(bỏ trống)"


def asked(quiz: Quiz, marks: list[dict] | None, on_paper: bool) -> list[dict]:
    """The marks of an attempt without those of questions that it could not answer: on paper there are only
    some kinds."""
    on_screens = {question.id for question in quiz.questions if question.kind not in KINDS_ON_PAPER}
    return [mark for mark in marks or () if not (on_paper and mark["question"] in on_screens)]


def first_attempts(
    session: Session, catalogue: Catalogue, quiz_id: str, class_session_id: str | None = None
) -> pd.DataFrame:
    """One row for each person and question that they were asked in their first graded attempt, of one class
    where it is named.

    Columns: person (learner id), question, share (0 to 1 of its points), right, response (keys), key (the
    right keys), on_paper (a trainer typed the answers in). Raises UnknownQuiz.
    """
    quiz = catalogue.quiz(quiz_id)
    statement = (
        select(
            func.coalesce(Learner.merged_into, Learner.id),
            QuizAttempt.questions,
            QuizAttempt.entered_by.is_not(None),
        )
        .join(Learner, Learner.id == QuizAttempt.learner_id)
        .where(QuizAttempt.quiz_id == quiz_id, QuizAttempt.state == "graded")
        .order_by(QuizAttempt.submitted_at.desc(), QuizAttempt.id)
    )
    if class_session_id is not None:
        statement = statement.where(QuizAttempt.class_session_id == class_session_id)
    first = {person: (questions, on_paper) for person, questions, on_paper in session.execute(statement)}
    rows = [
        (
            person,
            mark["question"],
            mark["points"] / mark["max_points"] if mark["max_points"] else 0.0,
            bool(mark["right"]),
            mark.get("response"),
            mark.get("key"),
            bool(on_paper),
        )
        for person, (questions, on_paper) in first.items()
        for mark in asked(quiz, questions, on_paper)
    ]
    return pd.DataFrame(rows, columns=["person", "question", "share", "right", "response", "key", "on_paper"])


def item_analysis(
    session: Session, catalogue: Catalogue, quiz_id: str, class_session_id: str | None = None
) -> pd.DataFrame:
    """One row a question of the quiz, in its order. Columns: ITEM_COLUMNS.

    answered: people who were asked; difficulty: the mean share of points (1 = everybody was right);
    discrimination: the correlation of a question's points with those of all the others (corrected item-total
    correlation, -1 to 1), NaN for fewer than FEWEST_PEOPLE or where all did alike. Raises UnknownQuiz.
    """
    points = first_attempts(session, catalogue, quiz_id, class_session_id)
    wide = points.pivot(index="person", columns="question", values="share")
    rows = []
    for question in catalogue.quiz(quiz_id).questions:
        there = question.id in wide
        mine = wide[question.id].dropna() if there else pd.Series(dtype="float64")
        rest = wide.loc[mine.index].drop(columns=question.id).sum(axis=1) if there else mine
        enough = len(mine) >= FEWEST_PEOPLE and mine.nunique() > 1 and rest.nunique() > 1
        rows.append(
            (
                question.id,
                question.prompt,
                question.kind,
                len(mine),
                mine.mean() if len(mine) else float("nan"),
                mine.corr(rest) if enough else float("nan"),
            )
        )
    return pd.DataFrame(rows, columns=ITEM_COLUMNS)


def choices(
    session: Session, catalogue: Catalogue, quiz_id: str, class_session_id: str | None = None
) -> pd.DataFrame:
    """What was chosen in questions with options to choose from, the most chosen first, and what nobody chose.

    Columns: CHOICE_COLUMNS; right: it is (among) the right ones; chosen: people; share: of those who were
    asked. Wrong options that nobody chooses make no question harder. Raises UnknownQuiz.
    """
    marks = first_attempts(session, catalogue, quiz_id, class_session_id)
    rows = []
    for question in catalogue.quiz(quiz_id).questions:
        if question.kind not in ("one_choice", "several_choices"):
            continue
        mine = marks[marks["question"] == question.id]
        right = {key for keys in mine["key"] for key in _keys(keys)}
        chosen = [key for response in mine["response"] for key in (_keys(response) or [""])]
        for key, text in [*question.options, ("", NO_ANSWER)]:
            count = chosen.count(key)
            if key or count:
                share = count / len(mine) if len(mine) else float("nan")
                rows.append((question.id, question.prompt, text, key in right, count, share))
    table = pd.DataFrame(rows, columns=CHOICE_COLUMNS)
    order = {question.id: place for place, question in enumerate(catalogue.quiz(quiz_id).questions)}
    return (
        table.assign(place=table["question"].map(order))
        .sort_values(["place", "chosen"], ascending=[True, False], kind="stable")
        .drop(columns="place")
        .reset_index(drop=True)
    )


def _keys(response) -> list[str]:
    if isinstance(response, list):
        return [str(one) for one in response]
    return [] if response in (None, "", {}) else [str(response)]
