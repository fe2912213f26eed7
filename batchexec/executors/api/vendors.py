"""The two kinds of servers: how each is asked, and how its stream is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from batchexec.executors.api.question import Heard, Question


@dataclass(frozen=True, slots=True)
class Vendor:
    """
    An SDK and its words.

    `ask` starts a stream with a client of the SDK, `hear` takes what one
    event of it says and returns the text in it.
    """

    module: str
    client: str
    key: str
    ask: Callable[[Any, Question], Awaitable[Any]]
    hear: Callable[[Any, Heard], str]


def _ask_openai(client: Any, question: Question) -> Any:
    system = [{"role": "system", "content": question.system}] if question.system else []
    # OpenAI's newest models refuse `max_tokens`, many other servers know nothing else.
    limit = "max_tokens" if question.base_url else "max_completion_tokens"
    return client.chat.completions.create(
        model=question.model,
        messages=[*system, {"role": "user", "content": question.text}],
        stream=True,
        stream_options={"include_usage": True},
        **{limit: question.max_tokens},
        **_temperature(question),
    )


def _hear_openai(event: Any, heard: Heard) -> str:
    usage = _part(event, "usage")
    if usage is not None:
        heard.input_tokens = _count(usage, "prompt_tokens")
        heard.output_tokens = _count(usage, "completion_tokens")
        heard.cached_tokens = _count(usage, "prompt_tokens_details", "cached_tokens")
    choices = _part(event, "choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    match _part(choice, "finish_reason"):
        case None:
            pass
        case "length":
            heard.stop = "length"
        case "content_filter":
            heard.stop = "refusal"
        case _:
            heard.stop = heard.stop or "end"
    refusal = _text(choice, "delta", "refusal")
    if refusal:
        heard.stop = "refusal"
    return refusal or _text(choice, "delta", "content")


def _ask_anthropic(client: Any, question: Question) -> Any:
    system = {"system": question.system} if question.system else {}
    return client.messages.create(
        model=question.model,
        max_tokens=question.max_tokens,
        messages=[{"role": "user", "content": question.text}],
        stream=True,
        **system,
        **_temperature(question),
    )


_STOPS = {"max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "refusal"}


def _hear_anthropic(event: Any, heard: Heard) -> str:
    match _part(event, "type"):
        case "message_start":
            usage = _part(event, "message", "usage")
            heard.cached_tokens = _count(usage, "cache_read_input_tokens")
            written = _count(usage, "cache_creation_input_tokens")
            heard.input_tokens = _count(usage, "input_tokens") + written + heard.cached_tokens
            heard.output_tokens = _count(usage, "output_tokens")
        case "content_block_delta":
            return _text(event, "delta", "text")
        case "message_delta":
            reason = _part(event, "delta", "stop_reason")
            heard.stop = _STOPS.get(str(reason), "end") if reason else heard.stop
            heard.output_tokens = _count(event, "usage", "output_tokens") or heard.output_tokens
    return ""


def _temperature(question: Question) -> dict[str, Any]:
    # Not an argument: Anthropic's newest SDK has none, though its older models and other servers take it.
    return {} if question.temperature is None else {"extra_body": {"temperature": question.temperature}}


def _part(value: Any, *names: str) -> Any:
    """Go down by names; servers that are only compatible leave out, or nest, what they like."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return value


def _text(value: Any, *names: str) -> str:
    found = _part(value, *names)
    return found if isinstance(found, str) else ""


def _count(value: Any, *names: str) -> int:
    found = _part(value, *names)
    return found if isinstance(found, int) and found > 0 else 0


VENDORS = {
    "openai": Vendor("openai", "AsyncOpenAI", "OPENAI_API_KEY", _ask_openai, _hear_openai),
    "anthropic": Vendor("anthropic", "AsyncAnthropic", "ANTHROPIC_API_KEY", _ask_anthropic, _hear_anthropic),
}
