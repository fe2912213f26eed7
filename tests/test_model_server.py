from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.pieces import pieces
from loopback.script import ScriptError, parse_scenario
from model_server import ModelServer

from batchexec.executors.api.answer import Gone, Hunks, Whole, parse_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = ("/v1/messages", "/v1/chat/completions", "/v1/responses")
SCRIPT = Path(__file__).with_name("model_server.py")
SPECS = "File: `a.py`\n\n```python\nA = 1\n```"


def ask(text: str, **more: Any) -> dict[str, Any]:
    """Make a body that every protocol understands."""
    turns = [{"role": "user", "content": text}]
    return {"model": "loop", "max_tokens": 9, "messages": turns, "input": turns, **more}


@contextmanager
def sent(url: str, path: str, body: Any = None, **headers: str) -> Iterator[HTTPResponse]:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=20)) as connection:
        connection.request("GET" if body is None else "POST", path, json.dumps(body), headers)
        with connection.getresponse() as response:
            yield response


def status(server: ModelServer, path: str, body: Any, **headers: str) -> int:
    with sent(server.url, path, body, **headers) as response:
        return response.status


def read(server: ModelServer, path: str, body: Any) -> str:
    with sent(server.url, path, body) as response:
        return response.read().decode()


def answer(server: ModelServer, path: str, body: Any, **headers: str) -> Any:
    with sent(server.url, path, body, **headers) as response:
        return json.loads(response.read())


def text_of(path: str, told: Any) -> str:
    if path == "/v1/messages":
        return str(told["content"][0]["text"])
    if path == "/v1/responses":
        return str(told["output"][0]["content"][0]["text"])
    return str(told["choices"][0]["message"]["content"])


def says(server: ModelServer, text: str, path: str = PATHS[0], **more: Any) -> str:
    return text_of(path, answer(server, path, ask(text, **more)))


def events(text: str) -> list[Any]:
    data = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(one) for one in data if one != "[DONE]"]


def streamed(path: str, text: str) -> str:
    """Put the pieces of a streamed text together."""
    found = []
    for event in events(text):
        if path == "/v1/messages":
            found.append(event.get("delta", {}).get("text", ""))
        elif path == "/v1/responses":
            found.append(event.get("delta", ""))
        else:
            found += [choice["delta"].get("content", "") for choice in event["choices"]]
    return "".join(found)


@pytest.mark.parametrize("path", PATHS)
def test_one_answer_reads_the_same_in_every_protocol(path: str) -> None:
    write = {"say": "Here.", "write": {"path": "a.py", "content": "A = 1\n"}}

    with ModelServer([{"when": "T1", "turns": [write]}]) as server:
        assert says(server, "T1", path) == f"Here.\n\n{SPECS}"


@pytest.mark.parametrize("path", PATHS)
def test_a_streamed_answer_is_the_whole_one_in_pieces(path: str) -> None:
    turn = {"say": "Grüße, 你好! " * 50, "write": {"path": "a.py", "content": "A = 1\n"}}

    with ModelServer([{"when": "T1", "turns": [turn]}]) as server:
        whole = says(server, "T1", path)
        told = read(server, path, ask("T1", stream=True))

    assert streamed(path, told) == whole
    assert len(events(told)) > 9


@pytest.mark.parametrize(
    ("path", "usage"),
    [
        ("/v1/messages", {"input_tokens": 7, "output_tokens": 5, "cache_read_input_tokens": 3}),
        ("/v1/chat/completions", {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}),
        ("/v1/responses", {"input_tokens": 7, "output_tokens": 5, "total_tokens": 12}),
    ],
)
def test_what_an_answer_used_is_told(path: str, usage: dict[str, int]) -> None:
    scenario = {
        "usage": {"input": 7, "output": 5, "cached": 3},
        "rules": [{"when": "T1", "turns": [{"say": "x"}]}],
    }

    with ModelServer(scenario) as server:
        told = answer(server, path, ask("T1"))["usage"]
        said = read(server, path, ask("T1", stream=True))

    assert usage.items() <= told.items()
    assert all(f'"{word}": {count}' in said for word, count in usage.items())


