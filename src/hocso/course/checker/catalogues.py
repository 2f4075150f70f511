"""What is missing between lessons, quizzes and glossary."""

from collections.abc import Iterator
from pathlib import Path

from hocso.course.catalogue import Catalogue
from hocso.course.glossary import GLOSSARY_FILE, GlossaryError, load_glossary

from .findings import Finding


def check_catalogue(kit: Path, catalogue: Catalogue) -> list[Finding]:
    """What no lesson or quiz shows by itself."""
    return [*_quizzes(kit, catalogue), *_glossary(kit, catalogue)]


def _quizzes(kit: Path, catalogue: Catalogue) -> Iterator[Finding]:
    for lesson in catalogue.lessons:
        if lesson.quiz_id is None:
            name = f"{lesson.track}-{lesson.number:02d}"
            yield Finding(
                "error",
                lesson.path.relative_to(kit).as_posix(),
                None,
                "quizzes",
                "Bài học chưa có bài kiểm tra.",
                f"Thêm quizzes/source/{name}/{name}.ipynb, xem docs/soan-bai.md.",
            )
    known = {quiz.path for quiz in catalogue.quizzes}
    for path in sorted((kit / "quizzes" / "source").glob("*/*.ipynb")):
        if path not in known:
            yield Finding(
                "error",
                path.relative_to(kit).as_posix(),
                None,
                "quizzes",
                "Bài kiểm tra không thuộc bài học nào.",
                "Đặt tên thư mục và tên tệp theo <chương>-<số của bài>, hai tên giống nhau.",
            )


def _glossary(kit: Path, catalogue: Catalogue) -> Iterator[Finding]:
    try:
        glossary = load_glossary(kit)
    except GlossaryError as error:
        yield Finding("error", GLOSSARY_FILE, None, "glossary", str(error), "Sửa mục vừa nêu.")
        return
    for term in glossary.terms:
        if term.lesson and term.lesson_in(catalogue) is None:
            yield Finding(
                "warning",
                GLOSSARY_FILE,
                None,
                "glossary",
                f"Từ «{term.name}» chỉ tới bài «{term.lesson}» không có trong bộ học.",
                "Ghi <chương>-<số của bài>, ví dụ ky-nang-so-04, hoặc bỏ mục lesson.",
            )
