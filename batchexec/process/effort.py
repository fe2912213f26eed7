"""Tells how much time of the processor a process and all that came of it have used."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from batchexec.process.environment import inherited
from batchexec.process.running import capture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Of BSD and macOS; -S adds what children used that have ended.
_PS = ("ps", "-A", "-S", "-o", "pid=,ppid=,pgid=,time=")
_CLOCK = r"(?:(\d{1,6})-)?((?:\d{1,6}:){1,2}\d{1,2}(?:\.\d{1,6})?)"
_PS_LINE = re.compile(rf"(\d{{1,9}}) +(\d{{1,9}}) +(\d{{1,9}}) +{_CLOCK}")
_PS_TIMEOUT_S = 5.0


class Process(NamedTuple):
    """One that runs; what it used includes its children that have ended."""

    number: int
    parent: int
    group: int
    seconds: float


def used_s(root: int) -> float:
    """
    Sum up what is used by a process, what descends from it, and the groups of those.

    It grows as long as any of them work; it may become less where one ended and nobody
    asked how. Where the system does not tell it stays 0.
    """
    return sum(one.seconds for one in family(_by_proc() or _by_ps(), root))


def family(processes: Iterable[Process], root: int) -> list[Process]:
    every = {one.number: one for one in processes}
    children: dict[int, list[int]] = {}
    for one in every.values():
        children.setdefault(one.parent, []).append(one.number)
    found, left = set(), [root]
    while left:
        number = left.pop()
        if number in every and number not in found:
            found.add(number)
            left += children.get(number, ())
    groups = {every[number].group for number in found}
    return [one for one in every.values() if one.number in found or one.group in groups]


def _by_proc() -> list[Process]:
    with suppress(OSError, ValueError):
        # Else what it tells is about another name space.
        if int(os.readlink("/proc/self")) == os.getpid():  # noqa: PTH115
            tick = os.sysconf("SC_CLK_TCK")
            return [one for name in os.listdir("/proc") if name.isdigit() for one in _read(name, tick)]  # noqa: PTH208
    return []


def _read(name: str, tick: int) -> Iterator[Process]:
    with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123  # there may be thousands
        # Any character may stand in the name of the program, which is in parentheses.
        words = file.read().rpartition(b")")[2].split()
        if len(words) > 14:
            # Its session, for a group holds less of what a program started.
            yield Process(int(name), int(words[1]), int(words[3]), sum(map(int, words[11:15])) / tick)


def _by_ps() -> list[Process]:
    output, done = capture(_PS, Path("/"), timeout_s=_PS_TIMEOUT_S, environ=inherited() | {"LC_ALL": "C"})
    return parse_ps(output.decode(errors="replace")) if done.code == 0 else []


def parse_ps(text: str) -> list[Process]:
    found = filter(None, (_PS_LINE.fullmatch(line.strip()) for line in text.splitlines()))
    return [
        Process(int(one[1]), int(one[2]), int(one[3]), int(one[4] or 0) * 86400 + _seconds(one[5]))
        for one in found
    ]


def _seconds(clock: str) -> float:
    """Read `1:02:03`, and `62:03.50` too."""
    return reduce(lambda total, part: total * 60 + float(part), clock.split(":"), 0.0)
