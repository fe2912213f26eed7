"""Reads the events of Claude Code: `--output-format stream-json`."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from batchexec.executors.agent.stream import Fault, at, count, listed, number, text
from batchexec.model import Usage

if TYPE_CHECKING:
    from batchexec.executors.agent.stream import Event, Said

_HOPELESS = {400, 401, 403, 404, 413}
_ENOUGH = 3


def read(said: Said, event: Event) -> Said:
    match event.get("type"):
        case "system":
            return _system(said, event)
        case "assistant":
            return _assistant(said, event)
        case "rate_limit_event":
            return _window(said, event)
        case "result":
            return _result(said, event)
        case _:
            return said


def _system(said: Said, event: Event) -> Said:
    match event.get("subtype"):
        case "init":
            return replace(said, session=text(event, "session_id"))
        case "api_retry":
            return _retry(said, event)
        case _:
            return said


def _retry(said: Said, event: Event) -> Said:
    http = count(event, "error_status") or None
    code = text(event, "error")
    told = f"its server answered {http}" if http else "its server did not answer"
    # It tries a wrong key ten times with growing waits; the first one may be a login it has to renew.
    over = http in _HOPELESS and count(event, "attempt") >= _ENOUGH
    error = _fault(said, f"{told} ({code})" if code else told, code, http)
    return replace(said, error=error, finished=said.finished or over)


def _assistant(said: Said, event: Event) -> Said:
    said = _counted(said, event)
    if event.get("parent_tool_use_id"):
        return said
    spoken = "\n".join(text(part, "text") for part in listed(event, "message", "content")).strip()
    code = text(event, "error")
    error = _fault(said, spoken or code, code, None) if code else None
    return replace(said, message=spoken or said.message, error=error)


def _counted(said: Said, event: Event) -> Said:
    """Add up what every answer of the model took: an attempt that is ended has no result to say it."""
    turn, used = text(event, "message", "id"), at(event, "message", "usage")
    if not turn or turn == said.turn or not isinstance(used, dict):
        return said
    return replace(said, turn=turn, usage=_sum(said.usage or Usage(), _usage(used)))


def _window(said: Said, event: Event) -> Said:
    window = "rate_limit_info"
    if text(event, window, "status") != "rejected":
        return said
    kind = text(event, window, "rateLimitType")
    told = f"usage limit reached ({kind})" if kind else "usage limit reached"
    reset = number(event, window, "resetsAt")
    return replace(said, error=Fault(text=told, code="usage_limit", retry_at_utc=reset))


def _result(said: Said, event: Event) -> Said:
    message = text(event, "result")
    return replace(
        said,
        finished=True,
        message=message or said.message,
        session=text(event, "session_id") or said.session,
        usage=_total(event) or said.usage,
        cost_usd=number(event, "total_cost_usd"),
        denials=tuple(_denial(one) for one in listed(event, "permission_denials")),
        error=_error(said, event, message),
    )


def _error(said: Said, event: Event, message: str) -> Fault | None:
    # `subtype` says success where the model server refused the request.
    subtype = text(event, "subtype")
    failed = subtype.startswith("error")
    if not failed and event.get("is_error") is not True:
        return None
    errors = at(event, "errors")
    told = [one for one in errors if isinstance(one, str)] if isinstance(errors, list) else []
    before = said.error.code if said.error else ""
    http = count(event, "api_error_status") or None
    return _fault(said, message or "; ".join(told) or subtype, subtype if failed else before, http)


def _fault(said: Said, told: str, code: str, http: int | None) -> Fault:
    """Keep what was known before of when to come back: it is said once, ahead of the refusal."""
    before = said.error
    window = before is not None and before.code == "usage_limit"
    return Fault(
        text=told,
        code="usage_limit" if window else code,
        http=http or (before.http if before else None),
        retry_at_utc=before.retry_at_utc if before else None,
    )


def _denial(event: Event) -> str:
    tool = text(event, "tool_name")
    given = text(event, "tool_input", "command") or text(event, "tool_input", "file_path")
    return f"{tool}: {given[:200]}" if given else tool


def _total(event: Event) -> Usage | None:
    """Read what all models took; `usage` beside it is of one of them, and empty after a retry."""
    models = at(event, "modelUsage")
    if isinstance(models, dict) and models:
        return reduce(_sum, (_of_model(event, "modelUsage", name) for name in models))
    used = at(event, "usage")
    return _usage(used) if isinstance(used, dict) else None


def _of_model(event: Event, *keys: str) -> Usage:
    cached = count(event, *keys, "cacheReadInputTokens")
    fresh = count(event, *keys, "inputTokens") + count(event, *keys, "cacheCreationInputTokens")
    return Usage(
        input_tokens=fresh + cached, output_tokens=count(event, *keys, "outputTokens"), cached_tokens=cached
    )


def _usage(used: Event) -> Usage:
    cached = count(used, "cache_read_input_tokens")
    # They count what came from the cache, and what went into it, apart.
    fresh = count(used, "input_tokens") + count(used, "cache_creation_input_tokens")
    return Usage(
        input_tokens=fresh + cached, output_tokens=count(used, "output_tokens"), cached_tokens=cached
    )


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
    )
