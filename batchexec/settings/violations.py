"""What the schema has against a document, in sentences with the lines they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from batchexec.errors import Problem
from batchexec.settings.schema import broken_rule, complaint, keys, nearest, said, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema import ValidationError

    from batchexec.strict_yaml import Document, Place


def violations(value: object, document: Document) -> list[tuple[Place, Problem]]:
    """Find what the schema has against a document, and at which places."""
    if not isinstance(value, dict):
        return [
            (
                (),
                Problem(document.location(()), f"{said(value)} is not a mapping of names to values"),
            )
        ]
    # Lazy for speed: a file that is known to be valid needs no validator.
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # takes 100 ms

    found = (
        (tuple(error.absolute_path), problem)
        for error in Draft202012Validator(schema()).iter_errors(value)
        for problem in _explained(error, document)
    )
    # The validator has a finding for each key that is missing; we name all of them at once.
    return list(dict.fromkeys(found))


def _explained(error: ValidationError, document: Document) -> Iterator[Problem]:
    """Turn one finding of the validator into sentences of ours."""
    place = tuple(error.absolute_path)
    instance, spec = cast("Any", error.instance), cast("Any", error.schema)
    match error.validator:
        case "enum" | "pattern" if "propertyNames" in error.absolute_schema_path:
            yield from _misnamed(error, (*place, instance), document)
        case "additionalProperties":
            known = spec["properties"]
            yield from (_unknown_key((*place, key), known, document) for key in instance if key not in known)
        case "required":
            missing = [repr(key) for key in spec["required"] if key not in instance]
            are = "is" if len(missing) == 1 else "are"
            yield _problem(document, place, f"{' and '.join(missing)} {are} missing")
        case "oneOf":
            if isinstance(instance, dict):  # what else it may be is complained about as a wrong type
                yield _not_one_of([one["required"][0] for one in spec["oneOf"]], instance, place, document)
        case str(rule) if rule == "type" or broken_rule(instance, spec) != "type":
            yield _problem(document, place, *complaint(rule, instance, spec))


def _misnamed(error: ValidationError, place: Place, document: Document) -> Iterator[Problem]:
    """Explain a key that is no name, or one that its kind of executor does not have."""
    key = str(place[-1])
    if error.validator == "pattern":
        yield _problem(document, place, *complaint("pattern", key, cast("Any", error.schema)))
    elif kinds := _kinds_with(key):
        message = f"an executor of this kind has no '{key}'"
        yield _problem(document, place, message, f"it belongs to {' and '.join(kinds)}")


def _kinds_with(key: str) -> list[str]:
    """Name the kinds of executors that have a key."""
    rules = keys()["executors"]["additionalProperties"]["allOf"]
    return [
        rule["if"]["properties"]["kind"]["const"]
        for rule in rules
        if key in rule["then"]["propertyNames"]["enum"]
    ]


def _not_one_of(names: list[str], instance: Any, place: Place, document: Document) -> Problem:
    there = [name for name in names if name in instance]
    if not there:
        return _problem(document, place, f"{' or '.join(map(repr, names))} is missing")
    message = f"{' and '.join(map(repr, there))} do not go together"
    return _problem(document, (*place, there[-1]), message, "leave one of them out")


def _problem(document: Document, place: Place, message: str, hint: str = "") -> Problem:
    return Problem(document.location(place), f"{'.'.join(map(str, place))}: {message}", hint)


def _unknown_key(place: Place, known: Iterable[str], document: Document) -> Problem:
    return _problem(document, place, "there is no such setting", nearest(str(place[-1]), known))
