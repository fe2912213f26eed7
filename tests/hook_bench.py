"""What the tests of hooks share."""

from __future__ import annotations

from batchexec.hooks import Hook, HookType, parse_hook
from batchexec.model import HookLine, Location

WHERE = Location("tasks.md", 7)


def parsed(payload: str) -> Hook:
    hook = parse_hook(HookLine(payload, WHERE))
    assert isinstance(hook, Hook), hook
    return hook


def hook(kind: HookType, path: str, **more: str) -> Hook:
    return Hook(type=kind, path=path, location=WHERE, **more)  # type: ignore[arg-type]  # matchers only
