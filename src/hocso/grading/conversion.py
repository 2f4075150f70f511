"""Runs nbgrader's own converters in this process, quietly: their log may name learners and quote answers."""

import logging
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory

from .course import Course
from .errors import ServerFull

FULL_DISK = ("database or disk is full", "No space left on device", "Disk quota exceeded")
NAME_OF_AN_ERROR = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception|Exit|Entry))\b", re.MULTILINE)


class ConversionFailed(Exception):
    """nbgrader gave up. `log` is all that it said (not for the log file); str() is the kind of error."""

    def __init__(self, log: str):
        names = NAME_OF_AN_ERROR.findall(log)
        super().__init__(names[-1] if names else "unknown error")
        self.log = log


class _Notes(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def convert(converter: type[BaseConverter], course: Course, **which: str) -> None:
    """Run one of nbgrader's converters as its command does with --force. `which` sets CourseDirectory's traits.
    Raises ConversionFailed or ServerFull."""
    notes = _Notes()
    log = logging.Logger("nbgrader")
    log.addHandler(notes)
    config = course.config()
    _make_alembic_findable()
    try:
        with TemporaryDirectory(prefix="hocso-") as sockets:
            # Not over TCP, where ports that are picked before they are bound are lost to other kernels.
            config.KernelManager.transport = "ipc"
            config.KernelManager.connection_file = f"{sockets}/kernel.json"
            coursedir = CourseDirectory(config=config, log=log, **which)
            converter(coursedir=coursedir, config=config, log=log, force=True).start()
    except Exception as error:
        said = "\n".join([*notes.lines, f"{type(error).__name__}: {error}"])
        if any(words in said for words in FULL_DISK):
            raise ServerFull("no room on the disk while nbgrader wrote") from error
        raise ConversionFailed("\n".join(notes.lines) or said) from error


def _make_alembic_findable() -> None:
    """nbgrader calls `alembic` from PATH when it makes a gradebook; it lies beside this Python."""
    scripts = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + path
