"""Exercises in a real kernel, spoken to as a browser speaks, with a real server to record."""

import json
import os
import time
from queue import Empty

import pytest
from jupyter_client.manager import start_new_kernel

LESSON = """
from hocso import learn
learn.one_choice("mot", "Hỏi?", [
    learn.option("SAI-1", why="VÌ-SAI"), learn.option("DUNG-1", right=True, why="VÌ-ĐÚNG")])
learn.put_in_order("hai", "Hỏi?", ["B1", "B2", "B3"], why="VÌ-ĐÚNG")
learn.two_piles("ba", "Hỏi?", piles=("P", "Q"), cards=[
    learn.card("C1", pile="P", why="VÌ-ĐÚNG"), learn.card("C2", pile="Q", why="VÌ-ĐÚNG")])
learn.phone_screen("bon", "Hỏi?", screen=learn.screen("T", [
    learn.element("KHOA-A", "link", "x", right=True, why="VÌ-ĐÚNG"),
    learn.element("KHOA-B", "button", "y", why="VÌ-SAI")]))
learn.number("nam", "Hỏi?", 98765, why="VÌ-ĐÚNG")
learn.match("sau", "Hỏi?", pairs=[(f"T{n}", f"P{n}", "VÌ-ĐÚNG") for n in range(3)])
learn.phone_task("bay", "Hỏi?", done="VÌ-XONG", screens=[
    learn.screen("T", [learn.element("KHOA-A", "app", "x", right=True),
        learn.element("KHOA-B", "app", "y", why="VÌ-SAI")]),
    learn.screen("MÀN-HAI", [learn.element("KHOA-C", "field", "x", right=True, fill="MẪU-1"),
        learn.element("KHOA-D", "button", "y", right=True)])])
learn.inbox("tam", "Hỏi?", letters=[
    learn.letter("A", "xin chào", scam=True, signs={"chào": "VÌ-DẤU"}, why="VÌ-SAI"),
    *[learn.letter(name, "chào", scam=False, why="VÌ-ĐÚNG") for name in "BCD"]])
learn.password("chin", "Hỏi?", pieces=[learn.piece("1965", weak="VÌ-YẾU"), learn.piece("x" * 16)])
learn.find_mistakes("muoi", "Hỏi?", title="T", fields=[learn.field("F1", "a", mistake="VÌ-SAI", fix="SỬA-1"),
    learn.field("F2", "b", why="VÌ-ĐÚNG"), learn.field("F3", "c", why="VÌ-ĐÚNG")])
learn.fill_gaps("muoi-mot", "Hỏi?", text="x {KHOA-G} y", gaps={
    "KHOA-G": [learn.option("a", right=True, why="VÌ-ĐÚNG"), learn.option("b", why="VÌ-SAI")]})
"""


