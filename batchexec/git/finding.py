"""Finds the repository a directory belongs to, or the reason why there is none."""

from __future__ import annotations

from pathlib import Path

from batchexec.errors import Problem
from batchexec.git.calling import first_line
from batchexec.git.obstacles import old_version
from batchexec.git.program import Answer, ask, decoded, program
from batchexec.git.repository import Repository

_QUESTIONS = (
    "--is-inside-work-tree",
    "--path-format=absolute",
    "--show-toplevel",
    "--absolute-git-dir",
    "--git-common-dir",
    "--show-prefix",
)


def repository(root: Path) -> Repository | None:
    """Find the repository whose work tree a directory lies in; None where `refusal` tells why not."""
    git = program(root)
    answer = _questioned(git, root) if git else None
    if not git or not answer or answer.code:
        return None
    # A name may hold a line break; whoever has one there is told that there is no repository.
    facts = decoded(answer.output).split("\n")
    if len(facts) != len(_QUESTIONS) or facts[0] != "true":
        return None
    top, directory, common = (Path(fact) for fact in facts[1:4])
    return Repository(git, top, directory, common, facts[4])


def refusal(root: Path) -> Problem:
    """Say why there is no repository to work in where `repository` finds none."""
    git = program(root)
    if not git:
        return Problem(None, "git is not installed", "install it, or add it to PATH")
    old = old_version(git)
    if old:
        return old
    said = first_line(_questioned(git, root).said)
    if "dubious ownership" in said:
        hint = f"if you trust it: git config --global --add safe.directory {root}"
        return Problem(None, f"{root}: belongs to somebody else, and git refuses it", hint)
    if "work tree" in said or "bare repository" in said:
        return Problem(None, f"{root}: a repository without a work tree", "clone it, and run there")
    hint = "`git init` and commit, or run one task at a time"
    return Problem(None, f"{root}: is in no git repository", hint)


def _questioned(git: str, root: Path) -> Answer:
    return ask(git, root, "rev-parse", *_QUESTIONS)
