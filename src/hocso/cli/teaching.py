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
    from hocso import grading  # nbgrader takes a second to import; other commands need not wait for it

    made = grading.release(place.kit, place.data)
    click.echo(f"Đã tạo: {', '.join(made)}." if made else "Các bài kiểm tra không có gì thay đổi.")


@click.command(cls=Command)
@with_place
def formgrader(place):
    """Mở JupyterLab với formgrader của nbgrader để xem bài nộp."""
    from hocso import grading

    start = grading.formgrader_command(place.kit, place.data)
    click.echo("Đang mở JupyterLab. Trong thực đơn chọn Nbgrader, rồi Formgrader. Bấm Ctrl+C để dừng.")
    sys.exit(subprocess.call(start.argv, env={**os.environ, **start.environment}, cwd=start.folder))
