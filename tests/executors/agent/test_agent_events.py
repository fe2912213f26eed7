from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.executors.agent.events import READERS
from batchexec.executors.agent.stream import Fault, Listener, Said
from batchexec.model import Usage


def heard(reader: str, *lines: object) -> Said:
    listener = Listener(READERS[reader])
    for line in lines:
        listener.line(line if isinstance(line, bytes) else json.dumps(line).encode())
    return listener.said


INIT = {"type": "system", "subtype": "init", "cwd": "/w", "session_id": "s-1", "tools": ["Bash", "Write"]}
MODELS = {
    "opus": {"inputTokens": 10, "outputTokens": 7, "cacheReadInputTokens": 30, "cacheCreationInputTokens": 5},
    "haiku": {"inputTokens": 1, "outputTokens": 2, "cacheReadInputTokens": 0, "cacheCreationInputTokens": 0},
}


def assistant(text: str, number: int = 1, **others: object) -> dict[str, object]:
    message = {
        "id": f"msg_{number}",
        "content": [{"type": "text", "text": text}],
        "usage": {"input_tokens": 3, "output_tokens": 1, "cache_read_input_tokens": 20},
    }
    return {"type": "assistant", "message": message, "parent_tool_use_id": None, **others}


def result(**others: object) -> dict[str, object]:
    return {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "api_error_status": None,
        "result": "Done.",
        "session_id": "s-1",
        "total_cost_usd": 0.0125,
        "usage": {"input_tokens": 0, "output_tokens": 0},
        "modelUsage": MODELS,
        "permission_denials": [],
        **others,
    }


def retry(status: int | None, error: str, attempt: int = 1) -> dict[str, object]:
    return {"type": "system", "subtype": "api_retry", "attempt": attempt, "max_retries": 10} | {
        "retry_delay_ms": 506.1,
        "error_status": status,
        "error": error,
        "session_id": "s-1",
    }


def window(status: str) -> dict[str, object]:
    info = {"status": status, "resetsAt": 1795285822, "rateLimitType": "five_hour"}
    return {"type": "rate_limit_event", "rate_limit_info": info, "session_id": "s-1"}


def test_claude_ends_with_its_result() -> None:
    assert heard("claude", INIT, assistant("I write it."), result()) == Said(
        finished=True,
        message="Done.",
        session="s-1",
        turn="msg_1",
        usage=Usage(46, 9, 30),
        cost_usd=0.0125,
    )


def test_the_success_claude_claims_is_not_believed() -> None:
    said = heard("claude", INIT, result(is_error=True, api_error_status=400, result="API Error: 400 bad"))
    assert said.finished
    assert said.error == Fault(text="API Error: 400 bad", http=400)


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        (
            {"subtype": "error_max_turns", "errors": ["Reached maximum number of turns (3)"], "result": None},
            Fault(text="Reached maximum number of turns (3)", code="error_max_turns"),
        ),
        (
            {"subtype": "error_during_execution", "is_error": True, "result": None, "errors": []},
            Fault(text="error_during_execution", code="error_during_execution"),
        ),
    ],
)
def test_what_broke_a_session_of_claude_is_told(event: dict[str, object], fault: Fault) -> None:
    assert heard("claude", INIT, result(**event)).error == fault


def test_what_claude_was_not_allowed_is_kept() -> None:
    denials = [
        {"tool_name": "Bash", "tool_use_id": "1", "tool_input": {"command": "npm test"}},
        {"tool_name": "Write", "tool_use_id": "2", "tool_input": {"file_path": "/etc/x", "content": ""}},
        {"tool_name": "WebFetch", "tool_use_id": "3", "tool_input": {}},
    ]
    said = heard("claude", result(permission_denials=denials))
    assert said.denials == ("Bash: npm test", "Write: /etc/x", "WebFetch")


