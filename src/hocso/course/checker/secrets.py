"""What a resident must not be sent before answering: the explanations, which tell what is right."""

import ast
from collections.abc import Iterator
from pathlib import Path

from .notebooks import Notebook

TELLING = {"why", "wrong", "mistake", "weak", "signs", "pairs"}
SHORTEST = 12  # shorter texts may stand elsewhere in the page by chance


def secrets_in(kit: Path, path: Path) -> set[str]:
    """The explanations that are written in the exercises or the hidden tests of a notebook."""
    return {
        text
        for cell in Notebook(kit, path).cells
        for call in cell.calls
        for keyword in call.keywords
        if keyword.arg in TELLING
        for text in _texts(keyword.value, only_third=keyword.arg == "pairs")
        if len(text) >= SHORTEST
    }


def _texts(node: ast.expr, *, only_third: bool) -> Iterator[str]:
    """The texts in an argument; of a dict its values, of pairs (left, right, why) the third parts."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Dict(values=parts):
            for part in parts:
                yield from _texts(part, only_third=False)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                if isinstance(part, ast.Tuple) and only_third:
                    part = part.elts[-1]
                yield from _texts(part, only_third=False)
