"""Holds a document to the schema, and says in our words and codes what it breaks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from batchexec.parallel.dialects import shown
from batchexec.parallel.schema import LEVELS, SCHEMA
from batchexec.parallel.values import is_hours, is_id, is_number, is_sub_id, is_word, unpadded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jsonschema import Draft202012Validator, ValidationError

    from batchexec.parallel.dialects import Normal
    from batchexec.parallel.parallel import Finding
    from batchexec.parallel.source import Source

_Keys = tuple[str | int, ...]

_ITEMS = {
    "achievements": "achievement",
    "sub_executions": "sub execution",
    "dependencies": "dependency",
    "priority_groups": "priority group",
    "cross_priority_dependencies": "cross-priority dependency",
    "external_achievements": "external achievement",
}
_TYPES = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "number": "a number",
    "null": "null",
}
_EDGES = {"dependencies", "from_achievement", "to_achievement"}
_HOURS_HINT = "write hours like 4 or 4-6"
_OTHER_PATTERNS = {"plan_name": "write the name of the PLAN", "created_date": "write a date like 2025-11-14"}


def shape(normal: Normal, source: Source) -> list[Finding]:
    """Find everything the schema has against a document, each once."""
    value, places = normal.value, None
    if normal.items:
        # The schema takes its time; what is plainly right is not shown to it.
        places = [n for n, item in enumerate(normal.items) if not plainly_right(item.value)]
        value = {**value, "achievements": [normal.items[n].value for n in places]}
    return [_finding(error, _placed(error, places), normal, source) for error in _errors(value)]


def _errors(value: Any) -> Iterator[ValidationError]:
    if _holds(value, _ROOT_RIGHT, SCHEMA["required"]):
        return iter(())
    return _validator().iter_errors(value)


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # takes 100 ms

    return Draft202012Validator(SCHEMA)


def _placed(error: ValidationError, places: list[int] | None) -> _Keys:
    keys = tuple(error.absolute_path)
    if places is not None and keys[:1] == ("achievements",) and len(keys) > 1:
        return ("achievements", places[int(keys[1])], *keys[2:])
    return keys


def _finding(error: ValidationError, keys: _Keys, normal: Normal, source: Source) -> Finding:
    if error.validator == "required":
        missing = _missing(error)
        return source.error(
            "J03", normal.pointer(keys), f"missing required field '{missing}'", f'add "{missing}"'
        )
    code, message, hint = _complaint(error, keys)
    return source.error(code, normal.pointer(keys), message, hint)


def _missing(error: ValidationError) -> str:
    """Name the key of a complaint about a missing one; the validator has a complaint for each."""
    quoted = error.message.partition(" is a required")[0]
    required = cast("list[str]", error.validator_value)
    return next(key for key in required if repr(key) == quoted)


def _complaint(error: ValidationError, keys: _Keys) -> tuple[str, str, str]:
    value, field = cast("Any", error.instance), _field(keys)
    if wanted := _wanted_types(error, value):
        types = _types(wanted)
        return "J04", f"{field} must be {types}, not {type_of(value)}", f"write {types}"
    if error.validator == "enum":
        levels = ", ".join(LEVELS)
        message = f"parallelization_level {shown(value)} is not one of {levels}"
        return "J05", message, f"write one of {levels}"
    if error.validator == "pattern" and field not in _OTHER_PATTERNS:
        return _bad_id(value, keys)
    hint = (
        _HOURS_HINT if error.validator == "anyOf" else _OTHER_PATTERNS.get(field, "write a number from 0 up")
    )
    return "J08", f"{field} has an invalid value {_quoted(value)}", hint


def _wanted_types(error: ValidationError, value: Any) -> list[str]:
    """List the types a value should have had, if it is its type that is wrong."""
    match error.validator:
        case "type":
            types = cast("Any", error.validator_value)
            return [types] if isinstance(types, str) else types
        case "enum" if not isinstance(value, str):
            return ["string"]
        case "anyOf" if isinstance(value, dict | list | bool):
            return ["number", "string", "null"]
    return []


def _bad_id(value: str, keys: _Keys) -> tuple[str, str, str]:
    code, field = "J06", "execution_id" if keys[-1] == "execution_id" else "achievement_id"
    if _EDGES & set(keys[-2:]):
        code, field = "J07", "dependency"
    form = "X.Y.N or X.Y.Z.N" if "sub_executions" in keys else "X.Y or X.Y.Z"
    better = unpadded(value)
    hint = f"write {better}" if better else "write it like 1.2 or 3.5.1"
    return code, f"{field} {shown(value)} has an invalid format, use {form}", hint


def _field(keys: _Keys) -> str:
    if not keys:
        return "root"
    if isinstance(keys[-1], str):
        return keys[-1]
    return _ITEMS.get(str(keys[-2]), f"item of {keys[-2]}")


def _quoted(value: Any) -> str:
    return shown(value) if isinstance(value, str) else f"'{shown(value)}'"


def _types(names: list[str]) -> str:
    words = [_TYPES[name] for name in names]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case dict():
            return "an object"
    return "an array"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are(right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(right, value))


_RIGHT: Mapping[str, Callable[[Any], bool]] = {
    "title": _is_text,
    "status": is_word,
    "estimated_hours": is_hours,
    "actual_hours": is_hours,
    "started_at": is_word,
    "completed_at": is_word,
    "executor": is_word,
    "achievement_id": is_id,
    "dependencies": _are(is_id),
    "priority": is_number,
    "blocks": _are(is_id),
    "parallelizable_with": _are(is_id),
    "sub_executions": _are(lambda value: _holds(value, _SUB_RIGHT, ("execution_id", "dependencies"))),
}
_SUB_RIGHT: Mapping[str, Callable[[Any], bool]] = {
    **{key: right for key, right in _RIGHT.items() if right in {_is_text, is_word, is_hours}},
    "execution_id": is_sub_id,
    "dependencies": _are(is_sub_id),
}
_GROUP_RIGHT: Mapping[str, Callable[[Any], bool]] = {"priority": is_number, "achievements": _are(is_id)}
_CROSS_RIGHT: Mapping[str, Callable[[Any], bool]] = {"from_achievement": is_id, "to_achievement": is_id}
_ROOT_RIGHT: Mapping[str, Callable[[Any], bool]] = {
    "plan_name": lambda value: isinstance(value, str) and bool(value.strip()),
    "parallelization_level": lambda value: value in LEVELS,
    "created_date": lambda value: value is None,
    "achievements": lambda value: value == [],
    "external_achievements": _are(is_id),
    "priority_groups": _are(lambda value: _holds(value, _GROUP_RIGHT, _GROUP_RIGHT)),
    "cross_priority_dependencies": _are(lambda value: _holds(value, _CROSS_RIGHT, _CROSS_RIGHT)),
    "notes": is_word,
    "analysis_notes": is_word,
}


def plainly_right(value: Any) -> bool:
    """Say of an achievement, in far less time than the schema takes, that the schema accepts it."""
    return _holds(value, _RIGHT, ("achievement_id", "dependencies"))


def _holds(value: Any, rights: Mapping[str, Callable[[Any], bool]], required: Iterable[str]) -> bool:
    return (
        isinstance(value, dict)
        and all(key in value for key in required)
        and all(key not in rights or rights[key](inside) for key, inside in value.items())
    )
