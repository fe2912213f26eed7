"""The table of settings, settings.schema.json: what keys there are, and what is wrong with a value."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from batchexec.strict_yaml import Document, Place

PREFIX = "BATCHEXEC_"

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_BOOLEANS = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE
)

OptionType = type[str | int | float | bool | list[str]]

Spec = dict[str, Any]
"""What the schema says about one key."""


@dataclass(frozen=True, slots=True)
class Option:
    """A setting that is an option of the commands, too."""

    name: str
    long: str
    type: OptionType
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


def _python_type(spec: Spec) -> OptionType:
    match spec["type"]:
        case "integer":
            return int
        case "number":
            return float
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
        case "number" if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        case "boolean":
            return _BOOLEANS.get(text.lower(), text)
    return text


_TYPES: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "text"),
    "integer": (int, "a whole number"),
    "number": ((int, float), "a number"),
    "boolean": (bool, "true or false"),
    "array": (list, "a list"),
    "object": (dict, "a mapping of names to values"),
}


def broken_rule(value: object, spec: Spec) -> str | None:
    """Name the first rule of its key a value breaks; for values from outside the file, without jsonschema."""
    if not any(_is(value, name) for name in _type_names(spec)):
        return "type"
    if value not in spec.get("enum", [value]):
        return "enum"
    if isinstance(value, int | float):
        return _out_of_bounds(value, spec)
    if isinstance(value, str) and len(value) < spec.get("minLength", 0):
        return "minLength"
    return None


def _out_of_bounds(value: float, spec: Spec) -> str | None:
    if value < spec.get("minimum", value):
        return "minimum"
    return "exclusiveMinimum" if value <= spec.get("exclusiveMinimum", value - 1) else None


def _is(value: object, name: str) -> bool:
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        return name == "boolean" and isinstance(value, bool)
    return isinstance(value, _TYPES[name][0])


def _type_names(spec: Spec) -> list[str]:
    return [spec["type"]] if isinstance(spec["type"], str) else spec["type"]


def complaint(rule: str, value: object, spec: Spec) -> tuple[str, str]:
    """Say which rule a value breaks, and what would be right."""
    match rule:
        case "type" if value is None:
            return "this has no value", "leave the line out for the default"
        case "type":
            return f"{said(value)} is not {_wanted(spec)}", ""
        case "enum":
            return f"{said(value)} is not one of the choices", nearest(str(value), spec["enum"])
        case "minimum" | "exclusiveMinimum":
            least = "the least is" if rule == "minimum" else "it has to be more than"
            return f"{said(value)} is too small", f"{least} {spec[rule]}"
        case "pattern":
            name = f"{said(value)} is no name", "a letter, then letters, digits, - and _"
            return (spec["x-wrong"], spec["x-right"]) if "x-wrong" in spec else name
    return "this is empty", ""


def _wanted(spec: Spec) -> str:
    """Name the type of a key for people."""
    first, *others = _type_names(spec)
    if first == "array" and others:
        return "a list, or text" if spec.get("x-whole") else "a list of names, or names separated by commas"
    return _TYPES[first][1]


def said(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case str() | int() | float():
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
