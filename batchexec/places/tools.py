"""Gives attempts a git that keeps its hands off what is the user's: branches, tags and the stash."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HOOK = """#!/bin/sh
[ "$1" = prepared ] || exit 0
while read -r old new ref; do
    case "$ref" in
    refs/worktree/* | refs/bisect/* | refs/rewritten/*) ;;
    refs/*)
        echo "batchexec: $ref is the user's own; leave your work in the files, it is taken from there" >&2
        exit 1
        ;;
    esac
done
"""
_GIT = """#!/bin/sh
at=.
[ "$1" = -C ] && at=$2
common=$(cd "$at" 2>/dev/null && {git} rev-parse --path-format=absolute --git-common-dir 2>/dev/null)
[ "$common" = {common} ] || exec {git} "$@"
if [ "$1" = clean ]; then
    shift
    exec {git} clean --exclude=/{state}/ "$@"
fi
exec {git} -c core.hooksPath={hooks} "$@"
"""


def make_tools(directory: Path, git: str, common: Path, state: str) -> Path:
    """
    Make the directory that comes first on the PATH of attempts; `common` is the user's .git.

    Worktrees share all refs with the user. A hook, which git asks before it
    moves any, refuses all but those of the worktree itself. Other
    repositories, as tests make them, are nobody's business. `state` is a
    directory from the repository's root that no cleaning takes away.
    """
    hooks = directory / "hooks"
    hooks.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(hooks / "reference-transaction", _HOOK)
    path = directory / "bin"
    path.mkdir(mode=0o700, exist_ok=True)
    quoted = {"git": git, "hooks": str(hooks), "common": str(common), "state": state}
    _write(path / "git", _GIT.format(**{name: shlex.quote(value) for name, value in quoted.items()}))
    return path


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    file.chmod(0o700)