def test_a_session_of_claude_that_was_ended_has_used_what_its_answers_took() -> None:
    said = heard("claude", INIT, assistant("a", 1), assistant("b", 1), assistant("c", 2))
    assert said.usage == Usage(46, 2, 40)
    assert said.message == "c"


def test_a_retry_that_went_well_is_no_error() -> None:
    assert heard("claude", retry(529, "overloaded"), retry(529, "overloaded", 2)).error == Fault(
        text="its server answered 529 (overloaded)", code="overloaded", http=529
    )
    assert heard("claude", retry(529, "overloaded"), assistant("ok")).error is None


def test_a_wrong_key_is_tried_twice_and_not_ten_times() -> None:
    tries = [retry(401, "authentication_failed", number) for number in (1, 2, 3)]
    assert not heard("claude", *tries[:2]).finished
    assert heard("claude", *tries).finished
    assert not heard("claude", *[retry(529, "overloaded", number) for number in range(1, 10)]).finished


def test_a_server_that_does_not_answer_is_an_error_without_a_status() -> None:
    assert heard("claude", retry(None, "unknown")).error == Fault(
        text="its server did not answer (unknown)", code="unknown"
    )


def test_the_end_of_a_usage_limit_is_kept_for_the_result() -> None:
    text = "You've hit your session limit · resets 6:30pm (UTC)"
    said = heard(
        "claude",
        window("rejected"),
        assistant(text, error="rate_limit"),
        result(is_error=True, api_error_status=429, result=text),
    )
    assert said.error == Fault(text=text, code="usage_limit", http=429, retry_at_utc=1795285822)


def test_a_usage_limit_that_is_only_near_is_none() -> None:
    assert heard("claude", window("allowed"), window("allowed_warning")).error is None
    assert heard("claude", window("rejected"), assistant("goes on")).error is None


def test_what_a_helper_of_claude_says_is_not_its_last_word() -> None:
    said = heard("claude", assistant("mine"), assistant("theirs", 2, parent_tool_use_id="toolu_1"))
    assert said.message == "mine"


CODEX = [
    {"type": "thread.started", "thread_id": "t-1"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "0", "type": "error", "message": "Model metadata not found"}},
    {"type": "item.started", "item": {"id": "1", "type": "command_execution", "command": "ls"}},
    {"type": "item.completed", "item": {"id": "1", "type": "command_execution", "exit_code": 0}},
    {"type": "item.completed", "item": {"id": "2", "type": "agent_message", "text": "Done."}},
]
AGAIN = {"type": "error", "message": "Reconnecting... 1/5 (exceeded retry limit, last status: 429)"}
USED = {"input_tokens": 24, "cached_input_tokens": 20, "output_tokens": 6, "reasoning_output_tokens": 2}


def test_codex_ends_with_its_turn() -> None:
    assert heard("codex", *CODEX, {"type": "turn.completed", "usage": USED}) == Said(
        finished=True, message="Done.", session="t-1", usage=Usage(24, 6, 20)
    )


def test_codex_that_connects_anew_has_not_failed() -> None:
    assert heard("codex", CODEX[0], AGAIN).error == Fault(text=AGAIN["message"])
    assert heard("codex", AGAIN, *CODEX).error is None
    assert heard("codex", *CODEX, AGAIN, {"type": "turn.completed", "usage": USED}).error is None


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("unexpected status 401 Unauthorized: no", Fault(text="unexpected status 401 Unauthorized: no")),
        ('{"error": {"message": "The request is invalid"}}', Fault(text="The request is invalid", http=400)),
        ('{"detail": "no"}', Fault(text='{"detail": "no"}', http=400)),
        ("", Fault(text="the turn failed")),
    ],
)
def test_a_turn_of_codex_that_failed_says_why(message: str, fault: Fault) -> None:
    said = heard("codex", *CODEX, {"type": "turn.failed", "error": {"message": message}})
    assert said.finished
    assert said.error == fault


