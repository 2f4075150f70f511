"""What all printed pages share: the font with Vietnamese diacritics, text that fits its place, QR codes."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import matplotlib
import segno
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
SMALLEST = 5
LEADING = 1.25


@cache
def load_fonts() -> None:
    """Make PLAIN and BOLD known; a PDF carries the parts of them that it uses."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))


def draw_pdf(title: str, size: tuple[float, float], draw: Callable[[Canvas], None]) -> bytes:
    """The PDF that `draw` draws on pages of `size` (points)."""
    load_fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=size, lang="vi")
    canvas.setTitle(title)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """The lines of a text no wider than `width`; a word that is wider is cut."""
    load_fonts()
    lines = []
    for line in simpleSplit(unicodedata.normalize("NFC", text), font, size, width):
        while not _fits(line, font, size, width) and len(line) > 1:
            fits = next(
                n for n in range(len(line) - 1, 0, -1) if n == 1 or _fits(line[:n], font, size, width)
            )
            lines.append(line[:fits])
            line = line[fits:]
        lines.append(line)
    return lines


def draw_fitting(
    canvas: Canvas,
    text: str,
    *,
    x: float,
    top: float,
    width: float,
    height: float,
    font: str = PLAIN,
    size: float = 11,
    centred: bool = False,
) -> float:
    """Draw a text below `top`, wrapped, and smaller where it would not fit into `height`. Returns where it
    ends (y, points)."""
    lines = wrapped(text, font, size, width)
    while size > SMALLEST and (
        len(lines) * size * LEADING > height or _breaks_a_word(text, font, size, width)
    ):
        size -= 0.5
        lines = wrapped(text, font, size, width)
    canvas.setFont(font, size)
    for index, line in enumerate(lines):
        y = top - size - index * size * LEADING
        if centred:
            canvas.drawCentredString(x + width / 2, y, line)
        else:
            canvas.drawString(x, y, line)
    return top - len(lines) * size * LEADING


def draw_qr(canvas: Canvas, content: str, *, x: float, y: float, side: float) -> None:
    """A QR code of `content` as squares, its quiet zone included, with the lower left corner at x, y."""
    rows = list(segno.make(content, error="m", micro=False).matrix_iter(border=4))
    module = side / len(rows)
    path = canvas.beginPath()
    for down, row in enumerate(rows):
        for along, dark in enumerate(row):
            if dark:
                path.rect(x + along * module, y + side - (down + 1) * module, module, module)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _fits(text: str, font: str, size: float, width: float) -> bool:
    return pdfmetrics.stringWidth(text, font, size) <= width


def _breaks_a_word(text: str, font: str, size: float, width: float) -> bool:
    return any(not _fits(word, font, size, width) for word in re.split(r"\s+", text))
