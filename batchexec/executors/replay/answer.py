"""One answer of a script."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from batchexec.model import Status, Trouble, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from batchexec.model import Task

_ENDS = {
    Trouble.USAGE_LIMIT: Status.LIMITED,
    Trouble.TRANSIENT: Status.ERROR,
    Trouble.DETERMINISTIC: Status.ERROR,
    Trouble.QUALITY: Status.FAILED,
}
"""How an answer comes out that names its trouble and no status."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one attempt does, after how long, and how it comes out; what is not said is None."""

    files: Mapping[str, str] = field(default_factory=dict)
    edit: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    delete: tuple[str, ...] = ()
    log: str = ""
    delay_s: float = 0.0
    status: Status | None = None
    error: str = ""
    trouble: Trouble | None = None
    retry_after_s: float | None = None
    cost_usd: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def ends(self) -> Status:
        otherwise = Status.FAILED if self.error else Status.PASSED
        return self.status or (_ENDS[self.trouble] if self.trouble else otherwise)

    @property
    def usage(self) -> Usage | None:
        if self.cost_usd is self.input_tokens is self.output_tokens is None:
            return None
        return Usage(self.input_tokens or 0, self.output_tokens or 0, cost_usd=self.cost_usd)

    def about(self, task: Task) -> Answer:
        """Fill in the id of a task."""

        def said(text: str) -> str:
            return text.replace("{id}", task.id)

        return replace(
            self,
            files=_each(self.files, said),
            edit={said(path): _each(found, said) for path, found in self.edit.items()},
            delete=tuple(map(said, self.delete)),
            log=said(self.log),
            error=said(self.error),
        )


def _each(texts: Mapping[str, str], said: Callable[[str], str]) -> dict[str, str]:
    return {said(key): said(text) for key, text in texts.items()}
