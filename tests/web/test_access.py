"""Nobody gets further than the table of `hocso.web.access` says: every route, as everybody."""

import re
import uuid
from datetime import UTC, date, datetime

import pytest
import requests
import websocket

from hocso.course import load_catalogue
from hocso.records import accounts, attempts, classes, open_database
from hocso.web import HocSo, access
from hocso.web.page import Page
from hocso.web.tokens import BoardPass, Pass
from hocso.web.trainer import ClassCourse
from tests.conftest import ADMINISTRATOR, KIT, OTHER_TRAINER, STAFF, TRAINER, kernel_in, token_of_kernel

LESSON = "ky-nang-so/mat-khau-va-otp"
QUIZ = "ky-nang-so-04"
NOBODYS = str(uuid.UUID(int=7))

# What stands for the stars of an address where anything will not do.
FOR_STARS = {
    "/lop/*": "/lop/ABCDEF",
    "/the/*": "/the/khong-co",
    "/hoc/*/*": f"/hoc/{LESSON}",
    "/kiem-tra/*/*": f"/kiem-tra/{LESSON}",
    "/hoc/*": "/hoc/ky-nang-so/pictures/khong-co.svg",
    "/static/*": "/static/0123456789abcdef/khong-co.js",
    "/giang-vien/trinh-chieu/*/*": f"/giang-vien/trinh-chieu/{LESSON}",
    "/giang-vien/trinh-chieu/*/*/ghi-chu": f"/giang-vien/trinh-chieu/{LESSON}/ghi-chu",
    "/can-bo/hoan-thanh.*": "/can-bo/hoan-thanh.csv",
    "/can-bo/chi-tieu/*": "/can-bo/chi-tieu/B1",
    "/can-bo/chi-tieu/*/*": f"/can-bo/chi-tieu/B1/{NOBODYS}",
    "/can-bo/chi-tieu/kenh/*": "/can-bo/chi-tieu/kenh/loa",
    "/can-bo/chi-tieu/bao-cao.*": "/can-bo/chi-tieu/bao-cao.csv",
    "/chung-nhan/*.pdf": "/chung-nhan/ky-nang-so.pdf",
    "/api/bang/lop/*/*": f"/api/bang/lop/{NOBODYS}/mo-khoa",
    "/api/bang/chi-tieu": "/api/bang/chi-tieu?ky=2026-12",
    "/api/bang/chi-tieu/*/con-thieu": "/api/bang/chi-tieu/K1/con-thieu?ky=2026-12",
    "/xac-nhan/*": "/xac-nhan/khongco",
    "/can-bo/so/*": "/can-bo/so/van-ban",
    "/voila/static/*": "/voila/static/khong-co.js",
    "/voila/api/themes/*": "/voila/api/themes/khong-co.css",
    "/voila/labextensions/*": "/voila/labextensions/khong-co.js",
}


# Files of the kit, the same for everybody.
SHARED = (
    "/static/*",
    "/hoc/*",
    "/voila/static/*",
    "/voila/api/themes/*",
    "/voila/labextensions/*",
    "/favicon.ico",
)


def path_to(address: str, own: str = NOBODYS) -> str:
    if address in FOR_STARS:
        return FOR_STARS[address]
    if address.startswith("/giang-vien/lop/*/"):
        rest = address.removeprefix("/giang-vien/lop/*/")
        if rest == "*":
            return f"/giang-vien/lop/{own}/{next(iter(ClassCourse.steps))}"
        return f"/giang-vien/lop/{own}/" + rest.replace("bai-giay/*", "bai-giay/ABCD2345").replace(
            "*", NOBODYS
        )
    if address.startswith("/can-bo/so/"):
        return address.replace("*", "van-ban", 1).replace("*", own)
    return address.replace("*", own)


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """The application as it starts, short of listening."""
    data = tmp_path_factory.mktemp("data")

    class Silent(HocSo):
        def listen(self):
            """Nobody is served."""

    app = Silent(kit=KIT, data=data, database=open_database(data / "hocso.db"), catalogue=load_catalogue(KIT))
    app.initialize()
    app.start()
    return app


def test_the_table_has_a_row_for_each_route_and_a_route_for_each_row(application):
    assert {access.address(route[0]) for route in application.routes()} == set(access.TABLE)


def test_every_page_is_given_its_row(application):
    for pattern, handler, *options in application.init_handlers():
        if issubclass(handler, Page):
            assert options[0]["access"] == access.TABLE[access.address(pattern)], pattern


