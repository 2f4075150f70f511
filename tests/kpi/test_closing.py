"""A closed report stays as it was handed in."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from hocso.kpi import (
    ClosingRefused,
    Period,
    behind,
    board,
    changes_since,
    close_report,
    compute,
    fingerprint,
    last_closed,
    plain,
    stated,
    told,
)
from hocso.kpi.closing import CHANGES
from hocso.records import Hamlet, UnknownRecord, hamlets, populations

from .conftest import DAY, NOW, at

PERIOD = Period.named("2026-12")


def test_a_closed_report_has_all_figures_and_their_fingerprint(tan_hoi, catalogue):
    report = close_report(tan_hoi.session, catalogue, PERIOD, day=DAY)
    kinds = {row["by"] for row in report.figures["figures"]}
    assert kinds == {"all", "hamlet", "group", "track"}
    assert report.fingerprint == fingerprint(report.figures) and len(report.fingerprint) == 64
    turned = dict(reversed(report.figures.items()))
    assert fingerprint(turned) == report.fingerprint
    report.figures["figures"][0]["numerator"] += 1
    assert fingerprint(report.figures) != report.fingerprint


def test_a_closed_report_keeps_the_documents_and_tasks_behind_it(tan_hoi, catalogue):
    figures = close_report(tan_hoi.session, catalogue, PERIOD, day=DAY).figures
    papers = {(one["day"], one["counted"], one["pending"]) for one in figures["documents"]}
    assert papers == {
        ("2026-09-07", True, False),
        ("2026-09-08", False, False),
        (None, False, False),
        (None, False, True),
    }
    assert [one["day"] for one in figures["tasks"] if one["counted"]] == ["2026-03-01", "2026-10-01"]
    assert len(figures["tasks"]) == 3  # none that is secret, removed or not begun


def test_what_a_recomputation_would_change_is_told_and_the_closed_figures_stay(tan_hoi, catalogue):
    with pytest.raises(UnknownRecord):
        changes_since(tan_hoi.session, catalogue, PERIOD, DAY)
    report = close_report(tan_hoi.session, catalogue, PERIOD, day=DAY)
    assert changes_since(tan_hoi.session, catalogue, PERIOD, DAY).empty
    tan_hoi.completed(tan_hoi.person(1, "can-bo"), "nghi-quyet-57", at(1, 7))
    changes = changes_since(tan_hoi.session, catalogue, PERIOD, DAY)
    chosen = changes[
        (changes["indicator"] == "K1") & (changes["by"] == "all") & (changes["figure"] == "numerator")
    ]
    assert dict(zip(chosen["span"], zip(chosen["then"], chosen["now"], strict=True), strict=True)) == {
        "period": (1, 2),
        "total": (2, 3),
    }
    tan_hoi.session.refresh(report)
    assert fingerprint(report.figures) == report.fingerprint


def test_a_new_name_of_a_hamlet_or_a_track_changes_no_closed_figure(tan_hoi, catalogue):
    close_report(tan_hoi.session, catalogue, PERIOD, day=DAY)
    tan_hoi.session.get(Hamlet, tan_hoi.places[0]).name = "Ấp Đông"
    renamed = replace(catalogue, tracks=tuple(replace(track, title="Tên mới") for track in catalogue.tracks))
    assert changes_since(tan_hoi.session, renamed, PERIOD, DAY).empty
    tan_hoi.completed(tan_hoi.person(1, "can-bo"), "nghi-quyet-57", at(1, 7))
    assert {"Ấp Đông", "Tên mới"} <= set(changes_since(tan_hoi.session, renamed, PERIOD, DAY)["label"])


def test_a_new_hamlet_is_no_change_until_it_has_a_figure(tan_hoi, catalogue):
    """That the commune has no rate while a population is missing, is one."""
    close_report(tan_hoi.session, catalogue, PERIOD, day=DAY)
    new = hamlets.add(tan_hoi.session, "Ấp Mới").id
    changes = changes_since(tan_hoi.session, catalogue, PERIOD, DAY)
    assert "hamlet" not in set(changes["by"]) and set(changes["figure"]) == {"rate"}
    populations.set_population(tan_hoi.session, new, "can-bo", 2026, 5, "Công an xã", now=NOW)
    changes = changes_since(tan_hoi.session, catalogue, PERIOD, DAY)
    changes = changes[(changes["key"] == new) & (changes["span"] == "total")]
    assert set(changes["indicator"]) == {"K1", "K3", "B1"}
    assert set(zip(changes["figure"], changes["then"], changes["now"], strict=True)) == {
        ("population", None, 5)
    }


def test_closing_again_makes_the_newer_one_valid(tan_hoi, catalogue):
    first = close_report(tan_hoi.session, catalogue, PERIOD, now=at(1, 12), day=DAY)
    second = close_report(tan_hoi.session, catalogue, PERIOD, now=at(2, 12), day=DAY)
    assert last_closed(tan_hoi.session, PERIOD).id == second.id != first.id


def test_a_period_that_has_not_begun_is_not_closed(tan_hoi, catalogue):
    with pytest.raises(ClosingRefused, match="chưa bắt đầu"):
        close_report(tan_hoi.session, catalogue, PERIOD, day=date(2026, 6, 14))


def test_who_is_behind_a_figure_is_those_who_were_counted_and_those_who_were_not(tan_hoi, catalogue):
    rows = behind(tan_hoi.session, catalogue, PERIOD, "K1", day=DAY)
    assert rows["counted"].tolist() == [False, True, True]
    assert set(rows["name"]) == {"Người 1", "Người 2", "Người 3"}
    nameless = behind(tan_hoi.session, catalogue, PERIOD, "K1", names=False, day=DAY)
    assert set(nameless["name"]) == {""}
    papers = behind(tan_hoi.session, catalogue, PERIOD, "K2", day=DAY)
    assert (papers["counted"].sum(), papers["pending"].sum(), len(papers)) == (2, 1, 5)


def shown_after_closing(commune, by=None):
    """What is shown of the period after it was closed and one more has completed K1's track."""
    close_report(commune.session, commune.catalogue, PERIOD, now=at(1, 12), day=DAY)
    commune.completed(commune.person(1, "can-bo"), "nghi-quyet-57", at(1, 7))
    return stated(commune.session, commune.catalogue, PERIOD, by, DAY)


