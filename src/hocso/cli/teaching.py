"""For trainers who use nbgrader's own tools."""

import os
import subprocess
import sys

import click

from .place import with_place
from .vietnamese import Command


@click.command(cls=Command)
@with_place
def release(place):
    """Tạo lại bản phát của các bài kiểm tra đã sửa (nbgrader)."""
    sys.exit(0 if release_and_tell(place) else 1)


def release_and_tell(place) -> bool:
    """Make the release versions that are due and say which; False where a quiz has a fault (named on standard
    error; the version it had stays in use). Raises ClickException where none can be made."""
    from hocso import grading  # nbgrader takes a second to import; other commands need not wait for it

    try:
        made = grading.release(place.kit, place.data, tell=tell_progress)
    except grading.ReleaseFailed as error:
        click.echo(f"Lưu ý: {error}. Sửa bài đó (xem docs/soan-bai.md), rồi chạy: hocso release", err=True)
        return False
    except (grading.CourseMisplaced, grading.ServerFull) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Đã tạo: {', '.join(made)}." if made else "Các bài kiểm tra không có gì thay đổi.")
    return True


def tell_progress(done: int, of: int) -> None:
    """On one line of a terminal; a log gets none of it."""
    if sys.stderr.isatty():
        click.echo(f"\r  {done} trên {of} bài", nl=False, err=True)
        click.echo("\r" + " " * 30 + "\r" if done + 1 == of else "", nl=False, err=True)


@click.command(cls=Command)
@with_place
def formgrader(place):
    """Mở JupyterLab với formgrader của nbgrader để xem bài nộp."""
    from hocso import grading

    start = grading.formgrader_command(place.kit, place.data)
    click.echo("Đang mở JupyterLab. Trong thực đơn chọn Nbgrader, rồi Formgrader. Bấm Ctrl+C để dừng.")
    sys.exit(subprocess.call(start.argv, env={**os.environ, **start.environment}, cwd=start.folder))