def test_a_route_without_a_row_is_not_served():
    with pytest.raises(access.NoRow, match="/quen-ghi"):
        access.guarded([(r"/quen-ghi", Page)])


@pytest.fixture(scope="module")
def everybody(server, visitor_at):
    """{role: cookies and headers}: who they are is in what they bring."""
    people = {"nobody": visitor_at(), "kernel": visitor_at(), "learner": visitor_at()}
    people["learner"].register("Bùi Thị Vai Trò")
    for role, account in (("trainer", TRAINER), ("staff", STAFF), ("administrator", ADMINISTRATOR)):
        people[role] = visitor_at()
        assert people[role].sign_in_to_account(account).ok
    token = token_of_kernel(server, Pass(NOBODYS, LESSON))
    people["kernel"].headers["Authorization"] = f"Bearer {token}"
    for board, account in (("class board", TRAINER), ("staff board", STAFF)):
        people[board] = visitor_at()
        token = token_of_kernel(server, board_pass(server, account))
        people[board].headers["Authorization"] = f"Bearer {token}"
    for one in people.values():
        one.see("/vao-hoc")  # for a token against forged forms
    return people


@pytest.fixture(scope="module")
def visitor_at(server):
    from tests.conftest import Visitor

    return lambda: Visitor(server)


def board_pass(server, account):
    """Of a class that there is not: whoever has it is let in, and finds nothing."""
    with server.database().session(readonly=True) as session:
        found = next(one for one in accounts.listed(session) if one.username == account[0])
        return BoardPass(found.id, accounts.seal(found), NOBODYS)


def ask(one, method: str, path: str) -> requests.Response:
    """A request that leaves what `one` is untouched."""
    form = {"_xsrf": one.cookies["_xsrf"]} if method == "POST" else None
    return requests.request(
        method,
        one.server.url + path,
        data=form,
        cookies=one.cookies.get_dict(),
        headers=one.headers,
        allow_redirects=False,
    )


def turned_away(answer: requests.Response) -> bool:
    to = answer.headers.get("Location", "")
    if answer.status_code == 302:
        return to.startswith(("/dang-nhap?tiep=", "/vao-hoc?tiep="))
    if answer.url.split("/")[3] == "api":
        return answer.status_code in (401, 403)
    return answer.status_code == 403 and "Tài khoản này không được mở trang này" in answer.text


@pytest.mark.parametrize("address", [one for one, row in access.TABLE.items() if row.own != "kernel"])
def test_each_role_comes_as_far_as_the_table_says(everybody, address):
    row = access.TABLE[address]
    for role, one in everybody.items():
        has_token = role in ("kernel", "class board", "staff board")
        may = role in row.roles or (has_token and "nobody" in row.roles)
        for method in ("GET", "POST"):
            answer = ask(one, method, path_to(address))
            assert turned_away(answer) != may, (role, method, answer.status_code)
            assert answer.status_code < 500, (role, method)
            # Whoever has this tablet next must not find it in the browser's cache.
            assert address in SHARED or answer.headers["Cache-Control"] == "no-store", (role, method)
            if not may:
                assert "Bùi Thị Vai Trò" not in answer.text.replace("Đang học: <strong>Bùi Thị Vai Trò", "")
        if address == "/ra":
            one.come_back()
        if may and role == "learner" and address in ("/hoc/*/*", "/kiem-tra/*/*"):
            one.submit(f"/voila/api/shutdown/{kernel_in(ask(one, 'GET', path_to(address)).text)}")


@pytest.fixture(scope="module")
def owned(server, visitor_at):
    """What is somebody's: {kind: (id, its owner, somebody else of the same role)}."""
    people = [visitor_at() for _ in range(4)]
    learner_id = people[0].register("Lý Văn Có Bài")
    people[1].register("Lý Văn Khác")
    people[2].sign_in_to_account(TRAINER)
    people[3].sign_in_to_account(OTHER_TRAINER)
    with server.database().session() as session:
        attempt = attempts.current_attempt(session, learner_id, QUIZ)
        attempts.submit(session, attempt.id, learner_id, {})
        attempt.state = "failed"  # so that it can be asked for again
        trainer = next(one for one in accounts.listed(session) if one.username == TRAINER[0])
        opened = classes.open_class(
            session, trainer_id=trainer.id, place="Nhà văn hóa", date=date(2026, 11, 24), lesson_ids=[LESSON]
        )
        return {
            "attempt": (attempt.id, people[0], people[1]),
            "class": (opened.id, people[2], people[3]),
        }


