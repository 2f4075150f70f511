"""The token that a learner's kernel reports with: this learner, this lesson, until then."""

from dataclasses import asdict, dataclass
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
    """What a token allows: to write events of one learner in one lesson (or its quiz)."""

    learner_id: str
    lesson_id: str
    quiz_id: str | None = None
    class_session_id: str | None = None


class KernelTokens:
    """Makes and reads tokens; signed with the server's key, good for HOURS."""

    def __init__(self, secret: bytes):
        self._serializer = URLSafeTimedSerializer(secret, salt="hocso.kernel")

    def issue(self, allowed: Pass) -> str:
        return self._serializer.dumps(asdict(allowed))

    def read(self, token: str, now: datetime | None = None) -> Pass:
        """Good before it was issued as well: a clock that was set back stops no lesson. Raises TokenExpired
        or TokenRefused."""
        try:
            allowed, issued = self._serializer.loads(token, return_timestamp=True)
            allowed = Pass(**allowed)
        except (BadData, TypeError) as error:
            raise TokenRefused from error
        if abs(as_utc(now) - issued) > timedelta(hours=HOURS):
            raise TokenExpired
        return allowed
