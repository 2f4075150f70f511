"""A lesson's metadata, arc, exercises and facts."""

import re
from collections.abc import Iterator

from hocso.course.catalogue import Lesson

from .findings import Finding
from .notebooks import Cell, Notebook

ARC = {
    "tinh-huong": "tình huống",
    "la-gi": "là gì",
    "lam-thu": "làm thử",
    "kiem-tra": "tự kiểm tra",
    "hom-nay": "hôm nay làm một việc",
    "tom-tat": "nhớ ba điều",
}
SEVERAL = ("la-gi", "lam-thu")
MINUTES = range(10, 16)
FEWEST_EXERCISES = 4
FEWEST_KINDS = 3
DOING_KINDS = ("phone_screen", "phone_task", "inbox", "password", "find_mistakes", "fill_gaps", "chart")
SUMMARY_LINES = 3
TO_COMPARE = "cần đối chiếu"
SKILLS_TRACK = "ky-nang-so"
METADATA_REMEDY = "Thêm vào mục «hocso» của Notebook metadata, xem docs/soan-bai.md."


def check_metadata(lesson: Lesson, notebook: Notebook) -> Iterator[Finding]:
    """What the kit must know of a lesson."""
    wanted = {
        "objectives (làm được gì)": lesson.objectives,
        "audience (dành cho ai)": lesson.audience,
        "sources (dựa vào văn bản nào)": lesson.sources,
    }
    if lesson.track == SKILLS_TRACK:
        wanted["khung-ky-nang (nhóm kỹ năng)"] = lesson.skill_groups
    for name, value in wanted.items():
        if not any(one.strip() for one in value):
            yield notebook.error("metadata", None, f"Thông tin của bài thiếu {name}.", METADATA_REMEDY)
    if lesson.minutes not in MINUTES:
        yield notebook.error(
            "metadata",
            None,
            f"Bài ghi {lesson.minutes} phút (minutes); một bài từ {MINUTES[0]} đến {MINUTES[-1]} phút.",
            "Bớt hay thêm nội dung, rồi sửa minutes.",
        )


def check_arc(notebook: Notebook) -> Iterator[Finding]:
    """tinh-huong, la-gi(-n), lam-thu(-n), kiem-tra, hom-nay, tom-tat; three lines at the end."""
    order = list(ARC)
    opened: list[str] = []
    for cell in notebook.cells:
        if cell.step is None:
            continue
        part = re.sub(r"-\d+$", "", cell.step)
        if part not in ARC or (part != cell.step and part not in SEVERAL):
            yield notebook.error(
                "arc",
                cell,
                f"Mã bước «{cell.step}» không có trong mạch bài.",
                f"Dùng: {', '.join(order)}; thêm số ở la-gi-2, lam-thu-2.",
            )
            continue
        if opened and order.index(part) < order.index(opened[-1]):
            yield notebook.error(
                "arc",
                cell,
                f"Bước «{cell.step}» đứng sau «{opened[-1]}» là sai thứ tự.",
                f"Xếp theo mạch: {', '.join(order)}.",
            )
        opened.append(part)
    for part, meaning in ARC.items():
        if part not in opened:
            yield notebook.error(
                "arc",
                None,
                f"Bài thiếu bước «{part}» ({meaning}).",
                f'Thêm một ô chữ mở bước, metadata {{"hocso": {{"step": "{part}"}}}}.',
            )
    yield from _summary(notebook)


def _summary(notebook: Notebook) -> Iterator[Finding]:
    for cell in notebook.cells:
        if cell.step == "tom-tat":
            lines = re.findall(r"^\s*(?:[-*+]|\d+\.)\s+\S", cell.source, re.MULTILINE)
            if len(lines) != SUMMARY_LINES:
                yield notebook.error(
                    "arc",
                    cell,
                    f"Phần tóm tắt có {len(lines)} dòng, cần đúng {SUMMARY_LINES}.",
                    "Viết ba dòng, mỗi dòng mở bằng «1.», «2.», «3.».",
                )


def check_exercises(lesson: Lesson, notebook: Notebook) -> Iterator[Finding]:
    """Enough exercises, of enough kinds, and something to do with one's hands."""
    kinds = {exercise.kind for exercise in lesson.exercises}
    if len(lesson.exercises) < FEWEST_EXERCISES:
        yield notebook.error(
            "exercises",
            None,
            f"Bài có {len(lesson.exercises)} bài tập, cần ít nhất {FEWEST_EXERCISES}.",
            "Thêm bài tập; các kiểu ở notebooks/soan-bai.ipynb.",
        )
    if len(kinds) < FEWEST_KINDS:
        yield notebook.error(
            "exercises",
            None,
            f"Bài tập chỉ có {len(kinds)} kiểu, cần ít nhất {FEWEST_KINDS}.",
            "Đổi vài bài tập sang kiểu khác; các kiểu ở notebooks/soan-bai.ipynb.",
        )
    if not kinds & set(DOING_KINDS):
        yield notebook.error(
            "exercises",
            None,
            "Bài chưa có bài tập nào để tay làm thử.",
            f"Thêm một bài kiểu: {', '.join(DOING_KINDS)}.",
        )
    if not any(exercise.step == "kiem-tra" for exercise in lesson.exercises):
        yield notebook.error(
            "exercises", None, "Bước «kiem-tra» chưa có bài tập nào.", "Thêm một câu tự kiểm tra."
        )


def check_facts(notebook: Notebook) -> Iterator[Finding]:
    """List what staff must compare with the original documents."""
    for cell in notebook.cells:
        if cell.metadata.get("nguon") == TO_COMPARE:
            yield notebook.finding(
                "info",
                "facts",
                cell,
                f"Cần đối chiếu với văn bản gốc: «{_first_words(cell)}…»",
                "Dò xong thì bỏ metadata «nguon» của ô và ghi văn bản vào sources.",
            )
        elif "nguon" in cell.metadata:
            yield notebook.error(
                "facts",
                cell,
                f"Metadata «nguon» ghi «{cell.metadata['nguon']}».",
                f"Ghi đúng «{TO_COMPARE}», hoặc bỏ đi nếu đã dò.",
            )


def _first_words(cell: Cell) -> str:
    return " ".join(re.sub(r"[*#>]", "", cell.source).split()[:12])
