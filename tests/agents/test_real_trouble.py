from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from agent_bench import Bench, alive

from batchexec.executors import Attempt
from batchexec.model import Status, Trouble

pytestmark = pytest.mark.agents
RUN = "20261121_101500"
WRITE = {"write": {"path": "new.py", "content": "A = 1\n"}}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_refusal_for_good_is_not_tried_for_long(bench: Bench, status: int) -> None:
    with bench.model({"status": status}) as server:
        outcome = bench.work(server)
        asked = len(server.asked("TASK-001"))

    assert (outcome.status, outcome.trouble) == (Status.ERROR, Trouble.DETERMINISTIC), outcome
    assert asked <= 4
    assert outcome.retry_at_utc is None


@pytest.mark.slow
def test_codex_is_stopped_from_trying_a_wrong_key_again_and_again(codex: Bench) -> None:
    with codex.model({"status": 401}) as server:
        outcome = codex.hurried(quick=False).work(server)

    assert (outcome.status, outcome.trouble) == (Status.ERROR, Trouble.DETERMINISTIC), outcome


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param([{"status": 529, "times": 2}], id="overloaded"),
        pytest.param([{"status": 500}], id="broken"),
        pytest.param([{"status": 429, "headers": {"Retry-After": 1}}], id="limited"),
        pytest.param([{"cut": True, "say": "some words " * 9}], id="cut"),
        pytest.param([{"garbage": True, "say": "some words " * 9}], id="garbage"),
    ],
)
def test_what_passes_by_itself_does_no_harm(bench: Bench, turns: list[dict[str, Any]]) -> None:
    with bench.model(*turns, WRITE) as server:
        outcome = bench.hurried(quick=False).work(server)

    assert outcome.status is Status.PASSED, outcome
    assert bench.files() == {"new.py": "A = 1\n"}


def test_an_answer_that_was_cut_off_is_counted(claude: Bench) -> None:
    with claude.model({"cut": True, "say": "some words " * 9}, {"say": "ok"}) as server:
        usage = claude.work(server).usage

    assert usage
    assert (usage.input_tokens, usage.output_tokens) == (1000, 100)


def test_an_error_of_the_server_can_be_tried_again(codex: Bench) -> None:
    with codex.model({"status": 500}) as server:
        outcome = codex.work(server)

    assert (outcome.status, outcome.trouble) == (Status.ERROR, Trouble.TRANSIENT), outcome


def test_a_subscription_that_is_used_up_says_until_when(claude: Bench) -> None:
    headers = {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": "{now+3600}",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
        "retry-after": "3600",
    }
    login = {"ANTHROPIC_API_KEY": "", "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-loopback"}

    with claude.model({"status": 429, "headers": headers}) as server:
        outcome = claude.work(server, environment=login)

    assert (outcome.status, outcome.trouble) == (Status.LIMITED, Trouble.USAGE_LIMIT), outcome
    assert outcome.retry_at_utc
    assert abs(outcome.retry_at_utc - time.time() - 3600) < 60


def test_a_plan_that_is_used_up_says_until_when(codex: Bench) -> None:
    error = {"type": "usage_limit_reached", "message": "The usage limit has been reached"}
    body = {"error": {**error, "plan_type": "plus", "resets_at": "{now+3600}"}}

    with codex.model({"status": 429, "body": body}) as server:
        outcome = codex.work(server, environment={"TZ": "UTC"})

    assert (outcome.status, outcome.trouble) == (Status.LIMITED, Trouble.USAGE_LIMIT), outcome
    assert outcome.retry_at_utc
    # It names the minute.
    assert abs(outcome.retry_at_utc - time.time() - 3600) < 120


def test_an_empty_account_is_not_tried_again(claude: Bench) -> None:
    said = "Your credit balance is too low to access the Anthropic API."

    with claude.model({"status": 400, "message": said}) as server:
        outcome = claude.work(server)

    assert (outcome.status, outcome.trouble) == (Status.ERROR, Trouble.DETERMINISTIC), outcome


def test_a_used_up_quota_is_not_tried_again(codex: Bench) -> None:
    with codex.model({"status": 429, "error": "insufficient_quota"}) as server:
        outcome = codex.work(server)

    assert (outcome.status, outcome.trouble) == (Status.ERROR, Trouble.DETERMINISTIC), outcome


def test_who_has_no_login_is_told(bench: Bench) -> None:
    with bench.model({"say": "ok"}) as server:
        outcome = bench.work(server, environment={"ANTHROPIC_API_KEY": "", "OPENAI_API_KEY": ""})

    assert (outcome.status, outcome.trouble) == (Status.ERROR, Trouble.DETERMINISTIC), outcome
    assert "login" in outcome.hint


def test_a_model_that_falls_silent_is_not_waited_for(bench: Bench) -> None:
    with bench.model({"hang": True}) as server:
        outcome = bench.work(server, silence_s=3, start_s=20)

    assert outcome.status is Status.STALLED, outcome
    assert not alive(str(bench.root))


def test_an_agent_that_takes_too_long_is_ended(bench: Bench) -> None:
    turns = [{"delay_s": 0.5, "run": f"echo {number}"} for number in range(30)]

    with bench.model(*turns) as server:
        outcome = bench.work(server, timeout_s=3)

    assert outcome.status is Status.TIMEOUT, outcome


def test_a_command_of_an_agent_that_is_interrupted_ends_with_it(bench: Bench) -> None:
    stop = threading.Event()
    # Claude Code starts its commands in sessions of their own.
    with bench.model({"run": "sleep 3333.25"}) as server:
        threading.Thread(target=_stop_when_alive, args=("sleep\x003333.25", stop)).start()
        began = time.monotonic()
        outcome = bench.work(server, Attempt(run=RUN, cancelled=stop.is_set, wait=stop.wait))

    assert outcome.status is Status.INTERRUPTED, outcome
    assert time.monotonic() - began < 20
    assert not alive("3333.25")


def _stop_when_alive(word: str, stop: threading.Event) -> None:
    until = time.monotonic() + 15
    while not alive(word) and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()


def test_a_command_an_agent_leaves_running_is_ended(bench: Bench) -> None:
    with bench.model({"run": "nohup sleep 3333.75 >/dev/null 2>&1 & echo started"}) as server:
        outcome = bench.work(server)

    assert outcome.status is Status.PASSED, outcome
    assert not alive("3333.75")


def test_claude_ends_when_its_budget_is_spent(claude: Bench) -> None:
    turns = [{"run": f"echo {number}"} for number in range(9)]

    with claude.model(*turns) as server:
        outcome = claude.work(server, Attempt(run=RUN, budget_usd=0.01))
        paid = server.paid("TASK-001")

    assert outcome.status is Status.BUDGET, outcome
    assert outcome.usage
    assert outcome.usage.cost_usd
    assert outcome.usage.cost_usd > 0.01
    assert paid < 9
