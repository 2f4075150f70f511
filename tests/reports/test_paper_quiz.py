"""A printed quiz has the questions and options of the screen, in the screen's order."""

import re
import subprocess

import pytest

from hocso.reports.paper_quiz import ON_SCREEN_ONLY, paper_quiz


def text_of(pdf, tmp_path):
    (tmp_path / "quiz.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", str(tmp_path / "quiz.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def choices(texts):
    return {"options": [{"key": f"k{i}", "text": text} for i, text in enumerate(texts)]}


def asked(kind, view):
    return {"id": "cau", "kind": kind, "prompt": "Việc nào nên làm?", "view": view}


def test_options_get_letters_in_the_order_that_they_were_dealt(tmp_path):
    question = asked("one_choice", choices(["Ổi", "Xoài", "Bưởi"]))
    text = text_of(paper_quiz(title="Bài 4", copies=[("CDFGHJKM", [question])]), tmp_path)
    assert re.findall(r"^\s+([A-Z])\. (\S+)", text, re.MULTILINE) == [
        ("A", "Ổi"),
        ("B", "Xoài"),
        ("C", "Bưởi"),
    ]
    assert "Mã đề: CDFGHJKM" in text
    assert "Họ và tên:" in text
    assert "Câu 1. Việc nào nên làm?" in text


@pytest.mark.parametrize(
    ("kind", "view", "said"),
    [
        ("several_choices", choices(["Ổi", "Xoài"]), "Khoanh mọi chữ đúng"),
        ("put_in_order", choices(["Ổi", "Xoài"]), "theo thứ tự đúng: ...... ......"),
        ("two_piles", choices(["Ổi"]) | {"piles": [{"text": "Nên"}, {"text": "Không"}]}, "] Nên"),
        ("match", choices(["Ổi"]) | {"sides": [{"text": "Trái"}]}, "1. Ổi: ......"),
        ("number", {"unit": "đồng"}, "đồng"),
        ("phone_screen", choices(["Ổi"]), ON_SCREEN_ONLY[:30]),
    ],
)
def test_each_kind_says_how_to_answer(tmp_path, kind, view, said):
    assert said in text_of(paper_quiz(title="Bài 4", copies=[("CDFGHJKM", [asked(kind, view)])]), tmp_path)


def test_each_page_of_a_copy_has_its_code_and_no_question_is_parted(tmp_path):
    questions = [asked("one_choice", choices(["Ổi", "Xoài", "Bưởi", "Mận"])) for _ in range(20)]
    text = text_of(
        paper_quiz(title="Bài 4", copies=[("CDFGHJKM", questions), ("MKJHGFDC", questions)]), tmp_path
    )
    pages = text.split("\f")[:-1]
    assert len(pages) > 2
    assert all(("CDFGHJKM" in page) != ("MKJHGFDC" in page) for page in pages)
    assert all(page.count("Câu ") == page.count("A. Ổi") == page.count("D. Mận") for page in pages)
    assert text.count("Câu 20.") == 2
