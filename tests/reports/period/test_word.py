"""The report in Word: its form, its figures, and templates of the staff's own."""

import io
import re
import subprocess
from collections import Counter
from datetime import date, timedelta

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from hocso.kpi import INDICATORS, close_report, compute
from hocso.records import Target, hamlets, populations, settings
from hocso.records.learners import GROUPS
from hocso.records.populations import COMMUNICATORS
from hocso.reports import period_report, period_word
from hocso.reports.period_report import SAMPLE
from hocso.reports.period_words import NAMES, words
from tests.kpi.conftest import DAY, NOW, at

from .conftest import PERIOD

LONG = "Khu dân cư Thử nghiệm Vượt lũ Kênh Đòn Dong số"
POINTS_OF_A_MM = 72 / 25.4


def texts(content):
    """All that stands in a document, a line a paragraph."""
    body = Document(io.BytesIO(content)).element.body
    return ["".join(one.text or "" for one in line.iter(qn("w:t"))) for line in body.iter(qn("w:p"))]


def tables(content):
    """The rows of the tables, by their first heading."""
    found = {}
    for table in Document(io.BytesIO(content)).tables:
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        found.setdefault(rows[0][0], []).extend(rows)
    return found


def changed(old, new):
    """The kit's template with other words in it."""
    document = Document(io.BytesIO(period_word.kit_template()))
    for line in document.element.body.iter(qn("w:t")):
        if line.text and old in line.text:
            line.text = line.text.replace(old, new)
            break
    else:
        raise AssertionError(old)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_the_template_has_the_form_of_the_decree():
    document = Document(io.BytesIO(period_word.kit_template()))
    (page,) = document.sections
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert [round(one.mm) for one in (page.top_margin, page.bottom_margin, page.left_margin)] == [20, 20, 30]
    assert 15 <= round(page.right_margin.mm) <= 20
    assert page.different_first_page_header_footer
    assert [one.text for one in page.first_page_header.paragraphs] == [""]
    (number,) = page.header.paragraphs
    assert number.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert [one.text.strip() for one in number._p.iter(qn("w:instrText"))] == ["PAGE"]
    for style in document.styles:
        if style.type == 1:
            assert style.font.name == "Times New Roman", style.name
    assert {one.get(qn("w:ascii")) for one in document.element.body.iter(qn("w:rFonts"))} <= {
        "Times New Roman"
    }
    assert document.styles["Normal"].font.size in (Pt(13), Pt(14)) and number.style.font.size in (
        Pt(13),
        Pt(14),
    )
    # An empty line would part a caption from its chart: LibreOffice then lets a page end between them.
    *lines, _ = document.paragraphs
    assert [line for line in lines if not line.text and line._p.find(f".//{qn('w:pBdr')}") is None] == []
    about = document.core_properties
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")


def test_rows_stay_whole_and_headings_come_again_on_the_next_page(kit_word):
    for table in Document(io.BytesIO(kit_word)).tables:
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        if len(table.columns) > 2:
            assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_the_report_has_all_that_a_report_has(kit_word):
    said = texts(kit_word)
    for line in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN",
        "XÃ TÂN HỘI",
        "BÁO CÁO",
        "Kính gửi: Sở Khoa học và Công nghệ tỉnh An Giang.",
        "I. KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU",
        "II. CÁC HOẠT ĐỘNG ĐÃ LÀM",
        "III. KHÓ KHĂN, VƯỚNG MẮC",
        "IV. KẾ HOẠCH KỲ TỚI",
        "Nơi nhận:",
        "CHỦ TỊCH",
    ):
        assert line in said
    assert any(re.fullmatch(r"Số: +/BC-UBND", line) for line in said)
    assert any(re.fullmatch(r"Tân Hội, ngày +tháng +năm 2026", line) for line in said)
    assert any("từ ngày 15/06/2026 đến hết ngày 14/12/2026" in line for line in said)


def test_the_figures_are_those_of_the_plan(word, tan_hoi, catalogue):
    found = tables(word())
    by_code = {row[0]: row for row in found["Mã"]}
    assert by_code["K1"][2:8] == ["1", "2", "8", "25,0%", "100%", "chưa đạt"]
    assert by_code["K2"][2:8] == ["1", "2", "4", "50,0%", "100%", "chưa đạt"]
    assert by_code["K2"][8] == "Trong kỳ: 1/3 (33,3%); 1 văn bản còn trong hạn, chưa tính"
    assert by_code["K3"][2:8] == ["2028–2030", "6", "9", "90", "10,0%", "80%"]
    assert by_code["B2"][2:8] == ["1", "1", "2", "50,0%", "–", "chưa đặt mức"]
    table = compute(tan_hoi.session, catalogue, PERIOD, "hamlet", DAY)
    table = table[(table["span"] == "total") & (table["key"] == "ap-2")]
    shares = {row.indicator: f"{row.numerator}/{row.population}" for row in table.itertuples()}
    (second,) = (row for row in found["Ấp"] if row[0] == "Ấp 2")
    assert [cell.split("\n")[0] for cell in second[1:]] == [shares[code] for code in found["Ấp"][0][1:]]
    assert found["Nhóm"][-1] == ["Toàn xã", "2/8\n25,0%", "9/90\n10,0%", "3/70\n4,3%"]


