"""Passphrases of exchange files and backups: typed, or from the environment for scripts."""

import os

import click

from hocso.records.exchange_files import SHORTEST_PASSPHRASE, valid_passphrase

from .vietnamese import new_password

PASSPHRASE = "HOCSO_PASSPHRASE"


def new_passphrase(file: str) -> str:
    """For a file that is to be made (`file`: what it is called); typed twice. Raises ExchangeRefused for a
    short one."""
    return valid_passphrase(
        os.environ.get(PASSPHRASE)
        or new_password(f"Đặt mật khẩu cho {file} (ít nhất {SHORTEST_PASSPHRASE} ký tự, gõ không hiện chữ)")
    )


def known_passphrase(file: str) -> str:
    """Of a file that is there."""
    return os.environ.get(PASSPHRASE) or click.prompt(f"Mật khẩu của {file}", hide_input=True)
