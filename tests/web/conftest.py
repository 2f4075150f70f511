"""A server of a module's own, and who signs in there."""

import pytest


@pytest.fixture(scope="module")
def hall(new_server):
    """One server for the tests of a module, which may change what is in it."""
    return new_server()


@pytest.fixture
def account(hall, visitor):
    """A browser at `hall` that is signed in to an account: account(TRAINER)."""

    def account(who):
        one = visitor(hall)
        one.sign_in_to_account(who)
        return one

    return account
