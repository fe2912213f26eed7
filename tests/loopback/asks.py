"""What is asked of the model, read from a request in any of the protocols."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TOLD = ("<system-reminder>", "<environment_context>", "<user_instructions>", "# AGENTS.md instructions")
"""How texts begin that an agent says in its user's place."""
_DIRECTORY = re.compile(r"orking directory: (.{1,4096})|<cwd>(.{1,4096}?)</cwd>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """
    One request.

    `said` are the texts of the user, without those an agent adds. `fresh` says
    that the model has not spoken in it yet; `aside` that an agent asks something
    for itself, such as a title; `tools` what the model may call.
    """

    path: str
    model: str
    stream: bool
    said: tuple[str, ...]
    whole: str
    directory: str
    tools: frozenset[str]
    fresh: bool
    aside: bool

    @property
    def first(self) -> str:
        return self.said[0] if self.said else ""

    @property
    def last(self) -> str:
        return self.said[-1] if self.said else ""


def parse_ask(path: str, body: Mapping[str, Any], user_agent: str) -> Ask:
    turns = [turn for turn in _turns(body) if isinstance(turn, dict)]
    tools = frozenset(str(tool.get("name", "")) for tool in body.get("tools") or ())
    whole = json.dumps(
        [body.get("system"), body.get("instructions"), body.get("messages"), body.get("input")],
        ensure_ascii=False,
    )
    return Ask(
        path=path,
        model=str(body.get("model", "")),
        stream=bool(body.get("stream")),
        said=tuple(_said(turns)),
        whole=whole,
        directory=_directory(whole),
        tools=tools,
        fresh=not any(_spoken(turn) for turn in turns),
        aside=user_agent.startswith("claude-cli") and "Write" not in tools and "Bash" not in tools,
    )


def _turns(body: Mapping[str, Any]) -> list[Any]:
    given = body.get("messages", body.get("input", []))
    return [{"role": "user", "content": given}] if isinstance(given, str) else list(given)


def _said(turns: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for turn in turns:
        if turn.get("role") == "user":
            texts = [text for text in _texts(turn.get("content")) if not text.lstrip().startswith(_TOLD)]
            if texts:
                yield "\n".join(texts)


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in content or () if isinstance(part, dict) and "text" in part]


def _spoken(turn: Mapping[str, Any]) -> bool:
    return turn.get("role") == "assistant" or str(turn.get("type", "")).endswith("_call")


def _directory(whole: str) -> str:
    found = _DIRECTORY.search(whole)
    return (found[1] or found[2]).partition("\\n")[0] if found else ""
