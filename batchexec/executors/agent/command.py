"""Makes a command line of a preset: which words it has, and how the prompt gets in."""

from __future__ import annotations

import re
import shlex
from contextlib import contextmanager
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from batchexec import process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from batchexec.executors.agent.presets import Preset

PLACEHOLDERS = ("prompt", "prompt_file", "model", "directory", "budget")
ARGUMENT_LIMIT = 128 * 1024
"""No Linux takes an argument of that many bytes."""

_PLACE = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
_BRACED = re.compile(r"\{([a-z_]{1,20})\}")
_HELP_S = 20.0


def template(preset: Preset, program: str, args: Sequence[str], *, model: str, budget: bool) -> list[str]:
    """Put the words together, placeholders and all."""
    return [
        program,
        *preset.argv,
        *(preset.model if model else ()),
        *(preset.budget if budget else ()),
        *args,
        *preset.last,
    ]


def filled(words: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Put the values in; what a value holds is no placeholder."""
    return [_PLACE.sub(lambda found: values[found[1]], word) for word in words]


def holds(words: Sequence[str], placeholder: str) -> bool:
    return any("{" + placeholder + "}" in word for word in words)


def shown(words: Sequence[str], values: Mapping[str, str]) -> str:
    """Write a command as one would type it, with the prompt left where it goes."""
    return shlex.join(filled(words, {**values, "prompt": "{prompt}"}))


def fits(prompt: str) -> bool:
    """Say whether a text can be an argument at all."""
    return "\0" not in prompt and len(prompt.encode(errors="replace")) < ARGUMENT_LIMIT


def slip(words: Sequence[str]) -> tuple[str, str] | None:
    """Find a word in braces that is nearly a placeholder, and which one."""
    for found in _BRACED.finditer(" ".join(words)):
        near = get_close_matches(found[1], PLACEHOLDERS, n=1, cutoff=0.75)
        if near and near[0] != found[1]:
            return found[0], "{" + near[0] + "}"
    return None


@contextmanager
def prompt_file(prompt: bytes, *, wanted: bool) -> Iterator[str]:
    """Keep the prompt in a file of its own, outside every tree, as long as a program needs it."""
    if not wanted:
        yield ""
        return
    with TemporaryDirectory(prefix="batchexec-") as directory:
        path = Path(directory, "prompt.md")
        with path.open("xb") as file:
            file.write(prompt)
        yield str(path)


def located(program: str, base: Path) -> str:
    """Make a path absolute, as the program starts in another directory; a name is looked up on PATH."""
    return str(base.absolute() / program) if "/" in program else program


@lru_cache(maxsize=8)
def knows(program: str, option: str) -> bool:
    """Ask an installed program, once, whether it has an option."""
    return option in process.run([program, "--help"], Path("/"), timeout_s=_HELP_S).output
