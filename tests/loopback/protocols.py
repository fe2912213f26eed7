"""The protocols: where they are spoken, and how an answer and a refusal read in each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopback import chat, messages, responses
from loopback.script import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loopback.asks import Ask
    from loopback.script import Turn

Event = tuple[str, Any]
"""The name of an event, if the protocol has names, and its data; a text goes out as it is."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """How an answer reads in one piece, and in events; and how an error does."""

    name: str
    whole: Callable[[Ask, Turn, str], Mapping[str, Any]]
    events: Callable[[Ask, Turn, str], list[Event]]
    error: Callable[[str, str], Mapping[str, Any]]


PROTOCOLS = {
    "/v1/messages": Protocol("messages", messages.whole, messages.events, messages.error),
    "/v1/chat/completions": Protocol("chat", chat.whole, chat.events, chat.error),
    "/v1/responses": Protocol("responses", responses.whole, responses.events, chat.error),
}

_ERRORS = {
    400: ("invalid_request_error", "The request is invalid"),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource"),
    404: ("not_found_error", "model: not found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your rate limit"),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}


def refusal(protocol: Protocol, turn: Turn) -> Mapping[str, Any]:
    """Return the body of an answer that is none."""
    if turn.body is not None:
        return dict(filled(turn.body))
    error, message = _ERRORS.get(turn.status, ("api_error", "It went wrong"))
    return protocol.error(turn.error or error, filled(turn.message) or message)


def encoded(event: Event) -> bytes:
    """Write a server-sent event."""
    name, data = event
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()
