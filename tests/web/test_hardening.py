"""What others could try from outside, by address, form, file or name."""

import http.client
import io
import re
import subprocess
import sys
import uuid
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest
import requests

from hocso.records import accounts
from hocso.web.tokens import Pass
from tests.conftest import ADMINISTRATOR, STAFF, TRAINER, kernel_in, token_of_kernel

LESSON = "ky-nang-so/mat-khau-va-otp"
SCRIPT = "<script>alert(1)</script>"


def raw(server, path: str, method: str = "GET", **headers) -> http.client.HTTPResponse:
    """A request whose path no client has tidied up."""
    line = http.client.HTTPConnection("localhost", server.port, timeout=10)
    line.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        line.putheader(name, value)
    line.endheaders()
    return line.getresponse()


@pytest.mark.parametrize(
    "path",
    [
        "/hoc/../../pyproject.toml",
        "/hoc/ky-nang-so/pictures/../../../pyproject.toml",
        "/hoc/ky-nang-so/pictures/..%2f..%2f..%2fpyproject.toml",
        "/hoc/ky-nang-so/04-mat-khau-va-otp.ipynb",
        "/static/0123456789abcdef/../../../pyproject.toml",
        "/static/..%2f..%2fpage.py",
        "/voila/static/../../../../../../etc/passwd",
        "/voila/static/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/voila/labextensions/../../../../etc/passwd",
        "/voila/labextensions/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/voila/api/themes/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/voila/static//etc/passwd",
        "/voila/files/hocso.db",
        "/voila/render/quizzes/source/ky-nang-so-04/ky-nang-so-04.ipynb",
        "/voila/tree",
        "/voila/api/contents/quizzes",
        "/api/kernels",
        "/api/sessions",
        "/api/contents",
        "/files/pyproject.toml",
        "/login",
        "/hoc/ky-nang-so/mat-khau-va-otp%00",
        "/hoc/ky-nang-so/..%5c..%5csecret.key",
    ],
)
def test_no_path_leads_out_of_what_is_served(server, path):
    answer = raw(server, path)
    body = answer.read().decode(errors="replace")
    assert answer.status in (400, 403, 404), (answer.status, body[:200])
    assert "root:" not in body
    assert "[project]" not in body
    assert "nbformat" not in body


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/%2fevil.example/",
        "javascript:alert(1)",
        "/can-bo\r\nSet-Cookie: hocso=x",
        "/can-bo\n",
        "/.evil.example",
        "\t//evil.example",
    ],
)
def test_signing_in_leads_to_this_site_only_and_sets_no_header_of_anothers(visitor, to):
    one = visitor()
    one.see("/dang-nhap")
    form = {"username": STAFF[0], "password": STAFF[1], "tiep": to, "_xsrf": one.cookies["_xsrf"]}
    answer = one.post(one.server.url + "/dang-nhap", data=form, allow_redirects=False)
    assert answer.headers["Location"] in ("/can-bo", "/evil.example/")
    assert "evil" not in str(answer.headers.get("Set-Cookie"))
    for path in ("/vao-hoc", "/vao-hoc/ten", "/vao-hoc/ghi-ten", "/dang-nhap"):
        assert "evil.example" not in one.see(path, params={"tiep": to}).text


def test_a_form_without_its_token_does_nothing(visitor):
    one = visitor()
    one.sign_in_to_account(ADMINISTRATOR)
    for path in ("/quan-tri/tai-khoan", "/ra", "/dang-nhap", "/can-bo/chi-tieu/chot", "/api/place"):
        for token in ({}, {"_xsrf": "x"}, {"_xsrf": "2|12345678|" + "0" * 32 + "|1700000000"}):
            assert one.post(one.server.url + path, data=token).status_code == 403, path


