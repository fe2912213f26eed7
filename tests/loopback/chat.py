"""OpenAI's chat: `POST /v1/chat/completions`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from loopback.acts import fences
from loopback.pieces import pieces

if TYPE_CHECKING:
    from loopback.asks import Ask
    from loopback.script import Turn

_STOPS = {"length": "length", "refusal": "content_filter"}
_CREATED = 1_763_700_000


def whole(ask: Ask, turn: Turn, number: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": fences(turn.say, turn.acts), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": _STOPS.get(turn.stop, "stop")}
    return _head(ask, number, "chat.completion") | {"choices": [choice], "usage": _usage(turn)}


def events(ask: Ask, turn: Turn, number: str) -> list[tuple[str, Any]]:
    """Stream it; the usage comes last, to whom does not ask for it too, as some servers do."""
    head = _head(ask, number, "chat.completion.chunk")
    deltas = [
        {"role": "assistant", "content": ""},
        *({"content": piece} for piece in pieces(fences(turn.say, turn.acts))),
    ]
    chunks = [
        *(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas),
        head | {"choices": [{"index": 0, "delta": {}, "finish_reason": _STOPS.get(turn.stop, "stop")}]},
        head | {"choices": [], "usage": _usage(turn)},
    ]
    return [*(("", json.dumps(chunk, ensure_ascii=False)) for chunk in chunks), ("", "[DONE]")]


def error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": kind}}


def _head(ask: Ask, number: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": _CREATED, "model": ask.model}


def _usage(turn: Turn) -> dict[str, Any]:
    return {
        "prompt_tokens": turn.usage.input,
        "completion_tokens": turn.usage.output,
        "total_tokens": turn.usage.input + turn.usage.output,
        "prompt_tokens_details": {"cached_tokens": turn.usage.cached},
    }
