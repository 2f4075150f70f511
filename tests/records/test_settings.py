import pytest

from hocso.records import settings


def test_a_setting_that_was_never_put_has_its_default(database):
    with database.session(readonly=True) as session:
        assert settings.get(session, "pass_mark") == 0.7
        assert settings.get(session, "commune_name", "Xã Tân Hội") == "Xã Tân Hội"
        assert settings.get(session, "something_else") is None


@pytest.mark.parametrize("value", ["Xã Tân Hội", 0.8, False, None, {"a": [1]}])
def test_a_setting_is_kept(database, value):
    with database.session() as session:
        settings.put(session, "key", "something before")
        settings.put(session, "key", value)
    with database.session(readonly=True) as session:
        assert settings.get(session, "key", "default") == value