@pytest.mark.parametrize("by", [None, "hamlet", "group", "track"])
def test_after_closing_the_kept_figures_are_shown_in_every_breakdown(tan_hoi, catalogue, by):
    before = stated(tan_hoi.session, catalogue, PERIOD, by, DAY)
    assert before.closed is None and before.changes.empty
    pd.testing.assert_frame_equal(before.figures, compute(tan_hoi.session, catalogue, PERIOD, by, DAY))
    after = shown_after_closing(tan_hoi, by)
    for then, now in ((before.figures, after.figures), (before.channels, after.channels)):
        assert plain(then) == plain(now)
    assert after.closed.fingerprint == fingerprint(after.closed.figures)


def test_what_has_changed_since_stands_beside_the_kept_figures_and_is_of_them_alone(tan_hoi):
    told_of = shown_after_closing(tan_hoi, "group").changes
    assert set(told_of["by"]) == {"all", "group"}
    whole = told(told_of[told_of["by"] == "all"])
    chosen = [row for row in whole if (row["indicator"], row["span"]) == ("K1", "Từ đầu đến hết kỳ")]
    assert [(row["figure"], row["then"], row["now"]) for row in chosen] == [
        ("số đạt được", "2", "3"),
        ("tỉ lệ", "25,0%", "37,5%"),
    ]


def test_a_change_is_told_with_the_digits_that_show_it():
    rows = [
        ("K3", "all", "", "Toàn xã", "total", "rate", 0.12501, 0.12504, 0.8),
        ("K3", "all", "", "Toàn xã", "total", "rate", 0.79999, 0.81, 0.8),
    ]
    said = told(pd.DataFrame(rows, columns=CHANGES, dtype="object"))
    assert [(row["then"], row["now"]) for row in said] == [("12,501%", "12,504%"), ("79,999%", "81,0%")]


def test_the_board_shows_the_kept_figures_of_a_closed_period_and_what_has_changed(tan_hoi, catalogue):
    open_board = board(tan_hoi.session, catalogue, PERIOD, DAY)
    assert (open_board["closed"], open_board["changes"]) == (None, [])
    shown_after_closing(tan_hoi)
    closed = board(tan_hoi.session, catalogue, PERIOD, DAY)
    assert closed["figures"] == open_board["figures"]
    assert closed["closed"]["at"] == "12:00 ngày 01/12/2026"
    assert [one["numerator"] for one in closed["standing"]] == [
        one["numerator"] for one in open_board["standing"]
    ]
    assert ("K1", "số đạt được", "2", "3") in {
        (row["indicator"], row["figure"], row["then"], row["now"]) for row in closed["changes"]
    }
