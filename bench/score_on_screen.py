"""From handing in a quiz until its score is on the page: 40 learners at the same moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

import requests

from hocso.course import load_catalogue
from hocso.records import attempts, learners, open_database
from hocso.web.tokens import KernelTokens, Pass

from .grading import QUIZ, answers, register
from .result import Row, say
from .servers import KIT, Server, our_server
from .visit import kernel_of_a_lesson

OPTIONS: list[str] = []
LEARNERS = 40
ROUNDS = 3
SECONDS_BETWEEN_LOOKS = 2  # as the page that waits does
SECONDS_TO_WAIT = 300


def measure() -> list[Row]:
    """Each round in a new draft of the same learners."""
    with our_server() as server:
        server.wait_until_idle()
        data = Path(server.process.environ()["HOCSO_DATA"])
        with closing(open_database(data / "hocso.db")) as database:
            people = register(database, LEARNERS)
            browsers = [_signed_in(server, database, learner_id) for learner_id in people]
            tokens = KernelTokens((data / "secret.key").read_bytes(), Pass)
            _hand_in(server, database, tokens, people[:1], browsers[:1])
            rounds = [_hand_in(server, database, tokens, people, browsers) for _ in range(ROUNDS)]
    for seconds in rounds:
        say(f"  median {median(seconds):.1f} s, p95 {_p95(seconds):.1f} s")
    how = (
        f"{LEARNERS} learners hand in {QUIZ} at once over the API of the server and load their result page "
        f"every {SECONDS_BETWEEN_LOOKS} s, as the page does by itself; {ROUNDS} rounds; no peer"
    )
    name = f"score on screen, {LEARNERS} at once"
    return [
        Row(f"{name}: p95", "s", [_p95(one) for one in rounds], [], how, peer_name="peer"),
        Row(f"{name}: median", "s", [median(one) for one in rounds], [], how, peer_name="peer"),
    ]


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]


def _signed_in(server: Server, database, learner_id: str) -> requests.Session:
    browser = requests.Session()
    browser.get(f"{server.url}/vao-hoc")
    form = {"_xsrf": browser.cookies["_xsrf"], "pin": "2580"}
    browser.post(f"{server.url}/vao-hoc/pin/{learner_id}", data=form).raise_for_status()
    return browser


def _hand_in(server, database, tokens, people, browsers) -> list[float]:
    """The seconds of each learner."""
    lesson_id = load_catalogue(KIT).quiz(QUIZ).lesson_id
    drafts, passes = [], []
    for learner_id in people:
        with database.session() as session:
            drafts.append(attempts.current_attempt(session, learner_id, QUIZ).id)
            seal = learners.seal(learners.get(session, learner_id))
            passes.append(Pass(learner_id, lesson_id, QUIZ, seal=seal))
    start = threading.Barrier(len(people))
    kernel = kernel_of_a_lesson(server.url, lesson_id)

    def one(number: int) -> float:
        token = tokens.issue(passes[number], kernel)
        body = {"id": drafts[number], "answers": answers(KIT, number)}
        start.wait()
        began = time.perf_counter()
        answer = requests.post(
            f"{server.url}/api/attempts", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        answer.raise_for_status()
        while time.perf_counter() < began + SECONDS_TO_WAIT:
            page = browsers[number].get(server.url + answer.json()["result_url"])
            page.raise_for_status()
            if 'class="score"' in page.text:
                return time.perf_counter() - began
            if "Đang chấm" not in page.text:
                raise RuntimeError("a submission could not be graded")
            time.sleep(SECONDS_BETWEEN_LOOKS)
        raise RuntimeError("a score did not come")

    with ThreadPoolExecutor(len(people)) as threads:
        return list(threads.map(one, range(len(people))))