def test_every_page_keeps_scripts_frames_and_guesses_of_its_kind_out(visitor):
    one = visitor()
    for path in ("/", "/vao-hoc", "/dang-nhap", "/tu-dien", f"/hoc/{LESSON}", "/khong-co", "/can-bo"):
        headers = one.see(path).headers
        policy = headers["Content-Security-Policy"]
        scripts = re.search(r"script-src ([^;]+)", policy)[1]
        assert scripts == "'self'", path
        # Old phones take 'self' for http alone, and a lesson speaks to its kernel by a websocket.
        assert f"connect-src 'self' ws://localhost:{one.server.port};" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy and "object-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Server" not in headers
        assert "Strict-Transport-Security" not in headers  # it would lock a class without TLS out


def test_the_name_that_a_browser_calls_us_by_adds_nothing_to_the_policy(server):
    answer = raw(server, "/", Host="localhost; script-src *")
    assert "script-src *" not in str(answer.headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/khong-co"),
        ("POST", "/khong-co"),
        ("OPTIONS", "/"),
        ("GET", "/vao-hoc"),
        ("GET", "/can-bo"),
        ("GET", "/favicon.ico"),
        ("HEAD", "/favicon.ico"),
        ("GET", "/static/0123456789abcdef/hocso.css"),
        ("GET", "PICTURE"),
        ("POST", "PICTURE"),
        ("GET", "/hoc/ky-nang-so/pictures/khong-co.png"),
        ("GET", "/voila/static/voila.js"),
        ("GET", "/voila/static/khong-co.js"),
        ("GET", "/voila/api/themes/@jupyterlab/theme-light-extension/index.css"),
        ("GET", "/voila/labextensions/khong-co.js"),
        ("GET", f"/api/kernels/{uuid.UUID(int=1)}"),
        ("GET", f"/api/kernels/{uuid.UUID(int=1)}/channels"),
        ("POST", f"/voila/api/shutdown/{uuid.UUID(int=1)}"),
        ("POST", "/api/events"),
    ],
)
def test_whoever_answers_the_headers_are_there(server, method, path):
    """Our pages, Jupyter's handlers, and tornado itself: files, redirects, refusals."""
    if path == "PICTURE":
        picture = next((server.kit / "lessons").glob("*/pictures/*.*"))
        path = f"/hoc/{picture.relative_to(server.kit / 'lessons').as_posix()}"
    headers = raw(server, path, method).headers
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers.get_all("Referrer-Policy") == ["same-origin"]
    assert headers.get_all("X-Frame-Options") == ["DENY"]
    [policy] = headers.get_all("Content-Security-Policy")
    assert "frame-ancestors 'none'" in policy and "default-src" in policy and "base-uri 'none'" in policy
    assert "Server" not in headers


