"""Prompts made of a verification: what they say, and that reading them gives the same tasks back."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from batchexec.errors import SourceError
from batchexec.generate import Prompts, generate
from batchexec.hooks import Hook, HookType
from batchexec.markdown import Excerpt
from batchexec.model import DEFAULT_PRIORITY, Candidate, Location, Resolution, Task
from batchexec.sources import load
from batchexec.sources.checklist import Checklist, Entry, parse_checklist
from batchexec.sources.dialects import LABELS
from batchexec.sources.prompts_dir import parse_file_name
from batchexec.sources.smartspec import PromptFile, parse_prompts
from batchexec.sources.summary import parse_summary
from batchexec.verification import FINDINGS, CheckedHook, CheckedTask, Verification

if TYPE_CHECKING:
    from bench import Batch

    from batchexec.sources.reading import Reading

GOLDEN = Path(__file__).parent / "data" / "prompts.txt"
TASKS_MD = "specs/cart/tasks.md"
REPORT = ".spec/reports/20261121_140000/summary.json"


def hook(
    line: int, kind: str, path: str, reason: str = "", *, ok: bool | None = False, **said: Any
) -> CheckedHook:
    where = Location(TASKS_MD, line)
    return CheckedHook(
        raw=f"{kind} path={path}",
        location=where,
        hook=Hook(type=HookType(kind), path=path, location=where, **said),
        ok=ok,
        reason=reason if ok is not None else "",
    )


def missing(line: int, kind: str, path: str, **said: Any) -> CheckedHook:
    return hook(line, kind, path, "file not found", **said)


def holds(line: int, kind: str, path: str) -> CheckedHook:
    return hook(line, kind, path, ok=True)


def task(
    task_id: str, finding: str, *hooks: CheckedHook, title: str = "Title", ticked: bool = False, **more: Any
) -> CheckedTask:
    default = DEFAULT_PRIORITY.get(finding)
    return CheckedTask(
        id=task_id,
        title=title,
        location=Location(TASKS_MD, hooks[0].location.line - 1 if hooks else 1),
        ticked=ticked,
        finding=finding,
        priority=1 if ticked and default else default,
        hooks=hooks,
        **more,
    )


def made(*tasks: CheckedTask, **options: Any) -> Prompts:
    facts = {"generated_at": "2026-11-21 14:00:00", "source_report": REPORT, "report": {"tasks": []}}
    return generate(Verification(tasks_path=TASKS_MD, tasks=tasks), **{**facts, **options})


def parsed(prompts: Prompts, checklist: Checklist | None = None) -> Reading:
    files = [
        PromptFile.of(parse_file_name(name), Excerpt.of(name, text.encode()))
        for name, text in prompts.files.items()
        if name.endswith(".md")
    ]
    return parse_prompts(files, checklist or Checklist())


def one(*hooks: CheckedHook, finding: str = "not_implemented", **more: Any) -> tuple[str, Task]:
    """Make the prompt of one task; give its text and what is read of it."""
    prompts = made(task("TASK-1", finding, *hooks, **more))
    reading = parsed(prompts)
    assert reading.problems == ()
    (found,) = reading.tasks
    return prompts.files[f"{finding}.md"], found


def paths(found: Task) -> list[str]:
    return [output.path for output in found.outputs]


SAMPLE = (
    task(
        "TSK-CART-010",
        "not_implemented",
        missing(41, "code", "src/cart/discounts.py", symbol="apply"),
        missing(42, "test", "tests/cart/test_discounts.py"),
        hook(43, "code", "src/cart/totals.py", "symbol not found", symbol="Rebate"),
        holds(44, "docs", "docs/discounts.md"),
        title="Apply discounts",
    ),
    task(
        "TSK-CART-002",
        "not_implemented",
        missing(21, "code", "src/cart/rates/"),
        title="Keep rates",
        ticked=True,
    ),
    task(
        "TSK-CART-001",
        "missing_tests",
        holds(11, "code", "src/cart/totals.py"),
        missing(12, "test", "tests/cart/test_totals.py", contains="test_total"),
        title="Compute cart totals",
        ticked=True,
    ),
    task(
        "TSK-CART-003",
        "missing_code",
        missing(31, "code", "src/cart/export file.py", symbol="Export", regex=r"^class\s+E"),
        holds(32, "test", "tests/cart/test_export.py"),
        title="Export the cart",
    ),
    task(
        "AUTH-17",
        "symbol_issue",
        hook(51, "code", "src/auth.py", "symbol is a stub", symbol="Login.check", contains="token"),
        hook(52, "code", "src/keys.py", "contains not found", contains="a  `b`"),
        title="Log in, see [the notes](notes.md)",
    ),
    task(
        "tasks#1a2b3c4d",
        "content_issue",
        hook(61, "docs", "docs/usage.md", "heading not found", heading="Usage"),
        title="Write {{#each}} down",
    ),
    task(
        "T004",
        "naming_issue",
        missing(71, "code", "src/cart/total.py", symbol="Total"),
        title="Find the total",
        similar=(Candidate("src/cart/totals.py", 95), Candidate("src/cart/tot.py", 80)),
    ),
    task("T005", "verified", title="Open the shop", ticked=True),
    task("T006", "no_evidence", title="Odd | *one*"),
)


def test_prompts_of_all_categories_read_well() -> None:
    prompts = made(*SAMPLE)
    text = "".join(f"==> {name} <==\n{content}" for name, content in prompts.files.items())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_every_label_is_a_paragraph_of_its_own_or_it_would_run_into_the_next() -> None:
    for name, text in made(*SAMPLE).files.items():
        if name.endswith(".md"):
            assert re.findall(r"^\S*\*\*.*\n.+", text, re.MULTILINE) == []
            assert re.findall(r"^.+\n\*\*.*", text, re.MULTILINE) == []


def test_reading_the_files_of_a_run_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    for name, text in made(*SAMPLE).files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    reading = load(tmp_path)
    assert reading.problems == ()
    said = [(one.id, one.title, one.category, one.priority, paths(one), one.inputs) for one in reading.tasks]
    assert sorted(said) == [
        (
            "AUTH-17",
            "Log in, see [the notes](notes.md)",
            "symbol_issue",
            3,
            ["src/auth.py", "src/keys.py"],
            (),
        ),
        ("T004", "Find the total", "naming_issue", 4, [], ()),
        (
            "TSK-CART-001",
            "Compute cart totals",
            "missing_tests",
            1,
            ["tests/cart/test_totals.py"],
            ("src/cart/totals.py",),
        ),
        ("TSK-CART-002", "Keep rates", "not_implemented", 1, [], ()),
        (
            "TSK-CART-003",
            "Export the cart",
            "missing_code",
            2,
            ["src/cart/export file.py"],
            ("tests/cart/test_export.py",),
        ),
        (
            "TSK-CART-010",
            "Apply discounts",
            "not_implemented",
            2,
            ["src/cart/discounts.py", "tests/cart/test_discounts.py", "src/cart/totals.py"],
            ("docs/discounts.md",),
        ),
        ("tasks#1a2b3c4d", "Write {{#each}} down", "content_issue", 3, ["docs/usage.md"], ()),
    ]


class TestWhichTasks:
    @pytest.mark.parametrize("finding", ["verified", "no_evidence", "needs_manual", "invalid_evidence", ""])
    def test_a_task_that_is_not_for_a_prompt_makes_no_file(self, finding: str) -> None:
        assert made(task("TASK-1", finding)) == Prompts({}, ())

    def test_nothing_at_all_makes_no_file(self) -> None:
        assert made() == Prompts({}, ())

    def test_tasks_come_by_category_and_then_by_id_with_numbers_as_numbers(self) -> None:
        ids = ("TASK-10", "tasks#b0000000", "task-2", "TASK-2.10", "AUTH-3", "TASK-2.9", "tasks#a0000000")
        tasks = [task(task_id, "missing_code") for task_id in ids]
        prompts = made(task("TASK-1", "naming_issue"), *tasks, task("TASK-99", "not_implemented"))
        assert [one.id for one in prompts.tasks] == [
            *("TASK-99", "AUTH-3", "task-2", "TASK-2.9", "TASK-2.10", "TASK-10"),
            *("tasks#b0000000", "tasks#a0000000", "TASK-1"),
        ]

    @pytest.mark.parametrize(
        ("options", "ids"),
        [
            ({"only": ["symbol_issue"]}, ["AUTH-17"]),
            ({"only": ["symbol_issue", "naming_issue"]}, ["AUTH-17", "T004"]),
            ({"priorities": [1]}, ["TSK-CART-002", "TSK-CART-001"]),
            ({"priorities": [3, 4]}, ["AUTH-17", "tasks#1a2b3c4d", "T004"]),
            ({"only": ["missing_tests"], "priorities": [1]}, ["TSK-CART-001"]),
            ({"only": ["missing_tests"], "priorities": [2]}, []),
        ],
    )
    def test_filters_leave_the_other_tasks_out(self, options: dict[str, Any], ids: list[str]) -> None:
        prompts = made(*SAMPLE, **options)
        assert [one.id for one in prompts.tasks] == ids
        assert [found.id for found in parsed(prompts).tasks] == ids

    def test_a_filter_makes_the_summary_count_only_what_is_there(self) -> None:
        prompts = made(*SAMPLE, only=["symbol_issue"])
        summary = json.loads(prompts.files["meta/summary.json"])
        assert summary["by_category"]["symbol_issue"] == 1
        assert summary["by_category"]["naming_issue"] == 0
        assert summary["by_category"]["filtered_out"] == 6
        assert complaints(prompts, parsed(prompts)) == []

    def test_the_summary_has_the_keys_that_readers_know(self) -> None:
        assert json.loads(made(*SAMPLE).files["meta/summary.json"]) == {
            "generated_at": "2026-11-21 14:00:00",
            "source_report": REPORT,
            "tasks_file": TASKS_MD,
            "total_tasks": 9,
            "verified": 1,
            "not_verified": 8,
            "by_category": {
                "not_implemented": 2,
                "missing_tests": 1,
                "missing_code": 1,
                "symbol_issue": 1,
                "content_issue": 1,
                "naming_issue": 1,
                "verified": 1,
                "no_evidence": 1,
                "needs_manual": 0,
                "invalid_evidence": 0,
            },
            "generated_files": {
                "not_implemented.md": 2,
                "missing_tests.md": 1,
                "missing_code.md": 1,
                "symbol_issue.md": 1,
                "content_issue.md": 1,
                "naming_issue.md": 1,
            },
        }

    def test_the_report_is_kept_beside_the_prompts(self) -> None:
        report = {"tasks": [{"task_id": "TASK-1", "title": "ไทย \ud800"}], "totals": None}
        files = made(*SAMPLE, report=report).files
        assert json.loads(files["meta/report_source.json"]) == report

    def test_the_readme_names_every_file_and_task_and_ticks_what_is_ticked(self) -> None:
        prompts = made(*SAMPLE, priorities=[1, 2])
        readme = prompts.files["README.md"]
        rows = re.findall(r"^\| \[(\S+)\]\(\1\) \| (\d+) \| (\d+) \|$", readme, re.MULTILINE)
        assert rows == [
            ("not_implemented.md", "2", "1"),
            ("missing_tests.md", "1", "1"),
            ("missing_code.md", "1", "0"),
        ]
        ticked = parse_checklist(Excerpt.of("README.md", readme.encode())).entries
        assert {one.id: one.ticked for one in ticked.values()} == {
            one.id: one.ticked for one in SAMPLE if "#" not in one.id
        }
        assert re.findall(r"^### .* \(\d+\)$", readme, re.MULTILINE) == [
            "### No evidence (1)",
            "### Filtered out (3)",
            "### Verified (1)",
        ]


class TestFiles:
    def test_a_path_with_several_claims_is_one_file_with_all_they_ask_for(self) -> None:
        text, found = one(missing(2, "code", "a.py", symbol="A"), missing(3, "code", "a.py", symbol="B"))
        assert paths(found) == ["a.py"]
        assert "#### File: a.py\n\n**Required Symbol:** `A`\n\n**Required Symbol:** `B`\n" in text

    @pytest.mark.parametrize(
        ("said", "label"),
        [
            ({"symbol": "A.b"}, "Symbol:** `A.b`"),
            ({"contains": "a  b "}, "Content:** `a  b `"),
            ({"contains": " a "}, "Content:** `  a  `"),
            ({"contains": "`a"}, "Content:** `` `a ``"),
            ({"regex": r"^a\s``"}, "Regex:** ``` ^a\\s`` ```"),
            ({"heading": "A: b"}, "Heading:** `A: b`"),
            ({"selector": "#main"}, "Selector:** `#main`"),
            ({"command": "pytest -q"}, "Test:** `pytest -q`"),
            ({}, "Test:** at least one"),
        ],
    )
    def test_a_file_says_exactly_what_it_has_to_hold(self, said: dict[str, Any], label: str) -> None:
        text, _ = one(missing(2, "test", "a.py", **said))
        assert f"\n**Required {label}\n" in text

    @pytest.mark.parametrize(
        ("reason", "said", "labels", "heading"),
        [
            ("symbol not found", {"symbol": "A"}, ["Missing Symbol"], "Symbol"),
            (
                "symbol is a stub",
                {"symbol": "A", "regex": "x"},
                ["Missing Symbol", "Required Regex"],
                "Symbol",
            ),
            (
                "contains not found",
                {"symbol": "A", "contains": "x"},
                ["Required Symbol", "Missing Content"],
                "Content",
            ),
            ("file does not parse", {"symbol": "A"}, ["Missing Symbol"], "Symbol"),
            ("file is empty", {"contains": "x"}, ["Missing Content"], "Content"),
            ("file is empty", {}, [], "Content"),
        ],
    )
    def test_an_issue_tells_what_is_missing_from_what_is_required_besides(
        self, reason: str, said: dict[str, Any], labels: list[str], heading: str
    ) -> None:
        text, found = one(hook(2, "code", "a.py", reason, **said), finding="symbol_issue")
        assert paths(found) == ["a.py"]
        assert re.findall(r"\*\*((?:Missing|Required) \w+):\*\*", text) == labels
        assert re.findall(r"^### (\w+) to Add\n\n### Verification$", text, re.MULTILINE) == [heading]

    @pytest.mark.parametrize(
        ("finding", "outputs", "inputs"),
        [
            ("not_implemented", ["a.py", "d.md", "test_a.py"], ()),
            ("missing_tests", ["test_a.py"], ("a.py", "d.md")),
            ("missing_code", ["a.py", "d.md"], ("test_a.py",)),
            ("symbol_issue", ["a.py"], ()),
            ("content_issue", ["d.md"], ()),
        ],
    )
    def test_where_nobody_looked_the_category_says_what_is_missing(
        self, finding: str, outputs: list[str], inputs: tuple[str, ...]
    ) -> None:
        hooks = (
            hook(2, "code", "a.py", ok=None, symbol="A"),
            hook(3, "docs", "d.md", ok=None, heading="H"),
            hook(4, "test", "test_a.py", ok=None),
        )
        text, found = one(*hooks, finding=finding)
        assert (paths(found), found.inputs) == (outputs, inputs)
        assert f"on `{outputs[0]}` is reported as not met (`{TASKS_MD}:" in text

    def test_a_task_without_claims_says_that_the_report_says_nothing(self) -> None:
        text, found = one()
        assert paths(found) == []
        assert "Not done yet (`specs/cart/tasks.md:1`). The report does not say what is missing.\n" in text

    @pytest.mark.parametrize(
        ("checked", "sentence"),
        [
            (missing(2, "code", "a.py"), "The file `a.py` was not found (`specs/cart/tasks.md:2`)."),
            (
                hook(2, "code", "a", "directory not found"),
                "The directory `a` was not found (`specs/cart/tasks.md:2`).",
            ),
            (
                hook(2, "code", "a.py", "file is odd"),
                "In `a.py` something is wrong: file is odd (`specs/cart/tasks.md:2`).",
            ),
            (
                CheckedHook(
                    raw="kode x",
                    location=Location("tasks.md", 2),
                    ok=False,
                    reason="invalid hook",
                    detail="no",
                ),
                "The claim `kode x` is invalid and has to be corrected by hand (`tasks.md:2`): no.",
            ),
            (
                hook(2, "ui", "a.html", "needs a person"),
                "Only a person can check the claim `ui path=a.html` (`specs/cart/tasks.md:2`).",
            ),
        ],
    )
    def test_the_problem_is_told_in_a_sentence(self, checked: CheckedHook, sentence: str) -> None:
        text, _ = one(checked)
        assert f"\nNot done yet (`specs/cart/tasks.md:1`). {sentence}\n" in text

    def test_no_prompt_holds_code(self) -> None:
        for name, text in made(*SAMPLE).files.items():
            if name.endswith(".md"):
                assert set(re.findall(r"^```(.*)\n(.*)", text, re.MULTILINE)) <= {
                    ("bash", f"batchexec verify {TASKS_MD}"),
                    ("", ""),
                }

    def test_a_name_with_blanks_is_quoted_for_the_shell(self) -> None:
        verification = Verification(tasks_path="my specs/tasks.md", tasks=SAMPLE)
        prompts = generate(verification, generated_at="", source_report="", report={})
        assert "\nbatchexec verify 'my specs/tasks.md'\n" in prompts.files["missing_code.md"]

    @pytest.mark.parametrize(
        ("path", "heading"),
        [
            ("src/", "#### Directory: `src/`"),
            ("{{file}}", "#### Unusable path: `{{file}}`"),
            ("a" * 250 + "/" + "/".join(["b" * 200] * 4), "#### Unusable path: `aaa"),
        ],
    )
    def test_what_no_task_can_write_is_only_told(self, path: str, heading: str) -> None:
        text, found = one(missing(2, "code", path))
        assert paths(found) == []
        assert heading in text

    def test_a_path_with_others_below_it_is_a_directory(self) -> None:
        first = task("TASK-1", "not_implemented", missing(2, "code", "src/Cart"))
        second = task("TASK-2", "not_implemented", missing(4, "code", "src/cart/a.py"))
        reading = parsed(made(first, second))
        assert reading.problems == ()
        assert [paths(found) for found in reading.tasks] == [[], ["src/cart/a.py"]]


class TestCriteria:
    def test_the_criteria_are_a_list_below_the_problem(self) -> None:
        text, found = one(
            missing(2, "code", "a.py"), criteria=("rounds half up", "takes  30 s: no more", " ")
        )
        assert "\n\n### Acceptance Criteria\n\n- rounds half up\n- takes 30 s: no more\n\n" in text
        assert paths(found) == ["a.py"]

    @pytest.mark.parametrize("finding", sorted(DEFAULT_PRIORITY.keys() - {"uncategorised"}))
    def test_without_criteria_there_is_no_heading_for_them(self, finding: str) -> None:
        assert "Acceptance" not in one(missing(2, "code", "a.py"), finding=finding)[0]
        assert "\n- works\n" in one(missing(2, "code", "a.py"), finding=finding, criteria=("works",))[0]

    @pytest.mark.parametrize(
        ("criterion", "line"),
        [
            ("Depends on: TASK-9", r"Depends on\: TASK-9"),
            ("**Priority：** 1", r"\*\*Priority&#65306;\*\* 1"),
            ("File: `a.py`: x", r"File\: \`a.py\`: x"),
            ("## TASK-7: x", r"\#\# TASK-7: x"),
            ("``` python", r"\`\`\` python"),
            ("~~~", r"\~\~\~"),
            ("<!-- x", r"\<!-- x"),
            ("- [ ] x", r"\- \[ \] x"),
            ("3. x", r"3\. x"),
            ("--", r"\--"),
            ("3.5 s", "3.5 s"),
            ("-1 is refused", "-1 is refused"),
        ],
    )
    def test_what_looks_like_markup_is_written_as_the_text_it_is(self, criterion: str, line: str) -> None:
        text, found = one(missing(2, "code", "a.py"), criteria=(criterion,))
        assert f"\n- {line}\n" in text
        assert (paths(found), found.deps, found.priority) == (["a.py"], (), 2)


class TestNaming:
    @pytest.mark.parametrize(
        ("expected", "similar", "resolution"),
        [
            (["a.py"], [("b.py", 90)], Resolution.UPDATE_EVIDENCE),
            (["a.py"], [("b.py", 90), ("c.py", 89)], Resolution.UPDATE_EVIDENCE),
            (["a.py"], [("b.py", 100), ("c.py", 100)], None),
            (["a.py"], [("b.py", 80)], Resolution.UPDATE_EVIDENCE),
            (["a.py"], [("b.py", 80), ("c.py", 65)], Resolution.UPDATE_EVIDENCE),
            (["a.py"], [("b.py", 80), ("c.py", 66)], None),
            (["a.py"], [("b.py", 79)], None),
            (["a.py"], [], None),
            (["a.py", "test_a.py"], [("b.py", 90), ("test_b.py", 90)], Resolution.UPDATE_EVIDENCE),
            (["a.py", "test_a.py"], [("b.py", 90)], None),
            (["a.py", "b.py"], [("c.py", 100)], Resolution.MANUAL),
        ],
    )
    def test_a_resolution_is_written_where_one_file_is_clearly_meant(
        self, expected: list[str], similar: list[tuple[str, int]], resolution: Resolution | None
    ) -> None:
        hooks = [missing(number, "code", path) for number, path in enumerate(expected, 2)]
        candidates = tuple(Candidate(*pair) for pair in similar)
        _, found = one(*hooks, finding="naming_issue", similar=candidates)
        assert [naming.expected for naming in found.naming] == expected
        assert {naming.resolution for naming in found.naming} == {resolution}
        assert {one for naming in found.naming for one in naming.candidates} == set(candidates)

    @pytest.mark.parametrize(
        ("tasks_path", "naming", "written"),
        [
            ("specs/tasks.md", Resolution.UPDATE_EVIDENCE, Resolution.UPDATE_EVIDENCE),
            ("specs/tasks.md", Resolution.RENAME, Resolution.RENAME),
            ("specs/tasks.md", Resolution.MANUAL, Resolution.MANUAL),
            ("/specs/tasks.md", Resolution.UPDATE_EVIDENCE, Resolution.MANUAL),
            ("../tasks.md", Resolution.UPDATE_EVIDENCE, Resolution.MANUAL),
            ("../tasks.md", Resolution.RENAME, Resolution.RENAME),
        ],
    )
    def test_the_resolution_is_the_one_asked_for_unless_it_cannot_be_done(
        self, tasks_path: str, naming: Resolution, written: Resolution
    ) -> None:
        one = task("TASK-1", "naming_issue", missing(2, "code", "a.py"), similar=(Candidate("b.py", 90),))
        verification = Verification(tasks_path=tasks_path, tasks=(one,))
        prompts = generate(verification, generated_at="", source_report="", report={}, naming=naming)
        assert f"\n\nResolution: {written}\n\n" in prompts.files["naming_issue.md"]

    @pytest.mark.parametrize(
        ("fitting", "resolution"),
        [
            (None, Resolution.RENAME),
            (frozenset({"b.py", "test_b.py"}), Resolution.RENAME),
            (frozenset({"b.py"}), None),
            (frozenset({"c.py", "test_b.py"}), None),
            (frozenset(), None),
        ],
    )
    def test_a_file_that_does_not_hold_what_is_claimed_is_not_meant(
        self, fitting: frozenset[str] | None, resolution: Resolution | None
    ) -> None:
        similar = (Candidate("b.py", 95), Candidate("c.py", 91), Candidate("test_b.py", 90))
        hooks = (missing(2, "code", "a.py"), missing(3, "test", "test_a.py"))
        checked = task("TASK-1", "naming_issue", *hooks, similar=similar, fitting=fitting)
        (found,) = parsed(made(checked, naming=Resolution.RENAME)).tasks
        assert [naming.resolution for naming in found.naming] == [resolution, resolution]

    def test_a_file_that_exists_but_lacks_something_is_no_expected_path(self) -> None:
        hooks = (missing(2, "code", "a.py"), hook(3, "code", "b.py", "symbol not found", symbol="B"))
        _, found = one(*hooks, finding="naming_issue", similar=(Candidate("c.py", 95),))
        assert [naming.expected for naming in found.naming] == ["a.py"]
        assert found.inputs == ("b.py",)

    @pytest.mark.parametrize("path", ["a`b.py", "a (90%).py", "../a.py", "a*.py", "{{a}}", " a.py"])
    def test_a_similar_file_that_cannot_be_listed_is_left_out(self, path: str) -> None:
        _, found = one(
            missing(2, "code", "a.py"),
            finding="naming_issue",
            similar=(Candidate(path, 99), Candidate("b.py", 80)),
        )
        assert found.naming[0].candidates == (Candidate("b.py", 80),)


class TestWord:
    """`doit prompts`, and `doit` on what it wrote."""

    LIST = (
        "- [ ] TASK-1 The  guide\n  - [ ] Priority: 1\n  - evidence: docs path=docs/guide.md heading=Guide\n"
    )

    def test_the_setting_is_in_the_prompts_and_the_run_does_what_they_say(self, batch: Batch) -> None:
        batch.write("batchexec.yaml", "naming: rename\n")
        batch.write("tasks.md", self.LIST)
        batch.write("documentation/guide.md", "# Guide\n")

        assert batch.doit("prompts").code == 0
        prompt = batch.read(".spec/prompts/latest/naming_issue.md")
        done = batch.doit()

        assert "## Task 1: TASK-1 - The  guide\n" in prompt
        assert "- Priority\\: 1\n" in prompt
        assert "\nResolution: rename\n" in prompt
        assert done.code == 0, done.out
        assert batch.read("docs/guide.md") == "# Guide\n"
        assert batch.read("tasks.md") == self.LIST

    def test_a_list_outside_the_root_is_left_to_a_person(self, batch: Batch) -> None:
        batch.write("batchexec.yaml", "repo_root: code\ntasks: tasks.md\n")
        batch.write("tasks.md", self.LIST)
        batch.write("code/documentation/guide.md", "# Guide\n")

        assert batch.doit("prompts").code == 0
        assert "\nResolution: manual\n" in batch.read("code/.spec/prompts/latest/naming_issue.md")
        assert "docs/guide.md is missing: to be settled by hand" in batch.doit().out

    def test_a_file_without_what_is_claimed_gets_no_resolution(self, batch: Batch) -> None:
        batch.write("batchexec.yaml", "")
        batch.write("tasks.md", self.LIST)
        batch.write("documentation/guide.md", "# Another\n")

        assert batch.doit("prompts").code == 0
        prompt = batch.read(".spec/prompts/latest/naming_issue.md")
        assert "- `documentation/guide.md` (100% similar)\n" in prompt
        assert "Resolution" not in prompt


ONCE = "write `## Task {{ task.number }}: {{ task.heading }}` once above what each task says"
ANOTHER = "give it another id"
CLOSE = "close it with a fence of its own kind"


class TestTemplates:
    def test_a_project_replaces_one_template_and_keeps_the_others(self, tmp_path: Path) -> None:
        own = "{% for task in tasks %}## {{ task.id }}: {{ task.files[0].path }}{% endfor %}\n"
        (tmp_path / "prompts_category.md.j2").write_text(own)
        prompts = made(*SAMPLE, only=["missing_code"], overrides=tmp_path)
        assert prompts.files["missing_code.md"] == "## TSK-CART-003: src/cart/export file.py"
        assert prompts.files["README.md"] == made(*SAMPLE, only=["missing_code"]).files["README.md"]

    def test_a_template_can_be_for_one_category(self, tmp_path: Path) -> None:
        own = 'Hello\n{% include "prompts_category.md.j2" %}'
        (tmp_path / "prompts_missing_code.md.j2").write_text(own)
        ours, theirs = made(*SAMPLE).files, made(*SAMPLE, overrides=tmp_path).files
        assert theirs == {**ours, "missing_code.md": "Hello\n" + ours["missing_code.md"]}

    @pytest.mark.parametrize(
        ("own", "complaint"),
        [
            (
                "",
                f"in missing_code.md nothing is read as the prompt of AUTH-17, TSK-CART-003; {ONCE}",
            ),
            (
                "# {{ tasks[0].id }}\n",
                f"in missing_code.md nothing is read as the prompt of TSK-CART-003; {ONCE}",
            ),
            (
                "{% for task in tasks %}## {{ task.id }}\n{% endfor %}## Task: TASK-9: More\n",
                f"in missing_code.md these are read as tasks and are none: TASK-9; {ONCE}",
            ),
            (
                "{% for task in tasks %}## {{ task.id }}\n{% endfor %}## {{ tasks[0].id }}\n",
                f"it makes missing_code.md:3: AUTH-17 is already the id of missing_code.md:1; {ANOTHER}",
            ),
            (
                "{% for task in tasks %}## {{ task.id }}\n{% endfor %}```\n",
                f"it makes missing_code.md:3: the block that starts here is never closed; {CLOSE}",
            ),
        ],
    )
    @pytest.mark.parametrize("name", ["prompts_category.md.j2", "prompts_missing_code.md.j2"])
    def test_a_template_that_makes_other_tasks_is_refused(
        self, tmp_path: Path, name: str, own: str, complaint: str
    ) -> None:
        (tmp_path / name).write_text(own)
        tasks = (task("AUTH-17", "missing_code"), task("TSK-CART-003", "missing_code"))
        with pytest.raises(SourceError) as caught:
            made(*tasks, overrides=tmp_path)
        assert str(caught.value) == f"{tmp_path}/{name}:1: error: {complaint}"

    def test_of_many_lost_tasks_only_some_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "prompts_category.md.j2").write_text("nothing\n")
        with pytest.raises(
            SourceError, match="prompt of TASK-1, TASK-2, TASK-3, TASK-4, TASK-5 and 3 more; "
        ):
            made(*(task(f"TASK-{number}", "missing_code") for number in range(1, 9)), overrides=tmp_path)

    @pytest.mark.parametrize(
        "name", ["prompts_category.md.j2", "prompts_readme.md.j2", "prompts_missing_code.md.j2"]
    )
    def test_a_mistake_in_a_template_is_an_error_with_its_line(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("one\n\n{{ nothing }}\n")
        with pytest.raises(SourceError) as caught:
            made(*SAMPLE, overrides=tmp_path)
        message = "error: this template cannot be rendered: 'nothing' is undefined"
        assert str(caught.value) == f"{tmp_path}/{name}:3: {message}"


# Whatever a task is called and claims, it is read back as it was.

NASTY = (
    *(
        "{{#each}}",
        "{{x}}",
        "{% raw %}",
        "`",
        "``` ",
        "**",
        "*a*",
        "__init__",
        "#",
        " ## ",
        "|",
        "<!-- ",
        "-->",
    ),
    *(
        "~~~",
        "\u200f",
        "\u200e",
        "\u00a0",
        "- ",
        "1. ",
        "Task 2: x",
        "File: a.py",
        "**Path:** b.py",
        "TASK-9 ",
        "T7",
    ),
    *(
        "[a](b)",
        "[",
        "](",
        ")",
        "Priority: 1",
        "Depends on: TASK-3",
        ": ",
        "：",
        " - ",
        "—",
        "\\",
        "ไทย",
        "é",
        "🎯 ",
    ),
    *(
        "evidence: code path=a",
        "[P]",
        "tasks#12345678",
        "'",
        '"',
        "{#",
        "#}",
        "\t",
        "Verification",
        "a",
        "B c",
        "7",
    ),
)
TEXTS = st.lists(st.sampled_from(NASTY) | st.text("ab#*`[]() -:1", max_size=4), min_size=1, max_size=6).map(
    "".join
)
LABELLED = tuple(
    form.format(name, value)
    for name in sorted(LABELS)
    for value in ("", "a.py", "`a.py`", "TASK-9", "1", "manual")
    for form in (
        "{0}: {1}",
        "**{0}:** {1}",
        "- [ ] __{0}__ : {1}",
        "{0}：{1}",
        "🎯 1. {0}:{1}",
        "### {0}: {1}",
    )
)
CRITERIA = TEXTS | st.sampled_from(LABELLED) | st.builds("{}{}".format, TEXTS, st.sampled_from(LABELLED))
IDS = (
    "AUTH-17",
    "US_4.2b",
    "T001",
    "T2a",
    "TASK-2",
    "TASK-10.1",
    "TSK-CART-014",
    "a-b_c-7z",
    "wf-1-TASK-3",
    "x.y-1",
)
PATHS = (
    *(
        "a.py",
        "src/a.py",
        "src/a b.py",
        "src/__init__.py",
        "app/[id]/page.tsx",
        "[a](b).md",
        "[a](b)",
        "'q'",
        '"q"',
    ),
    *(
        "`x`.py",
        "a`b",
        "none",
        "n/a",
        "tbd",
        "-",
        "#x.py",
        "a #",
        "##",
        "File: a.py",
        "1. x.py",
        "<!-- x",
        "x/~~~",
    ),
    *(
        "{{#each}}.py",
        "{% raw %}.py",
        "{{x}}",
        "ไทย/é.py",
        "a：b.py",
        "docs/",
        "docs",
        "docs/a.md",
        "|a|.md",
        "_a_",
    ),
    *(
        "tests/test_x.py",
        "x.spec.ts",
        "Task 2: x.md",
        ".github/ci.yml",
        "Makefile",
        "a/-/b",
        "🎯.md",
        "__a__",
        "a\u00a0b",
    ),
)
REASONS = ("file not found", "symbol not found", "contains not found", "file is empty", "needs a person")


@st.composite
def hooks_of(draw: st.DrawFn, where: Location) -> CheckedHook:
    ok = draw(st.sampled_from([True, False, None]))
    optional = st.none() | TEXTS
    kind = draw(st.sampled_from(HookType))
    symbol = draw(st.none() | st.sampled_from(["A", "Directory"]))
    said = Hook(
        type=kind, path=draw(st.sampled_from(PATHS)), location=where, symbol=symbol, contains=draw(optional),
        heading=draw(optional),
    )  # fmt: skip
    return CheckedHook(
        raw=draw(TEXTS),
        location=where,
        hook=draw(st.sampled_from([said, said, said, None])),
        ok=ok,
        reason=draw(st.sampled_from(REASONS)) if ok is False else "",
        detail=draw(st.just("") | TEXTS),
    )


@st.composite
def tasks_of(draw: st.DrawFn, entry: Entry) -> CheckedTask:
    finding = draw(st.sampled_from(FINDINGS))
    default = DEFAULT_PRIORITY.get(finding)
    return CheckedTask(
        id=entry.id,
        title=entry.title,
        location=entry.location,
        ticked=entry.ticked,
        finding=finding,
        priority=1 if entry.ticked and default else default,
        hooks=tuple(draw(st.lists(hooks_of(entry.location), max_size=4))),
        similar=tuple(
            Candidate(path, draw(st.integers(0, 100)))
            for path in draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=3))
        ),
        fitting=draw(st.none() | st.frozensets(st.sampled_from(PATHS), max_size=3)),
        suggestions=tuple(draw(st.lists(TEXTS, max_size=2))),
        criteria=tuple(draw(st.lists(CRITERIA, max_size=3))),
    )


@st.composite
def checklists(draw: st.DrawFn) -> Checklist:
    """A tasks.md as it is read: each of its tasks has an id, or none has."""
    titles = draw(st.lists(TEXTS, min_size=1, max_size=5))
    ids = draw(st.sampled_from([draw(st.permutations(IDS)), [""] * 10]))
    boxes = [draw(st.sampled_from("x ")) for _ in titles]
    lines = [f"- [{box}] {task_id} {title}" for box, task_id, title in zip(boxes, ids, titles, strict=False)]
    checklist = parse_checklist(Excerpt(TASKS_MD, tuple(lines)))
    assume(not any("**" in entry.title for entry in checklist.entries.values()))  # *`* makes one
    return checklist


def complaints(prompts: Prompts, reading: Reading) -> list[str]:
    found = Counter(one.category for one in reading.tasks)
    source = Excerpt.of("meta/summary.json", prompts.files["meta/summary.json"].encode())
    return [str(problem) for problem in (*reading.problems, *parse_summary(source, found))]


def writable(tasks: tuple[CheckedTask, ...]) -> set[str]:
    claimed = {one.hook.path for checked in tasks for one in checked.hooks if one.hook}
    return {
        path
        for path in claimed
        if path != "{{x}}"
        and not path.endswith("/")
        and not any(other.startswith(f"{path}/") for other in claimed)
    }


def named(checked: CheckedTask, files: set[str]) -> list[str]:
    """List the paths of the hooks that failed, without those that only a directory can have."""
    failed = [one for one in checked.hooks if one.hook and one.ok is False and one.reason != "needs a person"]
    directories = {one.hook.path for one in failed if one.hook and one.hook.symbol == "Directory"}
    paths = dict.fromkeys(one.hook.path for one in failed if one.hook)
    return [path for path in paths if path in files - directories]


@pytest.mark.parametrize("finding", ["not_implemented", "symbol_issue", "naming_issue"])
def test_every_odd_title_is_read_back_as_it_was(finding: str) -> None:
    titles = [form.format(odd) for odd in NASTY for form in ("{0}", "x {0}", "{0} x", "x{0}x", "{0}{0}")]
    lines = tuple(f"- [ ] TASK-{number} {title}" for number, title in enumerate(titles))
    checklist = parse_checklist(Excerpt(TASKS_MD, lines))
    tasks = [task(one.id, finding, title=one.title) for one in checklist.entries.values()]
    reading = parsed(made(*tasks), checklist)
    assert len(tasks) == len(titles)
    assert [(one.id, one.title) for one in reading.tasks] == [(one.id, one.title) for one in tasks]
    assert reading.problems == ()


@pytest.mark.parametrize("path", sorted(set(PATHS) - {"{{x}}", "docs/"}))
def test_every_odd_path_is_read_back_as_it_was(path: str) -> None:
    checked = missing(2, "code", path, symbol=path)
    broken = hook(2, "code", path, "symbol not found", symbol=path)
    assert paths(one(checked)[1]) == [path]
    assert paths(one(broken, finding="symbol_issue")[1]) == [path]
    assert one(holds(2, "code", path), finding="missing_tests")[1].inputs == (path,)
    assert [naming.expected for naming in one(checked, finding="naming_issue")[1].naming] == [path]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_is_generated_is_read_back_as_it_was(data: st.DataObject) -> None:
    checklist = data.draw(checklists())
    tasks = tuple(data.draw(tasks_of(entry)) for entry in checklist.entries.values())
    prompts = made(*tasks)
    reading = parsed(prompts, checklist)

    assert [(one.id, one.title, one.category, one.priority, one.ticked) for one in reading.tasks] == [
        (one.id, one.title, one.finding, one.priority, one.ticked) for one in prompts.tasks
    ]
    assert {one.id for one in prompts.tasks} == {one.id for one in tasks if one.priority}
    files = writable(tasks)
    for checked, found in zip(prompts.tasks, reading.tasks, strict=True):
        declared = [naming.expected for naming in found.naming] + list(found.inputs) + paths(found)
        assert set(named(checked, files)) <= set(declared)
        assert (found.blocks, found.deps) == ((), ())
        if checked.finding != "naming_issue" and all(one.ok is not None for one in checked.hooks):
            assert paths(found) == named(checked, files)
    if prompts.tasks:
        assert complaints(prompts, reading) == []


def test_no_criterion_is_read_as_anything() -> None:
    checked = [
        task(f"TASK-{number}", "not_implemented", criteria=(text,)) for number, text in enumerate(LABELLED)
    ]
    bare = [task(one.id, "not_implemented") for one in checked]
    reading, plain = parsed(made(*checked)), parsed(made(*bare))
    assert reading.problems == ()
    assert [
        (one.id, one.priority, one.outputs, one.inputs, one.deps, one.naming) for one in reading.tasks
    ] == [(one.id, one.priority, one.outputs, one.inputs, one.deps, one.naming) for one in plain.tasks]


@settings(max_examples=50, deadline=None)
@given(checklists(), st.sampled_from(sorted(DEFAULT_PRIORITY.keys() - {"uncategorised"})))
def test_without_tasks_md_the_prompts_alone_say_the_same(checklist: Checklist, finding: str) -> None:
    tasks = [task(one.id, finding, title=one.title, ticked=one.ticked) for one in checklist.entries.values()]
    reading = parsed(made(*tasks))

    found = {one.id: (one.title, one.priority) for one in reading.tasks}
    assert found == {
        one.id: (one.id if re.fullmatch(r"\{\{[^{}]*\}\}", one.title) else one.title, one.priority)
        for one in tasks
    }
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("a `b` **c**", "a b c"),
        ("two\nlines\r\n", "two lines"),
        ("\u202egnitseT\x00", "\ufffdgnitseT\ufffd"),
        ("x" * 900, "x" * 900),
        ("x" * 2000, "x" * 400 + "…"),
        ("](" * 300, "](" * 200 + "…"),
    ],
)
def test_a_title_that_no_tasks_md_has_takes_the_form_of_one(title: str, kept: str) -> None:
    _, found = one(title=title)
    assert found.title == kept


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text())
def test_no_text_breaks_the_files(one: str, other: str) -> None:
    checked = CheckedHook(raw=one, location=Location(other, 1), ok=False, reason=other, detail=one)
    tasks = (task("TASK-1", "not_implemented", checked, title=one), task("TASK-2", "verified", title=other))
    prompts = made(*tasks, generated_at=one, source_report=other)
    assert complaints(prompts, parsed(prompts)) == []
