"""What holds for every notebook: stored clean, leads nowhere outside, shows nobody's numbers."""

import ast
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from .findings import Finding, Level

ADDRESS = re.compile(r"https?://\S*|(?<!:)//[a-z][^\s)\"']*")
# Ten or eleven digits from 0 or +84 on, also in groups; not a part of a longer number.
PHONE_NUMBER = re.compile(r"(?<![\d.,])(?:\+84|0)(?:[ .-]?\d){9,10}(?![\d]|[.,]\d)")
CITIZEN_ID = re.compile(r"(?<![\d.,])\d{12}(?![\d]|[.,]\d)")
RAW_HTML = re.compile(r"<(script|style|iframe|img|object|embed|link|form|input|a)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Cell:
    """A cell as the checks look at it; `number` counts from 1."""

    number: int
    kind: str
    source: str
    metadata: dict
    raw: nbformat.NotebookNode

    @property
    def step(self) -> str | None:
        return self.metadata.get("hocso", {}).get("step")

    @property
    def for_trainers(self) -> bool:
        return bool(self.metadata.get("hocso", {}).get("trainer_note"))

    @cached_property
    def calls(self) -> list[ast.Call]:
        """The calls of learn.… and quiz.… in a code cell."""
        if self.kind != "code":
            return []
        return [
            node
            for node in ast.walk(ast.parse(self.source))
            if isinstance(node, ast.Call) and _root(node.func) in ("learn", "quiz")
        ]

    @cached_property
    def strings(self) -> list[ast.Constant]:
        """The texts in those calls, each once, in the order in which they are written."""
        nodes = {
            node
            for call in self.calls
            for node in ast.walk(call)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))

    @property
    def sayings(self) -> list[str]:
        """What a learner may come to read of them: not the names of things."""
        return [node.value for node in self.strings if " " in node.value]


def _root(function: ast.expr) -> str:
    """`learn` in learn.mark.number; "" where a call begins with no name."""
    while isinstance(function, ast.Attribute):
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""


class Notebook:
    """A notebook of the kit that is about to be checked."""

    def __init__(self, kit: Path, path: Path):
        self.path = path
        self.name = path.relative_to(kit).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.node = nbformat.reads(self.text, as_version=4)
        self.cells = [
            Cell(number, cell.cell_type, cell.source, cell.metadata, cell)
            for number, cell in enumerate(self.node.cells, start=1)
        ]

    @property
    def for_learners(self) -> list[Cell]:
        return [cell for cell in self.cells if not cell.for_trainers]

    def error(self, check: str, cell: Cell | int | None, message: str, remedy: str) -> Finding:
        return self.finding("error", check, cell, message, remedy)

    def finding(
        self, level: Level, check: str, cell: Cell | int | None, message: str, remedy: str
    ) -> Finding:
        number = cell.number if isinstance(cell, Cell) else cell
        return Finding(level, self.name, number, check, message, remedy)


def check_stored(notebook: Notebook) -> Iterator[Finding]:
    """NFC, valid, a plain kernel, no outputs."""
    if not unicodedata.is_normalized("NFC", notebook.text):
        yield notebook.error(
            "stored",
            None,
            "Có chữ gõ bằng dấu rời (không phải Unicode dựng sẵn, NFC).",
            "Trong bộ gõ chọn bảng mã Unicode (dựng sẵn), rồi gõ lại chữ đó.",
        )
    try:
        nbformat.validate(notebook.node)
    except nbformat.ValidationError as error:
        yield notebook.error(
            "stored",
            None,
            f"Sổ không đúng khuôn Jupyter: {str(error).splitlines()[0]}",
            "Mở sổ trong JupyterLab rồi lưu lại.",
        )
    if notebook.node.metadata.get("kernelspec", {}).get("name") != "python3":
        yield notebook.error(
            "stored",
            None,
            "Sổ không dùng kernel «python3» nên máy khác không mở được.",
            "Trong JupyterLab chọn Kernel, Change Kernel, Python 3, rồi lưu lại.",
        )
    for cell in notebook.cells:
        if cell.kind == "code" and (cell.raw.outputs or cell.raw.execution_count is not None):
            yield notebook.error(
                "stored",
                cell,
                "Ô còn giữ kết quả chạy thử.",
                "Trong JupyterLab chọn Edit, Clear Outputs of All Cells, rồi lưu lại.",
            )


def check_strangers(notebook: Notebook) -> Iterator[Finding]:
    """No address outside, no HTML that could fetch or run something, no number of a person."""
    for cell in notebook.cells:
        yield from strangers(notebook, cell, cell.source)
        if cell.kind == "markdown" and (found := RAW_HTML.search(cell.source)):
            yield notebook.error(
                "outside",
                cell,
                f"Ô chữ có thẻ HTML «{found.group()}».",
                "Chỉ viết bằng Markdown; hình thì viết ![lời tả](pictures/ten-hinh.svg).",
            )


def strangers(notebook: Notebook, cell: Cell, text: str) -> Iterator[Finding]:
    """What must not stand in a text of the cell."""
    for address in ADDRESS.findall(text):
        yield notebook.error(
            "outside",
            cell,
            f"Có địa chỉ dẫn ra ngoài: «{address}».",
            "Bỏ phần «http…//». Bài học chạy cả khi không có mạng, nên không dẫn đi đâu khác.",
        )
    for number in PHONE_NUMBER.findall(text):
        yield notebook.error(
            "personal-data", cell, f"Có số giống số điện thoại thật: «{number}».", "Viết «09xx xxx 000»."
        )
    for number in CITIZEN_ID.findall(text):
        yield notebook.error(
            "personal-data",
            cell,
            f"Có dãy 12 chữ số giống số định danh: «{number}».",
            "Viết «0xx xxx xxx 000».",
        )
