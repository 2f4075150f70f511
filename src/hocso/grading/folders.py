"""Folders that are either wholly there or not at all, also after a power cut."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hocso.records.durable import flush_folder, write_private

from .course import Course
from .errors import ServerFull


@contextmanager
def room_needed() -> Iterator[None]:
    """Turn the operating system's word for a full disk into ServerFull."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ServerFull("ổ đĩa đầy") from error
        raise


def write_folder(course: Course, target: Path, files: dict[str, bytes]) -> None:
    """Put a folder with these files at `target`, in place of what is there. Raises ServerFull."""
    with room_needed():
        staged = course.staging / uuid.uuid4().hex
        staged.mkdir(parents=True)
        for name, content in files.items():
            write_private(staged / name, content)
        move_folder(course, staged, target)


def move_folder(course: Course, staged: Path, target: Path) -> None:
    """Move a finished folder to `target`, in place of what is there."""
    flush_folder(staged)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        replaced = course.staging / uuid.uuid4().hex
        os.rename(target, replaced)
        os.rename(staged, target)
        shutil.rmtree(replaced)
    else:
        os.rename(staged, target)
    flush_folder(target.parent)


def write_file(target: Path, content: bytes) -> None:
    """Put a file at `target`, in place of what is there. Raises ServerFull."""
    with room_needed():
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            write_private(staged, content)
            os.replace(staged, target)
        finally:
            staged.unlink(missing_ok=True)
        flush_folder(target.parent)
