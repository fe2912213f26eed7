"""The real SDKs against the model on loopback."""

from __future__ import annotations

import importlib.util
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from apply_bench import RUN, task
from model_server import ModelServer

from batchexec.executors import Attempt
from batchexec.executors.api import Api
from batchexec.model import Outcome, Usage
from batchexec.workspace import Stage, Workspace

PRICES = {"loop": {"input": 1, "output": 10, "cached": 0.5}}
KEY = "sk-a-key-nobody-may-see"

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("openai", "anthropic")),
    reason="the SDKs are not installed: pip install 'batchexec[api]'",
)


@dataclass
class Desk:
    """Puts questions to a model on loopback, through one of the SDKs."""

    provider: str
    root: Path
    spec: dict[str, Any] = field(default_factory=dict)
    log: list[bytes] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)
    stage: Stage | None = None

    def ask(self, server: ModelServer | str, /, outputs: tuple[str, ...] = ("a.py",), **more: Any) -> Outcome:
        url = server
        if isinstance(server, ModelServer):
            url = server.openai_url if self.provider == "openai" else server.url
        spec = {"provider": self.provider, "base_url": url, "model": "loop", "prices": PRICES, **self.spec}
        self.root.mkdir(exist_ok=True)
        self.stage = Stage(Workspace(self.root), self.root.with_name(f"stage-{next(self.numbers)}"))
        attempt = Attempt(run=RUN, log=self.log.append, **more)
        return Api.make(spec, self.root).execute(task(outputs=outputs), self.stage, attempt)

    @property
    def written(self) -> dict[str, bytes | None]:
        assert self.stage
        return {change.path: self.stage.read(change.path) for change in self.stage.seal()}

    @property
    def said(self) -> str:
        return b"".join(self.log).decode()


@pytest.fixture(params=["openai", "anthropic"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, KEY)
    return Desk(request.param, tmp_path / "tree")


def model(*turns: dict[str, Any]) -> ModelServer:
    return ModelServer([{"when": "TASK-1", "turns": list(turns)}])


WRITE = {
    "write": {"path": "a.py", "content": "A = 1\n"},
    "usage": {"input": 900, "output": 50, "cached": 100},
}


def test_the_files_of_an_answer_are_staged_and_its_cost_is_known(desk: Desk) -> None:
    desk.spec = {"system": "Be brief.", "temperature": 0.5, "max_tokens": 77}
    with model(WRITE) as server:
        outcome = desk.ask(server)
        (request,) = server.requests
    total = 900 if desk.provider == "openai" else 1000
    assert outcome.usage is not None
    assert (outcome.usage.input_tokens, outcome.usage.output_tokens, outcome.usage.cached_tokens) == (
        total,
        50,
        100,
    )
    assert outcome.usage.cost_usd == pytest.approx(((total - 100) + 500 + 50) / 1e6)
    assert (str(outcome.status), outcome.summary, outcome.notes) == ("passed", "", ())
    assert desk.written == {"a.py": b"A = 1\n"}
    assert request.body is not None
    assert (request.body["max_tokens"], request.body["temperature"], request.body["stream"]) == (
        77,
        0.5,
        True,
    )


def test_the_log_holds_the_question_and_the_answer_and_never_the_key(desk: Desk) -> None:
    with model(WRITE) as server:
        desk.ask(server, previous="it did not parse")
        head = f"{desk.provider} loop at {server.url}, max_tokens 8192\n\nYou carry out one task"
    total = "900" if desk.provider == "openai" else "1,000"
    assert desk.said.startswith(head)
    assert "```text\nit did not parse\n```" in desk.said
    answer = "answer:\nFile: `a.py`\n\n```python\nA = 1\n```"
    assert desk.said.endswith(f"{answer}\n\nended: end; {total} tokens in, 50 out; passed\n")
    assert KEY not in desk.said


def test_a_task_without_files_is_answered_by_the_text(desk: Desk) -> None:
    with model({"say": "It is 42.\n```python\nx = 42\n```"}) as server:
        outcome = desk.ask(server, outputs=())
    assert (str(outcome.status), outcome.summary) == ("passed", "")
    assert "It is 42." in desk.said
    assert desk.written == {}


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (
            {"say": "I cannot do that."},
            (
                "needs_work",
                "quality",
                "the answer holds no file: 'I cannot do that.'",
                "name every file with `File: PATH` above its block",
            ),
        ),
        ({"say": " \n"}, ("needs_work", "quality", "the answer is empty", "")),
        (
            {**WRITE, "stop": "length"},
            (
                "needs_work",
                "quality",
                "the answer was cut off at max_tokens (8,192)",
                "answer shorter, with edits instead of whole files, or raise max_tokens",
            ),
        ),
        (
            {"say": "I will not.", "stop": "refusal"},
            ("failed", "quality", "the model refused: 'I will not.'", ""),
        ),
        (
            {"write": [{"path": "a.py", "content": "A = 1\n"}, {"path": "../b.py", "content": "B = 1\n"}]},
            (
                "needs_work",
                "quality",
                "answer:9: the path '../b.py' has the component ..",
                "name a file below the repository's root",
            ),
        ),
    ],
)
def test_an_answer_that_cannot_be_used_writes_nothing(
    desk: Desk, turn: dict[str, Any], told: tuple[str, str, str, str]
) -> None:
    with model(turn) as server:
        outcome = desk.ask(server)
    assert (outcome.status, outcome.trouble, outcome.summary, outcome.hint) == told
    assert outcome.usage is not None
    assert desk.written == {}


