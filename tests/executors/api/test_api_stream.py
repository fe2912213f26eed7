"""Streams no good server sends, byte by byte."""

from __future__ import annotations

import importlib.util
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from apply_bench import RUN, task

from batchexec.executors import Attempt
from batchexec.executors.api import Api
from batchexec.executors.api.question import Heard
from batchexec.model import Outcome, Status, Usage
from batchexec.workspace import Stage, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("openai", "anthropic")),
    reason="the SDKs are not installed: pip install 'batchexec[api]'",
)

STREAM = "text/event-stream"


@contextmanager
def serving(body: bytes, kind: str = STREAM) -> Iterator[str]:
    """Answer every request with these bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def answer(
    provider: str, body: bytes | list[Any], log: list[bytes] | None = None, kind: str = STREAM
) -> Outcome:
    """Ask for a text; a list is sent as the events of a stream."""
    if isinstance(body, list):
        body = b"".join(_event(one) for one in body)
    with serving(body, kind) as url:
        api = Api.make({"provider": provider, "base_url": url, "model": "m"}, Path())
        stage = Stage(Workspace(Path("/nowhere")), Path("/nowhere"))
        keep = log.append if log is not None else lambda _: None
        return api.execute(task(), stage, Attempt(run=RUN, log=keep))


def _event(one: Any) -> bytes:
    name = f"event: {one['type']}\n" if isinstance(one, dict) and "type" in one else ""
    return f"{name}data: {one if isinstance(one, str) else json.dumps(one)}\n\n".encode()


def chunk(text: str | None = None, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, **choice}]}


END = chunk(finish_reason="stop")


def test_an_error_in_mid_stream_is_sorted_by_its_name() -> None:
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 7, "output_tokens": 1}}}
    for kind, trouble in (("overloaded_error", "transient"), ("invalid_request_error", "deterministic")):
        error = {"type": "error", "error": {"type": kind, "message": "Sorry"}}
        outcome = answer("anthropic", [start, error])
        assert (outcome.status, outcome.trouble) == ("error", trouble)
        assert outcome.summary.endswith(": Sorry")
        assert outcome.usage == Usage(7, 1)
    for kind, trouble in (
        ("server_error", "transient"),
        ("context_length_exceeded", "transient"),
        ("not_found_error", "deterministic"),
    ):
        outcome = answer("openai", [chunk("a"), {"error": {"message": "Sorry", "type": kind, "code": None}}])
        assert (outcome.status, outcome.trouble) == ("error", trouble)
        assert outcome.summary.endswith(": Sorry")


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", STREAM),
        (b"<html>Bad gateway</html>", "text/html"),
        (b"data: {not json\n\n", STREAM),
        (b"event: message_start\ndata: {not json\n\n", STREAM),
        (b"event: message_start\ndata: \xff\xfe\n\n", STREAM),
        (b"data: [DONE]\n\n", STREAM),
        (
            b'event: x\ndata: 5\n\nevent: x\ndata: []\n\nevent: x\ndata: null\n\nevent: x\ndata: "a"\n\n',
            STREAM,
        ),
        (b'{"choices": [{"message": {"content": "hi"}}]}', "application/json"),
    ],
)
def test_what_is_no_stream_is_a_passing_trouble(provider: str, body: bytes, kind: str) -> None:
    outcome = answer(provider, body, kind=kind)
    assert (outcome.status, outcome.trouble) == ("error", "transient")


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": None},
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": ["a"]}}]},
        {"usage": {"prompt_tokens": "many", "prompt_tokens_details": None}},
        {"usage": {"prompt_tokens": -5}},
        {"error": None},
    ],
)
def test_an_odd_chunk_says_nothing(odd: dict[str, Any]) -> None:
    assert answer("openai", [chunk("hi"), odd, END]).passed


def test_servers_that_tell_no_usage_have_none() -> None:
    assert answer("openai", [chunk("hi"), END, "[DONE]"]) == Outcome(status=Status.PASSED)


@pytest.mark.parametrize(
    ("pieces", "text"), [(["a\ud83d", "\ude00b"], "a😀b"), (["a\ud83d", "b"], "a\ufffdb"), (["😀"], "😀")]
)
def test_a_character_in_two_halves_is_one(pieces: list[str], text: str) -> None:
    assert Heard(pieces=pieces).text == text


def test_half_a_character_breaks_nothing() -> None:
    half = b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n'
    assert answer("openai", half + _event(END)).passed


def test_a_refusal_in_its_own_field_is_one() -> None:
    refusal = {"choices": [{"delta": {"refusal": "I will not."}}]}
    outcome = answer("openai", [refusal, END])
    assert (outcome.status, outcome.trouble) == ("failed", "quality")
    assert outcome.summary == "the model refused: 'I will not.'"


def test_the_thoughts_of_a_model_are_not_its_answer() -> None:
    deltas = [{"type": "thinking_delta", "thinking": "hm"}, {"type": "text_delta", "text": "42"}]
    events = [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
    stop = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}
    log: list[bytes] = []
    assert answer("anthropic", [*events, stop, {"type": "message_stop"}], log).usage == Usage(0, 3)
    assert b"answer:\n42\n\nended: end" in b"".join(log)


def test_an_endless_answer_is_cut() -> None:
    outcome = answer("openai", [chunk("x" * 1_000_000)] * 24)
    assert (outcome.status, outcome.trouble) == ("needs_work", "quality")
    assert outcome.summary == "the answer is longer than 20,971,520 characters"
