"""The bridge to nbgrader: answers in, a submission notebook, nbgrader's autograder, a marking out.

The server releases the quizzes and reads the release versions; `python -m hocso.grading.worker` grades.
Nothing here knows of the web; only the worker knows of the records.
"""

from hocso import quick_jsonschema  # noqa: F401 - first

from .autograding import grade
from .checking import check_grading
from .errors import AnswersRefused, CourseMisplaced, GradingFailed, ReleaseFailed, ServerFull
from .formgrader import FormgraderCommand, formgrader_command
from .marking import Marking
from .releasing import release, release_path

__all__ = [
    "AnswersRefused",
    "CourseMisplaced",
    "FormgraderCommand",
    "GradingFailed",
    "Marking",
    "ReleaseFailed",
    "ServerFull",
    "check_grading",
    "formgrader_command",
    "grade",
    "release",
    "release_path",
]
