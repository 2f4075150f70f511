"""The same person twice: staff decide on a page, and the person comes in as one."""

import random
import re
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from hocso.records import AccessEntry, Event, Learner, classes, events, learners
from tests.conftest import STAFF, TRAINER, learner_in

PATH = "/can-bo/trung-nhau"


@pytest.fixture(scope="module")
def office(new_server):
    return new_server()


@pytest.fixture
def staff(office, visitor):
    one = visitor(office)
    one.sign_in_to_account(STAFF)
    return one


@pytest.fixture
def twins(office, visitor):
    """One person, named as nobody else, who registered in both hamlets, with two PINs."""
    name = f"Nguyễn Thị {''.join(random.choices('aeghiklmnoptuxy', k=12)).title()}"
    first = visitor(office).register(name, pin="1379")
    second_visitor = visitor(office)
    answer = second_visitor.submit(
        "/vao-hoc/ghi-ten",
        {
            "full_name": name,
            "birth_year": "1960",
            "hamlet_id": "ap-thu-2",
            "group": "nguoi-dan",
            "pin": "2468",
            "pin_again": "2468",
            "consent": "yes",
        },
    )
    assert answer.ok
    with office.database().session(readonly=True) as session:
        second = session.scalar(select(Learner.id).where(Learner.full_name == name, Learner.id != first))
    return name, first, second


def decide(staff, page, name, answer):
    """Press a button of the pair with that name."""
    section = page.text.split(f": {name}</h2>")[1].split("</section>")[0]
    form = {field: re.search(rf'name="{field}" value="([^"]+)"', section)[1] for field in ("mot", "hai")}
    return staff.submit(PATH, {**form, "xet": answer}), form


def found(one, name):
    return re.findall(r"/vao-hoc/pin/([0-9a-f-]{36})", one.submit("/vao-hoc/ten", {"ten": name}).text)


def test_only_staff_open_the_page_and_it_is_noted(office, staff, visitor, twins):
    assert staff.see(PATH).ok
    trainer = visitor(office)
    trainer.sign_in_to_account(TRAINER)
    assert trainer.see(PATH).status_code == 403
    assert trainer.submit(PATH, {"mot": twins[1], "hai": twins[2], "xet": "trai"}).status_code == 403
    assert "/dang-nhap" in visitor(office).see(PATH).url
    with office.database().session(readonly=True) as session:
        assert "twins" in session.scalars(select(AccessEntry.what)).all()


def test_both_entries_stand_side_by_side_with_what_tells_them_apart(office, staff, twins):
    name, *_ = twins
    page = staff.see(PATH).text
    section = page.split(f": {name}</h2>")[1].split("</section>")[0]
    assert "Vì: cùng tên, cùng năm sinh, khác ấp." in section
    assert re.search(
        r'Ấp<br><span class="hint">khác nhau</span></th><td>Ấp Thử \d</td><td>Ấp Thử \d</td>', section
    )
    for heading in ("Năm sinh", "Nhóm", "Điện thoại", "Số buổi học", "Số bài đã xong", "Từ danh sách"):
        assert f'<th scope="row">{heading}' in section


def test_one_person_is_found_once_and_comes_in_with_either_pin(office, staff, visitor, twins):
    name, first, second = twins
    answer, form = decide(staff, staff.see(PATH), name, "trai")
    assert f"Đã ghi: là một người, giữ {name}" in answer.text
    copy = max((office.data / "backups").glob("hocso-truoc-gop-nguoi-*Z.db"))
    with closing(sqlite3.connect(copy)) as before:
        entries = before.execute("SELECT merged_into FROM learners WHERE full_name = ?", (name,)).fetchall()
    assert entries == [(None,), (None,)]
    assert f": {name}</h2>" not in answer.text
    kept, merged = form["mot"], form["hai"]
    assert {kept, merged} == {first, second}
    assert found(visitor(office), name) == [kept]
    for learner_id, pin in ((kept, "1379"), (kept, "2468"), (merged, "1379"), (merged, "2468")):
        one = visitor(office)
        one.submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin})
        assert f"Đang học: <strong>{name}</strong>" in one.see("/").text
    with office.database().session() as session:
        pin = learners.reset_pin(session, merged)
    for old in {"1379", "2468"} - {pin}:
        assert visitor(office).submit(f"/vao-hoc/pin/{kept}", {"pin": old}).status_code == 403
    one = visitor(office)
    one.submit(f"/vao-hoc/pin/{kept}", {"pin": pin})
    assert f"Đang học: <strong>{name}</strong>" in one.see("/").text


