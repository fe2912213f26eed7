"""Carries one request to its end: streamed, watched, and closed at once when it has to stop."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from batchexec.executors.api.question import LARGEST_ANSWER
from batchexec.executors.api.trouble import lasting, passing, refusal_of, refused
from batchexec.executors.api.vendors import VENDORS
from batchexec.model import Outcome, Status, Trouble
from batchexec.wording import plural

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from batchexec.executors.api.question import Heard, Question
    from batchexec.executors.executor import Attempt

_BEAT_S = 0.2
_CLOSING_S = 0.2
_CONNECT_S = 15.0


def converse(question: Question, heard: Heard, attempt: Attempt) -> Outcome | None:
    """Ask, and collect what is heard; None if the stream came to its end, else what kept it from that."""
    try:
        sdk = importlib.import_module(VENDORS[question.provider].module)
    except ImportError as error:
        return lasting(
            f"the {question.provider} SDK cannot be loaded: {error}", "pip install 'batchexec[api]'"
        )
    return _run(_watch(_listen(sdk, question, heard, attempt), question, heard, attempt))


def _run(work: Coroutine[Any, Any, Outcome | None]) -> Outcome | None:
    # Not asyncio.run: it takes over Ctrl-C, and waits for the look-up of a name that nobody wants any more.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _watch(
    work: Coroutine[Any, Any, Outcome | None], question: Question, heard: Heard, attempt: Attempt
) -> Outcome | None:
    started = heard.last = time.monotonic()
    task = asyncio.ensure_future(work)
    while True:
        await asyncio.wait({task}, timeout=_BEAT_S)
        if task.done():
            return task.result()
        ended = _ended(question, heard, attempt, started)
        if ended:
            task.cancel()
            await asyncio.wait({task}, timeout=_CLOSING_S)
            return ended


def _ended(question: Question, heard: Heard, attempt: Attempt, started: float) -> Outcome | None:
    now = time.monotonic()
    if attempt.cancelled():
        return Outcome(status=Status.INTERRUPTED, summary="interrupted")
    if now - started > question.timeout_s:
        summary = f"no end of the answer within {question.timeout_s:g} seconds"
        return Outcome(status=Status.TIMEOUT, summary=summary, hint="timeout_s says how long it may take")
    if now - heard.last > question.silence_s:
        summary = f"nothing was heard for {question.silence_s:g} seconds"
        hint = "silence_s says how long it may be silent"
        return Outcome(status=Status.STALLED, summary=summary, hint=hint)
    return None


async def _listen(sdk: Any, question: Question, heard: Heard, attempt: Attempt) -> Outcome | None:
    vendor = VENDORS[question.provider]
    client = getattr(sdk, vendor.client)(
        api_key=question.secret,
        base_url=question.base_url,
        max_retries=0,
        timeout=sdk.Timeout(None, connect=_CONNECT_S),
    )
    try:
        async with client:
            attempt.log(_head(str(client.base_url), question).encode(errors="replace"))
            async with await vendor.ask(client, question) as stream:
                async for event in stream:
                    heard.last = time.monotonic()
                    piece = vendor.hear(event, heard)
                    heard.add(piece)
                    attempt.log(piece.encode(errors="replace"))
                    if heard.size > LARGEST_ANSWER:
                        return _too_long()
    except sdk.APIConnectionError as error:
        return passing(_broken(heard, str(client.base_url), error.__cause__ or error))
    except sdk.APIError as error:
        return refused(refusal_of(error), question, time.time())
    except _transport_errors() as error:
        return passing(_broken(heard, str(client.base_url), error))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        return passing(f"{question.provider} sent what cannot be read: {error}")
    return None


def _too_long() -> Outcome:
    summary = f"the answer is longer than {plural(LARGEST_ANSWER, 'character')}"
    return Outcome(status=Status.NEEDS_WORK, summary=summary, trouble=Trouble.QUALITY)


def _transport_errors() -> tuple[type[Exception], ...]:
    """An SDK lets these through in mid-stream; which of the two it uses depends on its version."""
    found = (sys.modules.get(name) for name in ("httpx2", "httpx"))
    return tuple(module.TransportError for module in found if module)


def _broken(heard: Heard, url: str, cause: BaseException) -> str:
    why = " ".join(str(cause).split())[:200] or type(cause).__name__
    if heard.pieces:
        return f"the answer broke off: {why}"
    return f"no connection to {_server(url)}: {why}"


def _server(url: str) -> str:
    """Name a server without the password a URL may hold."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _head(url: str, question: Question) -> str:
    asked = f"{question.provider} {question.model} at {_server(url)}, max_tokens {question.max_tokens}"
    system = [f"system: {question.system}"] if question.system else []
    return "\n\n".join([asked, *system, question.text, "answer:\n"])
