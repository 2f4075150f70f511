"""What is missing on this machine, and how to mend it."""

import os
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import click
from packaging.requirements import Requirement

from hocso.course import CatalogueError
from hocso.records import Account, RecordsError, hamlets, retention, settings
from hocso.records.database import is_new

from .place import Place, with_place
from .vietnamese import Command

ENOUGH_MB = 500


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `level` is ok, warn or bad; `mend` says what to do."""

    level: str
    what: str
    mend: str = ""


MARKS = {"ok": "  được  ", "warn": "  lưu ý ", "bad": "  THIẾU "}


@click.command(cls=Command)
@click.option("--deep", is_flag=True, help="Soi kỹ dữ liệu: cơ sở dữ liệu, sự kiện, sổ điểm, bài nộp.")
@click.option(
    "--mend", is_flag=True, help="Sao lưu, rồi sửa những chỗ tính lại được từ dữ liệu (kèm --deep)."
)
@with_place
def doctor(place, deep, mend):
    """Xem máy này còn thiếu gì và cách sửa. Mã thoát 1 nếu có chỗ phải sửa."""
    if mend and not deep:
        raise click.UsageError("--mend đi kèm với --deep.")
    findings = list(look(place))
    show(findings)
    bad = sum(finding.level == "bad" for finding in findings)
    if deep and not bad:
        bad = look_deep(place, mend)
    click.echo("")
    click.echo(f"Có {bad} chỗ phải sửa." if bad else "Máy này chạy được Học Số.")
    sys.exit(1 if bad else 0)


def show(findings: Iterable[Finding]) -> None:
    for finding in findings:
        click.echo(f"[{MARKS[finding.level]}] {finding.what}")
        if finding.mend:
            click.echo(f"             → {finding.mend}")


def look_deep(place: Place, mend: bool) -> int:
    """Say, and perhaps mend, what is off in the data. Returns how much is left to be mended."""
    from hocso.grading import backup
    from hocso.grading import soundness as course
    from hocso.records import soundness as records

    def look_again() -> list[records.Flaw]:
        found = list(records.flaws(place.database, place.catalogue))
        return found + list(course.flaws(place.kit, place.data, place.database))

    flaws = look_again()
    if mend and any(one.mend for one in flaws):
        click.echo(f"Đã sao lưu trước khi sửa: {backup.back_up(place.kit, place.data).path}")
        for one in flaws:
            if one.mend:
                one.mend()
        left = look_again()
        still = {one.what for one in left}
        show(Finding("ok", f"Đã sửa: {one.what}") for one in flaws if one.mend and one.what not in still)
        flaws = left
    by_itself = " (thêm --mend để máy tự làm)"
    show(
        Finding("warn" if one.perhaps else "bad", one.what, one.do + (by_itself if one.mend else ""))
        for one in flaws
    )
    wrong = [one for one in flaws if not one.perhaps]
    if not wrong:
        show([Finding("ok", "Dữ liệu khớp nhau: cơ sở dữ liệu, sự kiện, điểm, sổ điểm, bài nộp")])
    return len(wrong)


def look(place: Place) -> Iterator[Finding]:
    """All checks, in the order in which one would mend them."""
    yield from _packages()
    yield from _commands()
    yield _walls()
    yield _room(place)
    yield _catalogue(place)
    yield from _records(place)
    yield _port(8866)


def _packages() -> Iterator[Finding]:
    wrong = []
    for line in requires("hocso") or ():
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} (chưa có)")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} {found} (cần {requirement.specifier})")
    if wrong:
        yield Finding(
            "bad", "Thư viện Python: " + ", ".join(wrong), "Chạy make install (hoặc conda env update)."
        )
    else:
        yield Finding(
            "ok", f"Python {sys.version_info[0]}.{sys.version_info[1]} và các thư viện đủ, đúng phiên bản"
        )


def _commands() -> Iterator[Finding]:
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if shutil.which("jupyter", path=beside) is None:
        yield Finding("bad", "Lệnh jupyter", "Bật môi trường đã cài: source .venv/bin/activate")
    else:
        yield Finding("ok", "Lệnh jupyter")
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        yield Finding("warn", "Chromium (chỉ cần khi chạy make test)", "Chạy make test, lệnh này tự cài.")


def _walls() -> Finding:
    if sys.platform == "linux":
        from hocso.kernels.confinement import walls

        if all(walls().values()):
            return Finding("ok", "Mỗi bài học chạy trong ngăn riêng")
    return Finding(
        "warn",
        "Hệ này chưa ngăn riêng được hết các bài học",
        "Chỉ dùng bài của người mình tin. Muốn ngăn đủ: Linux từ bản 6.12, xem docs/van-hanh.md.",
    )


def _room(place: Place) -> Finding:
    folder = place.data if place.data.exists() else place.data.parent
    free = shutil.disk_usage(folder).free // 2**20
    if free < ENOUGH_MB:
        return Finding(
            "bad", f"Ổ đĩa của {place.data} còn {free} MB", f"Dọn ổ đĩa, cần ít nhất {ENOUGH_MB} MB."
        )
    return Finding("ok", f"Ổ đĩa của {place.data} còn {free} MB")


def _catalogue(place: Place) -> Finding:
    try:
        catalogue = place.catalogue
    except CatalogueError as error:
        return Finding("bad", f"Bài học: {error}", "Sửa tệp vừa nêu, xem docs/soan-bai.md.")
    without = [lesson.id for lesson in catalogue.lessons if lesson.quiz_id is None]
    said = f"{len(catalogue.lessons)} bài học, {len(catalogue.quizzes)} bài kiểm tra"
    if without:
        return Finding("warn", f"{said}; chưa có bài kiểm tra: {', '.join(without)}", "Xem docs/soan-bai.md.")
    return Finding("ok", said)


def _records(place: Place) -> Iterator[Finding]:
    if is_new(place.data):
        yield Finding(
            "warn",
            "Chưa có dữ liệu",
            "Xem thử: hocso demo. Dùng thật: hocso hamlets add, hocso accounts add.",
        )
        return
    try:
        with place.database.session(readonly=True) as session:
            any_hamlet, any_account = bool(hamlets.listed(session)), session.query(Account.id).first()
            overdue = len(retention.due(session, int(settings.get(session, "retention_years"))))
    except RecordsError as error:
        yield Finding("bad", f"Cơ sở dữ liệu: {error}", "Làm theo lời nhắc, rồi chạy lại hocso doctor.")
        return
    yield Finding("ok", "Cơ sở dữ liệu mở được")
    if not any_hamlet:
        yield Finding("warn", "Chưa có ấp nào", 'Chạy: hocso hamlets add "Tên ấp"')
    if not any_account:
        yield Finding("warn", "Chưa có tài khoản nào", "Chạy: hocso accounts add")
    if overdue:
        yield Finding("warn", f"Có {overdue} người quá thời hạn lưu tên", "Chạy: hocso retention")


def _port(port: int) -> Finding:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return Finding(
                "warn", f"Cổng {port} đang có chương trình dùng", "Nếu đó là Học Số đang chạy thì tốt."
            )
    return Finding("ok", f"Cổng {port} còn trống")
