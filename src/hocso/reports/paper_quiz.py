"""A quiz on paper, for those who can't use a screen."""

from collections.abc import Iterable, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from hocso.course.paper_answers import lettered

from .paper import BOLD, LEADING, PLAIN, draw_pdf, wrapped

SIZE = 13
LEFT, RIGHT, TOP, BOTTOM = 20 * mm, A4[0] - 15 * mm, A4[1] - 18 * mm, 20 * mm
LINE, GAP, INDENT = SIZE * LEADING, 4 * mm, 9 * mm
ASKED = {
    "one_choice": "Khoanh một chữ.",
    "several_choices": "Khoanh mọi chữ đúng.",
    "put_in_order": "Viết các chữ theo thứ tự đúng: ",
    "two_piles": "Đánh dấu vào một ô cho mỗi ý.",
    "match": "Viết vào chỗ trống chữ hợp với mỗi ý.",
    "number": "Viết số: ",
}
ON_SCREEN_ONLY = "Câu này chỉ làm được trên màn hình. Bà con bỏ qua, hoặc nhờ giảng viên cho làm trên máy."


def paper_quiz(*, title: str, copies: Iterable[tuple[str, Sequence[dict]]]) -> bytes:
    """A PDF with one copy after the other, each on pages of its own with its code and a line for the name.

    `copies` are (code, questions); a question is {"kind", "prompt", "view"} as `learn`'s QuizSheet deals them
    by the copy's seed, so that paper and screen have the same order. A question is never parted by a page's
    end unless it is longer than a page. All type is 13 pt or larger.
    """
    copies = list(copies)

    def draw(canvas: Canvas) -> None:
        for index, (code, questions) in enumerate(copies):
            if index:
                canvas.showPage()
            _copy(canvas, title, code, questions)

    return draw_pdf(title, A4, draw)


def _copy(canvas: Canvas, title: str, code: str, questions: Sequence[dict]) -> None:
    page = 1
    y = _write(canvas, _lines(title, BOLD, 0), _page_head(canvas, code, page))
    y = _write(canvas, [("Họ và tên: " + "." * 60, PLAIN, 0)], y - GAP) - GAP
    for number, question in enumerate(questions, start=1):
        lines = _question(number, question)
        if y - GAP - len(lines) * LINE < BOTTOM and y < TOP - 2 * LINE:
            y = None
        for line in lines:
            if y is None or y - GAP - LINE < BOTTOM:
                canvas.showPage()
                page += 1
                y = _page_head(canvas, code, page)
            y = _write(canvas, [line], y)
        y -= GAP


def _page_head(canvas: Canvas, code: str, page: int) -> float:
    canvas.setFont(BOLD, SIZE)
    canvas.drawRightString(RIGHT, TOP - SIZE, f"Mã đề: {code} · trang {page}")
    return TOP - 2 * LINE


def _question(number: int, question: dict) -> list[tuple[str, str, float]]:
    """The lines of a question: (text, font, indent)."""
    kind, view = question["kind"], question["view"]
    lines = _lines(f"Câu {number}. {question['prompt']}", BOLD, 0)
    if kind not in ASKED:
        return lines + _lines(ON_SCREEN_ONLY, PLAIN, 0)
    asked = ASKED[kind]
    if kind == "put_in_order":
        asked += "...... " * len(view["options"])
    elif kind == "number":
        asked += f"{'.' * 20} {view['unit']}"
    lines += _lines(asked.strip(), PLAIN, 0)
    if kind == "match":
        for place, option in enumerate(view["options"], start=1):
            lines += _lines(f"{place}. {option['text']}: ......", PLAIN, INDENT)
    for letter, option in lettered(question).items():
        lines += _lines(f"{letter}. {option['text']}", PLAIN, INDENT)
        if kind == "two_piles":
            for pile in view["piles"]:
                lines += _lines(f"[....] {pile['text']}", PLAIN, 2 * INDENT)
    return lines


def _lines(text: str, font: str, indent: float) -> list[tuple[str, str, float]]:
    return [(line, font, indent) for line in wrapped(text, font, SIZE, RIGHT - LEFT - indent)]


def _write(canvas: Canvas, lines: list[tuple[str, str, float]], y: float) -> float:
    for text, font, indent in lines:
        canvas.setFont(font, SIZE)
        canvas.drawString(LEFT + indent, y - SIZE, text)
        y -= LINE
    return y
