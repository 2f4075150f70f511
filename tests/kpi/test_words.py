"""The page for staff and the command say what the code counts."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from hocso.cli import hocso
from hocso.cli.place import Place
from hocso.kpi import COLUMNS, INDICATORS
from hocso.kpi.figures import STATUSES
from hocso.records import AccessEntry, ClosedReport, Event, Learner, Target, UnknownRecord
from hocso.records.registers import REGISTERS

from .conftest import Commune, at
from .test_by_hand import settle

PAGE = (Path(__file__).parents[2] / "docs" / "chi-tieu.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("one", INDICATORS, ids=lambda one: one.code)
def test_the_page_explains_an_indicator_in_the_words_of_the_code(one):
    section = PAGE.split(f"## {one.code}. {one.title}\n")[1].split("\n## ")[0]
    for heading, text in (
        ("Mẫu số", one.population_words),
        ("Áp dụng", one.years_label),
        ("Cách tính", one.formula),
        ("Được tính", one.evidence),
        ("Không tính", one.not_evidence),
        ("Trong kỳ", one.in_period_words),
        ("Nguồn", one.source),
    ):
        assert f"| {heading} | {text} |" in section
    target = "xã tự đặt" if one.target is None else f"{one.target:.0%}"
    assert f"| Mức phải đạt | {target}" in section
    assert ("xã" in section.split("Mức phải đạt")[1].splitlines()[0]) == one.own_target


def test_the_page_explains_every_column_status_and_register():
    wanted = [f"| `{name}` | {meaning} |" for name, meaning in COLUMNS.items()]
    wanted += [f"| `{name}` | «{text}» |" for name, text in STATUSES.items()]
    wanted += [f"| `{one.kind}` | {one.title} |" for one in REGISTERS.values()]
    wanted += [field.header for one in REGISTERS.values() for field in one.fields]
    assert [one for one in wanted if one not in PAGE] == []


@pytest.fixture
def run(database, catalogue, tmp_path, monkeypatch):
    """Runs `hocso ...` on the commune that was worked out by hand; returns what it printed."""
    with database.session() as session:
        settle(Commune(session, catalogue))
    place = Place(tmp_path, tmp_path)
    place.__dict__ |= {"database": database, "catalogue": catalogue}

    def run(*arguments):
        # Below `hocso` itself, whose callback would make a place from the environment.
        name, *rest = arguments
        done = CliRunner().invoke(hocso.commands[name], rest, obj=place, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_the_command_shows_figure_population_rate_and_target(run):
    said = run("kpi", "--period", "2026-12")
    assert "Báo cáo trước 15/12/2026" in said
    assert "Toàn xã, từ đầu đến hết kỳ: 2 trên 8, 25,0%, phải đạt 100%, chưa đạt" in said
    assert "Toàn xã, trong kỳ: 1 trên 8, 12,5%, chỉ để theo dõi" in said
    assert "Ấp 2, từ đầu đến hết kỳ: 1 trên 4" in run("kpi", "--period", "2026-12", "--by", "hamlet")
    rows = json.loads(run("kpi", "--period", "2026-12", "--json"))["figures"]
    assert {row["numerator"] for row in rows if row["indicator"] == "K3"} == {6, 9}


def test_a_rate_just_below_its_target_does_not_look_as_if_it_had_reached_it(run, database, catalogue):
    """B1 is 3 of 70, 4,2857%."""
    with database.session() as session:
        session.add(Target(indicator="B1", year=2026, share=0.0429, source="KH", recorded_at=at(1, 7)))
    said = run("kpi", "--period", "2026-12")
    assert "Toàn xã, từ đầu đến hết kỳ: 3 trên 70, 4,286%, phải đạt 4,29%, chưa đạt" in said


def test_an_explanation_names_people_only_when_asked_and_notes_that(run, database):
    said = run("kpi", "--period", "2026-12", "--explain", "K1")
    assert "Được tính: 2 người, trong kỳ 1.\nCó trong danh sách mà chưa tính: 1." in said
    assert "tháng 06/2026: 2" in said
    assert "Người " not in said
    with database.session(readonly=True) as session:
        assert session.scalars(select(AccessEntry)).all() == []
    assert "Người 1 · M0001 · Ấp 1 · 14/06/2026 · được tính" in run(
        "kpi", "--period", "2026-12", "--explain", "K1", "--names"
    )
    with database.session(readonly=True) as session:
        (entry,) = session.scalars(select(AccessEntry))
    assert (entry.what, entry.about) == ("kpi-names", "K1 2026-12")


def test_an_explanation_is_of_one_hamlet_group_or_track(run, database):
    explain = ("kpi", "--period", "2026-12", "--explain")
    said = run(*explain, "K1", "--hamlet", "ap 2", "--names")
    assert "Ấp 2, từ đầu đến hết kỳ: 1 trên 4" in said and "Được tính: 1 người, trong kỳ 1." in said
    assert "Người 2 · M0002 · Ấp 2 · 15/06/2026 · được tính trong kỳ" in said and "Người 1 " not in said
    said = run(*explain, "K3", "--group", "hoc-sinh")
    assert "Học sinh, sinh viên, từ đầu đến hết kỳ: 1 trên 20" in said and "Được tính: 1 người" in said
    said = run(*explain, "B1", "--track", "nghi-quyet-57", "--hamlet", "Ấp 1")
    assert "trên" not in said.split("Báo cáo trước")[1] and "Được tính: 2 người" in said
    with database.session(readonly=True) as session:
        assert session.scalar(select(AccessEntry.about)) == "K1 2026-12 ap-2"


@pytest.mark.parametrize(
    "only", ["--person=M0001", "--hamlet=ap-1", "--group=can-bo", "--track=x", "--names"]
)
def test_what_only_an_explanation_has_is_not_passed_over_in_silence(only, tmp_path):
    done = CliRunner().invoke(hocso.commands["kpi"], [only], obj=Place(tmp_path, tmp_path))
    assert done.exit_code == 2 and "chỉ dùng cùng --explain" in done.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--explain=K1", "--by=hamlet"], "--by không dùng cùng --explain. Muốn chỉ xem một phần: --hamlet"),
        (["--explain=K1", "--person=M0001", "--names"], "--names không dùng cùng --person"),
        (["--close=2026-12", "--period=2026-06"], "--period không dùng cùng --close"),
        (["--close=2026-12", "--changes=2026-12"], "--changes không dùng cùng --close"),
        (["--yes"], "--yes chỉ dùng cùng --close"),
    ],
)
def test_what_does_not_go_together_is_refused(given, said, tmp_path):
    done = CliRunner().invoke(hocso.commands["kpi"], given, obj=Place(tmp_path, tmp_path))
    assert done.exit_code == 2 and said in " ".join(done.output.split())


def test_an_explanation_as_json_has_what_the_words_have_and_names_only_when_asked(run):
    explain = ("kpi", "--period", "2026-12", "--json", "--explain")
    said = json.loads(run(*explain, "K1"))
    assert (said["counted"], said["in_period"], said["missing"], said["rows"]) == (2, 1, 1, [])
    assert [row["numerator"] for row in said["figures"]] == [1, 2] and said["months"] == {"2026-06": 2}
    named = json.loads(run(*explain, "K1", "--names"))["rows"]
    assert {(row["name"], row["counted"]) for row in named} == {
        ("Người 1", True), ("Người 2", True), ("Người 3", False),
    }  # fmt: skip
    assert [row["deadline"] for row in json.loads(run(*explain, "K2"))["rows"]].count("2026-09-07") == 2
    done = json.loads(run(*explain, "K1", "--person", "M0003"))
    assert [row["at"] and row["what"] for row in done["rows"]] == ["Xong bài tập 1/1", None]
    run("kpi", "--close", "2026-12", "--yes")
    assert json.loads(run("kpi", "--changes", "2026-12", "--json")) == {"period": "2026-12", "changes": []}


def test_an_explanation_of_registers_shows_days_kinds_and_results(run):
    said = run("kpi", "--period", "2026-12", "--explain", "K2")
    days = "Ngày nhận 28/08/2026 · Hạn đăng 07/09/2026 · Ngày đăng 08/09/2026"
    assert f"{days} · Kết quả muộn hạn · chưa tính" in said
    said = run("kpi", "--period", "2026-12", "--explain", "B2")
    assert "Cơ sở dịch vụ · Ấp 2 · Người làm việc 2 · Đã hoàn thành chương 1" in said


def test_what_one_person_did_is_told_and_noted(run, database):
    said = run("kpi", "--period", "2026-12", "--explain", "K1", "--person", "m0003")
    assert "12:00 01/06/2026 · Xong bài tập 1/1" in said and "chưa · Đạt bài kiểm tra" in said
    with database.session(readonly=True) as session:
        assert session.execute(select(AccessEntry.what, AccessEntry.about)).one() == (
            "bang-chung",
            "mã M0003",
        )


def test_an_explanation_counts_a_resident_in_the_month_of_the_first_evidence(run):
    """Giang 1/5, Khang 10/5, Cúc 1/6, An and Bình (begun) 14/6, Dung 1/7, Lan 2/7, Hoa 20/7, Em 1/8."""
    said = run("kpi", "--period", "2026-12", "--explain", "K3")
    months = [line.strip() for line in said.splitlines() if line.startswith("  tháng")]
    assert months == ["tháng 05/2026: 2", "tháng 06/2026: 3", "tháng 07/2026: 3", "tháng 08/2026: 1"]


def test_a_period_is_closed_after_a_question_and_changes_are_told(run, database, catalogue):
    with pytest.raises(UnknownRecord, match="hocso kpi --close 2026-12"):
        run("kpi", "--changes", "2026-12")
    place_said = run("kpi", "--close", "2026-12", "--yes")
    with database.session(readonly=True) as session:
        report = session.scalar(select(ClosedReport))
    assert report.fingerprint in place_said
    assert "cho đúng số liệu đã chốt" in run("kpi", "--changes", "2026-12")


def test_after_closing_the_command_shows_the_kept_figures_and_what_has_changed(run, database, catalogue):
    before = json.loads(run("kpi", "--period", "2026-12", "--json"))
    assert (before["closed_at"], before["fingerprint"], before["changes"]) == (None, None, [])
    mark = run("kpi", "--close", "2026-12", "--yes").split()[-1]
    with database.session() as session:
        cuc = session.scalar(select(Learner.id).where(Learner.code == "M0003"))
        session.add(
            Event(
                id=str(uuid4()),
                learner_id=cuc,
                quiz_id="nghi-quyet-57-01",
                verb="passed",
                occurred_at=at(1, 7),
                recorded_at=at(1, 7),
            )
        )
    after = json.loads(run("kpi", "--period", "2026-12", "--json"))
    assert after["figures"] == before["figures"] and after["fingerprint"] == mark
    assert datetime.fromisoformat(after["closed_at"]) <= datetime.now(UTC)
    numerators = [
        (row["span"], row["then"], row["now"])
        for row in after["changes"]
        if (row["indicator"], row["figure"]) == ("K1", "numerator")
    ]
    assert numerators == [("period", 1, 2), ("total", 2, 3)]
    said = run("kpi", "--period", "2026-12")
    assert "Toàn xã, từ đầu đến hết kỳ: 2 trên 8, 25,0%" in said and mark in said
    assert "K1 · Toàn xã · Từ đầu đến hết kỳ · số đạt được: 2 → 3" in said
    said = run("kpi", "--period", "2026-12", "--explain", "K1")
    assert "từ đầu đến hết kỳ: 2 trên 8" in said and "Được tính: 3 người" in said
    assert mark in said and "tính theo ghi chép bây giờ, có thể khác số đã chốt" in said