def test_what_codex_may_not_run_is_kept() -> None:
    item = {"type": "command_execution", "command": "curl x", "status": "declined"}
    assert heard("codex", {"type": "item.completed", "item": item}).denials == ("curl x",)


def test_gemini_ends_with_its_result() -> None:
    said = heard(
        "gemini",
        {"type": "init", "session_id": "g-1", "model": "m"},
        {"type": "message", "role": "user", "content": "task"},
        {"type": "message", "role": "assistant", "content": "Do", "delta": True},
        {"type": "message", "role": "assistant", "content": "ne.", "delta": True},
        {
            "type": "result",
            "status": "success",
            "stats": {"input_tokens": 5, "output_tokens": 2, "cached": 1},
        },
    )
    assert said == Said(finished=True, message="Done.", session="g-1", usage=Usage(5, 2, 1))


def test_gemini_says_what_went_wrong() -> None:
    assert heard("gemini", {"type": "error", "severity": "warning", "message": "slow"}).error is None
    said = heard("gemini", {"type": "error", "severity": "error", "message": "bad"})
    assert said.error == Fault(text="bad")
    error = {"type": "FatalAuthenticationError", "message": "no login"}
    said = heard("gemini", {"type": "result", "status": "error", "error": error, "stats": {}})
    assert said.error == Fault(text="no login", code="FatalAuthenticationError")


def test_opencode_adds_up_its_steps() -> None:
    step = {
        "type": "step_finish",
        "sessionID": "o-1",
        "part": {"cost": 0.25, "tokens": {"input": 4, "output": 2, "cache": {"read": 3}}},
    }
    said = heard("opencode", step, {"type": "text", "sessionID": "o-1", "part": {"text": "Done."}}, step)
    assert said == Said(session="o-1", message="Done.", usage=Usage(14, 4, 6), cost_usd=0.5)


def test_opencode_says_what_went_wrong() -> None:
    error = {"name": "APIError", "data": {"message": "no such model", "statusCode": 404}}
    said = heard("opencode", {"type": "error", "error": error})
    assert said.error == Fault(text="no such model", code="APIError", http=404)


def test_aider_tells_tokens_and_cost_in_its_text() -> None:
    said = heard(
        "aider",
        b"Tokens: 2.3k sent, 1.1k cache hit, 156 received. Cost: $0.0093 message, $0.0093 session.",
        b"Tokens: 1,000 sent, 44 received. Cost: $0.01 message, $0.02 session.",
    )
    assert said == Said(usage=Usage(3300, 200, 1100), cost_usd=0.02)


def test_a_command_is_understood_whichever_program_it_starts() -> None:
    assert heard("any", INIT, result()).finished
    assert heard("any", *CODEX, {"type": "turn.completed", "usage": USED}).finished


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"plain text",
        b"\xff\xfe{",
        b"{",
        b'{"type": ',
        b"[1, 2]",
        b'{"a":' * 100_000,
        b'{"type": "result", "total_cost_usd": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_line_that_is_no_event_says_nothing(reader: str, line: bytes) -> None:
    assert heard(reader, line) == Said()


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    (
        *("subtype", "message", "result", "usage", "item", "part", "error", "modelUsage", "rate_limit_info"),
        *("errors", "permission_denials", "stats", "status", "api_error_status", "content", "total_cost_usd"),
    )
)
_TYPES = st.sampled_from(
    (
        *("system", "assistant", "result", "rate_limit_event", "item.completed", "turn.failed", "error"),
        *("turn.completed", "message", "step_finish", "text", "init", "thread.started"),
    )
)


@given(reader=st.sampled_from(sorted(READERS)), kind=_TYPES, others=st.dictionaries(_KEYS, _VALUES))
def test_no_event_of_whatever_shape_breaks_a_reader(
    reader: str, kind: str, others: dict[str, object]
) -> None:
    said = heard(reader, {"type": kind, **others})
    assert said.cost_usd is None or said.cost_usd >= 0
