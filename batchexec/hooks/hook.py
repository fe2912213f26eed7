"""What an evidence hook says, once it is understood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchexec.model import Location

DIRECTORY = "Directory"
"""As a symbol it says that the path is a directory; nothing of that name is looked for."""


class HookType(StrEnum):
    CODE = "code"
    TEST = "test"
    DOCS = "docs"
    UI = "ui"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """
    A claim about one file, and where it is made; a key that is not given is None.

    `alternatives` belong to a command that named no file: the first of them
    that exists stands in for `path`, which is the last of them. `manual`
    marks a claim that only a person can check; its path may be empty.
    `notice` tells how an old way of writing was read.
    """

    type: HookType
    path: str
    location: Location
    symbol: str | None = None
    contains: str | None = None
    regex: str | None = None
    heading: str | None = None
    selector: str | None = None
    command: str | None = None
    alternatives: tuple[str, ...] = ()
    manual: bool = False
    notice: str = ""

    @property
    def wants_directory(self) -> bool:
        """Whether the path has to be a directory; without that it still may be one."""
        return self.path.endswith("/") or self.symbol == DIRECTORY

    @property
    def definition(self) -> str | None:
        """The name that has to be defined."""
        return None if self.symbol == DIRECTORY else self.symbol

    @property
    def has_matcher(self) -> bool:
        asked = (self.definition, self.contains, self.regex, self.heading, self.selector)
        return any(matcher is not None for matcher in asked)
