"""What would help where evidence does not hold, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.errors import Problem
from batchexec.hooks import parse_hook
from batchexec.model import HookLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.hooks import Hook
    from batchexec.model import Location
    from batchexec.verification import CheckedHook, CheckedTask

_MENDING = {
    "file not found": "Create {path}, or correct the path in {at}.",
    "directory not found": "Create the directory {path}, or correct the path in {at}.",
    "directory is empty": "Put a file into {path}; an empty directory is no evidence.",
    "file is empty": "Write something into {path}; an empty file is no evidence.",
    "file does not parse": "Mend the syntax of {path}.",
    "symbol not found": "Define {symbol} in {path}; an import, a comment or a longer name does not count.",
    "symbol is a stub": "Implement {symbol} in {path}; a stub is no evidence.",
    "contains not found": 'Write "{contains}" into {path}, to the letter, or correct {at}.',
    "regex not matched": 'Write into {path} what matches "{regex}", or correct {at}.',
    "regex took too long": "Write a simpler pattern in {at}.",
    "heading not found": 'Give {path} the heading "{heading}", to the letter, or correct {at}.',
    "selector not found": 'Put an element that "{selector}" selects into {path}, or correct {at}.',
    "no test found": "Write a test into {path}; it holds none.",
    "needs a person": "Look at it yourself, or claim in {at} what a program can see, such as a selector.",
    "command failed": "Run {command}, and mend what it complains about.",
}
"""What would mend a hook, by the reason why it does not hold."""

_MISSING = ("file not found", "directory not found")
_LONGEST_VALUE = 200


def suggest(task: CheckedTask) -> tuple[str, ...]:
    """Say what would help, a sentence for each thing that is wrong."""
    if task.verified:
        return ()
    if not task.hooks:
        return (
            f"Say below {task.location} what shows that it is done: evidence: code path=the/file symbol=Name",
        )
    sentences = (*_similar_names(task), *map(mending, task.hooks))
    return tuple(dict.fromkeys(filter(None, sentences)))


def _similar_names(task: CheckedTask) -> Iterator[str]:
    missing = [one.hook.path for one in task.hooks if one.hook and one.reason in _MISSING]
    if missing and task.similar:
        found = ", ".join(f"{one.path} ({one.similarity}% similar)" for one in task.similar)
        yield f"Perhaps {', '.join(dict.fromkeys(missing))} has another name: {found}."


def mending(checked: CheckedHook) -> str:
    """Say in a sentence what would make a hook hold, or hold surely; nothing where it does."""
    hook, at = checked.hook, checked.location
    if hook is None:
        wrong = parse_hook(HookLine(checked.raw, at))
        hint = wrong.hint if isinstance(wrong, Problem) else ""
        return f"Correct the hook in {at}: {hint}" if hint else f"Correct the hook in {at}."
    if checked.ok:
        return _strengthening(hook, at) if checked.weak else ""
    if sentence := _MENDING.get(checked.reason):
        return sentence.format(at=at, **_values(hook))
    return f"See to {hook.path or at}: {checked.reason}." if checked.reason else ""


def _strengthening(hook: Hook, at: Location) -> str:
    how = "Have its command run by --run-commands" if hook.command else "Add a symbol or a text to it"
    return f"The hook in {at} holds only weakly. {how}."


def _values(hook: Hook) -> dict[str, str]:
    names = ("path", "symbol", "contains", "regex", "heading", "selector", "command")
    return {name: _short(getattr(hook, name) or "") for name in names}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
