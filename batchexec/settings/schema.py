"""The table of settings, settings.schema.json: what keys there are, and what is wrong with a value."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from batchexec.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema import ValidationError

    from batchexec.strict_yaml import Document, Place

PREFIX = "BATCHEXEC_"

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_BOOLEANS = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)

Spec = dict[str, Any]
"""What the schema says about one key."""


@dataclass(frozen=True, slots=True)
class Option:
    """A setting that is an option of the commands, too."""

    name: str
    long: str
    type: type[str | int | bool | list[str]]
    help: str
    choices: tuple[str, ...] = ()
    inverse: str = ""

    @property
    def variable(self) -> str:
        return variable(self.name)


def schema_text() -> str:
    return Path(__file__).with_name("settings.schema.json").read_text(encoding="utf-8")


@cache
def schema() -> Spec:
    return cast("Spec", json.loads(schema_text()))


def keys() -> Mapping[str, Spec]:
    """Every setting and what the schema says about it, in the order people should read them."""
    return cast("Mapping[str, Spec]", schema()["properties"])


def options() -> tuple[Option, ...]:
    """Every setting that commands take as an option."""
    return tuple(
        Option(
            name=name,
            long=long_name(name),
            type=_python_type(spec),
            help=spec["title"],
            choices=tuple(spec.get("enum", ())),
            inverse=f"no-{long_name(name)}" if spec.get("default") is True else "",
        )
        for name, spec in keys().items()
        if spec.get("x-option")
    )


def variable(name: str) -> str:
    return PREFIX + name.upper()


def long_name(name: str) -> str:
    return name.replace("_", "-")


def _python_type(spec: Spec) -> type[str | int | bool | list[str]]:
    match spec["type"]:
        case "integer":
            return int
        case "boolean":
            return bool
        case "string":
            return str
    return list


def converted(said: object, spec: Spec) -> object:
    """Make text, a path or a list of options what a key wants, or leave it for the complaint."""
    match said:
        case os.PathLike():
            return os.fspath(said)
        case str():
            return _from_text(said, spec)
        case list() | tuple():
            return [str(item) for item in said]
    return said


def typed(document: Document, spec: Spec) -> object:
    """Give the unquoted scalars of a document the types its schema wants, where they can be read so."""

    def walk(value: object, spec: Spec, place: Place) -> object:
        match value:
            case dict():
                return {key: walk(item, _below(spec, key), (*place, key)) for key, item in value.items()}
            case list():
                return [walk(item, spec.get("items", {}), (*place, at)) for at, item in enumerate(value)]
            case str() if place in document.plain:
                return _from_text(value, spec)
        return value

    return walk(document.value, spec, ())


def _below(spec: Spec, key: str) -> Spec:
    found = spec.get("properties", {}).get(key, spec.get("additionalProperties"))
    return found if isinstance(found, dict) else {}


def _from_text(text: str, spec: Spec) -> object:
    match spec.get("type"):
        case "integer" if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
            return int(text)
        case "boolean":
            return _BOOLEANS.get(text.lower(), text)
    return text


_TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "text"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "array": (list, "a list of names, or names separated by commas"),
    "object": (dict, "a mapping of names to values"),
}


def broken_rule(value: object, spec: Spec) -> str | None:
    """Name the first rule of its key a value breaks; for values from outside the file, without jsonschema."""
    if not any(_is(value, name) for name in _type_names(spec)):
        return "type"
    if value not in spec.get("enum", [value]):
        return "enum"
    if isinstance(value, int) and value < spec.get("minimum", value):
        return "minimum"
    if isinstance(value, str) and len(value) < spec.get("minLength", 0):
        return "minLength"
    return None


def _is(value: object, name: str) -> bool:
    return isinstance(value, _TYPES[name][0]) and (name == "boolean" or not isinstance(value, bool))


def _type_names(spec: Spec) -> list[str]:
    return [spec["type"]] if isinstance(spec["type"], str) else spec["type"]


def complaint(rule: str, value: object, spec: Spec) -> tuple[str, str]:
    """Say which rule a value breaks, and what would be right."""
    match rule:
        case "type" if value is None:
            return "this has no value", "leave the line out for the default"
        case "type":
            return f"{_said(value)} is not {_TYPES[_type_names(spec)[0]][1]}", ""
        case "enum":
            return f"{_said(value)} is not one of the choices", nearest(str(value), spec["enum"])
        case "minimum":
            return f"{value} is too small", f"the least is {spec['minimum']}"
        case "pattern":
            return f"{_said(value)} is no name", "a letter, then letters, digits, - and _"
    return "this is empty", ""


def _said(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str() | int():
            return repr(value)
        case list():
            return "a list"
    return "a mapping"


def nearest(name: str, candidates: Iterable[str]) -> str:
    names = list(candidates)
    found = get_close_matches(name, names, n=1)
    return f"did you mean '{found[0]}'?" if found else there_are(names)


def there_are(names: Iterable[str]) -> str:
    return f"there are: {', '.join(names)}"


def violations(value: object, document: Document) -> list[tuple[Place, Problem]]:
    """Find what the schema has against a document, and at which places."""
    if not isinstance(value, dict):
        return [((), Problem(document.location(()), f"{_said(value)} is not {_TYPES['object'][1]}"))]
    # Lazy for speed: a file that is known to be valid needs no validator.
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # takes 100 ms

    return [
        (tuple(error.absolute_path), problem)
        for error in Draft202012Validator(schema()).iter_errors(value)
        for problem in _explained(error, document)
    ]


def _explained(error: ValidationError, document: Document) -> Iterator[Problem]:
    """Turn one finding of the validator into sentences of ours."""
    place = tuple(error.absolute_path)
    instance, spec = cast("Any", error.instance), cast("Any", error.schema)
    match error.validator:
        case "additionalProperties":
            known = spec["properties"]
            yield from (_unknown_key((*place, key), known, document) for key in instance if key not in known)
        case "required":
            missing = " and ".join(key for key in spec["required"] if key not in instance)
            yield _problem(document, place, f"'{missing}' is missing")
        case "not":  # this is how the schema says that a key does not go with a kind
            yield _problem(document, place, f"an executor of this kind has no '{place[-1]}'")
        case "pattern":
            yield _problem(document, (*place, instance), *complaint("pattern", instance, spec))
        case str(rule) if rule == "type" or broken_rule(instance, spec) != "type":
            yield _problem(document, place, *complaint(rule, instance, spec))


def _problem(document: Document, place: Place, message: str, hint: str = "") -> Problem:
    return Problem(document.location(place), f"{'.'.join(map(str, place))}: {message}", hint)


def _unknown_key(place: Place, known: Iterable[str], document: Document) -> Problem:
    return _problem(document, place, "there is no such setting", nearest(str(place[-1]), known))
