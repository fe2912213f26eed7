"""The gates of a PRP in all their forms."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from batchexec.model import Kind
from batchexec.sources.prp import parse_prp, with_syntax
from batchexec.sources.prp.gates import level_of

if TYPE_CHECKING:
    from batchexec.model import Gate


def gates(text: str) -> tuple[Gate, ...]:
    return parse_prp(dedent(text).lstrip("\n"), "PRP-12.2.1-mail.md", roots=("/repo",)).gates


def gate(body: str) -> Gate:
    (found,) = gates(f"## Validation Gates\n### Gate 1: G\n{dedent(body).lstrip()}")
    return found


EXAMPLE = """
    ---
    prp_id: PRP-12.2.1
    feature_name: Retry failed mail deliveries
    dependencies: [PRP-12.1.1]
    stage: 2
    estimated_hours: 1.5
    status: pending
    files_modified: [shop/mail.py, shop/retry.py]
    ---
    # Retry failed mail deliveries

    ## 3. Implementation Steps
    ### Phase 1: Retry helper (45 min)
    1. Create `shop/retry.py` with `retry(times, wait)`
    2. Use it in `shop/mail.py`

    ---
    ## 4. Validation Gates
    ### Gate 1: Unit tests
    **Command**:
    ```bash
    python3 -m pytest tests/test_mail.py -q
    ```
    ### Gate 2: Helper is used once
    **Command**: `grep -c "retry(" shop/mail.py`
    **Expected**: 1 (one call)
    **On Failure**: remove the second call
    ### Gate 3: Reviewer read the back-off table
    - [ ] Waits are 1 s, 2 s, 4 s
    """


def test_a_whole_prp_is_read() -> None:
    prp = parse_prp(dedent(EXAMPLE).lstrip(), "PRP-12.2.1-retry.md")
    first, second, third = prp.gates

    assert [(step.number, step.title) for step in prp.steps] == [
        (1, "Create `shop/retry.py` with `retry(times, wait)`"),
        (2, "Use it in `shop/mail.py`"),
    ]
    assert [(file.path, file.step) for file in prp.files] == [("shop/mail.py", None), ("shop/retry.py", 1)]
    assert (first.scripts, first.manual) == (("python3 -m pytest tests/test_mail.py -q\n",), "")
    assert (second.scripts, second.expectation.kind, second.expectation.number, second.on_failure) == (
        ('grep -c "retry(" shop/mail.py',),
        Kind.NUMBER,
        1,
        "remove the second call",
    )
    assert (third.title, third.scripts, third.manual, third.criteria) == (
        "Reviewer read the back-off table",
        (),
        "no command",
        ("Waits are 1 s, 2 s, 4 s",),
    )
    assert prp.missing == ()


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("## Gate 1: A", "A"),
        ("### 4. Gate 12 - A", "A"),
        ("#### ✅ Gate 3", ""),
        ("##### **Gate 3**", ""),
        ("### Gates 1: A", None),
        ("# Gate 1: A", None),
        ("###### Gate 1: A", None),
        ("### Gate one: A", None),
        ("### Gate 1: Preserved ✓", "Preserved ✓"),
    ],
)
def test_a_heading_with_a_number_is_a_gate_wherever_it_stands(heading: str, title: str | None) -> None:
    assert [found.title for found in gates(f"# T\n## Any section\n{heading}\nWords.\n")] == (
        [] if title is None else [title]
    )


def test_a_gate_after_a_rule_is_found_and_numbers_follow_the_document() -> None:
    found = gates("## Validation Gates\n### Gate 3: A\n---\n### Gate 3: B\n\n---\n## More\n### Gate 1: C\n")

    assert [(one.number, one.title, one.location.line) for one in found] == [
        (1, "A", 2),
        (2, "B", 4),
        (3, "C", 8),
    ]


@pytest.mark.parametrize(
    ("body", "scripts"),
    [
        ("```bash\na b\n```", ["a b\n"]),
        ("```sh\na\n```\nThen:\n```zsh\nb\n```", ["a\n", "b\n"]),
        ("```shell\n$ a\n$ b\n```", ["a\nb\n"]),
        ("```console\n$ a \\\n  b\nprinted\n$ c\n```", ["a \\\n  b\nc\n"]),
        ("**Command**:\n```\na\n```", ["a\n"]),
        ("**Test Commands**:\n\n```\na\n```\n\n```\nprinted\n```", ["a\n"]),
        ("**Verify state file:**\n```bash\na\n```", ["a\n"]),
        ("**Run** (from tools/):\n```bash\na\n```", ["a\n"]),
        ("**Command**: `a b`", ["a b"]),
        ("**Command**: `a b` (in tools)\n```bash\nc\n```", ["a b", "c\n"]),
        ("- **Command**: ``echo `date` ``", ["echo `date`"]),
        ("**Run**: `npm test`", ["npm test"]),
        ("**Verification**: `npm test`", ["npm test"]),
        ("1. Do:\n   ```bash\n   a\n     b\n   ```", ["a\n  b\n"]),
        ("- [ ] Run `pytest -q`\n- [ ] Looks good", ["pytest -q"]),
        ("- [x] `pytest`\n- [ ] **Style:** `ruff check .`.\n", ["pytest", "ruff check ."]),
    ],
)
def test_commands_are_run(body: str, scripts: list[str]) -> None:
    found = gate(body)

    assert (list(found.scripts), found.manual) == (scripts, "")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "no command"),
        ("- [ ] All `good` things", "no command"),
        ("- [ ] Call `setup`", "no command"),
        ("- [ ] See: `a.py`", "no command"),
        ("- [ ] It would run `pytest -q` there", "no command"),
        ("```\na\n```", "no command"),
        ("```python\na\n```", "no command"),
        ("```bash\n# nothing\n```", "no command"),
        ("**Expected**:\n```bash\na\n```", "no command"),
        ("**Output**:\n```bash\na\n```", "no command"),
        ("**Workflow Package**:\n```bash\na\n```", "no command"),
        ("**On Failure**:\n- do\n\nthis:\n```bash\ngit clean\n```", "no command"),
        ("**Test File**: `tests/test_x.py`", "prose"),
        ("**Command**: Create a test first", "prose"),
        ("Someone looks at it.", "prose"),
        ("**Command**:\n```bash\n/peer-review\n```", "slash command /peer-review"),
        ("**Command**: `cat /Users/me/x`", "path outside the repository: /Users/me/x"),
        ("```bash\ntrue\n```\n```bash\nsudo x\n```", "sudo"),
        ("**Setup**:\n```bash\nsudo x\n```\n```bash\ntrue\n```", "sudo"),
    ],
)
def test_other_gates_are_manual_and_say_why(body: str, reason: str) -> None:
    assert gate(body).manual == reason


def test_absolute_paths_below_the_repository_are_no_reason() -> None:
    assert gate("**Command**: `cat /repo/x`").manual == ""


def test_setup_runs_before_and_cleanup_after() -> None:
    found = gate(
        "**Setup**:\n```bash\na\n```\n**Command**:\n```bash\nb\n```\n**Cleanup steps**:\n```\nc\n```\n"
    )

    assert (found.setup, found.scripts, found.cleanup) == (("a\n",), ("b\n",), ("c\n",))


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("", Kind.NOTHING, ""),
        ("**Expected**: 5 (five)", Kind.NUMBER, "5 (five)"),
        ("**Expected**:\n5\n", Kind.NUMBER, "5"),
        ("**Expected Output**: All good", Kind.PROSE, "All good"),
        ("**Expected Output**:\n```\na\n...\nb\n```", Kind.LINES, "a\n...\nb"),
        ("**Expected**:\n```\na\n```\n```bash\nnot run before\n```", Kind.LINES, "a"),
        ("**Expected**:\n- exit code 0 or 1\n- more", Kind.PROSE, "exit code 0 or 1\nmore"),
        ("**Exit Code**: 1 (invalid)", Kind.EXIT, "exit code 1 (invalid)"),
        ("**Expected Output**:\n```\na\n```\n**Exit Code**: 1", Kind.EXIT, "exit code 1"),
        ("```bash\nls\n# Expected: 3\n```", Kind.NUMBER, "3"),
        ("```bash\nls # Expected: 3\n```", Kind.NUMBER, "3"),
        ("```bash\nls # Expected: 3\nls # Expected: 4\n```", Kind.NOTHING, ""),
        ("```bash\n# Expected: 3\nls\n```", Kind.NOTHING, ""),
        ("**Success Criteria**:\n- 5", Kind.NOTHING, ""),
    ],
)
def test_what_is_expected_may_stand_in_many_places(body: str, kind: Kind, text: str) -> None:
    found = gate(f"**Command**: `a b`\n{body}\n").expectation

    assert (found.kind, found.text) == (kind, text)


def test_of_two_commands_with_an_expectation_each_nothing_is_checked() -> None:
    found = gate("**Command**: `a b`\n**Expected**: 1\n**Command**: `c d`\n**Expected**: 2\n")

    assert (found.expectation.kind, found.expectation.text) == (Kind.PROSE, "1\n2")


@pytest.mark.parametrize(
    ("body", "on_failure", "criteria"),
    [
        ("**On Failure**: do this\n\nand that\n", "do this\nand that", ()),
        ("**On Failure**:\n- one\n- **two**: three\n", "one\n**two**: three", ()),
        ("**Success Criteria**:\n- one\n- **fast**: 1 s\n- ✅ two\n", "", ("one", "**fast**: 1 s", "✅ two")),
        ("**Success Criteria**: all\n\nWords.\n", "", ("all",)),
        ("**Criteria**:\n- one\n\n**Failure Modes**:\n- two\n", "", ("one",)),
    ],
)
def test_advice_and_criteria_are_kept(body: str, on_failure: str, criteria: tuple[str, ...]) -> None:
    found = gate(f"**Command**: `a b`\n{body}")

    assert (found.on_failure, found.criteria) == (on_failure, criteria)


def test_an_unlabelled_block_after_a_finished_list_is_run() -> None:
    assert gate("**Success Criteria**:\n- one\n\nThen run this:\n\n```bash\na\n```\n").scripts == ("a\n",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "## Validation Gates\n- [ ] `pytest -q`\n- [ ] **Docs** read\n  - [ ] nest\n     - [ ] deep",
            [("`pytest -q`", ("pytest -q",)), ("Docs read", ()), ("nest", ())],
        ),
        (
            "## 4. ✅ Validation Gates\n### Style\n- [x] Run `ruff check .`\n",
            [("Run `ruff check .`", ("ruff check .",))],
        ),
        (
            "## Implementation\n### Phase 1: A\n**Validation Gates**:\n- [ ] `a b`\n- c\n\n1. d\n",
            [("`a b`", ("a b",)), ("c", ()), ("d", ())],
        ),
        ("**Validation Gates**:\n- a\nWords.\n- b\n", [("a", ())]),
        (
            "## Validation\n- [ ] no\n### Functional Checks\n- [ ] a: `b c`\n### Other\n- [ ] no\n",
            [("a: `b c`", ("b c",))],
        ),
        (
            "## Validation Gates\n- L1: `ruff check .`\n- **L2 (unit)**: `pytest -q`\n- other\n",
            [("L1: `ruff check .`", ("ruff check .",)), ("L2 (unit): `pytest -q`", ("pytest -q",))],
        ),
        (
            "## Validation Loop\n### Level 1: Style\n```bash\na\n```\n### Level 2: Tests\n- [ ] `b c`\n",
            [("Level 1: Style", ("a\n",)), ("Level 2: Tests", ("b c",))],
        ),
        ("## Validation Gates\n```bash\na\n```\n", [("Validation Gates", ("a\n",))]),
        ("## Validation Gates\n### Style\n```bash\na\n```\n### Other\nWords.\n", [("Style", ("a\n",))]),
        ("## Levels\n### Level 1: Beginners\n```bash\na\n```\n", []),
        ("## Acceptance Criteria\n- [ ] a\n", []),
    ],
)
def test_lists_labels_and_levels_are_gates(text: str, found: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(one.title, one.scripts) for one in gates(text)] == found


def test_a_validation_command_is_a_gate_of_its_phase() -> None:
    prp = parse_prp(
        dedent(
            """
            ## Implementation
            ### Phase 1: A
            1. a
            **Checkpoint**: `git commit -am x`
            ### Phase 2: B
            1. b
            **Validation Command**: `pytest -q`
            **Expected**: OK
            2. c
            ```bash
            rm x
            ```
            **Validation Command**: read it
            **Validation Command**:

            ```bash
            ruff check .
            ```
            ## Notes
            **Validation Command**: `no gate`
            """
        ),
        "PRP-12.2.1-mail.md",
    )

    assert [(gate.scripts, gate.expectation.kind) for gate in prp.gates] == [
        (("pytest -q",), Kind.WORD),
        (("ruff check .\n",), Kind.NOTHING),
    ]
    assert [phase.gates for phase in prp.phases] == [(), (1, 2)]


@pytest.mark.parametrize(
    ("others", "titles"),
    [
        ("", ["Test Command"]),
        ("### Gate 1: Look\n- [ ] at it\n", ["Look", "Test Command"]),
        ("### Gate 1: Run\n**Command**: `true`\n", ["Run"]),
    ],
)
def test_the_test_command_is_used_if_no_other_gate_can_be_run(others: str, titles: list[str]) -> None:
    text = f"## Gates\n{others}## 5. Testing Strategy\n### Test Command\n```bash\npytest -q\n```\n"

    found = gates(text)

    assert [one.title for one in found] == titles
    assert [one.number for one in found] == list(range(1, len(titles) + 1))


@pytest.mark.parametrize("section", ["Testing", "Test Command"])
def test_a_test_command_elsewhere_is_no_gate(section: str) -> None:
    assert gates(f"## {section}\n### Test Command\n```bash\npytest -q\n```\n") == ()


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Syntax is valid", 1),
        ("Code style", 1),
        ("Unit tests", 2),
        ("Integration test", 3),
        ("Acceptance", 4),
        ("L3: Unit tests", 3),
        ("Level 4: Anything", 4),
        ("Tests pass", 2),
        ("Lifestyle of communities", 2),
    ],
)
def test_a_gate_has_the_level_its_title_says(title: str, level: int) -> None:
    assert level_of(title) == level


def test_a_level_around_gates_is_theirs_and_no_gate() -> None:
    found = gates(
        "## Validation Gates\n### Level 3: All\n#### Gate 1: Unit\n#### Gate 2: L1: Style\n### Level 1\n`x`\n"
    )

    assert [(one.title, one.level) for one in found] == [("Unit", 3), ("L1: Style", 1), ("Level 1", 1)]


def test_what_bash_refuses_is_manual_and_bash_is_asked_only_then() -> None:
    asked: list[str] = []

    def fault(script: str) -> str:
        asked.append(script)
        return "line 1: unexpected `)`" if ")" in script else ""

    good, bad, manual = gate("```bash\na\n```"), gate("```bash\na )\n```"), gate("")

    assert asked == []
    assert with_syntax(good, fault) == good
    assert with_syntax(bad, fault).manual == "not bash: line 1: unexpected `)`"
    assert with_syntax(manual, fault) == manual
    assert asked == ["a\n", "a )\n"]
