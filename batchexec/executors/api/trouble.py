"""Says what a request that went wrong means: whether, and when, the same may go well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.executors.api.retry_after import retry_at
from batchexec.model import Outcome, Status, Trouble

if TYPE_CHECKING:
    from batchexec.executors.api.question import Question

_LONG_S = 300
"""A wait that is longer is for a window of usage to end, not for a moment's rush to pass."""
_LONGEST_MESSAGE = 300

_STATUS = {
    "overloaded_error": 529,
    "api_error": 500,
    "server_error": 500,
    "internal_server_error": 500,
    "timeout_error": 504,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
}
"""What an error that comes in the middle of a stream would have had as its status."""

_NO_MONEY = {"insufficient_quota", "billing_error", "billing_hard_limit_reached", "billing_not_active"}
_SAYS_NO_MONEY = re.compile(
    r"credit balance is too low|insufficient (?:quota|credits?|balance|funds)", re.IGNORECASE
)
_SAYS_WINDOW = re.compile(
    r"usage limit|per[ -](?:day|week|month)\b|\b(?:daily|weekly|monthly)\b|\b[RT]PD\b", re.IGNORECASE
)
_PASSING = {408, 409, 425, 429}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server said instead of an answer; `kinds` are its words for it."""

    status: int | None
    kinds: frozenset[str]
    message: str
    headers: Mapping[str, str]


def refusal_of(error: Exception) -> Refusal:
    """Read an error of an SDK; both keep status, headers and body under the same names."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    said = inner if isinstance(inner, Mapping) else {}
    kinds = frozenset(str(said[key]) for key in ("type", "code") if said.get(key))
    status = getattr(error, "status_code", None)
    if not isinstance(status, int) or status < 300:
        status = next((_STATUS[kind] for kind in sorted(kinds) if kind in _STATUS), None)
    headers = getattr(getattr(error, "response", None), "headers", {})
    told = {str(name).lower(): str(value) for name, value in headers.items()}
    message = said.get("message") or (inner if isinstance(inner, str) else None) or str(error)
    return Refusal(
        status, kinds, " ".join(str(message)[: _LONGEST_MESSAGE * 4].split())[:_LONGEST_MESSAGE], told
    )


def refused(refusal: Refusal, question: Question, now: float) -> Outcome:
    """Sort a refusal: out of money, a usage limit, a passing trouble, or one that stays."""
    code = refusal.status or "in mid-answer"
    summary = f"{question.provider} answered {code}: {refusal.message}"
    if refusal.kinds & _NO_MONEY or refusal.status == 402 or _SAYS_NO_MONEY.search(refusal.message):
        return lasting(summary, "pay in there, or use another key")
    if refusal.status is not None and not _is_passing(refusal.status):
        return lasting(summary, _hint(refusal.status, question))
    when = retry_at(refusal.headers, now)
    is_window = refusal.status == 429 and _SAYS_WINDOW.search(refusal.message)
    if is_window or (when is not None and when - now > _LONG_S):
        return Outcome(status=Status.LIMITED, summary=summary, trouble=Trouble.USAGE_LIMIT, retry_at_utc=when)
    return passing(summary, retry_at_utc=when)


def passing(summary: str, hint: str = "", *, retry_at_utc: float | None = None) -> Outcome:
    return Outcome(
        status=Status.ERROR,
        summary=summary,
        hint=hint,
        trouble=Trouble.TRANSIENT,
        retry_at_utc=retry_at_utc,
    )


def lasting(summary: str, hint: str = "") -> Outcome:
    return Outcome(status=Status.ERROR, summary=summary, hint=hint, trouble=Trouble.DETERMINISTIC)


def _is_passing(status: int) -> bool:
    return status in _PASSING or status >= 500


def _hint(status: int, question: Question) -> str:
    match status:
        case 401:
            return f"look at the key in {question.key}"
        case 403:
            return f"the key in {question.key} may not do this"
        case 404:
            return f"there is no model {question.model}, or base_url is wrong"
        case 413:
            return "the prompt is too long; let the task name fewer or smaller files"
    return "look at the settings of the executor"
