"""Calls of git in one repository, led to it by name: what lies in a directory leads nowhere else."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from batchexec.errors import GitError, Problem
from batchexec.git.program import Answer, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

_HINTS = (
    ("index.lock", "wait for the git that is at work, or delete the lock if there is none"),
    (".lock': File exists", "wait for the git that is at work, or delete the lock if there is none"),
    ("No space left", "make room on the disk"),
    ("Permission denied", "give yourself the right to it"),
)
_UNTOLD = re.compile(r"hint:|warning:|\s*$")
_WRONG = ("fatal: ", "error: ")
_LONGEST = 300


@dataclass(frozen=True)
class Calling:
    """
    A repository as it is seen from a directory in its work tree.

    `top` is the top of that work tree, `directory` its git directory, `common`
    the one all work trees of the repository share. `prefix` is where in the
    work tree one stands: empty at the top, else `sub/directory/`.
    """

    program: str
    top: Path
    directory: Path
    common: Path
    prefix: str = ""

    def ask(
        self,
        *words: str,
        stdin: bytes | None = None,
        index: Path | None = None,
        at: Path | None = None,
        environ: dict[str, str] | None = None,
    ) -> Answer:
        """Ask about the work tree, or about another one `at` a directory with this `index`."""
        where = {"GIT_DIR": str(self.directory), "GIT_WORK_TREE": str(at or self.top)}
        if index:
            where["GIT_INDEX_FILE"] = str(index)
        return ask(self.program, at or self.top, *words, stdin=stdin, environ=where | (environ or {}))

    def tell(
        self, *words: str, stdin: bytes | None = None, index: Path | None = None, at: Path | None = None
    ) -> bytes:
        """Ask for what must be: raises GitError with what git said."""
        answer = self.ask(*words, stdin=stdin, index=index, at=at)
        if answer.code:
            raise self.error(words, answer)
        return answer.output

    def line(self, *words: str, stdin: bytes | None = None, index: Path | None = None) -> str:
        return self.tell(*words, stdin=stdin, index=index).decode(errors="replace").strip()

    def error(self, words: tuple[str, ...], answer: Answer) -> GitError:
        what = next((word for word in words if not word.startswith("-") and "=" not in word), "")
        said = first_line(answer.said) or f"ended with exit status {answer.code}"
        hint = next((hint for part, hint in _HINTS if part in said), f"see `git status` in {self.top}")
        return GitError(Problem(None, f"git {what}: {said}", hint))

    @contextmanager
    def private_index(self, source: Path | None = None) -> Iterator[Path]:
        """Give an index nobody else sees, the copy of another one or empty."""
        with TemporaryDirectory(prefix="batchexec-") as directory:
            index = Path(directory) / "index"
            if source:
                with suppress(FileNotFoundError):
                    copy_index(source, index)
            yield index

    @property
    def own_index(self) -> Path:
        return self.directory / "index"


def copy_index(source: Path, target: Path) -> None:
    # With its time: git takes a file that is younger than the index for one to look at again.
    shutil.copy2(source, target)


def first_line(said: str) -> str:
    """Find the line that says what is wrong among those that say how it is going."""
    lines = [line for line in said.splitlines() if not _UNTOLD.match(line)]
    wrong = [line for line in lines if line.startswith(_WRONG)]
    line = next(iter(wrong or lines), "")
    return line.removeprefix(_WRONG[0]).removeprefix(_WRONG[1])[:_LONGEST]
