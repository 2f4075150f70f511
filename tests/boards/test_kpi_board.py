"""What the staff's board draws from the figures that the server gives."""

from datetime import timedelta

import pytest

from hocso.boards.kpi_board import KpiBoard
from hocso.kpi import Period, board, close_report
from hocso.records import populations
from tests.kpi.conftest import DAY, NOW, at

PERIOD = Period.named("2026-12")


@pytest.fixture
def drawn(tan_hoi, catalogue):
    """Draws the board of the commune that is worked out by hand, as it is now."""

    def draw(code="K1"):
        shown = KpiBoard()
        shown.data = board(tan_hoi.session, catalogue, PERIOD, DAY) | {"at": "10:00:00 ngày 24/11/2026"}
        shown._fill()
        shown.indicator.value = code
        return shown

    return draw


def test_the_table_of_months_has_the_counts_of_their_last_days(drawn):
    """An on 14/6 just before midnight, Bình on 15/6: none up to the end of May is shown, two from June on."""
    course = drawn().parts["course"].value
    rows = course.split("<tbody>")[1].split("</tbody>")[0]
    assert rows.startswith('<tr><th scope="row">30/06/2026</th><td class="figure">2</td></tr>')
    assert rows.endswith('<tr><th scope="row">24/11/2026</th><td class="figure">2</td></tr>')
    assert rows.count("<tr>") == 6


def test_a_rate_just_below_its_target_does_not_look_as_if_it_had_reached_it(drawn, tan_hoi):
    """B1 is 3 of 70, 4,2857%."""
    tan_hoi.own_target("B1", 0.0429)
    overview = drawn("B1").parts["overview"].value
    assert (
        overview.split("B1. ")[1]
        .split("</tr>")[0]
        .endswith(
            '<td class="figure">4,286%</td><td class="figure">4,29%</td><td class="figure">✗ chưa đạt</td>'
        )
    )
    assert ">4,286%<" in overview.split("<table")[0]


def test_a_rate_above_the_whole_is_marked_by_hamlet_too(drawn, tan_hoi):
    later = NOW + timedelta(hours=1)
    populations.set_population(tan_hoi.session, "ap-2", "can-bo", 2026, 1, "Công an xã", now=later)
    tan_hoi.completed(tan_hoi.person(2, "can-bo"), "nghi-quyet-57", at(1, 7))
    shown = drawn("K1").parts["hamlets"].value
    assert ">200,0% !<" in shown
    assert "<li><strong>Ấp 2.</strong> Trên 100%: xem lại mẫu số" in shown.split("</table>")[1]


def test_a_closed_period_says_so_and_shows_what_has_changed_since(drawn, tan_hoi, catalogue):
    assert "chốt" not in drawn().said.value
    mark = close_report(tan_hoi.session, catalogue, PERIOD, now=at(1, 12), day=DAY).fingerprint
    assert "vẫn đúng như bản đã chốt" in drawn().parts["overview"].value
    tan_hoi.completed(tan_hoi.person(1, "can-bo"), "nghi-quyet-57", at(1, 7))
    after = drawn()
    assert "đã chốt lúc 12:00 ngày 01/12/2026" in after.said.value and mark in after.said.value
    overview = after.parts["overview"].value
    k1 = overview.split("K1. ")[1].split("</tr>")[0]
    assert '<td class="figure">1</td><td class="figure">2</td><td class="figure">8</td>' in k1
    changes = overview.split("<caption>Khác bản đã chốt")[1]
    assert '<td>số đạt được</td><td class="figure">2</td><td class="figure">3</td>' in changes
    folded = f"<details><summary>Có {changes.count('<tr>') - 1} số khác bản đã chốt</summary>"
    assert folded in overview and "</table></div></details>" in changes
    assert "tính theo ghi chép bây giờ" in after.parts["course"].value
