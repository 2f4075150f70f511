"""nbgrader's Autograde in two halves, so that many submissions can be run at once and one process writes.

    Run    sanitizes and executes a submission in a folder of its own; reads the gradebook
    Save   writes what came of it: the grades into the gradebook, the notebook into autograded/

The preprocessors are nbgrader's (`Autograde.sanitize_preprocessors`, `autograde_preprocessors`, and what a
configuration puts there), in nbgrader's order: Run takes those before SaveAutoGrades, Save that one and those
after it. Between sanitizing and executing, nbgrader writes the notebook to disk and reads it again; Run
doesn't.
"""

import json
import os
import shutil
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode, validator
from nbgrader import utils
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.preprocessors import SaveAutoGrades
from traitlets import Unicode

from .gradebook import open_gradebook
from .steps import faster


class Exporter(NotebookExporter):
    """Works on the notebook itself, which was read for this; nbconvert copies it twice. Its format is checked
    after the last preprocessor, not after each. Replaces `from_notebook_node`."""

    def from_notebook_node(self, nb: NotebookNode, resources=None, **kw):
        resources = self._init_resources(resources)
        if "language" in nb.metadata:
            resources["language"] = nb.metadata.language.lower()
        _, nb = validator.normalize(nb)
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        self._validate_preprocessor(nb, "of the last step")
        self.notebook = nb
        return self.written(nb), resources

    def written(self, nb: NotebookNode) -> str:
        return nbformat.writes(nb) + "\n"


class PlainExporter(Exporter):
    """For a notebook that Save will read again and write as nbformat does, which takes ten times as long."""

    def written(self, nb: NotebookNode) -> str:
        return json.dumps(nb)


class _Half(Autograde):
    """`run_folder` has <learner>/<quiz>/<quiz>.ipynb."""

    run_folder = Unicode()
    exporter_class = Exporter

    @property
    def _input_directory(self) -> str:
        return self.run_folder

    def steps(self) -> list:
        raise NotImplementedError

    def _split(self) -> tuple[list, list]:
        steps = self.autograde_preprocessors
        first = next(
            (place for place, step in enumerate(steps) if step in (SaveAutoGrades, SAVE_AUTO_GRADES)),
            len(steps),
        )
        return steps[:first], steps[first:]

    def _init_preprocessors(self) -> None:
        self.exporter._preprocessors = []
        for step in self.steps():
            self.exporter.register_preprocessor(faster(step))

    def convert_single_notebook(self, notebook_filename: str) -> None:
        self._init_preprocessors()
        BaseConverter.convert_single_notebook(self, notebook_filename)


SAVE_AUTO_GRADES = f"{SaveAutoGrades.__module__}.{SaveAutoGrades.__name__}"


class Run(_Half):
    """The executed notebook takes the submission's place in the folder, which is also where cells run."""

    exporter_class = PlainExporter

    @property
    def _output_directory(self) -> str:
        return self.run_folder

    def steps(self) -> list:
        return [*self.sanitize_preprocessors, *self._split()[0]]

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        return True

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """The files beside the quiz's source, in place of what was submitted under their names."""
        source = Path(self.coursedir.format_path(self.coursedir.source_directory, ".", assignment_id))
        folder = Path(self._format_dest(assignment_id, student_id))
        kept = {os.path.join(source, name) for name in self.exclude_overwriting.get(assignment_id, [])}
        for file in utils.find_all_files(str(source), [*self.coursedir.ignore, "*.ipynb"]):
            if file not in kept:
                copy = folder / os.path.relpath(file, source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.unlink(missing_ok=True)
                shutil.copy(file, copy)

    def run_post_convert_hook(self) -> None:
        """After Save."""


class Save(_Half):
    """To be called with the gradebook open, in `one_commit`."""

    def steps(self) -> list:
        return self._split()[1]

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        BaseConverter.init_assignment(self, assignment_id, student_id)
        folder = self._format_source(assignment_id, student_id)
        timestamp = self.coursedir.get_existing_timestamp(folder)
        with open_gradebook(self.coursedir.db_url) as gradebook:
            gradebook.update_or_create_student(student_id)
            gradebook.update_or_create_submission(
                assignment_id, student_id, **({"timestamp": timestamp} if timestamp else {})
            )
            for notebook in gradebook.find_assignment(assignment_id).notebooks:
                if not os.path.exists(os.path.join(folder, f"{notebook.name}.ipynb")):
                    missing = gradebook.find_submission_notebook(notebook.name, assignment_id, student_id)
                    for grade in missing.grades:
                        grade.auto_score = 0
                        grade.needs_manual_grade = False
            gradebook.db.commit()

    def run_pre_convert_hook(self) -> None:
        """Before Run."""