def test_claude_code_is_told_to_use_its_tools(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("A = 1\n")
    turn = {
        "write": {"path": "new.py", "content": "B = 1\n"},
        "edit": {"path": "old.py", "old": "1", "new": "2"},
        "delete": "gone.py",
        "run": "pytest -q",
    }
    body = ask("T1", tools=[{"name": "Write"}, {"name": "Bash"}], system=f"working directory: {tmp_path}\n")

    with ModelServer([{"when": "T1", "turns": [turn]}]) as server:
        told = answer(server, "/v1/messages", body)

    assert told["stop_reason"] == "tool_use"
    assert [(block["name"], next(iter(block["input"].values()))) for block in told["content"]] == [
        ("Write", f"{tmp_path}/new.py"),
        ("Read", f"{tmp_path}/old.py"),
        ("Edit", f"{tmp_path}/old.py"),
        ("Bash", f"rm -- '{tmp_path}/gone.py'"),
        ("Bash", "pytest -q"),
    ]


def test_codex_is_told_commands_that_do_it(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("A = 'it'\n")
    (tmp_path / "gone.py").touch()
    turn = {
        "write": {"path": "deep/new.py", "content": "B = \"\\n'''$HOME\n"},
        "edit": {"path": "old.py", "old": "'it'", "new": "2"},
        "delete": "gone.py",
    }

    with ModelServer([{"when": "T1", "turns": [turn]}]) as server:
        told = answer(server, "/v1/responses", ask("T1", tools=[{"name": "exec_command"}]))
    for call in told["output"]:
        subprocess.run(["bash", "-c", json.loads(call["arguments"])["cmd"]], cwd=tmp_path, check=True)

    assert {path.name: path.read_text() for path in tmp_path.rglob("*.py")} == {
        "new.py": "B = \"\\n'''$HOME\n",
        "old.py": "A = 2\n",
    }


def test_a_fence_is_longer_than_those_in_the_file() -> None:
    write = {"path": "a.md", "content": "````\nx\n````\n"}

    with ModelServer([{"when": "T1", "turns": [{"write": write}]}]) as server:
        assert says(server, "T1") == "File: `a.md`\n\n`````markdown\n````\nx\n````\n`````"


def test_an_edit_in_text_is_search_and_replace() -> None:
    edit = {"path": "a.py", "old": "A = 1", "new": "A = 2"}

    with ModelServer([{"when": "T1", "turns": [{"edit": edit}]}]) as server:
        assert says(server, "T1") == (
            "File: `a.py`\n\n```python\n<<<<<<< SEARCH\nA = 1\n=======\nA = 2\n>>>>>>> REPLACE\n```"
        )


@pytest.mark.parametrize("path", PATHS)
def test_batchexec_reads_the_files_out_of_an_answer(path: str) -> None:
    turn = {
        "say": "Here you are.",
        "write": [{"path": "a.py", "content": "A = 1\n"}, {"path": "b.md", "content": "```\nB\n```\n"}],
        "edit": {"path": "c.py", "old": "C = 1", "new": "C = 2"},
        "delete": "old/d.py",
    }

    with ModelServer([{"when": "T1", "turns": [turn, {"run": "pytest"}, {"say": "Done."}]}]) as server:
        read = parse_answer(says(server, "T1", path))

    assert read.problems == ()
    assert [(type(part), part.path) for part in read.parts] == [
        (Whole, "a.py"),
        (Whole, "b.md"),
        (Hunks, "c.py"),
        (Gone, "old/d.py"),
    ]


def test_the_first_rule_that_fits_answers() -> None:
    rules = [
        {"when": "T1", "model": "small", "turns": [{"say": "small"}]},
        {"when": "T1", "path": "responses", "turns": [{"say": "responses"}]},
        {"last": "again", "turns": [{"say": "last"}]},
        {"anywhere": "be brief", "turns": [{"say": "anywhere"}]},
        {"when": "T1", "turns": [{"say": "any"}]},
    ]

    with ModelServer(rules) as server:
        said = [
            says(server, "T1", model="small-1"),
            says(server, "T1", "/v1/responses"),
            says(server, "T1, and again"),
            says(server, "T1", system="be brief"),
            says(server, "T1"),
            says(server, "T2"),
        ]

    assert said == ["small", "responses", "last", "anywhere", "any", "Done."]


def results(text: str, count: int) -> dict[str, Any]:
    """Make the body of a conversation an agent is in: so many tool calls later."""
    talk: list[dict[str, Any]] = [{"role": "user", "content": text}]
    for _ in range(count):
        talk.append({"role": "assistant", "content": [{"type": "tool_use", "name": "Write"}]})
        talk.append({"role": "user", "content": [{"type": "tool_result", "content": "T9"}]})
    return {"model": "loop", "messages": talk, "tools": [{"name": "Write"}]}


def test_an_agent_gets_turn_after_turn_and_then_done() -> None:
    turns = [{"say": "one"}, {"say": "two"}]

    with ModelServer([{"when": "T1", "turns": turns}]) as server:
        said = [
            text_of(PATHS[0], answer(server, PATHS[0], results("T1: go", count))) for count in (0, 1, 2, 3)
        ]

    assert said == ["one", "two", "Done.", "Done."]


def test_who_has_no_tools_gets_all_turns_up_to_the_next_failure_at_once() -> None:
    turns = [{"say": "one"}, {"say": "two"}, {"status": 500}, {"say": "three"}]

    with ModelServer([{"when": "T1", "turns": turns}]) as server:
        assert says(server, "T1") == "one\n\ntwo"


def test_a_conversation_that_begins_again_gets_the_next_attempt() -> None:
    attempts = [[{"status": 500, "times": 2}, {"say": "first"}], [{"say": "second"}]]

    with ModelServer([{"when": "T1", "attempts": attempts}]) as server:
        statuses = [status(server, PATHS[0], ask("T1")) for _ in range(2)]
        said = [says(server, f"T1, {again}") for again in ("", "it failed", "still")]

    assert statuses == [500, 500]
    assert said == ["first", "second", "second"]


def test_the_group_of_a_rule_names_the_conversation() -> None:
    rule = {"when": "file (\\w+)", "attempts": [[{"say": "first"}], [{"say": "second"}]]}

    with ModelServer([rule]) as server:
        said = [says(server, text) for text in ("T1: file a", "T1: file b", "T2: file a")]
        asked = [request.task for request in server.requests]

    assert said == ["first", "first", "second"]
    assert asked == ["a", "b", "a"]


def test_a_script_that_ends_in_a_failure_goes_on_failing() -> None:
    with ModelServer([{"when": "T1", "turns": [{"status": 401}]}]) as server:
        assert [status(server, PATHS[0], ask("T1")) for _ in range(3)] == [401] * 3


def test_what_an_agent_says_for_its_user_is_not_the_task() -> None:
    told = [
        {"type": "text", "text": "<system-reminder>\nsee T9\n</system-reminder>"},
        {"type": "text", "text": "T1: go"},
    ]
    codex = [
        {"role": "user", "content": [{"type": "input_text", "text": "# AGENTS.md instructions for T9"}]},
        {"role": "user", "content": [{"type": "input_text", "text": "<environment_context>T9"}]},
        {"role": "user", "content": [{"type": "input_text", "text": "T1: go"}]},
    ]

    with ModelServer([{"when": "^T1", "turns": [{"say": "one"}]}]) as server:
        assert text_of(
            PATHS[0], answer(server, PATHS[0], ask("", messages=[{"role": "user", "content": told}]))
        )
        assert text_of(PATHS[2], answer(server, PATHS[2], {"model": "loop", "input": codex}))
        assert [request.task for request in server.requests] == ["T1", "T1"]


def test_what_claude_asks_for_itself_uses_up_no_turn() -> None:
    with ModelServer([{"when": "T1", "attempts": [[{"say": "one"}], [{"say": "two"}]]}]) as server:
        aside = answer(server, PATHS[0], ask("T1: a title?"), **{"User-Agent": "claude-cli/2.1"})
        assert text_of(PATHS[0], aside) == '{"title": "Task"}'
        assert says(server, "T1") == "one"
        assert server.paid("T1") == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/v1/messages",
            {
                "type": "error",
                "error": {"type": "overloaded_error", "message": "Busy"},
                "request_id": "req_loop",
            },
        ),
        (
            "/v1/responses",
            {
                "error": {
                    "message": "Busy",
                    "type": "overloaded_error",
                    "param": None,
                    "code": "overloaded_error",
                }
            },
        ),
    ],
)
def test_a_refusal_reads_as_its_protocol_has_it(path: str, body: dict[str, Any]) -> None:
    rule = {"when": "T1", "turns": [{"status": 529, "message": "Busy", "headers": {"Retry-After": 3}}]}

    with ModelServer([rule]) as server, sent(server.url, path, ask("T1")) as response:
        assert (response.status, response.headers["Retry-After"]) == (529, "3")
        assert json.loads(response.read()) == body


