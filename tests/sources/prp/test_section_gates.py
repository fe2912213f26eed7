"""Gates from the test sections of documents that are no PRPs."""

from __future__ import annotations

import re

from batchexec.markdown import Excerpt
from batchexec.model import Gate, Kind
from batchexec.sources.prp.section_gates import section_gates

TESTS = re.compile("tests?")


def gates(text: str) -> tuple[Gate, ...]:
    return section_gates(Excerpt("sheet.md", tuple(text.split("\n"))), TESTS)


def block(command: str, language: str = "bash") -> str:
    return f"```{language}\n{command}\n```\n"


def test_each_block_of_commands_is_a_gate_with_its_line() -> None:
    found = gates(f"# Title\n## Tests\n\n{block('one')}\ntext\n\n{block('two')}")

    assert [(one.number, one.scripts, one.location.line) for one in found] == [
        (1, ("one\n",), 3),
        (2, ("two\n",), 8),
    ]


def test_other_sections_and_languages_are_no_gates() -> None:
    assert gates(f"## Setup\n{block('one')}## Tests\n{block('x = 1', 'python')}") == ()


def test_a_section_below_another_one_counts_once() -> None:
    assert len(gates(f"## Tests\n### Tests\n{block('one')}")) == 1


def test_what_is_expected_stands_behind_its_block() -> None:
    text = f"## Tests\n**Command**:\n{block('grep -c x a')}**Expected**: 0\n\n**Command**:\n{block('true')}"

    first, second = gates(text)

    assert (first.expectation.kind, first.expectation.number) == (Kind.NUMBER, 0)
    assert second.expectation.kind is Kind.NOTHING


def test_expected_output_is_no_gate() -> None:
    first, *others = gates(f"## Tests\n{block('echo a')}**Expected Output**:\n{block('a')}")

    assert not others
    assert first.expectation.kind is Kind.LINES


def test_setup_and_cleanup_belong_to_the_block_beside_them() -> None:
    text = f"## Tests\n{block('one')}**Setup**:\n{block('make')}{block('two')}**Cleanup**:\n{block('rm a')}"

    first, second = gates(text)

    assert (first.setup, first.cleanup) == ((), ())
    assert (second.setup, second.scripts, second.cleanup) == (("make\n",), ("two\n",), ("rm a\n",))


def test_a_gate_is_called_by_its_heading_or_by_its_command() -> None:
    first, second = gates(f"## Tests\n{block('one')}### Second part\n{block('two')}")

    assert (first.title, second.title) == ("one", "Second part")


def test_what_nobody_may_run_is_manual() -> None:
    (found,) = gates(f"## Tests\n{block('sudo rm x')}")

    assert found.manual
