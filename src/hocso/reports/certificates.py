"""Certificates of completed tracks, printed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Date

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from .paper import BOLD, PLAIN, draw_fitting, draw_pdf, draw_qr

PAGE = landscape(A4)
EDGE, QR = 12 * mm, 38 * mm


@dataclass(frozen=True)
class Paper:
    """What stands on a certificate. The QR code is `address`, which confirms it; `code` is what people type
    at `site` instead. `is_sample`: of sample data, and says so."""

    commune: str
    name: str
    track: str
    completed_on: Date
    number: str
    address: str
    site: str
    code: str
    is_sample: bool = False


def certificates(papers: Iterable[Paper]) -> bytes:
    """A PDF with an A4 landscape page for each; no paper, one empty page."""

    def draw(canvas: Canvas) -> None:
        for number, paper in enumerate(papers):
            if number:
                canvas.showPage()
            _page(canvas, paper)

    return draw_pdf("Giấy chứng nhận", PAGE, draw)


def _page(canvas: Canvas, paper: Paper) -> None:
    canvas.setLineWidth(1.5)
    canvas.rect(EDGE, EDGE, PAGE[0] - 2 * EDGE, PAGE[1] - 2 * EDGE)

    def line(text: str, below: float, height: float, size: float, font: str = PLAIN) -> None:
        draw_fitting(
            canvas, text, x=30 * mm, top=PAGE[1] - below, width=PAGE[0] - 60 * mm, height=height,
            font=font, size=size, centred=True,
        )  # fmt: skip

    def foot(text: str, top: float, height: float, size: float, font: str = PLAIN) -> None:
        draw_fitting(
            canvas, text, x=22 * mm, top=top, width=PAGE[0] - EDGE - QR - 40 * mm, height=height, size=size,
            font=font,
        )  # fmt: skip

    line(paper.commune, 22 * mm, 10 * mm, 16)
    line("GIẤY CHỨNG NHẬN", 35 * mm, 18 * mm, 34, BOLD)
    line("hoàn thành chương trình Học Số", 55 * mm, 10 * mm, 15)
    line(paper.name, 70 * mm, 26 * mm, 28, BOLD)
    line("đã học xong", 97 * mm, 9 * mm, 14)
    line(paper.track, 107 * mm, 24 * mm, 20, BOLD)
    line(f"Ngày {paper.completed_on:%d/%m/%Y}", 133 * mm, 9 * mm, 14)
    if paper.is_sample:
        line("Giấy mẫu để xem thử, không phải giấy thật.", 144 * mm, 9 * mm, 13, BOLD)
    foot(f"Số: {paper.number}", 52 * mm, 8 * mm, 13, BOLD)
    foot("Kiểm tra giấy này: quét mã bên phải,", 43 * mm, 7 * mm, 11)
    foot(f"hoặc mở {paper.site}/xac-nhan rồi gõ mã:", 37 * mm, 10 * mm, 11)
    foot(paper.code, 27 * mm, 9 * mm, 13, BOLD)
    draw_qr(canvas, paper.address, x=PAGE[0] - EDGE - QR - 6 * mm, y=EDGE + 6 * mm, side=QR)
