"""Whatever is sent to whatever address, the server answers, and never with an error of its own.

HOCSO_FUZZ says how many requests; a small part of a night's run is enough for every change.
"""

import os

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hocso.web import access
from hocso.web.tokens import Pass
from tests.conftest import ADMINISTRATOR, STAFF, TRAINER, Visitor, token_of_kernel

LESSON = "ky-nang-so/mat-khau-va-otp"
REQUESTS = int(os.environ.get("HOCSO_FUZZ", "150"))


def words(text: str, between: str | None = None) -> list[str]:
    return text.split(between)


FIELDS = words(
    "lop tiep ten the pin pin_again full_name birth_year hamlet_id group phone consent username password "
    "display_name role place date lesson tu den track hamlet ky chia ap chac bo nhap noi-dung tai-khoan "
    "number title issued_on received_on published_on count year source session_id"
)
# What has made servers stumble, beside anything at all.
ODD = words(
    "|0|-1|1e999|NaN|null|[]|{}|'|\"|%|%00|\0|\x7f|../..|//x|2026-02-30|9999-12-31|0000-00-00|co|yes|B1|xlsx|"
    "nguoi-dan|ap-thu-1|<script>|=1+1|2025-12-15..2026-06-14|aGVsbG8=|00000000-0000-0000-0000-000000000007",
    "|",
)
TEXTS = st.sampled_from([*ODD, " ", "9" * 40, "\ud7ff", "🙂" * 50, "Ê" * 5000]) | st.text(max_size=30)
SEGMENTS = words(
    "ky-nang-so mat-khau-va-otp van-ban dan-so B1 xlsx csv ABCDEF 00000000-0000-0000-0000-000000000007 a .. "
    "0123456789abcdef/x.js ky-nang-so/pictures/x.svg %2e%2e %00 %F0"
)
METHODS = words("GET GET POST POST PUT DELETE PATCH HEAD OPTIONS TRACE XYZ")
HEADERS = words("Content-Type Accept Range If-None-Match X-Forwarded-For Origin Content-Encoding")
VALUES = words(
    '|x|bytes=5-1|bytes=0-|multipart/form-data|multipart/form-data; boundary=|*/*|"0"|null|text/plain|gzip|'
    "application/json; charset=utf-9|application/x-www-form-urlencoded",
    "|",
)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.uuids().map(str) | JSONS,
        "verb": st.sampled_from(["answered", "completed", "progressed", "passed"]) | JSONS,
        "exercise": JSONS,
        "occurred_at": st.datetimes().map(lambda at: at.isoformat() + "+07:00") | JSONS,
        "result": JSONS,
        "learner": JSONS,
        "lesson": st.just(LESSON) | JSONS,
        "step": JSONS,
        "answers": JSONS,
    },
)


@st.composite
def a_request(draw):
    """(method, path, query, headers, how the body is given to requests)."""
    address = draw(st.sampled_from([one for one in access.TABLE if one != "/ra"]))
    path = "".join(
        draw(st.sampled_from([*SEGMENTS, "x" * 300])) if part == "*" else part for part in _parts(address)
    )
    method = draw(st.sampled_from(METHODS))
    query = draw(st.dictionaries(st.sampled_from(FIELDS), TEXTS, max_size=3))
    form = st.dictionaries(st.sampled_from(FIELDS), TEXTS | st.lists(TEXTS, max_size=2), max_size=8)
    body = draw(
        st.fixed_dictionaries({"data": form})
        | st.fixed_dictionaries({"json": EVENTS | JSONS.filter(lambda one: one is not None)})
        | st.fixed_dictionaries({"data": st.binary(max_size=200)})
        | st.fixed_dictionaries(
            {
                "data": form,
                "files": st.fixed_dictionaries(
                    {"tep": st.tuples(st.just("a.xlsx"), st.binary(max_size=200))}
                ),
            }
        )
    )
    headers = draw(st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(VALUES), max_size=2))
    return method, path, query, headers, body


def _parts(address: str) -> list[str]:
    pieces = address.split("*")
    return [part for piece in pieces for part in (piece, "*")][:-1]


@pytest.fixture(scope="module")
def everybody(new_server):
    """Each role with cookies and a token against forged forms, so that requests get as far as they can."""
    server = new_server()
    people = [Visitor(server) for _ in range(6)]
    learner_id = people[1].register("Chu Văn Thử")
    for one, account in zip(people[2:5], (TRAINER, STAFF, ADMINISTRATOR), strict=True):
        one.sign_in_to_account(account)
    token = token_of_kernel(server, Pass(learner_id, LESSON, "ky-nang-so-04"))
    people[5].headers["Authorization"] = f"Bearer {token}"
    for one in people:
        one.see("/vao-hoc")
        one.headers["X-XSRFToken"] = one.cookies["_xsrf"]
    return server, people


def test_no_request_makes_the_server_fail(everybody):
    server, people = everybody

    @settings(
        max_examples=REQUESTS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=REQUESTS <= 150,
    )
    @given(a_request(), st.sampled_from(people))
    def answers(request, one):
        method, path, query, headers, body = request
        try:
            answer = requests.request(
                method,
                server.url + path,
                params=query,
                headers={**one.headers, **headers},
                cookies=one.cookies.get_dict(),
                allow_redirects=False,
                timeout=60,
                **body,
            )
        except (UnicodeEncodeError, requests.exceptions.InvalidHeader, requests.exceptions.InvalidJSONError):
            return  # not to be sent at all
        except requests.ConnectionError:
            return  # what is no HTTP is hung up on
        if path == "/ra":
            one.come_back()
        assert answer.status_code < 500 or answer.status_code == 503, (answer.status_code, answer.text[-300:])

    answers()
    _, traceback, first = server.log.partition("Traceback")
    assert not traceback, first[:4000]
    assert requests.get(f"{server.url}/healthz", timeout=10).ok
