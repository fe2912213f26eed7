"""Which PRPs are completed: what the commits that lead to HEAD say, and nothing else's word."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from batchexec.git import Repository

ID, STATUS, GATES, SUCCESS = "PRP-Id", "PRP-Status", "PRP-Gates", "success"
_PASSED = re.compile(r"([0-9]{1,9}) passed")
_ID = r"PRP-(?:[0-9]+(?:\.[0-9]+){0,2}|[A-Z])"
_COMPLETE = re.compile(rf"({_ID}): Complete(?: - .+)?")
_PATTERNS = (f"^{ID}:", r"^PRP-[0-9A-Z.]+: Complete($| - .)")


class Completion:
    """
    What git and the result file know to be done, as of when it was asked first.

    A PRP is completed by a commit that HEAD comes from: one with the trailers
    `PRP-Id` and `PRP-Status: success`, one whose subject is `ID: Complete` and
    maybe ` - ` and more; or one the result file names for a success. What
    people asked to assume is no evidence, and only does for dependencies.
    """

    def __init__(
        self,
        repository: Repository | None,
        results: Sequence[Mapping[str, Any]] = (),
        assumed: Sequence[str] = (),
    ) -> None:
        self._repository = repository
        self._assumed = [
            text if text.startswith(("PRP-", "*", "?", "[")) else f"PRP-{text}" for text in assumed
        ]
        self._done: dict[str, str] = {}
        self._gates: dict[str, int] = {}
        if repository and repository.resolve("HEAD"):
            self._done = dict(self._told(repository))
            self._done |= dict(self._on_file(repository, results))

    def _told(self, repository: Repository) -> Iterator[tuple[str, str]]:
        for said in reversed(repository.saying(_PATTERNS, (ID, STATUS, GATES))):
            ids, statuses, gates = said.trailers
            if SUCCESS in statuses:
                passed = _PASSED.match(gates[0]) if gates else None
                self._gates |= dict.fromkeys(ids, int(passed[1]) if passed else 0)
                yield from ((id_, said.sha) for id_ in ids)
            if found := _COMPLETE.fullmatch(said.subject):
                yield found[1], said.sha

    def _on_file(
        self, repository: Repository, results: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[str, str]]:
        for one in results:
            id_, commits = one.get("prp_id"), one.get("commits")
            if one.get("status") != SUCCESS or not isinstance(id_, str) or not isinstance(commits, list):
                continue
            if id_ in self._done:
                continue
            for sha in commits:
                if isinstance(sha, str) and _leads_to_head(repository, sha):
                    yield id_, sha

    def commit(self, id_: str) -> str:
        """Give the commit that completed a PRP; empty where there is none."""
        return self._done.get(id_, "")

    def gates_passed(self, id_: str) -> int:
        """Tell how many gates of a PRP passed, as its commit says it."""
        return self._gates.get(id_, 0)

    def holds(self, id_: str) -> bool:
        return id_ in self._done

    def assumes(self, id_: str) -> bool:
        return any(fnmatchcase(id_, pattern) for pattern in self._assumed)

    def satisfied(self, id_: str) -> bool:
        """Tell whether what depends on a PRP may start."""
        return self.holds(id_) or self.assumes(id_)

    def note(self, id_: str, sha: str) -> None:
        """Take note of a PRP whose commit HEAD comes from now."""
        self._done[id_] = sha


def _leads_to_head(repository: Repository, sha: str) -> bool:
    full = repository.resolve(f"{sha}^{{commit}}") if re.fullmatch(r"[0-9a-f]{7,64}", sha) else None
    return bool(full and repository.is_ancestor(full, "HEAD"))
