"""What a turn does, in the words of who has to do it: a tool's input, a shell command, a fence."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from loopback.script import Act, Delete, Edit, Run, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LANGUAGES = {".py": "python", ".md": "markdown", ".js": "javascript", ".ts": "typescript", ".sh": "bash"}


def tool_uses(acts: Iterable[Act], directory: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tell Claude Code's tools what to do; it changes a file only after it has read it."""
    for act in acts:
        if isinstance(act, Run):
            yield "Bash", {"command": act.command, "description": "Run a command"}
            continue
        path = Path(directory, act.path)
        if isinstance(act, Delete):
            yield "Bash", {"command": f"rm -- {_quoted(str(path))}", "description": "Delete a file"}
            continue
        if path.exists():
            yield "Read", {"file_path": str(path)}
        if isinstance(act, Write):
            yield "Write", {"file_path": str(path), "content": act.content}
        else:
            yield "Edit", {"file_path": str(path), "old_string": act.old, "new_string": act.new}


def command(act: Act) -> str:
    """Say it as a shell command, for agents that have a shell and no more."""
    if isinstance(act, Run):
        return act.command
    if isinstance(act, Delete):
        return f"rm -- {_quoted(act.path)}"
    if isinstance(act, Write):
        work = f"path.parent.mkdir(parents=True, exist_ok=True)\npath.write_text({act.content!r})"
    else:
        work = (
            f"text = path.read_text()\nassert text.count({act.old!r}) == 1\n"
            f"path.write_text(text.replace({act.old!r}, {act.new!r}))"
        )
    return f"python3 - <<'END'\nfrom pathlib import Path\npath = Path({act.path!r})\n{work}\nEND"


def fences(say: str, acts: Iterable[Act]) -> str:
    """Say it as text: each file in a fence below its name. A command cannot be said so."""
    return "\n\n".join([*([say] if say else []), *(_fence(act) for act in acts if not isinstance(act, Run))])


def _fence(act: Write | Edit | Delete) -> str:
    if isinstance(act, Delete):
        return f"```diff\n--- a/{act.path}\n+++ /dev/null\n```"
    language = _LANGUAGES.get(PurePosixPath(act.path).suffix, "")
    if isinstance(act, Write):
        body = _ended(act.content)
    else:
        body = f"<<<<<<< SEARCH\n{_ended(act.old)}=======\n{_ended(act.new)}>>>>>>> REPLACE\n"
    longest = max((len(run) for run in re.findall(r"`{3,}", body)), default=2)
    mark = "`" * (longest + 1)
    return f"File: `{act.path}`\n\n{mark}{language}\n{body}{mark}"


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "'\\''") + "'"