def test_a_rush_is_waited_out_as_long_as_the_server_says(desk: Desk) -> None:
    with model({"status": 429, "headers": {"Retry-After": "7"}, "message": "slow down"}) as server:
        outcome = desk.ask(server)
        assert len(server.requests) == 1
    told = (outcome.status, outcome.trouble, outcome.summary, outcome.usage)
    assert told == ("error", "transient", f"{desk.provider} answered 429: slow down", None)
    assert outcome.retry_at_utc == pytest.approx(time.time() + 7, abs=3)


def test_a_call_is_made_once_and_the_next_attempt_makes_the_next(desk: Desk) -> None:
    with model({"status": 500, "times": 2}, WRITE) as server:
        outcomes = [desk.ask(server) for _ in range(3)]
        assert len(server.requests) == 3
    assert [str(outcome.status) for outcome in outcomes] == ["error", "error", "passed"]
    assert {outcome.trouble for outcome in outcomes[:2]} == {"transient"}


@pytest.mark.parametrize(
    ("turn", "trouble", "hint"),
    [
        ({"status": 401}, "deterministic", "look at the key in {}_API_KEY"),
        (
            {"status": 404, "message": "no such model"},
            "deterministic",
            "there is no model loop, or base_url is wrong",
        ),
        ({"status": 529}, "transient", ""),
        (
            {"status": 400, "message": "Your credit balance is too low"},
            "deterministic",
            "pay in there, or use another key",
        ),
    ],
)
def test_a_refusal_says_what_helps(desk: Desk, turn: dict[str, Any], trouble: str, hint: str) -> None:
    with model(turn) as server:
        outcome = desk.ask(server)
    assert (outcome.status, outcome.trouble) == ("error", trouble)
    assert outcome.hint == hint.format(desk.provider.upper())


def test_a_path_that_is_not_there_is_said(desk: Desk) -> None:
    with model() as server:
        outcome = desk.ask(f"{server.url}/else")
    assert (outcome.status, outcome.trouble) == ("error", "deterministic")
    assert outcome.hint == "there is no model loop, or base_url is wrong"


def test_an_answer_that_breaks_off_may_come_whole_the_next_time(desk: Desk) -> None:
    with model({"say": "one two three " * 20, "cut": True}) as server:
        outcome = desk.ask(server)
    assert (outcome.status, outcome.trouble) == ("error", "transient")
    assert outcome.summary.startswith("the answer broke off: ")
    assert "one two three" in desk.said
    # What came before the break was paid for; OpenAI tells the usage last.
    assert outcome.usage == (Usage(1000, 1, cost_usd=0.00101) if desk.provider == "anthropic" else None)


