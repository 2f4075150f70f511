"""What is printed says what it was asked to say, and its QR codes can be read by another program."""

import re
import subprocess
from datetime import date

import matplotlib.pyplot as plt
import zxingcpp
from reportlab.pdfbase import pdfmetrics

from hocso.reports.cards import Card, learner_cards
from hocso.reports.certificates import Paper, certificates
from hocso.reports.class_papers import poster, sign_in_sheet
from hocso.reports.paper import BOLD, wrapped

LONG_NAME = "Nguyễn Thị Huỳnh Phương Uyên Quỳnh Trâm Bích Thủy Nguyệt Ánh Kiều Diễm Hồng Nhung"


def text_of(pdf, tmp_path, *options):
    (tmp_path / "page.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", *options, str(tmp_path / "page.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def qr_codes(pdf, tmp_path):
    (tmp_path / "page.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "100", "-png", tmp_path / "page.pdf", tmp_path / "page"], check=True)
    return [
        code.text
        for picture in sorted(tmp_path.glob("page-*.png"))
        for code in zxingcpp.read_barcodes((plt.imread(picture)[:, :, :3] * 255).astype("uint8"))
    ]


def test_each_learner_gets_a_card_whose_qr_code_is_theirs(tmp_path):
    cards = [Card(f"Trần Văn {i}", "CDFGHJ", f"{i:04d}", f"http://10.0.0.2:8866/the/t{i}") for i in range(11)]
    pdf = learner_cards(cards)
    text = text_of(pdf, tmp_path)
    assert all(f"PIN: {card.pin}" in text and card.name in text for card in cards)
    assert sorted(qr_codes(pdf, tmp_path)) == sorted(card.address for card in cards)
    assert text.count("\f") == 2


def test_a_card_never_shows_a_pin_of_the_learners_own(tmp_path):
    text = text_of(learner_cards([Card("Lê Thị Bưởi", "CDFGHJ", None, "http://a/the/x")]), tmp_path)
    assert "PIN của bà con" in text
    assert "PIN:" not in text


def test_a_long_name_stays_on_its_card(tmp_path):
    pdf = learner_cards([Card(LONG_NAME, "CDFGHJ", "0042", "http://a/the/x")])
    found = text_of(pdf, tmp_path, "-bbox")
    any_word = "|".join(LONG_NAME.split())
    name_boxes = re.findall(rf'xMax="([\d.]+)" yMax="([\d.]+)">(?:{any_word})<', found)
    assert len(name_boxes) == len(LONG_NAME.split())
    assert max(float(x) for x, _ in name_boxes) < 190
    assert max(float(y) for _, y in name_boxes) < 110


def test_a_word_wider_than_its_place_is_cut():
    lines = wrapped("A" * 200, BOLD, 12, 100)
    assert "".join(lines) == "A" * 200
    assert max(pdfmetrics.stringWidth(line, BOLD, 12) for line in lines) <= 100


def test_the_sign_in_sheet_has_everybody_and_its_header_on_every_page(tmp_path):
    people = [(f"Phạm Thị Đào {i}", "Ấp Mẫu 1") for i in range(1, 31)]
    text = text_of(
        sign_in_sheet(class_code="CDFGHJ", date=date(2026, 11, 24), place="Nhà văn hóa", people=people),
        tmp_path,
    )
    pages = text.split("\f")[:-1]
    assert len(pages) == 2
    for number, page in enumerate(pages, start=1):
        assert "lớp CDFGHJ" in page
        assert "Ngày 24/11/2026. Nơi học: Nhà văn hóa" in page
        assert "Ký tên" in page
        assert f"Trang {number}/2" in page
    assert [int(n) for n in re.findall(r"^\s*(\d+)\b", text, re.MULTILINE)] == list(range(1, 41))
    assert all(name in text for name, _ in people)


def test_the_poster_says_how_to_get_in(tmp_path):
    pdf = poster(
        class_code="CDFGHJ",
        place="Nhà văn hóa ấp",
        site="http://10.0.0.2:8866",
        address="http://10.0.0.2:8866/lop/CDFGHJ",
    )
    text = text_of(pdf, tmp_path)
    assert all(one in text for one in ("CDFGHJ", "http://10.0.0.2:8866", "1.", "2.", "3."))
    assert text.count("\f") == 1
    assert qr_codes(pdf, tmp_path) == ["http://10.0.0.2:8866/lop/CDFGHJ"]


def a_certificate(**changes):
    values = {
        "commune": "Xã Tân Hội",
        "name": "Nguyễn Thị Ửng",
        "track": "Kỹ năng số cơ bản",
        "completed_on": date(2026, 11, 24),
        "number": "HS-2026-CDFGHJ0001",
        "address": "http://a.vn/xac-nhan/CDFGHJKMNPCDFGHJKMNPCDFGHJKMNP",
        "site": "http://a.vn",
        "code": "CDFGH JKMNP CDFGH JKMNP CDFGH JKMNP",
    }
    return Paper(**values | changes)


def test_a_certificate_says_who_completed_what_and_can_be_confirmed(tmp_path):
    pdf = certificates([a_certificate()])
    text = text_of(pdf, tmp_path)
    for part in ("Xã Tân Hội", "Nguyễn Thị Ửng", "Kỹ năng số cơ bản", "24/11/2026", "HS-2026-CDFGHJ0001"):
        assert part in text
    assert "CDFGH JKMNP CDFGH JKMNP CDFGH JKMNP" in text and "http://a.vn/xac-nhan" in text
    assert "Giấy mẫu" not in text
    assert qr_codes(pdf, tmp_path) == ["http://a.vn/xac-nhan/CDFGHJKMNPCDFGHJKMNPCDFGHJKMNP"]


def test_certificates_of_a_class_are_a_page_each(tmp_path):
    papers = [a_certificate(name=f"Lê Thị Bưởi {i}", address=f"http://a.vn/xac-nhan/{i}") for i in range(3)]
    pdf = certificates(papers)
    pages = text_of(pdf, tmp_path).split("\f")[:-1]
    assert [f"Lê Thị Bưởi {i}" in page for i, page in enumerate(pages)] == [True] * 3
    assert sorted(qr_codes(pdf, tmp_path)) == [paper.address for paper in papers]


def test_a_certificate_of_sample_data_says_so(tmp_path):
    assert "Giấy mẫu" in text_of(certificates([a_certificate(is_sample=True)]), tmp_path)
