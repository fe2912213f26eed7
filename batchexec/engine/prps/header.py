"""Writes into the header of a PRP that it is completed, and changes nothing else of its file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec import git
from batchexec.model import Edit

if TYPE_CHECKING:
    from batchexec.sources.prp import Prp
    from batchexec.workspace import Workspace

_STATUS = re.compile(
    rb"^((?:\*\*)?status(?:\*\*)?[ \t]*:[ \t]*).*?([ \t]*\r?)$", re.IGNORECASE | re.MULTILINE
)
_HEAD = 8192
_COMPLETED = b"completed"


def with_status(workspace: Workspace, prp: Prp) -> tuple[Edit, ...]:
    """Give the edit that says so; none where the file has no such line, or is not as HEAD has it."""
    if prp.path.startswith("..") or not prp.status:
        return ()
    before = workspace.read(prp.path)
    repository = git.repository(workspace.root)
    if before is None or repository is None:
        return ()
    answer = repository.ask("cat-file", "blob", f"HEAD:{repository.prefix}{prp.path}")
    if answer.code or answer.output != before:
        return ()
    head = _STATUS.sub(rb"\g<1>" + _COMPLETED + rb"\g<2>", before[:_HEAD], count=1)
    after = head + before[_HEAD:]
    return (Edit(path=prp.path, before=before, after=after),) if after != before else ()