def test_what_is_no_json_is_a_passing_trouble(desk: Desk) -> None:
    with model({"say": "one two three " * 20, "garbage": True}) as server:
        outcome = desk.ask(server)
    assert (outcome.status, outcome.trouble) == ("error", "transient")
    assert desk.written == {}


@pytest.mark.parametrize("turn", [{"delay_s": 60}, {"silence_s": 60}, {"hang": True}])
def test_a_minute_of_silence_is_not_sat_out(desk: Desk, turn: dict[str, Any]) -> None:
    desk.spec = {"silence_s": 0.4}
    started = time.monotonic()
    with model({"say": "x", **turn}) as server:
        outcome = desk.ask(server)
    assert time.monotonic() - started < 4  # the SDK is loaded in that time too
    assert (outcome.status, outcome.trouble, outcome.summary) == (
        "stalled",
        None,
        "nothing was heard for 0.4 seconds",
    )
    assert outcome.hint == "silence_s says how long it may be silent"


def test_an_answer_has_to_end_in_time(desk: Desk) -> None:
    desk.spec = {"timeout_s": 0.4}
    with model({"say": "x", "hang": True}) as server:
        outcome = desk.ask(server)
    assert (outcome.status, outcome.summary) == ("timeout", "no end of the answer within 0.4 seconds")


@pytest.mark.parametrize("turn", [{"delay_s": 60}, {"hang": True}])
def test_a_cancelled_request_ends_at_once(desk: Desk, turn: dict[str, Any]) -> None:
    with model(WRITE) as server:
        desk.ask(server)  # it takes its time to load the SDK
    with model({"say": "x", **turn}) as server:
        stop = threading.Event()
        threading.Timer(0.3, stop.set).start()
        started = time.monotonic()
        outcome = desk.ask(server, cancelled=stop.is_set, wait=stop.wait)
        assert time.monotonic() - started < 0.3 + 1  # it takes 0.3 where nothing else runs
    assert (outcome.status, outcome.summary) == ("interrupted", "interrupted")
    assert desk.written == {}


def test_a_server_that_is_not_there_is_a_passing_trouble(desk: Desk) -> None:
    outcome = desk.ask("http://127.0.0.1:9/v1")
    assert (outcome.status, outcome.trouble) == ("error", "transient")
    assert outcome.summary.startswith("no connection to http://127.0.0.1:9: ")


def test_what_is_told_goes_through_the_redaction(desk: Desk) -> None:
    with model({"status": 400, "message": f"bad key {KEY}"}) as server:
        outcome = desk.ask(server, redact=lambda text: text.replace(KEY, "[redacted]"))
    assert outcome.summary == f"{desk.provider} answered 400: bad key [redacted]"


def test_a_file_that_was_left_out_is_noted(desk: Desk) -> None:
    desk.root.mkdir()
    desk.root.joinpath("b.bin").write_bytes(b"\xff")
    with model(WRITE) as server:
        outcome = desk.ask(server, outputs=("a.py", "b.bin"))
    assert outcome.notes == ("b.bin is not UTF-8 text",)


def _held() -> tuple[int, int]:
    """Count open descriptors and threads."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def test_many_requests_at_once_leave_no_thread_and_no_descriptor(desk: Desk, tmp_path: Path) -> None:
    with model(WRITE) as server:
        desk.ask(server)
        before = _held()
        desks = [Desk(desk.provider, tmp_path / f"{n}/tree") for n in range(8)]
        for one in desks:
            one.root.parent.mkdir()
        outcomes: list[Outcome] = []
        threads = [threading.Thread(target=lambda d=one: outcomes.append(d.ask(server))) for one in desks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [str(outcome.status) for outcome in outcomes] == ["passed"] * 8
        deadline = time.monotonic() + 5
        while any(now > then for now, then in zip(_held(), before, strict=True)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
