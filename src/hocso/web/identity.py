"""Who a browser is: a signed cookie, read by our pages and by Jupyter's kernel handlers alike."""

import json
import uuid
from dataclasses import asdict, dataclass

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import decode_signed_value

from hocso.records import signing_out

COOKIE = "hocso"
COOKIE_DAYS = signing_out.DAYS


@dataclass(frozen=True)
class Visitor:
    """A browser: `id` owns kernels and changes at each sign-in and sign-out. The seals: see `seal` in
    `records.accounts` and `records.learners`."""

    id: str
    learner_id: str | None = None
    learner_seal: str | None = None
    class_session_id: str | None = None
    account_id: str | None = None
    account_seal: str | None = None

    @classmethod
    def new(cls, **signed_in_as) -> "Visitor":
        return cls(id=uuid.uuid4().hex, **signed_in_as)


def read_visitor(handler) -> Visitor | None:
    """The visitor of a request, None where the cookie is missing, expired or forged."""
    return _visitor(handler.get_signed_cookie(COOKIE, max_age_days=COOKIE_DAYS))


def has_account(secret: bytes, cookie: str | None) -> bool:
    """Whether we gave this cookie to somebody with an account; they may have signed out since."""
    visitor = _visitor(decode_signed_value(secret, COOKIE, cookie, max_age_days=COOKIE_DAYS))
    return visitor is not None and visitor.account_id is not None


def _visitor(raw: bytes | None) -> Visitor | None:
    try:
        return Visitor(**json.loads(raw)) if raw else None
    except (ValueError, TypeError):
        return None


def write_visitor(handler, visitor: Visitor) -> None:
    """Keep a visitor in a signed, HttpOnly cookie."""
    handler.set_signed_cookie(
        COOKIE,
        json.dumps(asdict(visitor)),
        expires_days=COOKIE_DAYS,
        httponly=True,
        samesite="Lax",
    )


class VisitorIdentity(IdentityProvider):
    """Jupyter's handlers know a browser by the same cookie; there is no token and no password here."""

    def get_user(self, handler):
        visitor = read_visitor(handler)
        return User(username=visitor.id) if visitor else None

    @property
    def auth_enabled(self):
        return True


class VisitorOwnsKernel(Authorizer):
    """A visitor may reach the kernel that was opened for them, and nothing else of Jupyter's API."""

    def is_authorized(self, handler, user, action, resource):
        kernel_id = handler.path_kwargs.get("kernel_id")
        return resource == "kernels" and handler.kernel_manager.belongs_to(kernel_id, user.username)
