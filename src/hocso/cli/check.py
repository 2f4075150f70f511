"""Checking lessons and quizzes before they reach anybody."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

import click

from hocso.course import (
    Catalogue,
    CatalogueError,
    Glossary,
    GlossaryError,
    Lesson,
    UnknownLesson,
    load_glossary,
)

from .place import Place, with_place
from .vietnamese import Command


@click.command(cls=Command)
@click.option(
    "--lesson",
    "lesson_ids",
    multiple=True,
    metavar="BÀI",
    help="Chỉ bài này, ví dụ ky-nang-so/mat-khau-va-otp. Ghi nhiều lần cho nhiều bài.",
)
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
@with_place
def check(place, lesson_ids, as_json):
    """Kiểm tra bài học và bài kiểm tra trước khi phát. Mã thoát 1 nếu có lỗi.

    nbgrader chấm thử trong một thư mục tạm, không đụng tới dữ liệu của xã.
    """
    began = time.monotonic()
    findings = []
    for heading, found in look(place, lesson_ids):
        click.echo(heading, err=as_json)
        if not as_json:
            for finding in found:
                tell(finding)
        findings += found
    counts = Counter(finding.level for finding in findings)
    if as_json:
        summary = {level: counts[level] for level in ("error", "warning", "info")}
        report = {"findings": [asdict(one) for one in findings], "summary": summary}
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        click.echo(
            f"\nXong sau {time.monotonic() - began:.0f} giây: {counts['error']} lỗi, "
            f"{counts['warning']} cảnh báo, {counts['info']} thông tin."
        )
    sys.exit(1 if counts["error"] else 0)


def look(place: Place, lesson_ids: tuple[str, ...]) -> Iterator[tuple[str, list]]:
    """What is looked at, as it is done, with what was found (`Finding`s)."""
    from hocso.course import checker  # this and what it needs take a second to import

    from .checking import processes_for

    try:
        catalogue = place.catalogue
    except CatalogueError as error:
        yield (
            "Không đọc được danh mục bài học.",
            [
                checker.Finding(
                    "error", "lessons", None, "catalogue", str(error), "Sửa chỗ vừa nêu, rồi chạy lại."
                )
            ],
        )
        return
    lessons = chosen(catalogue, lesson_ids)
    if not lesson_ids:
        yield "Danh mục, bài kiểm tra, từ điển", checker.check_catalogue(place.kit, catalogue)
    with processes_for(place.kit, glossary_of(place)) as begin:
        begun = [begin(one, catalogue.quiz(one.quiz_id) if one.quiz_id else None) for one in lessons]
        for number, (lesson, parts) in enumerate(zip(lessons, begun, strict=True), start=1):
            found = [finding for part in parts for finding in part.result()]
            yield f"[{number}/{len(lessons)}] {lesson.id}", checker.in_reading_order(found)


def chosen(catalogue: Catalogue, lesson_ids: tuple[str, ...]) -> list[Lesson]:
    """The lessons named, or all. Raises ClickException."""
    try:
        return [catalogue.lesson(one) for one in lesson_ids] or list(catalogue.lessons)
    except UnknownLesson as error:
        known = ", ".join(lesson.id for lesson in catalogue.lessons)
        raise click.ClickException(f"Không có bài «{error.args[0]}». Các bài: {known}.") from None


def glossary_of(place: Place) -> Glossary:
    """The kit's glossary; one that can't be read is a finding of its own, and explains no word."""
    try:
        return load_glossary(place.kit)
    except GlossaryError:
        return Glossary(())


def tell(finding) -> None:
    """Print one finding with its remedy."""
    from hocso.course.checker import LEVELS

    click.echo(f"  {LEVELS[finding.level]}: {finding.place}")
    click.echo(f"      {finding.message}")
    click.echo(f"      → {finding.remedy}")
