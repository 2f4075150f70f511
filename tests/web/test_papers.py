"""A trainer prints what the class needs; nobody else gets the names."""

import subprocess

import pytest

from tests.conftest import OTHER_TRAINER, TRAINER


@pytest.fixture
def trainer(visitor):
    trainer = visitor()
    trainer.sign_in_to_account(TRAINER)
    return trainer


@pytest.fixture
def class_path(server, trainer):
    form = {"place": "Nhà văn hóa Giấy", "date": "2026-11-24", "lesson": server.catalogue.lessons[0].id}
    page = trainer.submit("/giang-vien", form)
    return page.url.removeprefix(server.url)


def text_of(answer, tmp_path):
    assert answer.headers["Content-Type"] == "application/pdf"
    (tmp_path / "page.pdf").write_bytes(answer.content)
    command = ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_sign_in_sheet_names_those_who_are_in_the_class(server, trainer, class_path, visitor, tmp_path):
    page = trainer.see(class_path).text
    code = page.split('class="class-code">')[1][:6]
    learner = visitor()
    learner.see(f"/lop/{code}")
    learner.register("Đặng Thị Giấy", lop=code)
    assert f'href="{class_path}/danh-sach-ky"' in page
    text = text_of(trainer.see(f"{class_path}/danh-sach-ky"), tmp_path)
    assert "Đặng Thị Giấy" in text
    assert f"lớp {code}" in text
    assert "24/11/2026" in text


def test_the_poster_has_the_address_that_a_phone_can_open(server, trainer, class_path, tmp_path):
    text = text_of(trainer.see(f"{class_path}/ap-phich"), tmp_path)
    assert server.url in text
    assert "Nhà văn hóa Giấy" in text


@pytest.mark.parametrize("paper", ["danh-sach-ky", "ap-phich"])
def test_another_trainer_prints_nothing_of_this_class(class_path, visitor, paper):
    other = visitor()
    other.sign_in_to_account(OTHER_TRAINER)
    assert other.see(f"{class_path}/{paper}").status_code == 404
    assert b"%PDF" not in visitor().see(f"{class_path}/{paper}").content
