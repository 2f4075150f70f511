"""How to start JupyterLab so that nbgrader's formgrader shows this course."""

import sys
from dataclasses import dataclass
from pathlib import Path

from .course import course_at


@dataclass(frozen=True)
class FormgraderCommand:
    """A command, the variables that it needs beside the caller's own, and the folder that it runs in."""

    argv: list[str]
    environment: dict[str, str]
    folder: Path


def formgrader_command(kit: Path, data: Path) -> FormgraderCommand:
    """nbgrader reads its settings from the folder that JupyterLab is started in, and opens only notebooks
    below JupyterLab's root: the kit where the data lies in it, else the data folder."""
    course = course_at(kit, data)
    root = course.kit if course.data.is_relative_to(course.kit) else course.data
    return FormgraderCommand(
        argv=[
            *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}"),
            # JupyterLab would ask another host for news and newer versions.
            "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
            "--LabApp.news_url=None",
        ],
        environment={"HOCSO_DATA": str(course.data)},
        folder=course.kit / "quizzes",
    )
