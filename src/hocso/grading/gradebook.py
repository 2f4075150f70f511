"""nbgrader's gradebook, kept open from one submission to the next.

nbgrader opens its gradebook about ten times a submission, each time with a new SQLAlchemy engine that
compiles every statement anew, and commits after each grade. Here it stays open, and what belongs to one
submission is committed once. What is found and what is written are nbgrader's own methods and tables.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.api import Comment, Grade, Gradebook, GradeCell, MissingEntry, SourceCell, TaskCell
from sqlalchemy import make_url
from sqlalchemy.orm import Session, scoped_session, sessionmaker


class OneCommit(Session):
    """A session whose commits can be held back until the last one."""

    held = False

    def commit(self) -> None:
        if not self.held:
            super().commit()


class OpenGradebook(Gradebook):
    """Each thread has a session of its own."""

    def __init__(self, db_url: str):
        super().__init__(db_url, "")
        self.db.remove()
        self.db = scoped_session(sessionmaker(self.engine, class_=OneCommit))
        self.stamp = _stamp(db_url)

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        """All that is committed inside is committed at the end, or not at all."""
        session = self.db()
        session.held = True
        try:
            yield
            session.held = False
            session.commit()
        except BaseException:
            session.held = False
            session.rollback()
            raise


_open: dict[str, OpenGradebook] = {}
_lock = threading.Lock()


@contextmanager
def open_gradebook(db_url: str) -> Iterator[OpenGradebook]:
    """The gradebook, opened if need be: also where a person has deleted or replaced the file meanwhile.
    Inside another `with` of the same thread it is the same session."""
    with _lock:
        gradebook = _open.get(db_url)
        if gradebook is None or gradebook.stamp != _stamp(db_url):
            for other in _open.values():
                other.engine.dispose()
            _open.clear()
            gradebook = _open[db_url] = OpenGradebook(db_url)
    outermost = not gradebook.db.registry.has()
    try:
        yield gradebook
    finally:
        if outermost:
            gradebook.db.remove()


def _stamp(db_url: str) -> tuple | None:
    """Changes when another file is there."""
    try:
        file = os.stat(make_url(db_url).database)
    except OSError:
        return None
    return (file.st_dev, file.st_ino)


class QuizCells:
    """A notebook's cells in the gradebook, fetched at once and found as nbgrader's gradebook finds them."""

    def __init__(self, gradebook: Gradebook, notebook_id: str, assignment_id: str):
        notebook = gradebook.find_notebook(notebook_id, assignment_id)
        self._source = {cell.name: cell for cell in notebook.source_cells}
        self._graded = {cell.name: cell for cell in [*notebook.task_cells, *notebook.grade_cells]}
        self.find_notebook = gradebook.find_notebook

    def find_source_cell(self, name: str, _notebook: str, _assignment: str) -> SourceCell:
        return _found(self._source, name)

    def find_graded_cell(self, name: str, _notebook: str, _assignment: str) -> GradeCell | TaskCell:
        return _found(self._graded, name)


class SubmittedCells:
    """The same for a learner's grades and comments."""

    def __init__(self, gradebook: Gradebook, notebook_id: str, assignment_id: str, student_id: str):
        self.db = gradebook.db
        submitted = gradebook.find_submission_notebook(notebook_id, assignment_id, student_id)
        source = submitted.notebook
        cells = {cell.id: cell for cell in [*source.grade_cells, *source.solution_cells, *source.task_cells]}
        self._grades = {cells[grade.cell_id].name: grade for grade in submitted.grades}
        self._comments = {cells[comment.cell_id].name: comment for comment in submitted.comments}

    def find_grade(self, name: str, _notebook: str, _assignment: str, _student: str) -> Grade:
        return _found(self._grades, name)

    def find_comment(self, name: str, _notebook: str, _assignment: str, _student: str) -> Comment:
        return _found(self._comments, name)


def _found(rows: dict, name: str):
    try:
        return rows[name]
    except KeyError:
        raise MissingEntry(f"No such cell: {name}") from None
