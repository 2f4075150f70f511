from datetime import timedelta

import pytest

from hocso.records import AccountRefused, accounts


def sign_in(database, now, password="mat-khau-dai", username="lan"):
    with database.session() as session:
        return accounts.check_password(session, username, password, now=now)


def test_user_name_and_password_open(database, trainer, now):
    assert sign_in(database, now, username=" Lan ").id == trainer.id


@pytest.mark.parametrize(
    ("username", "password"), [("lan", "sai"), ("ai-do", "mat-khau-dai"), ("", ""), ("lan", "")]
)
def test_anything_else_does_not(database, trainer, now, username, password):
    assert sign_in(database, now, password, username) is None


def test_ten_wrong_passwords_lock_for_a_quarter_of_an_hour(database, trainer, now):
    for _ in range(10):
        sign_in(database, now, "sai")
    assert sign_in(database, now + timedelta(minutes=14)) is None
    later = now + timedelta(minutes=15)
    assert sign_in(database, later, "sai") is None  # one of ten again
    assert sign_in(database, later).id == trainer.id


def test_a_new_password_replaces_the_old_one(database, trainer, now):
    with database.session() as session:
        accounts.change_password(session, trainer.id, "mat-khau-moi")
    assert sign_in(database, now) is None
    assert sign_in(database, now, "mat-khau-moi").id == trainer.id


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("username", {"username": "Cô Lan"}),
        ("username", {"username": "lan"}),
        ("password", {"password": "1234567"}),
        ("role", {"role": "admin"}),
        ("display_name", {"display_name": ""}),
    ],
)
def test_what_can_not_be_accepted_names_its_field(database, trainer, field, said):
    account = {
        "username": "hai",
        "password": "mat-khau-dai",
        "role": "staff",
        "display_name": "Anh Hai",
        **said,
    }
    with database.session() as session, pytest.raises(AccountRefused) as caught:
        accounts.create_account(session, **account)
    assert caught.value.field == field