def test_nothing_typed_becomes_a_script(server, visitor):
    """In the fields of every form, in what is stored of them, and in a lesson's state."""
    trainer, admin, learner = visitor(), visitor(), visitor()
    trainer.sign_in_to_account(TRAINER)
    admin.sign_in_to_account(ADMINISTRATOR)
    with server.database().session() as session:
        accounts.create_account(
            session,
            username="ten.lo",
            password="mat-khau-dai",
            role="staff",
            display_name=f"Cán bộ {SCRIPT}",
        )
    odd = visitor()
    odd.sign_in_to_account(("ten.lo", "mat-khau-dai"))
    place = trainer.submit("/giang-vien", {"place": SCRIPT, "date": "2026-11-24", "lesson": LESSON})
    class_path = place.url.removeprefix(server.url)
    pages = [
        odd.see("/can-bo"),
        place,
        trainer.see("/giang-vien"),
        trainer.see(class_path + "/chieu"),
        trainer.see(class_path + "/bang"),
        trainer.submit("/giang-vien/nguoi-hoc", {"ten": SCRIPT}),
        trainer.submit("/giang-vien", {"place": SCRIPT, "date": SCRIPT}),
        admin.see("/quan-tri/tai-khoan"),
        admin.submit("/quan-tri/tai-khoan", {"username": SCRIPT, "display_name": SCRIPT, "role": SCRIPT}),
        admin.see("/quan-tri/nhat-ky", params={"tai-khoan": SCRIPT}),
        admin.see("/can-bo", params={"track": SCRIPT, "hamlet": SCRIPT, "group": SCRIPT}),
        admin.see("/can-bo", params={"tu": SCRIPT}),
        admin.see("/can-bo/chi-tieu", params={"ky": SCRIPT, "chia": SCRIPT}),
        admin.see("/can-bo/chi-tieu/B1", params={"ap": SCRIPT}),
        admin.see("/can-bo/chi-tieu/K3", params={"nhom": SCRIPT, "chuong": SCRIPT, "trong": SCRIPT}),
        admin.see("/quan-tri/nhat-ky"),
        admin.submit("/can-bo/so/van-ban/them", {"number": SCRIPT, "title": SCRIPT, "received_on": SCRIPT}),
        learner.submit("/vao-hoc", {"lop": SCRIPT, "tiep": SCRIPT}),
        learner.submit("/vao-hoc/ten", {"ten": SCRIPT, "lop": ""}),
        learner.submit("/vao-hoc/ten", {"ten": SCRIPT, "lop": SCRIPT}),
        learner.submit("/vao-hoc/ghi-ten", {"full_name": SCRIPT, "birth_year": SCRIPT, "phone": SCRIPT}),
        learner.submit("/dang-nhap", {"username": SCRIPT, "password": SCRIPT}),
        learner.see(f"/hoc/{SCRIPT}/{SCRIPT}"),
    ]
    learner.register("Đỗ Văn An Toàn")
    kernel_page = learner.see(f"/hoc/{LESSON}")
    learner.submit(f"/voila/api/shutdown/{kernel_in(kernel_page.text)}")
    for page in [*pages, kernel_page]:
        assert "alert(1)</script>" not in page.text, page.url
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page.text)
        assert all('type="application/json"' in kind for kind in inline), page.url
    assert any("&lt;script&gt;" in page.text for page in pages)


def test_an_answer_with_markup_stands_in_the_next_page_as_data(server, visitor):
    """What a learner chose comes back inside the lesson's page: as JSON that closes no script."""
    one = visitor()
    learner_id = one.register("Đỗ Thị Trả Lời")
    exercise = server.catalogue.lesson(LESSON).required_exercises[0]
    token = token_of_kernel(server, Pass(learner_id, LESSON))
    event = {
        "id": str(uuid.uuid4()),
        "verb": "answered",
        "exercise": exercise,
        "occurred_at": datetime.now(UTC).isoformat(),
        "result": {"response": f"</script>{SCRIPT}", "correct": False},
    }
    answer = requests.post(
        f"{server.url}/api/events", json=event, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 201
    page = one.see(f"/hoc/{LESSON}")
    assert page.status_code == 200
    assert "alert(1)</script>" not in page.text
    one.submit(f"/voila/api/shutdown/{kernel_in(page.text)}")


def xlsx(**parts: bytes) -> bytes:
    """A workbook whose parts (by the end of their names) are replaced."""
    whole, bad = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = next((body for end, body in parts.items() if name.endswith(f"{end}.xml")), old.read(name))
            new.writestr(name, part)
    return bad.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><worksheet>&a11;</worksheet>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'
)


NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet(rows: bytes, after: bytes = b"") -> bytes:
    """A workbook whose sheet has these rows, and what stands after them."""
    body = b"<worksheet %s><sheetData>%s</sheetData>%s</worksheet>" % (NAMESPACE, rows, after)
    return xlsx(sheet1=body)


def merged(*ranges: bytes) -> bytes:
    cells = b"".join(b'<mergeCell ref="%s"/>' % one for one in ranges)
    row = b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'
    return sheet(row, b"<mergeCells>%s</mergeCells>" % cells)


