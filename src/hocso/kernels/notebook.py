"""Runs a notebook in a template, before any fork, and keeps what its cells showed."""

from pathlib import Path

import nbformat

from .kernel_app import ReadyKernelApp

SHOWN = {"display_data", "execute_result", "stream", "error"}


class CellFailed(Exception):
    """A cell raised an error: `cell` counts all cells from 1, `name` is the kind of error."""

    def __init__(self, cell: int, name: str):
        super().__init__(f"ô {cell}: {name}")
        self.cell = cell
        self.name = name


def run_notebook(app: ReadyKernelApp, path: Path) -> dict:
    """Run the code cells from first to last. Returns {"outputs": {index of cell: [nbformat outputs]},
    "widgets": ipywidgets' manager state}. Raises CellFailed, OSError, ValueError."""
    notebook = nbformat.read(path, as_version=4)
    outputs = {}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        result = app.kernel.shell.run_cell(cell.source, store_history=False)
        shown = [message for message in app.tape.take() if message["header"]["msg_type"] in SHOWN]
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            raise CellFailed(index + 1, type(error).__name__)
        outputs[str(index)] = [nbformat.v4.output_from_msg(message) for message in shown]
    return {"outputs": outputs, "widgets": widget_state()}


def widget_state() -> dict:
    """{model id: {"model_name", "model_module", "state", …}} of all widgets (ipywidgets' manager state)."""
    from ipywidgets import Widget

    return Widget.get_manager_state()["state"]
