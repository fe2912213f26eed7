"""Checks how entries depend on each other: which are there twice, which are missing, which wait in a ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.parallel.cycles import cycles
from batchexec.parallel.reach import reach
from batchexec.sources.plan import file_number, id_key
from batchexec.sources.plan.ids import by_digits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from batchexec.parallel.cycles import Cycles
    from batchexec.parallel.parallel import Finding
    from batchexec.parallel.source import Source

_LONGEST_CYCLE = 40  # ids that are named of one


@dataclass(frozen=True, slots=True)
class Dependency:
    id: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An achievement or a sub execution with a usable id, and those of its dependencies that are ids."""

    id: str
    pointer: str
    dependencies: tuple[Dependency, ...] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """Entries of one kind; `external` may be depended upon as well, `word` is what their ids are called."""

    entries: Sequence[Entry]
    source: Source
    external: Collection[str] = ()
    word: str = "achievement_id"

    def edges(self) -> dict[str, tuple[str, ...]]:
        """Map each id to its dependencies; what is there twice has those of both."""
        merged: dict[str, dict[str, None]] = {}
        for entry in self.entries:
            merged.setdefault(entry.id, {}).update((one.id, None) for one in entry.dependencies)
        return {id_: tuple(ends) for id_, ends in merged.items()}

    def doubles(self) -> Iterator[Finding]:
        first: dict[str, str] = {}
        for entry in self.entries:
            if entry.id in first:
                message = f"duplicate {self.word} '{entry.id}', first at {first[entry.id]}"
                yield self.source.error("J10", entry.pointer, message, "give one of them another id")
            first.setdefault(entry.id, entry.pointer)

    def unknown(self) -> Iterator[Finding]:
        known = {entry.id for entry in self.entries} | set(self.external)
        for entry in self.entries:
            for one in entry.dependencies:
                if one.id not in known:
                    yield not_found(self.source, one.pointer, f"dependency '{one.id}' of {entry.id}")

    def repeated(self) -> Iterator[Finding]:
        for entry in self.entries:
            seen: set[str] = set()
            for one in entry.dependencies:
                if one.id in seen:
                    message = f"dependency '{one.id}' listed twice"
                    yield self.source.warning("W21", one.pointer, message, "leave it out once")
                seen.add(one.id)

    def implied(self, edges: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
        """Find dependencies that another one has already; in a graph without cycles."""
        far = reach(edges)
        for entry in self.entries:
            if len(entry.dependencies) > 1:
                yield from self._implied_in(entry, far.behind, far.bits)

    def _implied_in(
        self, entry: Entry, behind: Mapping[str, int], bits: Mapping[str, int]
    ) -> Iterator[Finding]:
        ends = {one.id: one for one in entry.dependencies}
        wanted = sum(bits.get(id_, 0) for id_ in ends)
        places = {bits[id_].bit_length(): id_ for id_ in ends if id_ in bits}
        for by in ends:
            hit = behind.get(by, 0) & wanted
            wanted ^= hit
            while hit:
                id_ = places[hit.bit_length()]
                hit ^= bits[id_]
                message = f"dependency '{id_}' already implied by {by}"
                yield self.source.warning("W21", ends[id_].pointer, message, "it can be left out")

    def circular(self, found: Cycles) -> Iterator[Finding]:
        if not found.found:
            return
        at = {entry.id: entry.pointer for entry in reversed(self.entries)}
        ways = {
            (entry.id, one.id): one.pointer
            for entry in reversed(self.entries)
            for one in reversed(entry.dependencies)
        }
        for cycle in found.found:
            pointer = ways[cycle[0], cycle[1 % len(cycle)]]
            message = f"circular dependency: {drawn(cycle)}"
            yield self.source.error("J12", pointer, message, "take one of these dependencies out")
        for ids in found.more:
            message = f"more cycles in {some(ids)}"
            yield self.source.error("J12", at[ids[0]], message, "take dependencies out of the others first")


def check(links: Links) -> tuple[list[Finding], dict[str, tuple[str, ...]], tuple[tuple[str, ...], ...]]:
    """Find what is wrong with the entries; also their edges and the cycles among these."""
    edges = links.edges()
    rings = cycles(edges)
    findings = [*links.doubles(), *links.unknown(), *links.repeated(), *links.circular(rings)]
    if not rings.found:
        findings += links.implied(edges)
    return findings, edges, rings.found


def not_found(source: Source, pointer: str, what: str) -> Finding:
    hint = "add it to achievements, or to external_achievements if the PLAN has it"
    return source.error("J11", pointer, f"{what} not found", hint)


def same_digits(ids: Iterable[str], pointers: Mapping[str, str], source: Source) -> Iterator[Finding]:
    """Warn of ids that would share a file if their dots were dropped."""
    for shared, several in by_digits(dict.fromkeys(ids)).items():
        if len(several) > 1:
            names = sorted(several, key=id_key)
            words, files = " and ".join(names), " and ".join(map(file_number, names))
            yield source.warning(
                "W20",
                pointers[several[1]],
                f"ids {words} share the digits {shared}; files use {files}",
                "leave the hyphens in the names of their files",
            )


def drawn(cycle: Sequence[str]) -> str:
    """Draw a cycle: each depends on the one after it, and the last on the first."""
    return " → ".join((*_some(cycle), cycle[0]))


def some(ids: Sequence[str]) -> str:
    """Write a set of ids, cut where it is a very large one."""
    return f"{{{', '.join(_some(ids))}}}"


def _some(ids: Sequence[str]) -> tuple[str, ...]:
    if len(ids) <= _LONGEST_CYCLE:
        return tuple(ids)
    return (*ids[: _LONGEST_CYCLE - 1], f"… ({len(ids) - _LONGEST_CYCLE + 1:,} more)")
