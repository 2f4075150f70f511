"""What a resident must not be sent before answering: the explanations, which tell what is right."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .notebooks import Cell, Notebook

TELLING = {"why", "wrong", "mistake", "weak", "signs", "pairs"}
SHORTEST = 12  # shorter texts may stand elsewhere in the page by chance


def secrets_in(kit: Path, path: Path) -> set[str]:
    """The explanations that are written in the exercises or the hidden tests of a notebook; not those that
    the lesson says in the same words elsewhere, in its text or in a question."""
    cells = Notebook(kit, path).for_learners
    secrets, said = set(), []
    for cell in cells:
        telling = {node: node.value for node in _telling(cell)}
        secrets.update(telling.values())
        said += [node.value for node in cell.strings if node not in telling]
        said += [re.sub(r"[*_`]", "", cell.source)] if cell.kind == "markdown" else []
    elsewhere = "\n".join(said)
    return {text for text in secrets if len(text) >= SHORTEST and text not in elsewhere}


def _telling(cell: Cell) -> Iterator[ast.Constant]:
    for call in cell.calls:
        for keyword in call.keywords:
            if keyword.arg in TELLING:
                yield from _texts(keyword.value, only_third=keyword.arg == "pairs")


def _texts(node: ast.expr, *, only_third: bool) -> Iterator[ast.Constant]:
    """The texts in an argument; of a dict its values, of pairs (left, right, why) the third parts."""
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.Dict(values=parts):
            for part in parts:
                yield from _texts(part, only_third=False)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                if isinstance(part, ast.Tuple) and only_third:
                    part = part.elts[-1]
                yield from _texts(part, only_third=False)
