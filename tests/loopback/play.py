"""Plays a scenario: which turn a request gets, and how often who was answered."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import repeat
from typing import TYPE_CHECKING

from loopback.script import TASK, Rule, Scenario, Turn

if TYPE_CHECKING:
    from loopback.asks import Ask

_DONE = Turn(say="Done.")
_ASIDE = Turn(say='{"title": "Task"}')
_AGENTS = frozenset({"Write", "Bash", "exec_command", "shell_command", "shell"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a request gets: a turn, of which conversation, and which attempt at it, counted from 1."""

    turn: Turn
    rule: str = ""
    task: str = ""
    attempt: int = 0


@dataclass(slots=True)
class _Conversation:
    """Where a conversation stands; it starts anew if one that had a good answer begins again."""

    rule: Rule
    attempt: int = 0
    place: int = 0
    answered: bool = False
    turns: list[Turn] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.turns = [
            again
            for turn in self.rule.attempts[min(self.attempt, len(self.rule.attempts) - 1)]
            for again in repeat(turn, turn.times)
        ]
        self.attempt, self.place, self.answered = self.attempt + 1, 0, False

    def next(self, *, fresh: bool, at_once: bool) -> Turn:
        if fresh and self.answered:
            self._begin()
        turn = self._take()
        while at_once and not turn.fails and self.place < len(self.turns):
            if self.turns[self.place].fails:
                break
            turn = _joined(turn, self._take())
        self.answered = self.answered or not turn.fails
        return turn

    def _take(self) -> Turn:
        """Return the next turn: after the last one `Done.`, unless that failed and so goes on failing."""
        if self.place < len(self.turns):
            self.place += 1
            return self.turns[self.place - 1]
        return self.turns[-1] if self.turns and self.turns[-1].fails else _DONE


class Play:
    """A scenario being played to many at once."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._conversations: dict[tuple[int, str], _Conversation] = {}
        self._lock = threading.Lock()

    def reply(self, ask: Ask) -> Reply:
        if ask.aside:
            return Reply(turn=_ASIDE)
        for number, rule in enumerate(self.scenario.rules):
            if _meant(rule, ask):
                return self._answer(number, rule, ask)
        return Reply(turn=_DONE, task=_task("", ask.first))

    def _answer(self, number: int, rule: Rule, ask: Ask) -> Reply:
        task = _task(rule.when, ask.first)
        with self._lock:
            spoken = self._conversations.setdefault((number, task), _Conversation(rule))
            # Who has no tools cannot come back with a result: all there is to say is said at once.
            turn = spoken.next(fresh=ask.fresh, at_once=ask.tools.isdisjoint(_AGENTS))
            return Reply(turn=turn, rule=rule.name, task=task, attempt=spoken.attempt)


def _meant(rule: Rule, ask: Ask) -> bool:
    looked = (
        (rule.when, ask.first),
        (rule.last, ask.last),
        (rule.anywhere, ask.whole),
        (rule.model, ask.model),
        (rule.path, ask.path),
    )
    return all(re.search(pattern, text) for pattern, text in looked if pattern)


def _task(when: str, first: str) -> str:
    """Name a conversation: by the group of the rule, by a task id, or else by its whole first text."""
    found = re.search(when, first) if when else None
    if found and found.re.groups:
        return str(found[1])
    named = re.search(TASK, first)
    return named[0] if named else sha256(first.encode()).hexdigest()[:12]


def _joined(one: Turn, other: Turn) -> Turn:
    return replace(
        one,
        say="\n\n".join(text for text in (one.say, other.say) if text),
        acts=(*one.acts, *other.acts),
        stop=other.stop or one.stop,
    )