def test_what_the_column_of_the_period_counts_is_said_of_every_indicator(kit_word):
    """K3 counts whoever was reached in the period, K2 what came in it: neither is «mới đạt»."""
    (said,) = (line for line in texts(kit_word) if "Cột «Trong kỳ»" in line)
    assert "riêng K2 là văn bản nhận trong kỳ đã đăng đúng hạn" in said
    assert "K3 là người được tiếp cận trong kỳ, kể cả người đã được tính từ kỳ trước" in said
    assert "chỉ điểm danh ở lớp thì chưa tính" in said
    others = [one for one in INDICATORS if one.code not in ("K2", "K3")]
    assert not [one.code for one in others if "kể cả" in one.in_period_words]


def test_what_was_done_is_told_by_channel_document_and_task(kit_word):
    found = tables(kit_word)
    assert ["Loa truyền thanh", "2", "500", "1"] in found["Kênh"]
    assert sorted(row[2:] for row in found["Số, ký hiệu"][1:]) == [
        ["07/09/2026", "đúng hạn"],
        ["08/09/2026", "muộn hạn"],
        ["–", "còn trong hạn"],
        ["–", "quá hạn, chưa đăng"],
    ]
    assert [row[2] for row in found["Nhiệm vụ"][1:]].count("–") == 1
    assert len(found["Nhiệm vụ"]) == 4  # no secret task


def test_what_is_difficult_and_what_is_next_is_told(gather, tan_hoi):
    target = Target(indicator="B1", year=2026, share=0.65, source="Kế hoạch của xã", recorded_at=NOW)
    tan_hoi.session.add(target)
    said = words(gather())
    assert said["kho_khan"] == [
        "2 văn bản nhận trong kỳ đăng muộn hoặc quá hạn mà chưa đăng.",
        "2 hoạt động truyền thông chưa báo số lượt tiếp cận.",
    ]
    assert "K1: còn thiếu 6 người để đạt 100%; nay là 2/8 (25,0%)." in said["ke_hoach"]
    # 65 % of 70 is 45.5: 45 people are not enough.
    assert "B1: còn thiếu 43 người để đạt 65%; nay là 3/70 (4,3%)." in said["ke_hoach"]
    assert "K4: áp dụng từ năm 2028, mức 80%; nay là 1/2 (50,0%)." in said["ke_hoach"]
    assert [one["ngay"] for one in said["ngay_can_nho"]] == ["18/05/2027", "15/06/2027"]
    hamlets.add(tan_hoi.session, "Ấp Mới")
    said = words(gather())["kho_khan"]
    assert said[0] == "Chưa đủ dân số của Ấp Mới, nên chưa tính được tỉ lệ của K1, K3, K4, B1."


def test_a_rate_just_below_its_target_does_not_look_as_if_it_had_reached_it(word, tan_hoi):
    """B1 is 3 of 70, 4,2857%."""
    tan_hoi.own_target("B1", 0.0429)
    content = word()
    (b1,) = (row for row in tables(content)["Mã"] if row[0] == "B1")
    assert b1[5:8] == ["4,286%", "4,29%", "chưa đạt"]
    assert tables(content)["Nhóm"][-1][3] == "3/70\n4,286%"
    charts = Document(io.BytesIO(content)).element.body.iter(qn("wp:docPr"))
    assert any("B1 4,286% (3/70)" in chart.get("descr", "") for chart in charts)


def test_a_rate_above_the_whole_is_told(gather, tan_hoi):
    later = NOW + timedelta(hours=1)
    populations.set_population(tan_hoi.session, "ap-2", "can-bo", 2026, 1, "Công an xã", now=later)
    tan_hoi.completed(tan_hoi.person(2, "can-bo"), "nghi-quyet-57", at(1, 7))
    assert words(gather())["kho_khan"][0] == (
        "Số đạt được nhiều hơn mẫu số, cần đối chiếu lại dân số và danh sách: K1, Ấp 2: 2/1 (200,0%)."
    )
    said = {row["ten"]: row["K1"] for row in words(gather())["theo_ap"]}
    assert (said["Ấp 2"], said["Ấp 1"]) == ("2/1\n200,0%\n(xem lại)", "1/4\n25,0%")
    populations.set_population(
        tan_hoi.session, "ap-2", "can-bo", 2026, 0, "Công an xã", now=later + timedelta(hours=1)
    )
    assert "K1, Ấp 2: 2/0." in words(gather())["kho_khan"][0]


