"""What a kernel and the server say to each other: JSON over HTTP, with the learner's short-lived token."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException

# A kernel must never stand still longer than three seconds for want of an answer.
TIMEOUT_SECONDS = 2.5


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A page that one is sent on to (a sign-in, say) is not the answer: it must not pass for a commit."""

    def redirect_request(self, *_: object) -> None:
        return None


# The server stands beside the kernel; a proxy of the machine's would only hide it.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects)


@dataclass(frozen=True)
class Reply:
    """`status` is the HTTP status, 0 where no answer came; `body` the JSON object, {} where there is none."""

    status: int
    body: dict


@dataclass(frozen=True)
class Api:
    address: str
    token: str
    timeout: float = TIMEOUT_SECONDS

    def get(self, path: str) -> Reply:
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict) -> Reply:
        return self._ask("POST", path, json.dumps(body, ensure_ascii=False).encode())

    def _ask(self, method: str, path: str, data: bytes | None) -> Reply:
        request = urllib.request.Request(
            f"{self.address.rstrip('/')}/{path}",
            data=data,
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with _opener.open(request, timeout=self.timeout) as answer:
                return Reply(answer.status, _json_object(answer.read()))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Reply(refusal.code, _json_object(refusal.read()))
        except (OSError, HTTPException):
            return Reply(0, {})


def _json_object(text: bytes) -> dict:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