def test_an_open_session_of_a_merged_entry_acts_for_the_one_that_goes_on(office, staff, visitor, twins):
    name, first, second = twins
    lesson = office.catalogue.lessons[0]
    sessions, tags = {}, {}
    for learner_id, pin in ((first, "1379"), (second, "2468")):
        sessions[learner_id] = visitor(office)
        sessions[learner_id].submit(f"/vao-hoc/pin/{learner_id}", {"pin": pin})
        tags[learner_id] = learner_in(sessions[learner_id].see(f"/hoc/{lesson.id}").text)
    _, form = decide(staff, staff.see(PATH), name, "phai")
    merged, kept = form["mot"], form["hai"]
    for one, step in ((merged, lesson.steps[1].id), (kept, lesson.steps[2].id)):
        answer = sessions[one].reach(lesson.id, step, tags[one])
        assert answer.status_code == 201, answer.text
        with office.database().session(readonly=True) as session:
            assert {events.place(session, entry, lesson.id) for entry in (merged, kept)} == {step}
    with office.database().session(readonly=True) as session:
        assert set(session.scalars(select(Event.learner_id).where(Event.verb == "progressed"))) == {kept}


def test_a_person_in_one_class_twice_stands_in_its_list_once(office, staff, visitor, twins):
    name, first, second = twins
    trainer = visitor(office)
    trainer.sign_in_to_account(TRAINER)
    form = {"place": "Nhà văn hóa", "date": "2026-11-24", "lesson": office.catalogue.lessons[0].id}
    page = trainer.submit("/giang-vien", form)
    path = urlsplit(page.url).path
    class_id = path.rpartition("/")[2]
    with office.database().session() as session:
        for one in (first, second):
            classes.check_in(session, class_id, one)
    assert trainer.see(f"{path}/bang").text.count(name) == 2
    decide(staff, staff.see(PATH), name, "trai")
    assert trainer.see(f"{path}/bang").text.count(name) == 1
    undo = {"mot": first, "hai": second, "xet": "mo"}
    assert "Đã hoàn tác." in staff.submit(PATH, undo).text
    assert trainer.see(f"{path}/bang").text.count(name) == 2


def test_two_people_are_listed_as_decided_and_can_be_taken_back(office, staff, twins):
    name, *_ = twins
    answer, form = decide(staff, staff.see(PATH), name, "hai")
    assert f": {name}</h2>" not in answer.text
    assert re.search(rf"<strong>Là hai người</strong>: {name} \(1960, Ấp Thử \d\) và {name}", answer.text)
    assert "Cán bộ Thử" in answer.text
    back = staff.submit(PATH, {**form, "xet": "mo"})
    assert f": {name}</h2>" in back.text


@pytest.mark.parametrize("wrong", [{"xet": "gi-do"}, {"xet": "trai", "hai": "x"}, {"xet": "hai", "mot": ""}])
def test_what_no_button_sends_changes_nothing(office, staff, twins, wrong):
    name, first, second = twins
    copies = set((office.data / "backups").glob("*gop-nguoi*"))
    answer = staff.submit(PATH, {"mot": first, "hai": second, **wrong})
    assert answer.status_code in (400, 404, 422)
    assert f": {name}</h2>" in staff.see(PATH).text
    assert set((office.data / "backups").glob("*gop-nguoi*")) == copies
