"""What `batchexec init` puts into a directory: a batchexec.yaml that explains itself and a dodo.py."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import yaml

from batchexec.errors import WorkspaceError
from batchexec.settings import FILE
from batchexec.settings.schema import keys
from batchexec.workspace import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.settings.schema import Spec

DODO = """\
from batchexec.engine import batch

DOIT_CONFIG, task_batch = batch()
"""

_INTRODUCTION = """\
# Settings of this batch. Every line that begins with a `#` and no blank shows
# a default or an example: take away the `#` to change it. Environment variables
# (BATCHEXEC_SLOTS=4) and options (--max-failures 1) win over this file.
"""


def write(directory: Path) -> list[str]:
    """Write what is missing, keep what is there, and say so, a line for each file."""
    if not directory.is_dir():
        raise WorkspaceError(f"there is no directory '{directory}'")
    return [_write(directory, FILE, settings_text()), _write(directory, "dodo.py", DODO)]


def _write(directory: Path, name: str, text: str) -> str:
    target = directory / name
    if target.exists() or target.is_symlink():
        return f"kept {target}"
    write_atomic(directory, name, text.encode())
    return f"wrote {target}"


def settings_text() -> str:
    """Render a batchexec.yaml in which every key is explained and commented out."""
    return "\n".join((_INTRODUCTION, *(_entry(key, spec) for key, spec in keys().items())))


def _entry(key: str, spec: Spec) -> str:
    explained = textwrap.wrap(f"{spec['title']}.", 78, break_on_hyphens=False)
    # One line a key, so that a `#` with a blank after it is a comment and one without is a setting.
    value = yaml.safe_dump(_example(spec), default_flow_style=True, width=200).splitlines()[0]
    return "\n".join([*(f"# {line}" for line in explained), f"#{key}: {value}", ""])


def _example(spec: Spec) -> object:
    """Show the default; where that is nothing or empty, an example says more."""
    default = spec.get("default")
    return spec["examples"][0] if default is None or default in ([], {}) else default
