"""Cards that learners sign in with, cut from A4 sheets."""

from collections.abc import Iterable
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from .paper import BOLD, PLAIN, draw_fitting, draw_pdf, draw_qr

ACROSS, DOWN = 2, 5
WIDTH, HEIGHT = 90 * mm, 54 * mm
LEFT, BOTTOM = (A4[0] - ACROSS * WIDTH) / 2, (A4[1] - DOWN * HEIGHT) / 2
MARK, MARGIN, QR = 4 * mm, 4 * mm, 38 * mm
OWN_PIN = "PIN của bà con"


@dataclass(frozen=True)
class Card:
    """What stands on a card; `pin` is the first PIN, None for one who has a PIN of their own."""

    name: str
    class_code: str
    pin: str | None
    address: str


def learner_cards(cards: Iterable[Card]) -> bytes:
    """A PDF of A4 pages with ten cards each (2 x 5, 90 x 54 mm) and cut marks; no card, one empty page."""
    cards = list(cards)

    def draw(canvas: Canvas) -> None:
        for first in range(0, len(cards), ACROSS * DOWN):
            if first:
                canvas.showPage()
            _cut_marks(canvas)
            for place, card in enumerate(cards[first : first + ACROSS * DOWN]):
                row, column = divmod(place, ACROSS)
                _card(canvas, card, LEFT + column * WIDTH, BOTTOM + (DOWN - 1 - row) * HEIGHT)

    return draw_pdf("Thẻ học viên", A4, draw)


def _cut_marks(canvas: Canvas) -> None:
    canvas.setLineWidth(0.4)
    for column in range(ACROSS + 1):
        x = LEFT + column * WIDTH
        canvas.line(x, BOTTOM - MARK, x, BOTTOM - 1)
        canvas.line(x, BOTTOM + DOWN * HEIGHT + 1, x, BOTTOM + DOWN * HEIGHT + MARK)
    for row in range(DOWN + 1):
        y = BOTTOM + row * HEIGHT
        canvas.line(LEFT - MARK, y, LEFT - 1, y)
        canvas.line(LEFT + ACROSS * WIDTH + 1, y, LEFT + ACROSS * WIDTH + MARK, y)


def _card(canvas: Canvas, card: Card, x: float, y: float) -> None:
    left, width = x + MARGIN, WIDTH - QR - 2 * MARGIN
    top = y + HEIGHT - MARGIN
    draw_fitting(canvas, card.name, x=left, top=top, width=width, height=20 * mm, font=BOLD, size=13)
    draw_fitting(
        canvas, f"Lớp {card.class_code}", x=left, top=top - 22 * mm, width=width, height=6 * mm, size=11
    )
    if card.pin is None:
        draw_fitting(canvas, OWN_PIN, x=left, top=top - 30 * mm, width=width, height=8 * mm, size=11)
    else:
        draw_fitting(
            canvas,
            f"PIN: {card.pin}",
            x=left,
            top=top - 30 * mm,
            width=width,
            height=8 * mm,
            font=BOLD,
            size=15,
        )
    draw_fitting(canvas, "Học Số", x=left, top=top - 41 * mm, width=width, height=4 * mm, font=PLAIN, size=8)
    draw_qr(canvas, card.address, x=x + WIDTH - QR - MARGIN / 2, y=y + (HEIGHT - QR) / 2, side=QR)
