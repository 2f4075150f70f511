"""The token that a kernel comes to our API with: this learner, this lesson, until then; or this account."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from hocso.records.clock import as_utc

HOURS = 4


class TokenRefused(Exception):
    """A token that is missing, forged or of another kind."""


class TokenExpired(TokenRefused):
    """A token whose hours are over: the page must be opened again."""


@dataclass(frozen=True)
class Pass:
    """What a token allows: to write events of one learner in one lesson (or its quiz), while the kernel that
    was given it is there. `entry_id` and `seal` as in the cookie of who opened the page (the entry may have
    become another's since): another PIN ends this too."""

    learner_id: str
    lesson_id: str
    quiz_id: str | None = None
    class_session_id: str | None = None
    kernel_id: str | None = None
    entry_id: str | None = None
    seal: str | None = None


@dataclass(frozen=True)
class BoardPass:
    """What the token of a board allows: to see what this account may; of one class, where one is named.
    `account_seal` as in its cookie: a new password ends the board, as does the end of its kernel."""

    account_id: str
    account_seal: str
    class_session_id: str | None = None
    kernel_id: str | None = None


class KernelTokens:
    """Makes and reads tokens of one kind, Pass or BoardPass: signed with the server's key, for HOURS."""

    def __init__(self, secret: bytes, kind: type = Pass):
        self._kind = kind
        self._serializer = URLSafeTimedSerializer(secret, salt=f"hocso.{kind.__name__}")

    def issue(self, allowed: Pass | BoardPass, kernel_id: str) -> str:
        return self._serializer.dumps(asdict(replace(allowed, kernel_id=kernel_id)))

    def read(self, token: str, now: datetime | None = None) -> Pass | BoardPass:
        """Good before it was issued as well: a clock that was set back stops no lesson. Raises TokenExpired
        or TokenRefused."""
        try:
            allowed, issued = self._serializer.loads(token, return_timestamp=True)
            allowed = self._kind(**allowed)
        except (BadData, TypeError) as error:
            raise TokenRefused from error
        if abs(as_utc(now) - issued) > timedelta(hours=HOURS):
            raise TokenExpired
        return allowed
