"""Runs every command the README shows, so that it never shows what is not so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from clone import REPOSITORY, Clone
from terminal import Command, File, Terminal, sections, shows

if TYPE_CHECKING:
    from pathlib import Path

_EXAMPLES = ("examples/quickstart/README.md", "examples/loop/README.md")
PAGES = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", *_EXAMPLES)]
PAGES += sorted((REPOSITORY / "docs").rglob("*.md"))

README = sections((REPOSITORY / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("title", README)
def test_the_readme_shows_what_happens(title: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    terminal = Terminal(Clone(tmp_path / "clone"), tmp_path / "bin")
    for step in README[title]:
        if isinstance(step, File):
            (terminal.directory / step.path).write_text(step.text, encoding="utf-8")
            continue
        code, printed = terminal.type(step.typed)
        assert code == step.status, f"README.md:{step.line}: $ {step.typed}\n{printed}"
        assert not step.shown or shows(step.shown, printed), f"README.md:{step.line} prints\n{printed}"


def test_the_readme_has_both_commands_that_set_everything_up() -> None:
    typed = [step.typed for step in README["Set up"] if isinstance(step, Command)]
    assert typed[:2] == [
        "python3 -m pip install -e . && doit",
        "python3 -m pip install -e '.[test]' && pytest",
    ]


@pytest.mark.parametrize(
    ("shown", "printed", "alike"),
    [
        ("one\ntwo\n", "one\ntwo\n", True),
        ("one\n…\nfour\n", "one\ntwo\nthree\nfour\n", True),
        ("Duration: 0.0s\n", "Duration: 12.3s\n", True),
        ("one\n", "one\ntwo\n", False),
        ("one\n…\nthree\n", "one\ntwo\n", False),
    ],
)
def test_lines_may_be_left_out_but_not_made_up(shown: str, printed: str, *, alike: bool) -> None:
    assert shows(shown, printed) is alike


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_to_a_page_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_list_of_pages_names_each_of_them() -> None:
    index = (REPOSITORY / "docs/README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (REPOSITORY / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" not in index} == set()
