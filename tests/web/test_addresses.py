"""Where QR codes lead: into the hall's Wi-Fi for a class, to the public address for what is kept."""

from types import SimpleNamespace

import pytest

from hocso.records import open_database, settings
from hocso.web.app import HocSo

PUBLIC = "https://hoc.example.vn"
ASKED = SimpleNamespace(host="192.168.1.10:8866", protocol="http")


@pytest.fixture
def app(tmp_path):
    database = open_database(tmp_path / "hocso.db")
    with database.session() as session:
        settings.put(session, "public_address", PUBLIC)
    yield lambda ip: HocSo(kit=tmp_path, data=tmp_path, database=database, ip=ip)
    database.close()


def test_in_the_hall_a_class_is_reached_by_its_wifi_and_certificates_by_the_public_address(app):
    assert app("").public_url(ASKED) == "http://192.168.1.10:8866"
    assert app("").lasting_url(ASKED) == PUBLIC


def test_behind_a_proxy_all_is_reached_by_the_public_address(app):
    assert app("localhost").public_url(ASKED) == app("localhost").lasting_url(ASKED) == PUBLIC
