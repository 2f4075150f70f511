"""What is on the disk: for good, as a power cut would leave it, and for nobody else on the machine."""

import io
import os
import shutil
from pathlib import Path
from typing import IO


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, through to the disk."""
    copy_private(io.BytesIO(content), path)


def copy_private(source: IO[bytes], path: Path) -> None:
    """The same from what is open for reading."""
    with open(path, "wb", opener=private) as file:
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())


def private(path: str, flags: int) -> int:
    """An opener for `open`: the file that is made is its owner's only."""
    return os.open(path, flags, 0o600)


def keep_private() -> None:
    """From here on, folders and files that this process and its children make are their owner's only.
    (Windows takes no notice: it has other means.)"""
    os.umask(0o077)


def close_to_others(folder: Path) -> None:
    """Make a folder of ours that is there its owner's only, as an earlier release left it open."""
    if os.name == "posix" and folder.stat().st_uid == os.geteuid() and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def flush_folder(path: Path) -> None:
    """See to it that what was made, renamed and deleted in a folder is so on the disk."""
    if os.name == "nt":
        return  # Windows keeps folders safe by itself and can't open one as a file
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