@pytest.mark.parametrize(
    "address", [one for one, row in access.TABLE.items() if row.own in ("class", "attempt")]
)
def test_what_is_anothers_is_not_there(owned, address):
    own_id, owner, other = owned[access.TABLE[address].own]
    methods = {}
    for method in ("GET", "POST"):
        answer = ask(other, method, path_to(address, own_id))
        assert answer.status_code in (404, 405), method
        methods[method] = answer.status_code
    assert 404 in methods.values()
    # What asks for a code too finds none here.
    if address.count("*") == 1 and not address.endswith("/bai-giay/mo"):
        for method in (method for method, status in methods.items() if status == 404):
            there = ask(owner, method, path_to(address, own_id)).status_code
            assert there in (200, 302, 400, 409, 422), method


def test_every_address_of_one_class_or_attempt_says_whose_it_must_be():
    of_one = re.compile(r"^/(giang-vien/lop|ket-qua|api/kernels|voila/api/shutdown)/\*")
    assert [one for one, row in access.TABLE.items() if of_one.match(one) and row.own is None] == []


@pytest.mark.parametrize("role", ["nobody", "learner", "trainer", "staff", "administrator", "kernel"])
def test_a_kernel_is_reached_from_its_own_browser_only(everybody, visitor_at, role):
    owner = visitor_at()
    kernel = kernel_in(owner.see(f"/hoc/{LESSON}").text)
    stranger = everybody[role]

    def channels(one):
        return websocket.create_connection(
            f"ws://localhost:{one.server.port}/api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}",
            cookie="; ".join(f"{name}={value}" for name, value in one.cookies.get_dict().items()),
            header=[f"Authorization: {one.headers.get('Authorization', '')}"],
            origin=one.server.url,
            timeout=10,
        )

    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        channels(stranger)
    assert refused.value.status_code == 403
    assert ask(stranger, "GET", f"/api/kernels/{kernel}").status_code == 403
    assert ask(stranger, "POST", f"/voila/api/shutdown/{kernel}").status_code == 403
    channels(owner).close()
    assert ask(owner, "POST", f"/voila/api/shutdown/{kernel}").status_code == 204


def test_what_is_left_of_a_closed_account_opens_nothing(server, visitor_at):
    username = f"can.bo.{uuid.uuid4().hex[:6]}"
    with server.database().session() as session:
        accounts.create_account(
            session, username=username, password="mat-khau-dai", role="staff", display_name="Cán bộ"
        )
    one = visitor_at()
    one.sign_in_to_account((username, "mat-khau-dai"))
    assert not turned_away(ask(one, "GET", "/can-bo"))
    for change in (
        accounts.close,
        lambda session, who: accounts.change_password(session, who, "mat-khau-moi"),
    ):
        with server.database().session() as session:
            account = next(one for one in accounts.listed(session) if one.username == username)
            change(session, account.id)
        assert turned_away(ask(one, "GET", "/can-bo"))
    one.sign_in_to_account((username, "mat-khau-moi"))
    assert not turned_away(ask(one, "GET", "/can-bo"))


def test_a_changed_role_holds_from_the_next_request_on(server, visitor_at):
    username = f"can.bo.{uuid.uuid4().hex[:6]}"
    with server.database().session() as session:
        accounts.create_account(
            session, username=username, password="mat-khau-dai", role="staff", display_name="Cán bộ"
        )
    one = visitor_at()
    one.sign_in_to_account((username, "mat-khau-dai"))
    with server.database().session() as session:
        account = next(one for one in accounts.listed(session) if one.username == username)
        accounts.change_role(session, account.id, "trainer")
    assert turned_away(ask(one, "GET", "/can-bo"))
    assert not turned_away(ask(one, "GET", "/giang-vien"))


def test_a_token_is_good_for_its_own_learner_and_lesson_and_until_then_only(server, visitor_at):
    learner_id = visitor_at().register("Trịnh Văn Thẻ")
    event = {
        "id": str(uuid.uuid4()),
        "verb": "completed",
        "exercise": "mot",
        "occurred_at": datetime.now(UTC).isoformat(),
        "result": None,
    }

    def post(token, **changes):
        return requests.post(
            f"{server.url}/api/events", json=event | changes, headers={"Authorization": f"Bearer {token}"}
        ).status_code

    good = token_of_kernel(server, Pass(learner_id, LESSON))
    other_key = token_of_kernel(server, Pass(learner_id, LESSON), b"khac" * 8)
    for bad in ("", "x", good[:-2], good + "0", other_key, server.log[:20].encode().hex()):
        assert post(bad) == 403
    assert post(good, learner=NOBODYS) == 403
    assert post(good, verb="passed") == 422
    assert post(good) == 201
