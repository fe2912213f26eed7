"""Turns the dialects of parallel.json into the words of the schema, remembering where each value stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from batchexec.parallel.source import pointer_of
from batchexec.parallel.values import is_id, number_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.parallel.parallel import Finding
    from batchexec.parallel.source import Source

_ROOT_NAMES = {"plan": "plan_name", "created": "created_date"}
_ITEM_NAMES = {"id": "achievement_id", "name": "title"}
_SEVERAL = ("priority_groups", "cross_priority_dependencies", "analysis_notes")


@dataclass(frozen=True)
class Item:
    """
    An achievement in the words of the schema.

    `pointer` says where it stands in the file, `written` what those of its keys are
    called there that are called otherwise, `stated` the level it is listed under.
    """

    value: Any
    pointer: str
    written: Mapping[str, str] = field(default_factory=dict)
    stated: Any = None

    @cached_property
    def id(self) -> str:
        """The id if it is one, else ""."""
        id_ = self.value.get("achievement_id") if isinstance(self.value, dict) else None
        return id_ if isinstance(id_, str) and is_id(id_) else ""

    def at(self, *keys: str | int) -> str:
        first, *rest = keys
        return self.pointer + pointer_of((self.written.get(str(first), first), *rest))


@dataclass(frozen=True, slots=True)
class Normal:
    """A document in the words of the schema; `items` are its achievements if they are a list at all."""

    value: Any
    dialect: str = ""
    items: tuple[Item, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def pointer(self, keys: tuple[str | int, ...]) -> str:
        """Name a place of the normalised value as the file has it."""
        if keys[:1] == ("achievements",) and len(keys) > 1:
            item = self.items[int(keys[1])]
            return item.at(*keys[2:]) if len(keys) > 2 else item.pointer
        return pointer_of((self.written.get(str(keys[0]), keys[0]), *keys[1:])) if keys else ""


def normalise(value: Any, source: Source, name_if_missing: str = "") -> Normal:
    """Put a document into the words of the schema; what is wrong with it stays wrong."""
    if not isinstance(value, dict):
        return Normal(value)
    nested = "levels" in value and "achievements" not in value
    renaming = nested or ("plan" in value and "plan_name" not in value) or _has_other_ids(value)
    items, entries = _items(value, nested)
    if renaming:
        items = [_renamed(item, nested) for item in items]
    root, written = _with_names(value, _ROOT_NAMES if renaming else {})
    if nested:
        written["achievements"] = "levels"
    root["achievements"] = [item.value for item in items] if isinstance(entries, list) else entries
    if "achievements" not in value and not nested:
        del root["achievements"]
    findings = [finding for item in items for finding in _two_ids(item, source)]
    if renaming and "parallelization_level" not in value:
        root["parallelization_level"] = _inferred(items)
        findings.append(_assumed_level(root["parallelization_level"], source))
    if name_if_missing and "plan_name" not in root:
        root["plan_name"] = name_if_missing
        findings.append(_assumed_name(name_if_missing, source))
    dialect = "C" if nested else "D" if renaming else _flavour(value, items)
    return Normal(root, dialect, tuple(items), written, tuple(findings))


def _has_other_ids(value: dict[str, Any]) -> bool:
    entries = value.get("achievements")
    return isinstance(entries, list) and any(
        isinstance(entry, dict) and "id" in entry and "achievement_id" not in entry for entry in entries
    )


def _items(value: dict[str, Any], nested: bool) -> tuple[list[Item], Any]:
    """List the achievements with where they stand; and what holds them, which may be no list."""
    entries = value.get("levels" if nested else "achievements")
    if not isinstance(entries, list):
        return [], entries
    if not nested:
        return [Item(entry, f"/achievements/{n}") for n, entry in enumerate(entries)], entries
    items = [item for n, entry in enumerate(entries) for item in _of_level(entry, f"/levels/{n}")]
    return items, entries


def _of_level(entry: Any, pointer: str) -> list[Item]:
    # What is wrong here is taken for an achievement, so that the schema says what it is not.
    if not isinstance(entry, dict):
        return [Item(entry, pointer)]
    inside = entry.get("achievements", [])
    if not isinstance(inside, list):
        return [Item(inside, f"{pointer}/achievements")]
    return [
        Item(one, f"{pointer}/achievements/{n}", stated=entry.get("level")) for n, one in enumerate(inside)
    ]


def _renamed(item: Item, nested: bool) -> Item:
    if not isinstance(item.value, dict):
        return item
    value, written = _with_names(item.value, _ITEM_NAMES)
    if nested:
        value.setdefault("dependencies", [])
    return Item(value, item.pointer, written, item.stated)


def _with_names(value: dict[str, Any], names: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    written = {ours: theirs for theirs, ours in names.items() if theirs in value and ours not in value}
    theirs = set(written.values())
    return {names[key] if key in theirs else key: inside for key, inside in value.items()}, written


def _two_ids(item: Item, source: Source) -> list[Finding]:
    if not isinstance(item.value, dict) or not {"id", "achievement_id"} <= item.value.keys():
        return []
    first, second = item.value["achievement_id"], item.value["id"]
    if first == second:
        return []
    return [
        source.error(
            "J10",
            f"{item.pointer}/id",
            f"id {shown(second)} is not the achievement_id {shown(first)}",
            "leave one of the two out",
        )
    ]


def shown(value: Any) -> str:
    """Quote a value for a message; of what is long, the beginning, of what holds others, its kind."""
    match value:
        case str():
            return f"'{value}'" if len(value) <= 80 else f"'{value[:80]}…'"
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int() | float():
            return f"{value:.12g}"
        case dict():
            return "(an object)"
    return "(an array)"


def _inferred(items: list[Item]) -> str:
    return "level_3" if len({_priority(item) for item in items if item.id}) > 1 else "level_2"


def _priority(item: Item) -> str:
    return number_text(item.value.get("priority")) or item.id.partition(".")[0]


def _assumed_level(level: str, source: Source) -> Finding:
    message = f"parallelization_level is missing, {level} is assumed"
    return source.warning("W23", "", message, f'add "parallelization_level": "{level}"')


def _assumed_name(name: str, source: Source) -> Finding:
    return source.warning(
        "W23",
        "",
        f"plan_name is missing, {shown(name)} is taken from the PLAN",
        f'add "plan_name": "{name}"',
    )


def _flavour(value: dict[str, Any], items: list[Item]) -> str:
    entries = [item.value for item in items if isinstance(item.value, dict)]
    if isinstance(value.get("notes"), list) or any(_is_derived(entry) for entry in entries):
        return "E"
    if any(key in value for key in _SEVERAL) or any("sub_executions" in entry for entry in entries):
        return "B"
    return "A"


def _is_derived(entry: dict[str, Any]) -> bool:
    hours = entry.get("estimated_hours", 0)
    return hours is None or isinstance(hours, str) or "blocks" in entry
