"""The boards' pages and what their kernels may ask: by role, by class, and noted where names are shown."""

from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select

from hocso import kpi
from hocso.records import AccessEntry, Account, Event, accounts, classes, events, learners
from hocso.web.tokens import BoardPass, Pass
from tests.conftest import OTHER_TRAINER, STAFF, TRAINER, token_of_kernel

LESSON = "ky-nang-so/mat-khau-va-otp"
PERIOD = "2026-12"


@pytest.fixture(scope="module")
def hall(new_server):
    return new_server()


def account_id(server, account):
    with server.database().session(readonly=True) as session:
        return session.scalar(select(Account.id).where(Account.username == account[0]))


def board_pass(server, account, class_id=None):
    with server.database().session(readonly=True) as session:
        found = session.get(Account, account_id(server, account))
        return BoardPass(found.id, accounts.seal(found), class_id)


def token(server, account, class_id=None):
    return token_of_kernel(server, board_pass(server, account, class_id))


def ask(server, path, secret, post=False):
    send = requests.post if post else requests.get
    return send(f"{server.url}/api/{path}", headers={"Authorization": f"Bearer {secret}"}, timeout=60)


@pytest.fixture(scope="module")
def a_class(hall):
    """A class of the trainer's with An in it, and somebody who is not."""
    with hall.database().session() as session:
        one = classes.open_class(
            session,
            trainer_id=account_id(hall, TRAINER),
            place="Nhà văn hóa",
            date=datetime.now(UTC).date(),
            lesson_ids=[LESSON],
        )
        ids = [
            learners.register(
                session,
                full_name=name,
                birth_year=1960,
                hamlet_id="ap-thu-1",
                group="nguoi-dan",
                pin="1357",
                consent_wording="Đồng ý (thử)",
            ).id
            for name in ("Nguyễn Văn An", "Người Ngoài Lớp")
        ]
        classes.check_in(session, one.id, ids[0])
        return one.id, *ids


def happened(server, learner_id, verb, minutes_ago=0, **about):
    with server.database().session() as session:
        events.append(
            session,
            id=str(uuid4()),
            learner_id=learner_id,
            lesson_id=LESSON,
            verb=verb,
            occurred_at=datetime.now(UTC) - timedelta(minutes=minutes_ago),
            **about,
        )


def test_only_staff_open_the_board_of_indicators(hall, visitor):
    for account, status in ((STAFF, 200), (TRAINER, 403)):
        one = visitor(hall)
        one.sign_in_to_account(account)
        assert one.see("/can-bo/bang").status_code == status
    assert "/dang-nhap" in visitor(hall).see("/can-bo/bang").url


def test_the_board_of_a_class_is_its_trainers_alone(hall, visitor, a_class):
    path = f"/giang-vien/lop/{a_class[0]}/theo-doi"
    for account, status in ((TRAINER, 200), (OTHER_TRAINER, 404), (STAFF, 403)):
        one = visitor(hall)
        one.sign_in_to_account(account)
        assert one.see(path).status_code == status
    assert "/dang-nhap" in visitor(hall).see(path).url


def test_a_boards_page_is_ready_and_holds_no_names_and_no_token(hall, visitor, a_class):
    one = visitor(hall)
    one.sign_in_to_account(TRAINER)
    page = unescape(one.see(f"/giang-vien/lop/{a_class[0]}/theo-doi").text)
    assert "Ai cần giúp" in page and "Nguyễn Văn An" not in page
    assert "HOCSO_TOKEN" not in page
    assert page.count('id="jupyter-config-data"') == 1


def test_the_figures_of_the_board_are_those_of_the_command(hall):
    shown = ask(hall, f"bang/chi-tieu?ky={PERIOD}&moi=1", token(hall, STAFF)).json()
    with hall.database().session(readonly=True) as session:
        wanted = kpi.plain(kpi.compute(session, hall.catalogue, kpi.Period.named(PERIOD)))
    as_texts = [(row.pop("rate_shown"), row.pop("target_shown")) for row in shown["figures"][""]]
    assert shown["figures"][""] == wanted
    assert all(
        (text == "–") == (row["rate"] is None) for (text, _), row in zip(as_texts, wanted, strict=True)
    )
    assert shown["at"]


def test_what_staff_change_shows_at_once(hall, visitor):
    secret = token(hall, STAFF)
    before = ask(hall, f"bang/chi-tieu?ky={PERIOD}", secret).json()
    staff = visitor(hall)
    staff.sign_in_to_account(STAFF)
    paper = {"number": "9/KH", "title": "Mới", "issued_on": "2026-07-01", "received_on": "2026-07-02"}
    staff.submit("/can-bo/so/van-ban/them", paper)
    after = ask(hall, f"bang/chi-tieu?ky={PERIOD}", secret).json()
    documents = [
        {row["population"] for row in shown["figures"][""] if row["indicator"] == "K2"}
        for shown in (before, after)
    ]
    assert documents == [{0}, {1}]


