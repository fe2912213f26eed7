"""Says what kind of trouble an agent's words mean: whether, and when, trying again can help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.model import Trouble

if TYPE_CHECKING:
    from batchexec.executors.agent.stream import Fault

_LIMIT, _TRANSIENT = Trouble.USAGE_LIMIT, Trouble.TRANSIENT
_DETERMINISTIC, _QUALITY = Trouble.DETERMINISTIC, Trouble.QUALITY

CODES = {
    "usage_limit": _LIMIT,
    "usage_limit_reached": _LIMIT,
    "authentication_failed": _DETERMINISTIC,
    "oauth_org_not_allowed": _DETERMINISTIC,
    "billing_error": _DETERMINISTIC,
    "invalid_request": _DETERMINISTIC,
    "model_not_found": _DETERMINISTIC,
    "ProviderAuthError": _DETERMINISTIC,
    "FatalAuthenticationError": _DETERMINISTIC,
    "rate_limit": _TRANSIENT,
    "overloaded": _TRANSIENT,
    "server_error": _TRANSIENT,
    "max_output_tokens": _QUALITY,
    "error_max_turns": _QUALITY,
}
"""The words of the programs themselves."""

_STATUSES = {408: _TRANSIENT, 409: _TRANSIENT, 425: _TRANSIENT, 429: _TRANSIENT}

_WORDS: tuple[tuple[Trouble, tuple[str, ...]], ...] = (
    (
        _DETERMINISTIC,
        (
            r"credit balance (?:is )?too low",
            r"insufficient_quota|exceeded your current quota|quota exceeded\. check your plan",
            r"spend limit",
            r"usage_not_included",
            r"prompt is too long",
            r"context_length_exceeded",
        ),
    ),
    (
        _LIMIT,
        (
            r"usage[ _]limit[ _]reached",
            r"(?:hit|reached|exceeded) your (?:[\w'-]{1,20} ){0,3}limit",
            r"\b(?:5-hour|five-hour|daily|weekly|opus|session) limit reached",
            r"limit (?:reached|exceeded)\b.{0,40}\bresets?\b",
        ),
    ),
    (_QUALITY, (r"ran out of room in the model's context", r"violates? our usage policy")),
    (
        _DETERMINISTIC,
        (
            r"(?:invalid|incorrect|missing)[ _](?:x-)?api[-_ ]key",
            r"api[-_ ]key (?:is )?(?:not valid|invalid|missing)",
            r"authentication[ _](?:error|failed)|\bunauthorized\b|\bforbidden\b|permission_error",
            r"/login\b|\bnot logged in\b|\blog(?:ged)? in (?:first|again)\b",
            r"oauth token (?:has )?(?:expired|revoked)|missing environment variable|error finding codex home",
            r"invalid_request_error",
            r"\bmodel\b.{0,80}(?:not[ _]found|does not exist|not supported|may not exist)|\bunknown model\b",
            r"\bunknown (?:option|argument|flag)|\bunexpected argument|\bunrecognized arguments?",
        ),
    ),
    (
        _TRANSIENT,
        (
            r"overloaded",
            r"rate[ _-]?limit|too many requests|resource_exhausted",
            r"connection (?:error|reset|refused|closed|aborted|timed out)|error sending request",
            r"\b(?:ECONNRESET|ECONNREFUSED|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE)\b",
            r"socket hang up|fetch failed|experiencing high demand",
            r"stream (?:disconnected|closed|error|ended)|request timed out|timeout waiting",
            r"internal server error|service unavailable|bad gateway|gateway time-?out",
        ),
    ),
)
_TABLE = tuple((trouble, re.compile("|".join(words), re.IGNORECASE)) for trouble, words in _WORDS)
_FIRST = 3  # what goes before the status: of a limit, too, servers say 429, of a low balance 400
_STATUS = re.compile(
    r"\b(?:status|error|http(?:/[\d.]{1,3})?|code|rejected)\b[\s:=(\"]{0,4}(?:code[\s:=]{1,3})?([45]\d\d)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b([45]\d\d) (?:unauthorized|forbidden|bad request|not found|payload too large"
    r"|too many requests|internal server|bad gateway|service unavailable|gateway time)",
    re.IGNORECASE,
)


def trouble_of(fault: Fault) -> Trouble | None:
    """Classify by what is surest: certain words, then the program's code, then the status, then any words."""
    first = _by_words(fault.text, 0, _FIRST)
    if first or fault.code in CODES:
        return first or CODES[fault.code]
    status = fault.http or status_in(fault.text)
    return by_status(status) or _by_words(fault.text, _FIRST, len(_TABLE))


def trouble_in(text: str) -> Trouble | None:
    """Classify a line of a program that has no events."""
    return _by_words(text, 0, _FIRST) or by_status(status_in(text)) or _by_words(text, _FIRST, len(_TABLE))


def by_status(status: int | None) -> Trouble | None:
    if status is None or status < 400:
        return None
    return _STATUSES.get(status, _DETERMINISTIC if status < 500 else _TRANSIENT)


def status_in(text: str) -> int | None:
    found = _STATUS.search(text[:4000]) or _REASON.search(text[:4000])
    return int(found[1]) if found else None


def _by_words(text: str, start: int, end: int) -> Trouble | None:
    found = (trouble for trouble, pattern in _TABLE[start:end] if pattern.search(text[:4000]))
    return next(found, None)
