"""Anthropic's messages: `POST /v1/messages`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from loopback.acts import fences, tool_uses
from loopback.pieces import pieces

if TYPE_CHECKING:
    from loopback.asks import Ask
    from loopback.script import Turn

_STOPS = {"length": "max_tokens", "refusal": "refusal"}


def whole(ask: Ask, turn: Turn, number: str) -> dict[str, Any]:
    content = _content(ask, turn, number)
    return {
        **_head(ask, number),
        "content": content,
        "stop_reason": _stop(turn, content),
        "usage": _input(turn) | {"output_tokens": turn.usage.output},
    }


def events(ask: Ask, turn: Turn, number: str) -> list[tuple[str, Any]]:
    content = _content(ask, turn, number)
    start = _head(ask, number) | {"usage": _input(turn) | {"output_tokens": 1}}
    end = {"stop_reason": _stop(turn, content), "stop_sequence": None}
    parts: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    for index, block in enumerate(content):
        parts += _block(index, block)
    parts.append({"type": "message_delta", "delta": end, "usage": {"output_tokens": turn.usage.output}})
    parts.append({"type": "message_stop"})
    return [(part["type"], part) for part in parts]


def error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_loop"}


def _head(ask: Ask, number: str) -> dict[str, Any]:
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _content(ask: Ask, turn: Turn, number: str) -> list[dict[str, Any]]:
    if "Write" not in ask.tools and "Bash" not in ask.tools:
        return [{"type": "text", "text": fences(turn.say, turn.acts)}]
    said = [{"type": "text", "text": turn.say}] if turn.say else []
    used = [
        {"type": "tool_use", "id": f"toolu_{number}_{index}", "name": name, "input": given}
        for index, (name, given) in enumerate(tool_uses(turn.acts, ask.directory))
    ]
    return [*said, *used]


def _block(index: int, block: dict[str, Any]) -> list[dict[str, Any]]:
    if block["type"] == "text":
        empty: dict[str, Any] = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
    else:
        empty = {**block, "input": {}}
        text = json.dumps(block["input"], ensure_ascii=False)
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(text)]
    return [
        {"type": "content_block_start", "index": index, "content_block": empty},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def _stop(turn: Turn, content: list[dict[str, Any]]) -> str:
    used = any(block["type"] == "tool_use" for block in content)
    return _STOPS.get(turn.stop, "tool_use" if used else "end_turn")


def _input(turn: Turn) -> dict[str, int]:
    return {
        "input_tokens": turn.usage.input,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": turn.usage.cached,
    }