STYLES = b"<styleSheet %s><cellXfs>%s</cellXfs></styleSheet>"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(xlsx(sheet1=b" " * 200 * 2**20), id="zip bomb"),
        pytest.param(merged(b"A1:XFD1048576"), id="all cells merged"),
        pytest.param(merged(b"D1:AZ100000", b"A2:C1048576"), id="many rows merged"),
        pytest.param(merged(*[b"A1:XFD1048576"] * 500_000), id="many merged ranges"),
        pytest.param(sheet(b'<row r="1">%s</row>' % (b"<c/>" * 4_000_000)), id="a row of millions"),
        pytest.param(sheet(b"<row/>" * 3_000_000), id="millions of rows"),
        pytest.param(sheet(b'<row r="99999999999999"><c/></row>'), id="a row far below"),
        pytest.param(sheet(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'), id="a column far right"),
        pytest.param(xlsx(styles=STYLES % (NAMESPACE, b"<xf/>" * 3_000_000)), id="millions of styles"),
        pytest.param(xlsx(sheet1=LAUGHS), id="billion laughs"),
        pytest.param(xlsx(sheet1=OUTSIDE), id="entity from a file"),
        pytest.param(b"PK\x03\x04" + b"\0" * 1000, id="broken zip"),
        pytest.param(b"\0" * 1000, id="zeros"),
    ],
)
def test_a_file_that_is_made_to_hurt_is_refused(visitor, content):
    staff = visitor()
    staff.sign_in_to_account(STAFF)
    answer = staff.submit("/can-bo/so/van-ban/nhap", files={"tep": ("../../sổ.xlsx", content)})
    assert answer.status_code in (400, 413, 422)
    assert "root:" not in answer.text
    assert staff.see("/healthz").ok


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(merged(b"A1:XFD1048576"), id="all cells merged"),
        pytest.param(merged(*[b"A1:XFD1048576"] * 500_000), id="many merged ranges"),
        pytest.param(sheet(b'<row r="1">%s</row>' % (b"<c/>" * 4_000_000)), id="a row of millions"),
        pytest.param(xlsx(styles=STYLES % (NAMESPACE, b"<xf/>" * 3_000_000)), id="millions of styles"),
    ],
)
def test_a_small_file_takes_little_time_and_memory(tmp_path, content):
    """Read in a process of its own that may take 400 MB beyond what it has imported, and 25 s."""
    (tmp_path / "a.xlsx").write_bytes(content)
    program = """
import resource, sys
from pathlib import Path
from hocso.records import RosterRefused, sheets
has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (has + 400 * 2**20,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (25, 25))
try:
    print([len(one.rows) for one in sheets.read(Path(sys.argv[1]).read_bytes())])
except RosterRefused as refused:
    print(refused)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "a.xlsx")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-500:]


@pytest.mark.parametrize("told", ["at once", "in pieces"])
@pytest.mark.parametrize("path", ["/vao-hoc", "/can-bo/trao-doi/xem", "/api/events", "/khong-co"])
def test_who_has_no_account_can_not_fill_the_memory(server, path, told):
    """They are hung up on before what they send is there."""
    line = http.client.HTTPConnection("localhost", server.port, timeout=10)
    line.putrequest("POST", path)
    if told == "at once":
        line.putheader("Content-Length", str(2**21))
        line.endheaders()
    else:
        line.putheader("Transfer-Encoding", "chunked")
        line.endheaders(b"%x\r\n" % 2**21)
    answer = line.getresponse()
    assert answer.status == 400 and answer.getheader("Connection") != "keep-alive"
    assert line.sock is None or line.sock.recv(1) == b""


def test_who_has_an_account_may_send_a_large_file(visitor):
    staff = visitor()
    staff.sign_in_to_account(STAFF)
    answer = staff.submit("/can-bo/trao-doi/xem", files={"tep": ("a.hocso", b"x" * 20 * 2**20)})
    assert answer.status_code == 422
    assert "không phải tệp trao đổi" in answer.text


def test_a_file_for_a_spreadsheet_holds_no_formula(server, visitor):
    admin = visitor()
    admin.sign_in_to_account(ADMINISTRATOR)
    admin.see("/can-bo/hoan-thanh.csv", params={"ten": "co", "hamlet": "=cmd|' /C calc'!A0"})
    log = admin.see("/quan-tri/nhat-ky.csv").content.decode("utf-8-sig")
    assert "quantri.thu,Tải kết quả có tên," in log and "=cmd" in log
    assert not re.search(r'(^|,)"?[=+@-]', log, re.MULTILINE)
