"""What the QR code of a card says: whose it is and of which class, signed; two ids and no name."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from itsdangerous import BadSignature, Signer


class CardTokens:
    """Makes and reads the tokens of cards; signed with the server's key, good until the key changes."""

    def __init__(self, secret: bytes):
        self._signer = Signer(secret, salt="hocso.card")

    def issue(self, learner_id: str, class_session_id: str) -> str:
        ids = UUID(learner_id).bytes + UUID(class_session_id).bytes
        return self._signer.sign(urlsafe_b64encode(ids).rstrip(b"=")).decode()

    def read(self, token: str) -> tuple[str, str] | None:
        """(learner's id, class session's id), None for a token that is not ours."""
        try:
            ids = urlsafe_b64decode(self._signer.unsign(token) + b"=")
        except BadSignature:
            return None
        return str(UUID(bytes=ids[:16])), str(UUID(bytes=ids[16:]))
