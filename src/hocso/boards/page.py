"""Parts of a board as HTML: tables, figures as Vietnamese write them, charts with their words."""

from collections.abc import Sequence
from html import escape

# How wide a label is, our style sheet says.
PLAIN = {"description_width": "initial"}


def table(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], figures: int = 0, grid: bool = False
) -> str:
    """A table whose first column names the rows; the last `figures` columns hold figures. Cells are texts;
    of a `grid` they are marks, side by side."""
    if not rows:
        return f'<p class="hint">{escape(caption)}: chưa có gì.</p>'
    first_figure = len(header) - figures

    def cell(place: int, text: str) -> str:
        tag = 'th scope="row"' if place == 0 else 'td class="figure"' if place >= first_figure else "td"
        return f"<{tag}>{escape(text)}</{tag.split()[0]}>"

    head = "".join(
        f'<th scope="col"{" class=figure" if place >= first_figure else ""}>{escape(text)}</th>'
        for place, text in enumerate(header)
    )
    body = "".join(
        "<tr>" + "".join(cell(place, text) for place, text in enumerate(row)) + "</tr>" for row in rows
    )
    kind = " class=grid" if grid else ""
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(caption)}"><table{kind}>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def status(words: str) -> str:
    """A line that a screen reader says when it changes."""
    return f'<p role="status">{escape(words)}</p>'


def picture(svg: str, alt: str) -> str:
    """A drawing with the words for who can't see it."""
    return f'<div class="chart" role="img" aria-label="{escape(alt)}">{svg}</div>'


def number(value: float | None, digits: int = 0) -> str:
    """1.234,5; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def percent(share: float | None) -> str:
    return "–" if share is None else f"{number(100 * share, 1)}%"
