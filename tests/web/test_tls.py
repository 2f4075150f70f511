"""HTTPS, by the server itself or by a proxy before it."""

import ssl

import pytest
import requests
import websocket
from click.testing import CliRunner

from hocso.cli import hocso
from hocso.web.limits import ALLOWANCES
from tests.conftest import Visitor, free_port, kernel_in
from tests.web.test_kernels import cookies, hear_reply, say

LESSON = "ky-nang-so/mat-khau-va-otp"


def test_with_a_certificate_all_goes_over_https_and_lessons_are_recorded(new_server, certificate):
    cert, key = certificate
    server = new_server(options=["--tls-cert", str(cert), "--tls-key", str(key)])
    assert server.url.startswith("https://")
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url.replace("https", "http"), timeout=5)
    one = Visitor(server)
    one.register("Phan Văn Kín")
    answer = one.see("/")
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    assert f"connect-src 'self' wss://localhost:{server.port};" in answer.headers["Content-Security-Policy"]
    assert {cookie.name for cookie in one.cookies if cookie.secure} >= {"hocso", "_xsrf"}
    kernel = kernel_in(one.see(f"/hoc/{LESSON}").text)
    line = websocket.create_connection(
        f"wss://localhost:{server.port}/api/kernels/{kernel}/channels?session_id=x",
        cookie=cookies(one),
        origin=server.url,
        timeout=10,
        sslopt={"ca_certs": str(cert), "cert_reqs": ssl.CERT_REQUIRED},
    )
    assert hear_reply(line, say(line, "kernel_info_request", {}))["content"]["status"] == "ok"
    line.close()
    one.submit(f"/voila/api/shutdown/{kernel}")


def test_behind_a_proxy_its_word_counts_and_only_then(new_server, server):
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    behind = new_server(options=["--behind-proxy"])
    assert "Strict-Transport-Security" in requests.get(behind.url, headers=told).headers
    assert "Strict-Transport-Security" not in requests.get(behind.url).headers
    assert "Strict-Transport-Security" not in requests.get(server.url, headers=told).headers
    for n in range(ALLOWANCES["password"].at_once):
        Visitor(behind).submit(
            "/dang-nhap", {"username": f"a{n}"}, headers={"X-Forwarded-For": "198.51.100.7"}
        )
    one = Visitor(behind)
    assert one.submit("/dang-nhap", {"username": "a"}, headers=told).status_code == 429
    # What a browser says of itself beside it is not believed.
    forged = {"X-Real-Ip": "203.0.113.9", "X-Scheme": "http"}
    assert one.submit("/dang-nhap", {"username": "a"}, headers=told | forged).status_code == 429
    assert "Strict-Transport-Security" in requests.get(behind.url, headers=told | forged).headers
    assert one.submit("/dang-nhap", {"username": "a"}).status_code == 403


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tls-cert", "cert.pem"], "cần cả --tls-cert và --tls-key"),
        (["--tls-cert", "cert.pem", "--tls-key", "cert.pem"], "Không dùng được chứng chỉ"),
        (["--behind-proxy", "--lan"], "--behind-proxy không dùng cùng --lan"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_starts(options, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOCSO_DATA", str(tmp_path / "data"))
    (tmp_path / "cert.pem").write_text("không phải chứng chỉ")
    answer = CliRunner().invoke(hocso, ["serve", "--port", str(free_port()), *options])
    assert answer.exit_code != 0
    assert said in answer.output
