"""OpenAI's responses: `POST /v1/responses`, which Codex speaks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from loopback.acts import command, fences
from loopback.pieces import pieces

if TYPE_CHECKING:
    from loopback.asks import Ask
    from loopback.script import Turn

_SHELLS = {"exec_command": "cmd", "shell_command": "command", "shell": "command"}
"""The tools that run a command, by version of Codex, and what they call it."""
_CREATED = 1_763_700_000


def whole(ask: Ask, turn: Turn, number: str) -> dict[str, Any]:
    cut = turn.stop == "length"
    return {
        **_head(ask, number),
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": _items(ask, turn, number),
        "usage": _usage(turn),
    }


def events(ask: Ask, turn: Turn, number: str) -> list[tuple[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"type": "response.created", "response": _head(ask, number)},
        {"type": "response.in_progress", "response": _head(ask, number)},
    ]
    for index, item in enumerate(_items(ask, turn, number)):
        parts += _item(index, item)
    done = whole(ask, turn, number)
    parts.append({"type": f"response.{done['status']}", "response": done})
    return [(part["type"], part | {"sequence_number": at}) for at, part in enumerate(parts)]


def _head(ask: Ask, number: str) -> dict[str, Any]:
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": _CREATED,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": ask.model,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None,
    }


def _items(ask: Ask, turn: Turn, number: str) -> list[dict[str, Any]]:
    shell = next((name for name in _SHELLS if name in ask.tools), None)
    say = turn.say if shell else fences(turn.say, turn.acts)
    said = [_message(say, f"msg_{number}")] if say else []
    return said if shell is None else [*said, *_calls(shell, turn, number)]


def _message(text: str, name: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": name, "type": "message", "role": "assistant", "status": "completed", "content": [part]}


def _calls(shell: str, turn: Turn, number: str) -> list[dict[str, Any]]:
    commands = [command(act) for act in turn.acts]
    given = [["bash", "-lc", line] if shell == "shell" else line for line in commands]
    return [
        {
            "id": f"fc_{number}_{index}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{number}_{index}",
            "name": shell,
            "arguments": json.dumps({_SHELLS[shell]: line}, ensure_ascii=False),
        }
        for index, line in enumerate(given)
    ]


def _item(index: int, item: dict[str, Any]) -> list[dict[str, Any]]:
    place = {"item_id": item["id"], "output_index": index}
    if item["type"] == "message":
        inner, empty = _text(item["content"][0], place | {"content_index": 0}), item | {"content": []}
    else:
        inner, empty = _arguments(item, place), item | {"arguments": ""}
    return [
        {
            "type": "response.output_item.added",
            "output_index": index,
            "item": empty | {"status": "in_progress"},
        },
        *inner,
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def _text(part: dict[str, Any], place: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "response.content_part.added", **place, "part": part | {"text": ""}},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in pieces(part["text"])
        ),
        {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
    ]


def _arguments(item: dict[str, Any], place: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        *(
            {"type": "response.function_call_arguments.delta", **place, "delta": piece}
            for piece in pieces(item["arguments"])
        ),
        {
            "type": "response.function_call_arguments.done",
            **place,
            "name": item["name"],
            "arguments": item["arguments"],
        },
    ]


def _usage(turn: Turn) -> dict[str, Any]:
    return {
        "input_tokens": turn.usage.input,
        "input_tokens_details": {"cached_tokens": turn.usage.cached},
        "output_tokens": turn.usage.output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": turn.usage.input + turn.usage.output,
    }