def test_names_come_only_when_asked_for_and_each_look_is_noted(hall, a_class):
    secret = token(hall, STAFF)
    assert "Nguyễn Văn An" not in ask(hall, f"bang/chi-tieu?ky={PERIOD}&moi=1", secret).text
    listed = ask(hall, f"bang/chi-tieu/B1/con-thieu?ky={PERIOD}&ap=ap-thu-1&dt=1", secret).json()
    assert "Nguyễn Văn An" in [row["name"] for row in listed["rows"]]
    with hall.database().session(readonly=True) as session:
        look = session.scalars(select(AccessEntry).order_by(AccessEntry.at.desc())).first()
    assert (look.what, look.about) == ("kpi-names", f"B1 {PERIOD} ap-thu-1 điện thoại")
    assert look.account_id == account_id(hall, STAFF)


@pytest.mark.parametrize(
    "path", [f"bang/chi-tieu?ky={PERIOD}", f"bang/chi-tieu/B1/con-thieu?ky={PERIOD}", "bang/lop"]
)
def test_no_other_token_opens_the_boards_api(hall, a_class, path):
    learners_own = token_of_kernel(hall, Pass(a_class[1], LESSON))
    wrong_role = token(hall, STAFF if path == "bang/lop" else TRAINER, a_class[0])
    nobodys = token_of_kernel(hall, board_pass(hall, STAFF), b"another key")
    for secret in (learners_own, wrong_role, nobodys, ""):
        assert ask(hall, path, secret).status_code == 403


def test_a_boards_token_writes_no_event(hall):
    answer = requests.post(
        f"{hall.url}/api/events",
        json={"id": str(uuid4()), "verb": "initialized", "occurred_at": datetime.now(UTC).isoformat()},
        headers={"Authorization": f"Bearer {token(hall, STAFF)}"},
        timeout=30,
    )
    assert answer.status_code == 403


def test_the_class_is_told_of_its_people_and_then_only_of_what_is_new(hall, a_class):
    class_id, an, outside = a_class
    secret = token(hall, TRAINER, class_id)
    happened(hall, an, "progressed", 30, result={"step": "tinh-huong"})
    happened(hall, outside, "progressed", result={"step": "tinh-huong"})
    news = ask(hall, "bang/lop", secret).json()
    assert [one["name"] for one in news["people"]] == ["Nguyễn Văn An"]
    assert {one["learner_id"] for one in news["events"]} == {an}
    seen = {one["id"] for one in news["events"]}
    happened(hall, an, "completed", exercise_id="ghi-nho", result={"state": "done"})
    later = ask(hall, "bang/lop", secret).json()
    assert len({one["id"] for one in later["events"]} - seen) == 1
    after = requests.get(
        f"{hall.url}/api/bang/lop",
        params={"sau": later["since"]},
        headers={"Authorization": f"Bearer {secret}"},
        timeout=30,
    ).json()
    assert {one["id"] for one in after["events"]} <= {one["id"] for one in later["events"]}


def test_what_a_clock_that_was_ahead_recorded_does_not_stop_the_board(hall, a_class):
    class_id, an, _ = a_class
    with hall.database().session() as session:
        ahead = datetime.now(UTC) + timedelta(days=365)
        about = {"learner_id": an, "lesson_id": LESSON, "occurred_at": ahead, "recorded_at": ahead}
        session.add(Event(id=str(uuid4()), verb="progressed", result={"step": "tinh-huong"}, **about))
    secret = token(hall, TRAINER, class_id)
    since = ask(hall, "bang/lop", secret).json()["since"]
    assert datetime.fromisoformat(since) <= datetime.now(UTC)


def test_a_trainer_helps_on_the_board_only_those_in_the_class(hall, a_class):
    class_id, an, outside = a_class
    secret = token(hall, TRAINER, class_id)
    assert ask(hall, f"bang/lop/{outside}/cap-pin", secret, post=True).status_code == 404
    pin = ask(hall, f"bang/lop/{an}/cap-pin", secret, post=True).json()["pin"]
    with hall.database().session() as session:
        assert learners.check_pin(session, an, pin).ok
        for _ in range(learners.PIN_TRIES):
            learners.check_pin(session, an, "0000" if pin != "0000" else "1111")
    assert ask(hall, "bang/lop", secret).json()["people"][0]["locked"]
    assert ask(hall, f"bang/lop/{an}/mo-khoa", secret, post=True).status_code == 200
    assert not ask(hall, "bang/lop", secret).json()["people"][0]["locked"]
