"""The glossary page."""

import html
import re

from hocso.course import load_glossary
from tests.conftest import KIT, Visitor


def test_every_word_stands_on_the_page_with_its_anchor_and_leads_to_its_lesson(server, visitor):
    page = html.unescape(visitor().see("/tu-dien").text)
    for term in load_glossary(KIT).terms:
        assert f'id="{term.anchor}"' in page
        assert term.meaning in page
        if lesson := term.lesson_in(server.catalogue):
            assert f'href="/hoc/{lesson.id}"' in page
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))


def test_it_is_found_from_every_page(visitor):
    assert 'href="/tu-dien"' in visitor().see("/vao-hoc").text
    assert "Từ điển số: tra từ khó" in visitor().see("/").text


def test_a_glossary_with_a_mistake_is_told_and_nothing_else_stops(new_server, tmp_path):
    kit = tmp_path / "kit"
    (kit / "quizzes/source").mkdir(parents=True)
    (kit / "lessons").mkdir()
    (kit / "quizzes/nbgrader_config.py").write_text((KIT / "quizzes/nbgrader_config.py").read_text())
    (kit / "lessons/tu-dien.toml").write_text("[[term]]\n", encoding="utf-8")
    server = new_server(kit)
    answer = Visitor(server).see("/tu-dien")
    assert answer.status_code == 500
    assert "Từ điển đang bị lỗi" in answer.text
    assert "thiếu name" in server.log
    (kit / "lessons/tu-dien.toml").unlink()
    assert Visitor(server).see("/tu-dien").status_code == 200
    assert Visitor(server).see("/").status_code == 200
