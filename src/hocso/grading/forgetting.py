"""Who was removed from the records goes from nbgrader's course too: attempts, submissions, gradebook."""

import shutil
from collections.abc import Iterable
from contextlib import suppress

from nbgrader.api import MissingEntry

from .course import Course
from .gradebook import open_gradebook

FOLDERS = ("feedback", "autograded", "submitted", "attempts")


def forget(course: Course, learner_ids: Iterable[str]) -> None:
    """Take out all that the course has of these learners. The folders go last, so that what was interrupted
    is found again."""
    there = [one for one in learner_ids if any((course.root / name / one).exists() for name in FOLDERS)]
    if not there:
        return
    with course.locked():
        for learner_id in there:
            with open_gradebook(course.gradebook_url) as gradebook, suppress(MissingEntry):
                gradebook.remove_student(learner_id)
            for name in FOLDERS:
                shutil.rmtree(course.root / name / learner_id, ignore_errors=True)