class Kernel:
    """A kernel that ran LESSON; `traits` is what a browser would know of each exercise."""

    def __init__(self, env):
        self.manager, self.client = start_new_kernel(env={**os.environ, **env})
        self.opened = []
        self.traits = {}
        self.comms = {}
        self.run(LESSON)

    def run(self, code):
        reply = self.client.execute_interactive(code, output_hook=self.hear, timeout=30)
        assert reply["content"]["status"] == "ok", reply["content"]

    def hear(self, message):
        content = message["content"]
        if message["msg_type"] == "comm_open":
            self.opened.append(json.dumps(content, ensure_ascii=False))
            state = content["data"]["state"]
            if "exercise_id" in state:
                self.comms[state["exercise_id"]] = content["comm_id"]
                self.traits[content["comm_id"]] = state
        elif message["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
            self.traits.get(content["comm_id"], {}).update(content["data"]["state"])

    def of(self, exercise_id):
        return self.traits[self.comms[exercise_id]]

    def key(self, exercise_id, text):
        options = self.of(exercise_id)["view"]["options"]
        return next(option["key"] for option in options if option["text"] == text)

    def check(self, exercise_id, response, nonce="n"):
        content = {"type": "check", "nonce": nonce, "response": response}
        message = {"comm_id": self.comms[exercise_id], "data": {"method": "custom", "content": content}}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", message))

    def wait_for(self, exercise_id, seconds=15, **traits):
        deadline = time.monotonic() + seconds
        while any(self.of(exercise_id).get(name) != value for name, value in traits.items()):
            assert time.monotonic() < deadline, (traits, self.of(exercise_id))
            try:
                self.hear(self.client.get_iopub_msg(timeout=0.5))
            except Empty:
                continue


@pytest.fixture
def kernel():
    started = []

    def start(**env):
        started.append(Kernel(env))
        return started[-1]

    yield start
    for one in started:
        one.client.stop_channels()
        one.manager.shutdown_kernel(now=True)


def test_no_message_tells_an_answer_before_it_is_given(kernel, office):
    class_ = kernel(HOCSO_API=office.api, HOCSO_TOKEN=office.token)
    exercises = [text for text in class_.opened if '"exercise_id"' in text]
    assert len(exercises) == 11
    for secret in (
        "VÌ-",
        "98765",
        '"right"',
        "KHOA-",
        'B1", "B2", "B3',
        "MÀN-",
        "MẪU-",
        "SỬA-",
        office.token,
    ):
        assert not any(secret in text for text in exercises)


def test_taps_on_a_phone_go_from_browser_to_server_and_back(kernel, office):
    class_ = kernel(HOCSO_API=office.api, HOCSO_TOKEN=office.token)
    first = class_.of("bay")["view"]["screens"][0]["options"][0]["key"]
    class_.check("bay", [first], nonce="n1")
    class_.wait_for("bay", response=[first])
    second, third = [part["key"] for part in class_.of("bay")["view"]["screens"][1]["options"]]
    class_.check("bay", [first, second], nonce="n2")
    class_.check("bay", [first, second, third], nonce="n3")
    class_.wait_for("bay", saved="saved", state="done")
    assert class_.of("bay")["view"]["screens"][1]["options"][0]["fill"] == "MẪU-1"
    assert [event["verb"] for event in office.committed] == ["answered", "completed"]


def test_an_answer_goes_from_browser_to_server(kernel, office):
    class_ = kernel(HOCSO_API=office.api, HOCSO_TOKEN=office.token)
    class_.check("mot", class_.key("mot", "DUNG-1"))
    class_.wait_for("mot", saved="saved", state="done")
    assert class_.of("mot")["feedback"]["nonce"] == "n"
    assert [event["verb"] for event in office.committed] == ["answered", "completed"]


def test_while_the_server_is_away_the_kernel_answers_and_sends_later_under_the_same_id(kernel, office):
    office.statuses["events"] = [500, 500]
    class_ = kernel(HOCSO_API=office.api, HOCSO_TOKEN=office.token)
    class_.check("mot", class_.key("mot", "SAI-1"))
    class_.wait_for("mot", saved="failed")
    class_.check("nam", "98.765")
    class_.wait_for("nam", state="done")
    class_.wait_for("nam", saved="saved")
    ids = [event["id"] for event in office.received["events"]]
    assert [event["exercise"] for event in office.committed] == ["mot", "nam", "nam"]
    assert ids.count(office.committed[0]["id"]) == 3
    assert class_.of("mot")["saved"] == "saved"


def test_a_server_that_does_not_answer_never_blocks_the_kernel(kernel, monkeypatch):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/api"
        began = time.monotonic()
        class_ = kernel(HOCSO_API=address, HOCSO_TOKEN="x")
        assert time.monotonic() - began < 20
        asked = time.monotonic()
        class_.check("mot", class_.key("mot", "DUNG-1"))
        class_.wait_for("mot", state="done")
        assert time.monotonic() - asked < 1.5


def test_a_state_that_could_not_be_read_at_first_is_read_later(kernel, office):
    office.statuses["state"] = [503]
    office.state["exercises"] = {"mot": {"response": "DUNG-1", "state": "done", "tries": 1, "feedback": {}}}
    class_ = kernel(HOCSO_API=office.api, HOCSO_TOKEN=office.token)
    assert class_.of("mot")["saved"] == "failed"
    class_.wait_for("mot", state="done", saved="")


def test_a_new_kernel_deals_the_same_keys_and_shows_what_was_done(kernel, office):
    first = kernel(HOCSO_API=office.api, HOCSO_TOKEN=office.token)
    first.check("hai", [first.key("hai", text) for text in ("B1", "B2", "B3")])
    first.wait_for("hai", saved="saved", state="done")
    answered = office.committed[-1]["result"]
    office.state["exercises"] = {"hai": answered}
    second = kernel(HOCSO_API=office.api, HOCSO_TOKEN=office.token)
    assert second.of("hai")["view"] == first.of("hai")["view"]
    assert second.of("hai")["response"] == first.of("hai")["response"]
    assert second.of("hai")["state"] == "done"


def test_a_trial_records_nothing(kernel, office):
    class_ = kernel(HOCSO_API=office.api, HOCSO_TOKEN="")
    class_.check("mot", class_.key("mot", "DUNG-1"))
    class_.wait_for("mot", saved="trial", state="done")
    assert office.received["events"] == []


def test_marking_is_a_display_and_its_value_a_float(kernel):
    class_ = kernel()
    outputs = []
    class_.client.execute_interactive(
        'answer_1 = "a"\nlearn.mark.one_choice(\n    answer_1, "b", points=2,\n'
        '    why={"a": "vì sai", "b": "vì đúng"}, see="la-gi")',
        output_hook=lambda message: outputs.append((message["msg_type"], message["content"].get("data"))),
        timeout=30,
    )
    shown = next(data for kind, data in outputs if kind == "display_data")
    assert shown["application/vnd.hocso.marking+json"] == {
        "question": "answer_1",
        "points": 0.0,
        "max_points": 2,
        "right": False,
        "response": "a",
        "key": "b",
        "why": ["vì sai", "vì đúng"],
        "see": "la-gi",
    }
    assert next(data for kind, data in outputs if kind == "execute_result")["text/plain"] == "0.0"