def test_a_time_in_a_script_counts_from_now() -> None:
    turn = {
        "status": 429,
        "headers": {"reset": "{now+60}"},
        "body": {"at": "{now+60}", "text": "at {now}|"},
    }

    rule = {"when": "T1", "turns": [turn]}

    with ModelServer([rule]) as server, sent(server.url, PATHS[0], ask("T1")) as response:
        reset, told = response.headers["reset"], json.loads(response.read())

    assert 55 < told["at"] - time.time() < 65
    assert reset == str(told["at"])
    assert re.fullmatch(r"at \d{10}\|", told["text"])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [False, True])
def test_who_is_cut_off_can_tell(path: str, *, stream: bool) -> None:
    with ModelServer([{"when": "T1", "turns": [{"cut": True, "say": "word " * 99}]}]) as server:
        with pytest.raises(IncompleteRead) as cut:
            read(server, path, ask("T1", stream=stream))
        assert server.paid("T1") == 1

    assert 99 < len(cut.value.partial) < 9999


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [False, True])
def test_garbage_is_no_json(path: str, *, stream: bool) -> None:
    with ModelServer([{"when": "T1", "turns": [{"garbage": True, "say": "word " * 99}]}]) as server:
        text = read(server, path, ask("T1", stream=stream))

    with pytest.raises(json.JSONDecodeError):
        json.loads(text) if not stream else events(text)


