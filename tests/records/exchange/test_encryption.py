"""The file's encryption, as it is: each of these takes a second or two on purpose."""

import itertools
import unicodedata

import pytest

from hocso.records import ExchangeRefused, PassphraseNeeded, exchange, exchange_files

from .conftest import PASSPHRASE


def test_a_file_is_opened_by_its_passphrase_alone(hall, office):
    content = hall.write()
    assert exchange.is_encrypted(content) and "Mẫu".encode() not in content
    with pytest.raises(PassphraseNeeded, match="Mời gõ mật khẩu"):
        office.plan(content, None)
    with pytest.raises(PassphraseNeeded, match="Mật khẩu không đúng"):
        office.plan(content, "mat-khau-khac")
    assert office.plan(content).counts["learners"] == {"rows": 2, "new": 2, "changed": 0}


def test_a_passphrase_is_the_same_however_a_keyboard_spells_it(hall, office):
    content = hall.write(passphrase=unicodedata.normalize("NFD", "mật khẩu của lớp"))
    assert office.take(content, "mật khẩu của lớp").counts["learners"]["new"] == 2


def test_a_short_passphrase_is_refused_and_nothing_counts_as_sent(hall):
    with pytest.raises(ExchangeRefused, match="8 ký tự"):
        hall.write(passphrase="1234567")
    with hall.session(readonly=True) as session:
        assert exchange.last_export(session) is None


def test_the_encryption_itself_finds_a_changed_byte(hall, office):
    content = bytearray(hall.write())
    content[-1] ^= 1
    with pytest.raises(ExchangeRefused, match="hỏng"):
        office.plan(bytes(content))


def test_a_machine_that_is_busy_tries_again(monkeypatch):
    said = iter(["Excessive work parameter for passphrase", "Excessive work parameter for passphrase"])

    def age(do, content, passphrase):
        for words in said:
            raise ValueError(words)
        return b"zip"

    monkeypatch.setattr(exchange_files, "_age", age)
    assert exchange_files.decrypted(exchange_files.ENCRYPTED, PASSPHRASE) == b"zip"
    said = itertools.repeat("Excessive work parameter for passphrase")
    with pytest.raises(ExchangeRefused, match="tệp không hỏng"):
        exchange_files.decrypted(exchange_files.ENCRYPTED, PASSPHRASE)
