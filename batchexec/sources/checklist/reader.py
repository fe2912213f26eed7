"""Walks the lines of a tasks.md and gives each hook to the task it stands below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.markdown import Excerpt, Fence, Heading, indent_of, open_fence, prose, scan
from batchexec.model import HookLine
from batchexec.sources import ids
from batchexec.sources.checklist import claim_slips, claims, lines
from batchexec.sources.checklist.evidence_list import EvidenceList
from batchexec.sources.checklist.nearly import Kind, Near, id_of_row, parse_near, shown
from batchexec.sources.checklist.nesting import Nesting, Open
from batchexec.sources.checklist.outline import odd_lines, outline, without_comment
from batchexec.sources.sections import clean_heading

if TYPE_CHECKING:
    from batchexec.sources.checklist.lines import Item

_ITEM = frozenset("-*+0123456789")
_NO_TASK = "an evidence hook without a task"
_PUT_BELOW = "put it below the task it belongs to"
_WRITE_BOX = "write `- [ ]` or `- [x]` in front of"


class Reader:
    def __init__(self, source: Excerpt) -> None:
        self.source = source
        self.problems: list[Problem] = []
        items = scan(source)
        for item in items:
            if isinstance(item, Fence):
                self.problems.extend(open_fence(source, item))
        self.headings = {item.line: _plain(item) for item in items if isinstance(item, Heading)}
        said = list(prose(source, items))
        self.problems.extend(odd_lines(source, said))
        self.prose = [(number, without_comment(line) if "<!--" in line else line) for number, line in said]
        self.outline = outline(self.prose, self.headings)
        self.tasks: list[Open] = []
        self.nesting = Nesting()
        self.evidence = EvidenceList()
        self.is_paragraph = self.after_blank = False
        # The last line with a hook, and the last heading that names a task and is none.
        self.hook_line = self.other_heading = 0

    def run(self) -> list[Open]:
        boxes = self.outline.boxes
        for number, line in self.prose:
            text = line.strip()
            if not text:
                self.after_blank, self.is_paragraph = True, False
                continue
            if heading := self.headings.get(number):
                self._heading(heading)
            elif self.is_paragraph and len(text) > 1 and not (text.strip("=") and text.strip("-")):
                self._end_list(1 if "=" in text else 2)
            elif box := boxes.get(number):
                self._box(box, text)
            else:
                self._text(number, line, text)
            self.after_blank = False
        return self.tasks

    def _heading(self, heading: Heading) -> None:
        task = self.outline.headings.get(heading.line)
        self._end_list(0 if task else heading.level)
        if task and task[0]:
            done = lines.heading_says_done(heading.text)
            title = lines.without_sign(task[1])
            self._begin(Open(task[0], title, heading.line, -1, ticked=done, level=heading.level))
        elif task or ids.leading_listed_id(clean_heading(heading.text)):
            self.other_heading = heading.line
        if "vidence" in heading.text:
            self._slip(heading.line, heading.text)
        if heading.text.strip("*:： ").lower() in claims.LIST_LABELS:
            self.evidence.open(0)

    def _end_list(self, level: int) -> None:
        """End the tasks of a list, as every heading does, and a heading of this level or below."""
        self.is_paragraph = False
        self.other_heading = 0
        self.evidence.close()
        self.nesting.end_list(level)

    def _box(self, box: Item, text: str) -> None:
        in_list = self.evidence.holds(box.indent, is_item=True)
        self.is_paragraph = False
        if not box.id and (payload := claims.parse_hook(text, in_list=in_list)) is not None:
            self._hook(payload, box.number, box.indent)
            return
        if "vidence" in text:
            self._slip(box.number, text)
        self.nesting.leave(box.indent)
        parent = self.nesting.around(box.indent)
        if parent and not self._is_own_task(box.id, parent):
            self.nesting.return_to(parent)
            parent.criteria.append(f"{box.id} {box.title}" if box.id else box.title)
            return
        self._begin(Open.of(box))
        if box.box not in lines.TICKS | lines.OPEN:
            self.note(box.number, f"the box [{box.box}] is read as open", "tick with [x]", Severity.NOTICE)

    def _is_own_task(self, task_id: str | None, parent: Open) -> bool:
        """Say whether a nested box is a task; below a heading only its id's form can make it one."""
        if not task_id:
            return False
        shares = not parent.is_heading and lines.letters(task_id) in self.outline.prefixes
        return shares or lines.is_task_id(task_id)

    def _text(self, number: int, line: str, text: str) -> None:
        indent = indent_of(line)
        is_item = text[0] in _ITEM
        in_list = self.evidence.holds(indent, is_item=is_item)
        was_paragraph, self.is_paragraph = self.is_paragraph, False
        if text[0] == "|":
            self._row(number, indent, text)
        elif number == self.hook_line + 1 and claim_slips.is_rest(text):
            self.hook_line = number
            self.note(number, "this looks like the rest of the hook above", "write it on one line")
        elif (payload := claims.parse_hook(text, in_list=in_list)) is not None:
            self._hook(payload, number, indent)
            if in_list and claim_slips.second_path(text):
                message = "only the first path of this line is read"
                self.note(number, message, "write one item for each", Severity.WARNING)
        elif claims.opens_list(text):
            self.nesting.leave(indent)
            self.evidence.open(indent)
        elif not self._nearly_task(number, line, text):
            self._slip(number, text, in_list=in_list)
            if is_item:
                self.nesting.leave(indent)
            else:
                self.is_paragraph = indent == 0 and (was_paragraph or self.after_blank)
            last = self.nesting.last
            if last and last.is_heading and lines.status_says_done(text):
                last.ticked = True

    def _row(self, number: int, indent: int, text: str) -> None:
        found = list(claims.parse_cells(text))
        about = id_of_row(text) if found else None
        is_other = about and self.nesting.last and not self.nesting.holds(about)
        for claim in found:
            if is_other:
                self._orphan(number, number)
            else:
                self._hook(claim, number, indent)
        if not found:
            self._slip(number, text)

    def _slip(self, number: int, text: str, *, in_list: bool = False) -> None:
        if hint := claim_slips.hint_for(text, in_list=in_list):
            self.note(number, "this looks like evidence and is not read", hint, Severity.WARNING)

    def _nearly_task(self, number: int, line: str, text: str) -> bool:
        """Begin a task without a box, or what is none for want of a box that can be read."""
        if bullet := self.outline.bullets.get(number):
            return self._bullet(bullet, text)
        near = parse_near(text, self.outline.prefixes)
        if not near:
            return False
        indent = indent_of(line)
        self.nesting.leave(indent)
        parent = self.nesting.around(indent)
        if parent and not self._ends(parent, near):
            if near.kind is not Kind.TEXT:
                self.nesting.return_to(parent)
            return False
        if self.nesting.holds(near.id):
            return False
        self._unread(near, number, indent, text)
        return True

    def _ends(self, parent: Open, near: Near) -> bool:
        """Say whether a line that is no task ends the one it would be a part of."""
        if near.kind.is_box:
            return self._is_own_task(near.id, parent)
        is_nested = near.kind is Kind.TEXT and self.nesting.last is not parent
        return parent.is_heading and (near.kind is Kind.NAME or is_nested)

    def _unread(self, near: Near, number: int, indent: int, text: str) -> None:
        """Keep the hooks below a line that is no task from the task before it."""
        last = self.nesting.last
        is_first = last is None or last.quiet
        self.nesting.drop_headings()
        task = Open(near.id, "", number, indent, known=False)
        self._begin(task)
        if near.kind.is_box and near.id:
            said = f"{near.id} has a box that cannot be read and is no task", f"{_WRITE_BOX} the id"
        elif near.kind is Kind.BOX:
            said = f"{shown(text)} is not read as a task", f"{_WRITE_BOX} its title"
        elif is_first:
            task.quiet = True
            return
        elif near.id:
            said = f"{near.id} is not read as a task", f"write `- [ ] {near.id} …`"
        else:
            said = f"{shown(text)} is not read as a task", f"{_WRITE_BOX} its title"
        self.note(number, *said, Severity.WARNING)

    def _bullet(self, bullet: Item, text: str) -> bool:
        self.nesting.leave(bullet.indent)
        parent = self.nesting.around(bullet.indent)
        if parent and (parent.is_heading or self.outline.has_boxed_task):
            self.nesting.return_to(parent)
            return False
        if not self.outline.has_boxed_task:
            self._begin(Open.of(bullet))
        elif not self.nesting.holds(bullet.id):
            self._unread(Near(Kind.ITEM, bullet.id), bullet.number, bullet.indent, text)
        return True

    def _begin(self, task: Open) -> None:
        self.evidence.close()
        self.nesting.begin(task)
        if task.known:
            self.tasks.append(task)

    def _hook(self, payload: str, number: int, indent: int) -> None:
        self.nesting.leave(indent)
        self.hook_line = number
        owner = self.nesting.owner(indent)
        if owner and owner.known:
            owner.hooks.append(HookLine(payload, self.source.at(number)))
        else:
            self._orphan(number, owner.line if owner else self.other_heading)

    def _orphan(self, number: int, unread: int) -> None:
        """Tell of a hook that is nobody's, and of the line above it that is no task, if there is one."""
        if not unread:
            self.note(number, _NO_TASK, _PUT_BELOW)
            return
        text = self.source.lines[unread - self.source.first].strip()
        message = f"{_NO_TASK}: line {unread}, {shown(text)}, was not read as a task"
        self.note(number, message, "write `- [ ] TASK-001 Title`")

    def note(self, line: int, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(Problem(self.source.at(line), message, hint, severity))


def _plain(heading: Heading) -> Heading:
    return replace(heading, text=without_comment(heading.text)) if "<!--" in heading.text else heading