@pytest.mark.parametrize(
    ("path", "reason"), list(zip(PATHS, ("max_tokens", "length", "incomplete"), strict=True))
)
def test_an_answer_can_end_at_its_length(path: str, reason: str) -> None:
    with ModelServer([{"when": "T1", "turns": [{"say": "wor", "stop": "length"}]}]) as server:
        told = answer(server, path, ask("T1"))

    assert reason in (
        told.get("stop_reason"),
        told.get("status"),
        told.get("choices", [{}])[0].get("finish_reason"),
    )


def test_silence_comes_after_the_first_event_and_delay_before_it() -> None:
    turns = [{"say": "x", "delay_s": 0.2, "silence_s": 0.4}]

    with ModelServer([{"when": "T1", "turns": turns}]) as server:
        began = time.monotonic()
        with sent(server.url, PATHS[0], ask("T1", stream=True)) as response:
            response.readline()
            first = time.monotonic() - began
            response.read()
            whole = time.monotonic() - began

    assert 0.2 <= first < 0.55
    assert whole >= 0.6


def test_who_hangs_is_left_alone_by_clients_and_by_the_end() -> None:
    with ModelServer([{"when": "T1", "turns": [{"hang": True}]}]) as server:
        with sent(server.url, PATHS[0], ask("T1", stream=True)) as gone:
            gone.readline()
        with sent(server.url, PATHS[0], ask("T1", stream=True)) as waits:
            waits.readline()
            assert says(server, "T2") == "Done."
            began = time.monotonic()
            server.close()

    assert time.monotonic() - began < 2


def test_requests_are_kept_without_their_keys() -> None:
    with ModelServer([{"when": "T1", "name": "one", "turns": [{"status": 401}, {"say": "x"}]}]) as server:
        for _ in range(2):
            status(
                server,
                "/v1/messages?beta=true",
                ask("T1"),
                Authorization="a",
                **{"X-Api-Key": "k", "X-A": "1"},
            )
        first, second = server.asked("T1")
        assert server.asked("one") == [first, second]

    assert (first.status, first.paid, second.status, second.paid) == (401, False, 200, True)
    assert first.path == "/v1/messages?beta=true"
    assert (first.body, first.prompt) == (ask("T1"), "T1")
    assert first.headers["x-a"] == "1"
    assert not {"authorization", "x-api-key"} & set(first.headers)