def test_a_closed_report_does_not_move_when_more_is_recorded(word, tan_hoi, catalogue):
    assert "Số liệu tạm tính ngày 24/11/2026, chưa chốt." in texts(word())
    mark = close_report(tan_hoi.session, catalogue, PERIOD, now=NOW, day=DAY).fingerprint
    before = texts(word())
    assert "Số liệu đã chốt lúc 10:00 ngày 24/11/2026." in before
    assert f"Dấu kiểm của số liệu: {mark}." in before
    tan_hoi.completed(tan_hoi.person(1, "can-bo"), "nghi-quyet-57", at(1, 7))
    tan_hoi.document(date(2026, 9, 1))
    tan_hoi.task(date(2026, 9, 1))
    tan_hoi.activity(date(2026, 9, 1), kind="loa")
    after = texts(word())
    more = [line for line in after if line not in before]
    assert [line for line in after if line not in more] == before
    assert len(more) == 1 and "khác bản đã chốt; báo cáo này giữ số đã chốt." in more[0]


def test_nobody_is_named(kit_word):
    assert re.findall(r"Người \d+|M\d{4}", "\n".join(texts(kit_word))) == []


def test_sample_data_is_called_so(word, tan_hoi):
    settings.put(tan_hoi.session, "sample_data", True)
    assert SAMPLE in texts(word())


def test_charts_have_their_words(kit_word):
    shown = Document(io.BytesIO(kit_word)).element.body.iter(qn("wp:docPr"))
    said = [one.get("descr") for one in shown]
    assert len(said) == 2
    assert "K1 25,0% (2/8)" in said[0] and "Ấp 1 " in said[1]


def test_a_report_without_any_population_is_still_a_report(commune, catalogue):
    report = period_report.gather(commune.session, catalogue, PERIOD, NOW)
    content = period_word.word(report, period_word.kit_template())
    assert list(Document(io.BytesIO(content)).element.body.iter(qn("wp:docPr"))) == []
    assert "- Chưa đủ dân số của Ấp 1; Ấp 2, nên chưa tính được tỉ lệ của K1, K3, K4, B1." in texts(content)


def test_every_page_is_a4_numbered_and_within_its_margins(word, tan_hoi, office):
    grow(tan_hoi, LONG, 14)
    pdf = office(word(), "bao-cao.docx", "pdf")
    about = run("pdfinfo", pdf)
    pages = int(re.search(r"Pages: +(\d+)", about)[1])
    assert "(A4)" in about and 4 <= pages <= 9
    said = run("pdftotext", "-layout", pdf, "-").split("\f")[:pages]
    for number, page in enumerate(said, start=1):
        first = page.strip().splitlines()[0].strip()
        assert (first == str(number)) == (number > 1)
    assert sum("Trích yếu" in page for page in said) == sum(
        bool(re.search(r"\d+/UBND", page)) for page in said
    )
    corner = r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="([\d.]+)">'
    boxes = re.findall(corner, run("pdftotext", "-bbox", pdf, "-"))
    assert min(float(x) for x, _, _ in boxes) >= 30 * POINTS_OF_A_MM - 1
    assert max(float(x) for _, x, _ in boxes) <= 195 * POINTS_OF_A_MM + 1
    assert max(float(y) for _, _, y in boxes) <= 277 * POINTS_OF_A_MM + 1
    shown = run("pdftotext", pdf, "-")
    assert all(f"số {number}" in " ".join(shown.split()) for number in range(3, 17))
    assert all(population in shown.split() for population in ("172.838", "518.560", "691.410"))


@pytest.mark.parametrize(("name", "more"), [("Ấp", 0), ("Ấp", 10), (LONG, 1), (LONG, 10), (LONG, 12)])
def test_no_row_of_a_table_stands_alone_and_no_caption_without_its_chart(gather, tan_hoi, office, name, more):
    grow(tan_hoi, name, more)
    look_at_pages(gather(), office)


def test_nor_in_a_report_of_nothing(gather, commune, office):
    look_at_pages(gather(), office)


