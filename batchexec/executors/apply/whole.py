"""Decides what a task's blocks for one path make of the file that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.executors.apply.fragments import place
from batchexec.executors.apply.hook_comment import with_comment
from batchexec.executors.apply.outcomes import combine, failed, needs_work, passed
from batchexec.executors.apply.syntax import fault
from batchexec.model import BlockKind, CodeBlock, Location, Outcome, Status, Task, Written
from batchexec.symbols.skeletons import is_skeleton
from batchexec.workspace import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchexec.workspace import Stage

_REPLACE = "--if-exists overwrite replaces it and keeps a copy"
_WRITE = "put the code into the prompt, or leave it to an agent executor"
_WHOLE = {BlockKind.FILE, BlockKind.MERGE}


@dataclass(frozen=True, slots=True)
class Policy:
    """
    What happens to a file that is there and not ours, and where a copy of it would go.

    `reworded` says that the task put fragments into it before, in other words
    than it has for them now.
    """

    if_exists: str
    backup: str
    reworded: bool = False


def write(
    task: Task, blocks: Sequence[CodeBlock], stage: Stage, written: Written | None, policy: Policy
) -> Outcome:
    """Stage what the blocks for one path say; the file stays as it is where they cannot."""
    path = blocks[0].path
    template = next((block for block in blocks if is_skeleton(block.text, path)), None)
    if template:
        return needs_work(
            f"the block for {path} is a template, not an implementation", _WRITE, template.location
        )
    first, *rest = blocks
    if first.kind not in _WHOLE:
        return _write_fragments(task, blocks, stage, reworded=policy.reworded)
    said = _ended(first.text)
    broken = fault(path, said)
    if broken:
        return _broken(path, broken, first)
    folded, outcome = _fold(task, rest, with_comment(said, path, task.id))
    if outcome.status is Status.FAILED:
        return outcome
    return combine([outcome, _write_whole(task, blocks, stage, written, policy, folded.encode())])


def _write_whole(
    task: Task, blocks: Sequence[CodeBlock], stage: Stage, written: Written | None, policy: Policy, new: bytes
) -> Outcome:
    path = blocks[0].path
    current = stage.read(path)
    if current is None:
        stage.write(path, new)
        return passed()
    # A person may have put the block there by hand, and left the comment out.
    if current == new or with_comment(current.decode(errors="replace"), path, task.id).encode() == new:
        return passed(f"{path} unchanged")
    # What the batch only put a fragment into is not ours to replace.
    if written is not None and written.whole is not None:
        if digest_of(new) == written.whole:
            edited = digest_of(current) != written.content
            return passed(f"kept {path}: edited since" if edited else f"{path} unchanged")
        if digest_of(current) == written.content:
            stage.write(path, new)
            return passed()
    if blocks[0].kind is BlockKind.MERGE:
        return _write_fragments(task, blocks, stage)
    return _existing(path, stage, policy, new, blocks[0])


def _existing(path: str, stage: Stage, policy: Policy, new: bytes, block: CodeBlock) -> Outcome:
    match policy.if_exists:
        case "overwrite":
            copy = stage.backup(path, policy.backup)
            stage.write(path, new)
            return passed(f"overwrote {path}; what it was is in {copy}")
        case "fail":
            return failed(f"{path} exists and differs", _REPLACE, block.location)
    return needs_work(f"{path} exists and differs; it was left as it is", _REPLACE, block.location)


def _write_fragments(
    task: Task, blocks: Sequence[CodeBlock], stage: Stage, *, reworded: bool = False
) -> Outcome:
    path = blocks[0].path
    current = stage.read(path)
    if current is None:
        hint = "the task that writes the whole file has to come first"
        return needs_work(f"{path} does not exist; a fragment never makes a file", hint, blocks[0].location)
    try:
        text = current.decode()
    except UnicodeDecodeError:
        return needs_work(f"{path} is not UTF-8; the fragment was not put in", "", blocks[0].location)
    result, outcome = _fold(task, blocks, text, reworded=reworded)
    if outcome.status is Status.FAILED:
        return outcome
    broken = fault(path, result)
    if broken:
        return _broken(path, broken, None)
    if result != text:
        stage.write(path, result.encode(), part=True)
    return outcome


def _fold(
    task: Task, blocks: Sequence[CodeBlock], text: str, *, reworded: bool = False
) -> tuple[str, Outcome]:
    outcomes = [passed()]
    for block in blocks:
        placed = place(task, block, text, reworded=reworded)
        text = placed.text
        outcomes.append(placed.outcome)
    return text, combine(outcomes)


def _broken(path: str, found: tuple[int, str], block: CodeBlock | None) -> Outcome:
    line, why = found
    where = f" ({block.location.file}:{block.location.line + line - 1})" if block else ""
    return failed(f"would not parse: {why}{where}", "", Location(path, line))


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
