"""Writes what an agent is told: the task, what will be checked, the rules, and what went wrong before."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from batchexec import rendering

if TYPE_CHECKING:
    from batchexec.model import Task

_TEMPLATE = "agent_prompt.md.j2"
GAVE_UP = "STATUS:FAILED:"
"""What an agent begins a line with to say that it could not do it, and why."""


def prompt_for(task: Task, previous: str) -> str:
    facts = {
        "id": task.id,
        "title": task.title,
        "prompt": task.prompt,
        "files": [output.path for output in task.outputs],
        "checks": [hook.payload for hook in task.evidence],
        "previous": previous,
        "gave_up": GAVE_UP,
    }
    return rendering.render(_TEMPLATE, facts)


@lru_cache(maxsize=1)
def version() -> str:
    """Name the wording of the prompt: another one is another question."""
    return sha256((rendering.templates() / _TEMPLATE).read_bytes()).hexdigest()[:12]


def gave_up(message: str) -> str | None:
    """Find why an agent says it could not do it."""
    said = (line.strip() for line in message.splitlines() if line.lstrip().startswith(GAVE_UP))
    return next((line.removeprefix(GAVE_UP).strip() or "no reason given" for line in said), None)
