"""Runs nbgrader's own converters in this process, quietly: their log may name learners and quote answers."""

import logging
import os
import re
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning

from .course import Course
from .errors import ServerFull

FULL_DISK = ("database or disk is full", "No space left on device", "Disk quota exceeded")
LINE_OF_AN_ERROR = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception|Exit|Entry))\b.*$", re.MULTILINE)

# nbgrader 0.9.6 creates its rows in an order that SQLAlchemy 2 remarks upon, to no effect.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")


class ConversionFailed(Exception):
    """nbgrader gave up. str() is the kind of error; `line` is the error's own words, which may quote the
    notebook, so they go to a log only where that is the author's."""

    def __init__(self, said: str):
        errors = [line for line in LINE_OF_AN_ERROR.finditer(said) if line.group(1) != "NbGraderException"]
        super().__init__(errors[-1].group(1) if errors else "không rõ")
        self.line = errors[-1].group() if errors else "không rõ"


class _Notes(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def convert(
    converter: type[BaseConverter], course: Course, traits: dict[str, Any] | None = None, **which: str
) -> BaseConverter:
    """Run one of nbgrader's converters as its command does with --force. `traits` are the converter's,
    `which` those of CourseDirectory. Raises ConversionFailed or ServerFull."""
    notes = _Notes()
    log = logging.Logger("nbgrader", logging.WARNING)  # without a level, nbclient notes every cell
    log.addHandler(notes)
    config = course.config()
    _make_alembic_findable()
    try:
        with TemporaryDirectory(prefix="hocso-") as sockets:
            # Not over TCP, where ports that are picked before they are bound are lost to other kernels.
            if os.name == "posix":
                config.KernelManager.transport = "ipc"
                config.KernelManager.connection_file = f"{sockets}/kernel.json"
            coursedir = CourseDirectory(config=config, log=log, **which)
            done = converter(coursedir=coursedir, config=config, log=log, force=True, **(traits or {}))
            done.start()
            return done
    except Exception as error:
        said = "\n".join([*notes.lines, f"{type(error).__name__}: {error}"])
        if any(words in said for words in FULL_DISK):
            raise ServerFull("ổ đĩa đầy khi nbgrader đang ghi") from error
        raise ConversionFailed(said) from error


def _make_alembic_findable() -> None:
    """nbgrader calls `alembic` from PATH when it makes a gradebook; it lies beside this Python."""
    scripts = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + path