def test_models_and_tokens_are_told() -> None:
    with ModelServer({"models": ["big", "small"]}) as server:
        with sent(server.url, "/v1/models") as response:
            models = json.loads(response.read())
        count = answer(server, "/v1/messages/count_tokens?beta=true", ask("x" * 400))
        unknown = status(server, "/v1/other", {})

    assert [model["id"] for model in models["data"]] == ["big", "small"]
    assert count["input_tokens"] > 100
    assert unknown == 404


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # the names are all there is to it


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
def test_a_hundred_at_once_are_answered_and_nothing_is_left() -> None:
    threads, before = threading.active_count(), descriptors()

    with ModelServer([{"when": "T", "turns": [{"say": "x", "delay_s": 0.2}]}]) as server:
        with ThreadPoolExecutor(100) as pool:
            said = list(pool.map(lambda number: says(server, f"T{number}"), range(100)))
        assert len({request.task for request in server.requests}) == 100

    assert said == ["x"] * 100
    assert (threading.active_count(), descriptors()) == (threads, before)


@pytest.fixture
def script(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("rules:\n- when: T1\n  turns:\n  - {status: 500}\n  - {say: hello}\n")
    words = f"--scenario {scenario} --calls {tmp_path}/calls --announce {tmp_path}/address".split()
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), *words], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process, tmp_path
        process.kill()


def test_the_script_says_where_it_is_writes_down_what_was_paid_and_ends_when_told(
    script: tuple[subprocess.Popen[str], Path],
) -> None:
    process, place = script
    assert process.stdout
    url = process.stdout.readline().strip()
    assert (place / "address").read_text() == f"{url}\n"
    statuses = []
    for _ in range(2):
        with sent(url, "/v1/messages", ask("T1")) as response:
            statuses.append(response.status)
    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert statuses == [500, 200]
    calls = [json.loads(line) for line in (place / "calls").read_text().splitlines()]
    assert [(call["task"], call["number"], call["attempt"]) for call in calls] == [("T1", 2, 1)]


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        ({"rule": []}, "a scenario has rule; it may have models, rules, usage"),
        (
            [{"wen": "x", "turns": []}],
            "rule 1 has wen; it may have anywhere, attempts, last, model, name, path, turns, when",
        ),
        ([{"when": "x"}], "rule 1 has `turns` and `attempts` or neither; give one of them"),
        (
            [{"when": "x", "turns": [{"sya": "x"}]}],
            (
                "a turn has sya; it may have body, cut, delay_s, delete, edit, error, garbage, hang, "
                "headers, message, run, say, silence_s, status, stop, times, usage, write"
            ),
        ),
    ],
)
def test_a_scenario_that_cannot_be_played_is_refused(scenario: Any, message: str) -> None:
    with pytest.raises(ScriptError) as refused:
        parse_scenario(scenario)

    assert str(refused.value) == message


@given(st.text(max_size=500))
def test_pieces_are_a_text_cut_up(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert len(pieces(text)) < 10


def test_the_sdk_of_anthropic_understands_it() -> None:
    sdk = pytest.importorskip("anthropic", reason="the SDK of Anthropic is not installed")
    with ModelServer([{"when": "T1", "turns": [{"say": "word " * 30, "usage": {"output": 5}}]}]) as server:
        client = sdk.Anthropic(base_url=server.url, api_key="k", max_retries=0)
        asked = {"model": "loop", "max_tokens": 9, "messages": [{"role": "user", "content": "T1"}]}
        whole = client.messages.create(**asked)
        with client.messages.stream(**asked) as stream:
            told = stream.get_final_message()
        client.close()

    assert whole.content[0].text == told.content[0].text == "word " * 30
    assert whole.usage.output_tokens == told.usage.output_tokens == 5


def test_the_sdk_of_openai_understands_it() -> None:
    sdk = pytest.importorskip("openai", reason="the SDK of OpenAI is not installed")
    with ModelServer([{"when": "T1", "turns": [{"say": "word " * 30, "usage": {"output": 5}}]}]) as server:
        client = sdk.OpenAI(base_url=server.openai_url, api_key="k", max_retries=0)
        chunks = list(
            client.chat.completions.create(
                model="loop", messages=[{"role": "user", "content": "T1"}], stream=True
            )
        )
        whole = client.responses.create(model="loop", input="T1")
        with client.responses.stream(model="loop", input="T1") as stream:
            told = stream.get_final_response()
        client.close()

    said = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert said == whole.output_text == told.output_text == "word " * 30
    assert chunks[-1].usage.completion_tokens == whole.usage.output_tokens == told.usage.output_tokens == 5
