"""Reads the parameters an agent is set up with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from batchexec.errors import ExecutorError, Problem
from batchexec.executors.agent.command import located, slip
from batchexec.executors.agent.presets import PRESETS, Preset, of_command
from batchexec.executors.parameters import one_of
from batchexec.process import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

_Value = TypeVar("_Value")

KEYS = (
    *("preset", "command", "program", "model", "args", "environment", "pass_environment"),
    *("timeout_s", "silence_s", "start_s", "prices"),
)
_TIMEOUT_S = 1800.0
_SILENCE_S = 600.0
_START_S = 60.0


def preset_of(spec: Mapping[str, object], base: Path) -> Preset:
    """Find the preset, or make one of a command; its program is where the settings mean it to be."""
    if ("preset" in spec) == ("command" in spec):
        which = "both a preset and a command" if "preset" in spec else "neither a preset nor a command"
        raise ExecutorError(
            Problem(None, f"agent: it has {which}", f"a preset is one of {', '.join(PRESETS)}")
        )
    if "command" in spec:
        return _of_command(spec, base)
    preset = PRESETS[one_of("agent", "preset", spec["preset"], PRESETS)]
    return replace(preset, program=located(optional(spec, "program", text, preset.program), base))


def _of_command(spec: Mapping[str, object], base: Path) -> Preset:
    if "program" in spec:
        raise ExecutorError(
            Problem(None, "agent: it has both a program and a command", "the command names it")
        )
    preset = of_command(_command(spec["command"]))
    wrong = slip(preset.argv)
    if wrong:
        raise ExecutorError(
            Problem(None, f"agent: unknown word {wrong[0]!r} in the command", f"did you mean {wrong[1]}?")
        )
    return replace(preset, program=located(preset.program, base))


def said(spec: Mapping[str, object], base: Path) -> tuple[str, ...]:
    """Name what is started the same way wherever the project lies."""
    if "command" not in spec:
        return ("preset", str(spec["preset"]))
    program, *others = _command(spec["command"])
    path, home = Path(program), base.absolute()
    inside = path.is_relative_to(home)
    return ("command", f"./{path.relative_to(home)}" if inside else program, *others)


def limits_of(spec: Mapping[str, object], preset: Preset) -> Limits:
    silence_s = optional(spec, "silence_s", seconds, _SILENCE_S)
    # A program without events may well print nothing before it is done.
    start_s = min(_START_S, silence_s) if preset.ends else silence_s
    return Limits(
        start_s=optional(spec, "start_s", seconds, start_s),
        silence_s=silence_s,
        total_s=optional(spec, "timeout_s", seconds, _TIMEOUT_S),
    )


def optional(
    spec: Mapping[str, object], key: str, read: Callable[[str, object], _Value], default: _Value
) -> _Value:
    return read(key, spec[key]) if spec.get(key) is not None else default


def text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(key, value, "it is text")
    return value


def words(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise _wrong(key, value, "it is a list of words")
    return tuple(value)


def variables(key: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
        raise _wrong(key, value, "it gives every variable a text")
    return {str(name): one for name, one in value.items()}


def seconds(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value > 0 and isfinite(value)):
        raise _wrong(key, value, "it is a number of seconds above 0")
    return float(value)


def _command(value: object) -> tuple[str, ...]:
    found = words("command", value) if isinstance(value, list | tuple) else ()
    if not found or not found[0]:
        raise _wrong("command", value, "it is a list of words, the program first")
    return found


def _wrong(key: str, value: object, hint: str) -> ExecutorError:
    return ExecutorError(Problem(None, f"agent: {key} cannot be {value!r}", hint))
