"""Names of commits: HEAD, branches, and refs of our own that keep work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from batchexec.git.calling import Calling

_KEPT = "refs/batchexec"
# What `git check-ref-format` refuses in one part of a name; a slash would make two of it.
_REFUSED = re.compile(r"[\x00-\x20\x7f~^:?*\[\\/\ud800-\udfff]|\.\.|@\{|^\.|\.$|^@$|\.lock$")
_LONGEST = 100
_OTHERS_WORK = ("but expected", "reference already exists", "unable to resolve reference")


@dataclass(frozen=True, slots=True)
class Head:
    """What HEAD is: `commit` is None before the first one, `branch`, a whole ref, where it is detached."""

    commit: str | None
    branch: str | None


class Refs(Calling):
    def head(self) -> Head:
        branch = self.ask("symbolic-ref", "--quiet", "HEAD")
        return Head(self.resolve("HEAD"), branch.output.decode().strip() if branch.code == 0 else None)

    def resolve(self, ref: str) -> str | None:
        answer = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", ref)
        return answer.output.decode().strip() if answer.code == 0 else None

    def move(self, ref: str, new: str, old: str, why: str = "batchexec") -> bool:
        """Move a ref if it is still at `old`, which is empty for one that is new; says whether it was."""
        words = ("update-ref", "-m", why, "--no-deref", ref, new, old)
        answer = self.ask(*words)
        if answer.code and not any(what in answer.said for what in _OTHERS_WORK):
            raise self.error(words, answer)
        return answer.code == 0

    def keep(self, ref: str, sha: str) -> None:
        """Let a ref of ours lead to a commit, so that nothing deletes it."""
        self.tell("update-ref", "--no-deref", ref, sha)

    def drop(self, ref: str) -> None:
        """Take a ref of ours away; nothing happens where there is none."""
        self.tell("update-ref", "--no-deref", "-d", ref)

    def is_ancestor(self, old: str, new: str) -> bool:
        words = ("merge-base", "--is-ancestor", old, new)
        answer = self.ask(*words)
        if answer.code not in {0, 1}:
            raise self.error(words, answer)
        return answer.code == 0

    @staticmethod
    def kept_ref(run: str, task: str) -> str:
        return kept_ref(run, task)


def kept_ref(run: str, task: str) -> str:
    """Name the ref that keeps the work of a task: `refs/batchexec/RUN/TASK`."""
    return f"{_KEPT}/{_part(run)}/{_part(task)}"


def _part(name: str) -> str:
    plain = _REFUSED.sub("-", name)
    if len(plain.encode()) > _LONGEST:
        plain = plain.encode()[:_LONGEST].decode(errors="ignore")
    if plain == name and name:
        return name
    # Two names may look the same now, and each keeps its own work.
    return f"{plain}-{sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}"
