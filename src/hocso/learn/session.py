"""Who is learning: what the server says of this kernel's learner, and the way of their events to the server.

HOCSO_API (such as http://127.0.0.1:8866/api) and HOCSO_TOKEN say where and as whom. Without them this is a
trial: everything works, nothing is recorded. A process that has already run the notebook (a forked kernel)
calls `begin(state=…)` once the two variables are set: all exercises that are there already then show what
this learner did (module `visits`).
"""

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

from hocso.learn.api import Api, Reply
from hocso.learn.recorder import RETRY_SECONDS, Recorder, event, outcome

TRIAL_STATE = {
    "lesson": None,
    "quiz": None,
    "attempt": None,
    "seed": 0,
    "exercises": {},
    "learner_tag": "trial",
}


class Restorable(Protocol):
    exercise_id: str

    def restore(self, session: "Session") -> None: ...

    def tell(self, fate: str) -> None: ...


class Session:
    """One learner in one lesson or quiz. `api` is None in a trial.

    `known` says whether the server has told who is learning, `trouble` (a key of NOTICES) why it has not.
    """

    def __init__(self, api: Api | None):
        self.api = api
        self.recorder = Recorder(lambda record: api.post("events", record)) if api else None
        self.known = api is None
        self.trouble = ""
        self.asking: asyncio.Task | None = None
        self._adopt(TRIAL_STATE)

    @property
    def trial(self) -> bool:
        return self.api is None

    def _adopt(self, state: dict) -> None:
        self.lesson = state.get("lesson")
        self.quiz = state.get("quiz")
        self.attempt = state.get("attempt")
        self.seed = int(state.get("seed") or 0)
        self.learner_tag = str(state.get("learner_tag") or "")
        exercises = state.get("exercises")
        self.exercises = exercises if isinstance(exercises, dict) else {}

    def record(self, verb: str, exercise_id: str, result: dict, tell: Callable[[str], None]) -> None:
        """Send an event; `tell` hears what became of it (a key of NOTICES)."""
        if self.trial:
            tell("trial")
        else:
            self.recorder.add(event(verb, exercise_id, result), tell)

    def past(self, exercise_id: str) -> dict:
        """What the records hold for one exercise: {} or {response, state, tries, feedback}."""
        found = self.exercises.get(exercise_id)
        return found if isinstance(found, dict) else {}


_session: Session | None = None
_exercises: dict[str, Restorable] = {}


def current() -> Session:
    """The session of this kernel, begun on first use."""
    return _session if _session is not None else begin()


def begin(api: str | None = None, token: str | None = None, state: dict | None = None) -> Session:
    """Begin anew with `api` and `token` or the environment's, and restore every exercise that exists. `state`
    is the server's, where it is known already; else it is asked for."""
    global _session
    address = api or os.environ.get("HOCSO_API")
    secret = token or os.environ.get("HOCSO_TOKEN")
    _session = Session(Api(address, secret) if address and secret else None)
    if _session.trial:
        restore(TRIAL_STATE)
    elif state is not None:
        restore(state)
    else:
        _hear(_session, _session.api.get("state"))
    return _session


def enlisted() -> list[Restorable]:
    """All exercises of this kernel."""
    return list(_exercises.values())


def restore(state: dict) -> None:
    """Adopt the server's `state` and show it in all exercises that exist; later ones restore themselves."""
    session = current()
    session.known = True
    session.trouble = ""
    session._adopt(state)
    for exercise in enlisted():
        exercise.restore(session)


def enlist(exercise: Restorable) -> None:
    """Make an exercise known, and let it restore itself. Running its cell again replaces it."""
    _exercises[exercise.exercise_id] = exercise
    exercise.restore(current())


def _hear(session: Session, reply: Reply) -> None:
    """Take the answer to GET state; where none came, ask again while the kernel goes on."""
    if reply.status == 200:
        restore(reply.body)
        return
    session.trouble = "expired" if outcome(reply) == "expired" else "unreachable"
    for exercise in enlisted():
        exercise.restore(session)
    if session.trouble == "unreachable":
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        session.asking = loop.create_task(_ask_again(session))


async def _ask_again(session: Session) -> None:
    attempts = 0
    while session is _session and not session.known:
        await asyncio.sleep(RETRY_SECONDS[min(attempts, len(RETRY_SECONDS) - 1)])
        attempts += 1
        reply = await asyncio.to_thread(session.api.get, "state")
        if session is not _session:
            return
        if reply.status == 200:
            restore(reply.body)
        elif outcome(reply) == "expired":
            session.trouble = "expired"
            for exercise in enlisted():
                exercise.tell("expired")
            return
