"""What hangs and lies in the room of a class: the sign-in sheet and the poster."""

from collections.abc import Iterable
from datetime import date as Date

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from .paper import BOLD, PLAIN, draw_fitting, draw_pdf, draw_qr

LEFT, RIGHT, TOP = 20 * mm, A4[0] - 15 * mm, A4[1] - 18 * mm
COLUMNS = {"TT": 12 * mm, "Họ và tên": 70 * mm, "Ấp": 45 * mm, "Ký tên": 48 * mm}
ROW, ROWS_A_PAGE = 9.5 * mm, 24
STEPS = (
    "Mở máy ảnh của điện thoại, quét mã này. Hoặc mở địa chỉ trên và nhập mã lớp.",
    "Tìm tên của bà con và chạm vào. Chưa có tên thì ghi tên mới.",
    "Nhập mã PIN bốn số rồi học.",
)


def sign_in_sheet(
    *, class_code: str, date: Date, place: str, people: Iterable[tuple[str, str]], blank_rows: int = 10
) -> bytes:
    """A PDF to sign on: numbered rows of (name, hamlet), then blank ones; the header is on every page."""
    rows = [*people, *[("", "")] * blank_rows]
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))

    def draw(canvas: Canvas) -> None:
        for page in range(pages):
            if page:
                canvas.showPage()
            y = _header(canvas, class_code, date, place)
            first = page * ROWS_A_PAGE
            for number, row in enumerate(rows[first : first + ROWS_A_PAGE], start=first + 1):
                y = _row(canvas, (str(number), *row, ""), y)
            canvas.setFont(PLAIN, 9)
            canvas.drawCentredString(A4[0] / 2, 10 * mm, f"Trang {page + 1}/{pages}")

    return draw_pdf("Danh sách ký tên", A4, draw)


def poster(*, class_code: str, place: str, site: str, address: str) -> bytes:
    """An A4 page with the class's code in large letters, the QR code of `address`, `site` in words, and three
    steps."""

    def draw(canvas: Canvas) -> None:
        width = RIGHT - LEFT

        def line(text: str, below: float, height: float, size: float, font: str = BOLD) -> None:
            draw_fitting(
                canvas, text, x=LEFT, top=A4[1] - below, width=width, height=height, font=font, size=size,
                centred=True,
            )  # fmt: skip

        line("Mời bà con vào lớp Học Số", 18 * mm, 14 * mm, 26)
        line(place, 34 * mm, 14 * mm, 16, PLAIN)
        line("Mã lớp", 50 * mm, 10 * mm, 18, PLAIN)
        line(class_code, 58 * mm, 30 * mm, 66)
        draw_qr(canvas, address, x=(A4[0] - 95 * mm) / 2, y=A4[1] - 185 * mm, side=95 * mm)
        line(site, 187 * mm, 14 * mm, 20)
        top = A4[1] - 206 * mm
        for number, step in enumerate(STEPS, start=1):
            draw_fitting(
                canvas, f"{number}. {step}", x=LEFT, top=top, width=width, height=22 * mm,
                font=PLAIN, size=16,
            )  # fmt: skip
            top -= 24 * mm

    return draw_pdf("Áp phích lớp học", A4, draw)


def _header(canvas: Canvas, class_code: str, date: Date, place: str) -> float:
    width = RIGHT - LEFT
    y = draw_fitting(
        canvas, f"Danh sách ký tên: lớp {class_code}", x=LEFT, top=TOP, width=width, height=9 * mm,
        font=BOLD, size=15,
    )  # fmt: skip
    draw_fitting(
        canvas, f"Ngày {date:%d/%m/%Y}. Nơi học: {place}", x=LEFT, top=y, width=width, height=11 * mm, size=11
    )
    return _row(canvas, tuple(COLUMNS), y - 13 * mm, font=BOLD)


def _row(canvas: Canvas, texts: tuple[str, ...], top: float, font: str = PLAIN) -> float:
    x = LEFT
    canvas.setLineWidth(0.5)
    for text, width in zip(texts, COLUMNS.values(), strict=True):
        canvas.rect(x, top - ROW, width, ROW)
        draw_fitting(
            canvas, text, x=x + 2 * mm, top=top - 1.5 * mm, width=width - 4 * mm, height=ROW - 2.5 * mm,
            font=font, size=11,
        )  # fmt: skip
        x += width
    return top - ROW
