"""Gives each code block of a section to the file it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.errors import Severity
from batchexec.model import BlockKind, CodeBlock, Role
from batchexec.roles import role_of
from batchexec.sources import clues
from batchexec.sources.dialects import PAIR_LABELS, Dialect

if TYPE_CHECKING:
    from batchexec.markdown import Fence
    from batchexec.sources.parts import Above, Parts, Target

_ADDITIONS = {"symbol to add": BlockKind.SYMBOL, "content to add": BlockKind.CONTENT}


class Assignment:
    """
    The blocks of one section on their way to their files.

    A block's own words come first: its info string, then a first line that is
    a path. Otherwise it goes to the label above it, which takes one block.
    """

    def __init__(self, parts: Parts, above: Above, dialect: Dialect) -> None:
        self.parts = parts
        self.above = above
        self.dialect = dialect
        self.unpaired: list[Fence] = []
        self.passed: dict[tuple[str, bool, Role | None], int] = {}

    def take(self, fence: Fence) -> None:
        if fence.closed and not (self.above.region or self._is_shown_only(fence)):
            path, wrong = clues.path_in_info(fence)
            if path is None and wrong is None:
                path, wrong = self._path_in_comment(fence)
            if wrong:
                self.parts.problem(fence.line, wrong, "name one file by its whole path")
            else:
                self._assign(fence, path)

    def _is_shown_only(self, fence: Fence) -> bool:
        return self.dialect is not Dialect.FILE_BLOCKS and clues.holds_evidence(fence)

    def finish(self) -> None:
        if self.unpaired:
            self._pair()

    def _assign(self, fence: Fence, path: str | None) -> None:
        headings = reversed(self.above.headings)
        kind = next((_ADDITIONS[text] for _, text in headings if text in _ADDITIONS), None)
        if kind:
            self._fragment(fence, path, kind)
        elif path is not None:
            self._named(fence, path)
        elif self.dialect is not Dialect.COMPACT:
            self._unnamed(fence)
        elif self._first_waiting(fence):
            self.unpaired.append(fence)

    def _path_in_comment(self, fence: Fence) -> tuple[str | None, str | None]:
        """Give the path a first line names, or what is wrong with it; a base name stands for a known path."""
        path = clues.path_in_comment(fence)
        is_listing = self.dialect is Dialect.BULLETS
        if path is None or ("/" in path and not is_listing):
            return path, None
        matching = sorted(
            {one.path for one in self.parts.targets_called(path) if clues.is_end_of(path, one.path)}
        )
        if len(matching) == 1:
            return matching[0], None
        if is_listing and "/" not in path:
            named = " and ".join(matching) if matching else "no listed file"
            return None, f"the block is for {path}, which is the name of {named}"
        return path, None

    def _fragment(self, fence: Fence, path: str | None, kind: BlockKind) -> None:
        targets = self.parts.targets
        if path is not None:
            called = self.parts.targets_called(path)
            target = next((one for one in called if clues.same_file(one.path, path)), None)
            target = target or self._own_target(fence, path)
        elif targets:
            target = self.above.pending or targets[-1]
        else:
            return
        if clues.suits(fence, target.path):
            self._fill(target, fence, kind)

    def _named(self, fence: Fence, path: str) -> None:
        label = self.above.pending
        if label and self._awaits(label, fence):
            if clues.same_file(label.path, path):
                self._fill(label, fence)
            else:
                self.parts.problem(
                    fence.line,
                    f"the block says it is {path}, the label above it says {label.path} (line {label.line})",
                    "let both name one file",
                )
            return
        known = [target for target in self.parts.targets_called(path) if target.path == path]
        free = [target for target in known if not target.filled]
        target = next(iter(free or known), None) or self._own_target(fence, path)
        self._fill(target, fence)

    def _own_target(self, fence: Fence, path: str) -> Target:
        return self.parts.target(path, fence.line, role_of(path), label="fence")

    def _unnamed(self, fence: Fence) -> None:
        target = self.above.pending
        if target and not self._awaits(target, fence):
            target = None
        role = self.above.template
        if role and self.dialect in {Dialect.REPORT, Dialect.SINGLE} and not (target and target.role is role):
            target = self._first_waiting(fence, role) or target
        if target:
            self._fill(target, fence)
        elif self.dialect is Dialect.BULLETS and clues.holds_code(fence):
            self._unclaimed(fence)

    def _unclaimed(self, fence: Fence) -> None:
        if self._first_waiting(fence):
            self.parts.problem(
                fence.line,
                "the block does not say which file it is, so it is only shown",
                "start it with a comment like `# In cache.py`",
                Severity.WARNING,
            )

    def _first_waiting(self, fence: Fence, role: Role | None = None) -> Target | None:
        """Find the first file that waits for a block like this; those passed over once never will again."""
        targets = self.parts.targets
        likeness = (fence.language, clues.suits(fence, ".env"), role)
        at = self.passed.get(likeness, 0)
        while at < len(targets) and not (
            role in {None, targets[at].role} and self._awaits(targets[at], fence)
        ):
            at += 1
        self.passed[likeness] = at
        return targets[at] if at < len(targets) else None

    def _awaits(self, target: Target, fence: Fence) -> bool:
        return not target.filled and clues.suits(fence, target.path)

    # In the compact dialect the labels may stand together above the blocks.

    def _pair(self) -> None:
        labels = [one for one in self.parts.targets if one.label in PAIR_LABELS and not one.filled]
        pairs = _pairs(labels, self.unpaired)
        if labels and not pairs:
            self.parts.problem(
                self.unpaired[0].line,
                f"{len(self.unpaired)} blocks stand below {len(labels)} labels, so none is taken",
                "put each block below its label",
                Severity.WARNING,
            )
        for target, fence in pairs:
            if target.label == "code file" and clues.looks_like_test(fence):
                self.parts.problem(
                    fence.line,
                    f"the block for the code file {target.path} holds tests",
                    "name the tests' file with `Test file:`",
                )
            else:
                self._fill(target, fence)

    def _fill(self, target: Target, fence: Fence, kind: BlockKind | None = None) -> None:
        target.filled = True
        if not target.usable:
            return
        kind = kind or self._kind(fence, target.path)
        block = CodeBlock(
            path=target.path,
            text=fence.text,
            location=self.parts.source.at(fence.first),
            kind=kind,
            role=target.role,
            language=fence.language,
            symbol=self.above.symbol if kind is BlockKind.SYMBOL else None,
        )
        self.parts.blocks.append(block)

    def _kind(self, fence: Fence, path: str) -> BlockKind:
        if self.dialect not in {Dialect.BULLETS, Dialect.FREE}:
            return BlockKind.FILE
        return clues.fragment_kind(path) if clues.is_elided(fence, path) else BlockKind.MERGE


def _pairs(labels: list[Target], fences: list[Fence]) -> list[tuple[Target, Fence]]:
    pairs = list(zip(labels, fences, strict=False))
    if len(labels) == len(fences) and all(label.line < fence.line for label, fence in pairs):
        return pairs
    if len(labels) == 1:
        return [(labels[0], fences[0])]
    if not labels or fences[0].line < labels[-1].line:
        return _first_below(labels, fences)
    return [(_for_one_block(labels, fences[0]), fences[0])] if len(fences) == 1 else []


def _for_one_block(labels: list[Target], fence: Fence) -> Target:
    role = Role.TEST if clues.looks_like_test(fence) else Role.CODE
    return next((label for label in labels if label.role is role), labels[0])


def _first_below(labels: list[Target], fences: list[Fence]) -> list[tuple[Target, Fence]]:
    """Give each label the first block between it and the next label."""
    pairs = []
    ends = [*(label.line for label in labels[1:]), fences[-1].line + 1]
    for label, end in zip(labels, ends, strict=False):
        below = next((fence for fence in fences if label.line < fence.line < end), None)
        if below:
            pairs.append((label, below))
    return pairs
