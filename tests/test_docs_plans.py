"""The manual of the words about plans: it names all of them with their options, and shows what happens."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

import pytest
from clone import REPOSITORY, Clone
from terminal import Command, Terminal, sections, shows

from batchexec.parallel.schema import SCHEMA
from batchexec.plan_words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MANUAL = (REPOSITORY / "docs/plan-commands.md").read_text(encoding="utf-8")
FORMAT = (REPOSITORY / "docs/parallel-json.md").read_text(encoding="utf-8")
EXAMPLE = "examples/plan"
PARTS = sections(MANUAL)


class Ferry(Clone):
    """A fresh clone, where the terminal starts in the example."""

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.root = top / EXAMPLE


def words() -> Mapping[str, argparse.ArgumentParser]:
    known = argparse.ArgumentParser(prog="batchexec").add_subparsers()
    Words(known, lambda _: 0).add_all()
    return known.choices


def options(parser: argparse.ArgumentParser) -> set[str]:
    """Name the options of a word as its help does."""
    return set(re.findall(r"(?<![\w-])(?:--[a-z][a-z-]*|-[a-z]\b)", parser.format_help())) - {"-h", "--help"}


def keys(schema: object) -> Iterator[str]:
    """Name the properties a schema knows, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from keys(part)


def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.slow
@pytest.mark.parametrize("title", PARTS)
def test_the_manual_shows_what_happens(title: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    terminal = Terminal(Ferry(tmp_path / "clone"), tmp_path / "bin")
    for step in PARTS[title]:
        assert isinstance(step, Command)
        code, printed = terminal.type(step.typed)
        assert code == step.status, f"plan-commands.md:{step.line}: $ {step.typed}\n{printed}"
        assert not step.shown or shows(step.shown, printed), f"plan-commands.md:{step.line} prints\n{printed}"


@pytest.mark.parametrize("word", words())
def test_the_manual_names_every_word_with_its_options(word: str) -> None:
    assert f"`{word}`" in MANUAL
    assert [option for option in options(words()[word]) if option not in MANUAL] == []


def test_the_manual_names_no_option_that_is_none() -> None:
    known = {option for parser in words().values() for option in options(parser)}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", MANUAL)) - known == set()


def test_the_manual_names_no_word_that_is_none() -> None:
    named = set(re.findall(r"\bplan_[a-z]+\b", MANUAL))
    assert named - {"plan_name"} - set(words()) == set()


@pytest.mark.parametrize("key", sorted(set(keys(SCHEMA))))
def test_every_key_of_parallel_json_is_explained(key: str) -> None:
    assert f"`{key}`" in FORMAT


@pytest.mark.parametrize("about", ["What has to be there", "Selection", "Preview and question", "As targets"])
def test_the_manual_tells_about_prerequisites_and_questions(about: str) -> None:
    assert f"**{about}" in MANUAL


@pytest.mark.parametrize("page", ["docs/plan-commands.md", f"{EXAMPLE}/README.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    file = REPOSITORY / page
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", file.read_text(encoding="utf-8"))
    assert links
    for path, anchor in links:
        target = (file.parent / path) if path else file
        assert target.exists(), path
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), f"{path}#{anchor}"
