"""The certificate of a completed track."""

from datetime import date as Date

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from .paper import BOLD, PLAIN, draw_fitting, draw_pdf, draw_qr

PAGE = landscape(A4)
EDGE, QR = 12 * mm, 38 * mm


def certificate(
    *, commune: str, name: str, track: str, completed_on: Date, number: str, address: str
) -> bytes:
    """An A4 landscape page; the QR code leads to `address`, which confirms it."""

    def draw(canvas: Canvas) -> None:
        canvas.setLineWidth(1.5)
        canvas.rect(EDGE, EDGE, PAGE[0] - 2 * EDGE, PAGE[1] - 2 * EDGE)

        def line(text: str, below: float, height: float, size: float, font: str = PLAIN) -> None:
            draw_fitting(
                canvas, text, x=30 * mm, top=PAGE[1] - below, width=PAGE[0] - 60 * mm, height=height,
                font=font, size=size, centred=True,
            )  # fmt: skip

        line(commune, 24 * mm, 10 * mm, 16)
        line("GIẤY CHỨNG NHẬN", 38 * mm, 18 * mm, 34, BOLD)
        line("hoàn thành chương trình Học Số", 58 * mm, 10 * mm, 15)
        line(name, 76 * mm, 26 * mm, 28, BOLD)
        line("đã học xong", 104 * mm, 9 * mm, 14)
        line(track, 114 * mm, 24 * mm, 20, BOLD)
        line(f"Ngày {completed_on:%d/%m/%Y}", 142 * mm, 9 * mm, 14)
        draw_fitting(canvas, f"Số: {number}", x=24 * mm, top=36 * mm, width=110 * mm, height=8 * mm, size=13)
        draw_fitting(
            canvas, "Quét mã bên phải để kiểm tra giấy này.", x=24 * mm, top=28 * mm, width=150 * mm,
            height=8 * mm, size=11,
        )  # fmt: skip
        draw_qr(canvas, address, x=PAGE[0] - EDGE - QR - 6 * mm, y=EDGE + 6 * mm, side=QR)

    return draw_pdf("Giấy chứng nhận", PAGE, draw)
