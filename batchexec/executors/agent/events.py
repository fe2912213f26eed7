"""Who reads which event stream; the readers of the programs we have not driven ourselves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.executors.agent import claude, codex
from batchexec.executors.agent.stream import Fault, Reader, count, number, text
from batchexec.model import Usage

if TYPE_CHECKING:
    from batchexec.executors.agent.stream import Event, Said


_KEEP = 16 * 1024
_COST = re.compile(r"\$(\d{1,6}(?:\.\d{1,6})?) session\b")
_TOKENS = re.compile(r"([\d][\d.,]{0,11})([kM]?) (sent|received|cache hit)\b")


def read_gemini(said: Said, event: Event) -> Said:
    match event.get("type"):
        case "init":
            return replace(said, session=text(event, "session_id"))
        case "message" if event.get("role") == "assistant":
            before = said.message if event.get("delta") is True else ""
            return replace(said, message=(before + text(event, "content"))[-_KEEP:])
        case "error" if event.get("severity") == "error":
            return replace(said, error=Fault(text=text(event, "message")))
        case "result":
            return _gemini_result(said, event)
        case _:
            return said


def _gemini_result(said: Said, event: Event) -> Said:
    used = Usage(
        input_tokens=count(event, "stats", "input_tokens"),
        output_tokens=count(event, "stats", "output_tokens"),
        cached_tokens=count(event, "stats", "cached"),
    )
    failed = Fault(text=text(event, "error", "message"), code=text(event, "error", "type"))
    error = None if text(event, "status") == "success" else failed
    return replace(said, finished=True, usage=used, error=error)


def read_opencode(said: Said, event: Event) -> Said:
    said = replace(said, session=text(event, "sessionID") or said.session)
    match event.get("type"):
        case "text":
            return replace(said, message=text(event, "part", "text"), error=None)
        case "step_finish":
            return _opencode_step(said, event)
        case "error":
            told = text(event, "error", "data", "message") or text(event, "error", "name")
            http = count(event, "error", "data", "statusCode") or None
            return replace(said, error=Fault(text=told, code=text(event, "error", "name"), http=http))
        case _:
            return said


def _opencode_step(said: Said, event: Event) -> Said:
    before = said.usage or Usage()
    cached = count(event, "part", "tokens", "cache", "read")
    cost = number(event, "part", "cost")
    return replace(
        said,
        cost_usd=said.cost_usd if cost is None else cost + (said.cost_usd or 0.0),
        usage=Usage(
            input_tokens=before.input_tokens + count(event, "part", "tokens", "input") + cached,
            output_tokens=before.output_tokens + count(event, "part", "tokens", "output"),
            cached_tokens=before.cached_tokens + cached,
        ),
    )


def read_any(said: Said, event: Event) -> Said:
    """Understand whom it sounds like: a command may start one of the programs we know."""
    if event.get("type") in codex.TYPES:
        return codex.read(said, event)
    return claude.read(said, event)


def read_aider(said: Said, line: str) -> Said:
    """Read `Tokens: 2.3k sent, 156 received. Cost: $0.01 message, $0.02 session.`"""
    cost = _COST.search(line)
    if cost:
        said = replace(said, cost_usd=float(cost[1]))
    if not line.startswith("Tokens: "):
        return said
    found = {what: _tokens(amount, unit) for amount, unit, what in _TOKENS.findall(line)}
    before = said.usage or Usage()
    return replace(
        said,
        usage=Usage(
            input_tokens=before.input_tokens + found.get("sent", 0),
            output_tokens=before.output_tokens + found.get("received", 0),
            cached_tokens=before.cached_tokens + found.get("cache hit", 0),
        ),
    )


def _tokens(amount: str, unit: str) -> int:
    return round(float(amount.replace(",", "")) * {"k": 1e3, "M": 1e6}.get(unit, 1))


def _pass(said: Said, _event: Event) -> Said:
    return said


READERS = {
    "claude": Reader(claude.read),
    "codex": Reader(codex.read),
    "gemini": Reader(read_gemini),
    "opencode": Reader(read_opencode),
    "aider": Reader(_pass, read_aider),
    "any": Reader(read_any),
}
