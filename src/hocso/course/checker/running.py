"""Runs a notebook's cells in a shell like JupyterLab's, but without a kernel, which would take a second."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from hocso.learn import ExerciseError

from .findings import Finding
from .notebooks import Cell, Notebook

MOST_SECONDS = 60


@dataclass
class Run:
    """What came of running a notebook: its names, and what stood in the last line of each cell (by number),
    which is what JupyterLab and the lesson page show. A run ends at a cell that fails."""

    names: dict[str, Any] = field(default_factory=dict)
    shown: dict[int, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    finished: bool = True


class LastValue(DisplayHook):
    """Keeps the value that JupyterLab would show below the cell."""

    def __call__(self, result=None):
        self.shell.last_value = result


def run(notebook: Notebook) -> Run:
    """Run the code cells in the notebook's own folder."""
    done = Run()
    with _shell() as shell, chdir(notebook.path.parent):
        for cell in notebook.cells:
            if cell.kind != "code":
                continue
            shell.last_value = None
            out, err = StringIO(), StringIO()
            with redirect_stdout(out), redirect_stderr(err), _time_limit():
                outcome = shell.run_cell(cell.source, store_history=False)
            if not outcome.success:
                error = outcome.error_before_exec or outcome.error_in_exec
                done.findings.append(_failed(notebook, cell, error))
                done.finished = False
                break
            if said := (out.getvalue() + err.getvalue()).strip():
                done.findings.append(_said(notebook, cell, said))
            done.shown[cell.number] = shell.last_value
        done.names = dict(shell.user_ns)
    return done


def _failed(notebook: Notebook, cell: Cell, error: BaseException) -> Finding:
    if isinstance(error, ExerciseError):
        return notebook.error(
            "runs", cell, str(error), "Sửa bài tập rồi chạy lại ô; các kiểu ở notebooks/soan-bai.ipynb."
        )
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    return notebook.error(
        "runs", cell, f"Ô chạy bị lỗi: {said}", "Chạy ô trong JupyterLab, đọc dòng lỗi cuối cùng."
    )


def _said(notebook: Notebook, cell: Cell, text: str) -> Finding:
    return notebook.error(
        "runs",
        cell,
        f"Ô in ra chữ hay lời cảnh báo mà người học không thấy: «{text.splitlines()[0][:80]}».",
        "Bỏ lệnh print; sửa chỗ gây cảnh báo.",
    )


@contextmanager
def _shell() -> Iterator[InteractiveShell]:
    """A fresh shell that leaves this process as it was."""
    config = Config()
    config.HistoryManager.enabled = False
    main, hook = sys.modules["__main__"], sys.excepthook
    shell = InteractiveShell(config=config, displayhook_class=LastValue)
    try:
        yield shell
    finally:
        sys.modules["__main__"], sys.excepthook = main, hook


@contextmanager
def _time_limit() -> Iterator[None]:
    """Let a cell that never ends fail, where the system has alarms (Windows has none)."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_):
        raise TimeoutError(f"chạy quá {MOST_SECONDS} giây")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(MOST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