def test_a_line_that_announces_a_list_stays_with_it(kit_word):
    lines = Document(io.BytesIO(kit_word)).paragraphs
    announcing = [line for line in lines if line.text.endswith(":")]
    assert "Các ngày cần nhớ:" in [line.text for line in announcing]
    assert all(line.paragraph_format.keep_with_next for line in announcing)


def grow(commune, name, more):
    """More hamlets and documents."""
    for number in range(3, 3 + more):
        commune.places.append(hamlets.add(commune.session, f"{name} {number}").id)
        counts = {group: 12_345 for group in (*GROUPS, COMMUNICATORS)}
        commune.populations(2026, counts, hamlet=number)
        commune.document(date(2026, 8, number))


def look_at_pages(report, office):
    """With a mark in each row of the tables, too small to move anything, so that it is found on its page."""
    document = Document(io.BytesIO(period_word.word(report, period_word.kit_template())))
    for table_number, table in enumerate(document.tables):
        for row_number, row in enumerate(table.rows):
            row.cells[0].paragraphs[0].add_run(f"§{table_number}.{row_number}§").font.size = Pt(1)
    out = io.BytesIO()
    document.save(out)
    pdf = office(out.getvalue(), "bao-cao.docx", "pdf")
    pictures = [line.split() for line in run("pdfimages", "-list", pdf).splitlines()[2:]]
    charts = Counter(int(page) for page, _, kind, *_ in pictures if kind == "image")
    for number, page in enumerate(run("pdftotext", "-layout", pdf, "-").split("\f")[:-1], start=1):
        assert len(re.findall(r"^ *Biểu đồ \d\.", page, re.M)) == charts[number], f"page {number}"
        marks = {tuple(map(int, mark)) for mark in re.findall(r"§(\d+)\.(\d+)§", page)}
        for table_number, table in enumerate(document.tables):
            rows = [row for one, row in marks if one == table_number and row > 0]
            with_heading = (table_number, 0) in marks
            assert len(rows) > 1 or len(table.rows) <= 2 or not (rows or with_heading), (number, table_number)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("{{ so_dan }}", "dùng tên «so_dan» mà báo cáo không có"),
        ("{{ xa.ten }}", "dùng tên «ten» mà báo cáo không có"),
        ("{% nếu %}", "thẻ viết sai"),
        ("{{ xa | in_hoa }}", "thẻ viết sai «in_hoa»"),
        ("{{ xa }", "thẻ viết sai"),
        ("{ xa }}", "thẻ chưa đóng đúng, ở gần «Kính gửi: { xa }}"),
        ("{{ xa / 2 }}", "chỗ không tính được"),
        ("{{ xa.__class__.__mro__ }}", "thẻ viết sai"),
        ("{{ bieu_do_ap._document }}", "thẻ viết sai"),
        ("{% for dong in kenh %}", "thẻ viết sai"),
    ],
)
def test_a_mistake_in_a_template_is_named(report, tag, said):
    with pytest.raises(period_word.TemplateRefused) as refused:
        period_word.word(report, changed("Kính gửi:", f"Kính gửi: {tag}"))
    assert said in str(refused.value)
    assert "hocso report --write-template" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"not a file of Word", b"PK\x03\x04 broken"])
def test_what_is_no_word_file_is_no_template(report, content):
    with pytest.raises(period_word.TemplateRefused, match="không phải tệp Word"):
        period_word.word(report, content)


def test_a_template_may_name_whatever_the_page_for_staff_says(report):
    content = changed("Kính gửi:", " ".join(f"{{{{ {name} is defined }}}}" for name in NAMES))
    assert any(
        line.startswith(" ".join(["True"] * len(NAMES))) for line in texts(period_word.word(report, content))
    )
    assert words(report).keys() | {"bieu_do_chi_tieu", "bieu_do_ap"} == NAMES.keys()
    for name, value in words(report).items():
        fields = {field for row in value if isinstance(row, dict) for field in row}
        explained = NAMES[name].replace("như chi_tieu", NAMES["chi_tieu"])
        assert [field for field in fields if not re.search(rf"\b{field}\b", explained)] == []


def test_what_staff_typed_is_no_tag_and_no_markup(word, tan_hoi):
    hamlets.add(tan_hoi.session, "Ấp <b>&amp; {{ xa }}")
    assert "Ấp <b>&amp; {{ xa }}" in texts(word())


def test_the_commune_s_own_template_is_used_where_there_is_one(tmp_path):
    assert period_word.template_in(tmp_path) == period_word.kit_template()
    (tmp_path / period_word.OWN_TEMPLATE).write_bytes(b"own")
    assert period_word.template_in(tmp_path) == b"own"
