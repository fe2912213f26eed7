"""Reads the events of Codex: `codex exec --json`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.executors.agent.stream import Fault, at, count, parse_event, text
from batchexec.model import Usage

if TYPE_CHECKING:
    from batchexec.executors.agent.stream import Event, Said

TYPES = {"thread.started", "turn.started", "turn.completed", "turn.failed"} | {
    *("item.started", "item.updated", "item.completed", "error")
}


def read(said: Said, event: Event) -> Said:
    match event.get("type"):
        case "thread.started":
            return replace(said, session=text(event, "thread_id"))
        case "item.completed":
            return _item(said, event)
        case "error":
            # It connects anew after these; the one that counts comes with turn.failed.
            return replace(said, error=_fault(text(event, "message")))
        case "turn.completed":
            return replace(said, finished=True, error=None, usage=_usage(event))
        case "turn.failed":
            told = text(event, "error", "message") or (said.error.text if said.error else "")
            return replace(said, finished=True, error=_fault(told or "the turn failed"))
        case _:
            return said


def _fault(told: str) -> Fault:
    # A request the server will not have is told by the body of its answer, and by nothing else.
    body = parse_event(told.encode(errors="replace"))
    return Fault(text=told) if body is None else Fault(text=text(body, "error", "message") or told, http=400)


def _item(said: Said, event: Event) -> Said:
    kind = text(event, "item", "type")
    if kind == "error":
        return said
    said = replace(said, error=None)
    if kind == "agent_message":
        return replace(said, message=text(event, "item", "text"))
    if text(event, "item", "status") == "declined":
        what = text(event, "item", "command") or kind
        return replace(said, denials=(*said.denials, what[:200]))
    return said


def _usage(event: Event) -> Usage | None:
    if not isinstance(at(event, "usage"), dict):
        return None
    return Usage(
        input_tokens=count(event, "usage", "input_tokens"),
        output_tokens=count(event, "usage", "output_tokens"),
        cached_tokens=count(event, "usage", "cached_input_tokens"),
    )
