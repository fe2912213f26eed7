"""Commits of tasks: what they say, and how one that a dead process had begun is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec import git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from batchexec.git import Repository
    from batchexec.model import Change, Task


def message(task: Task, run: str, attempt: int) -> str:
    """Write the message of a task's commit; its trailers are for people and other programs to find it by."""
    subject = " ".join(f"{task.id}: {task.title}".split())
    trailers = {"Run": run, "Task": task.name, "Attempt": str(attempt)}
    lines = (f"Batchexec-{name}: {value}\n" for name, value in trailers.items())
    return f"{subject}\n\n{''.join(lines)}"


def commit_changes(repository: Repository, changes: Sequence[Change], text: str) -> str:
    """Commit the files of changes as they stand in the tree; says what a hook or git had against it."""
    named = {path for change in changes for path in (change.path, change.source) if path}
    paths = {f"{repository.prefix}{path}" for path in named}
    made = repository.commit_paths(sorted(paths.difference(repository.ignored(paths))), text)
    return "" if made.sha or made.output.startswith("nothing to commit") else made.output


def recommit(root: Path, sha: str, changes: Sequence[Change], text: str) -> str:
    """
    Let the branch know of changes that stand in the tree; says what git had against it.

    `sha` is their commit, or the merge of it, if there was one before the process died.
    """
    repository = git.repository(root)
    if repository is None:
        return ""
    head = repository.head()
    parent = repository.resolve(f"{sha}^") if sha else None
    known = bool(sha and head.commit and repository.is_ancestor(sha, head.commit))
    if not known and parent and head.branch and head.commit == parent:
        known = repository.move(head.branch, sha, parent)
    if not known and sha:
        text = repository.message_of(f"{sha}^2") or text
    refusal = "" if known else commit_changes(repository, changes, text)
    before = parent if known else repository.resolve("HEAD^")
    if before:
        # The branch may have moved and the process died before the index followed.
        paths = [f"{repository.prefix}{change.path}" for change in changes]
        repository.refresh_index(paths, repository.tree_of(before))
    return refusal
