"""What is said against PRPs before anybody runs them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from batchexec import lint
from batchexec.errors import SelectionError, Severity
from batchexec.lint import lint_prps, repository_root
from batchexec.sources import prp

HEADER = """---
prp_id: {id}
title: T
status: new
dependencies: [{deps}]
estimated_hours: 1
files_modified: [a.py]
{more}---
"""
BODY = """## Implementation
1. Do it.
## Validation Gates
### Gate 1: It works
**Command**: `true`
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name: str, deps: str = "", *, more: str = "", body: str = BODY, text: str = "") -> Path:
    """Write a PRP that nothing can be said against, but for what a test says."""
    path = Path("PRPs", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    id_ = path.name.partition("-x")[0]
    path.write_text(text or HEADER.format(id=id_, deps=deps, more=more) + body)
    return path


def linted(*paths: str) -> list[str]:
    """List what is said, each with its code in front."""
    findings = lint_prps([Path(path) for path in paths or ("PRPs",)], Path.cwd())
    return [f"{problem.code}: {problem}" for problem in findings.problems]


def test_nothing_is_said_against_a_whole_batch() -> None:
    put("PRP-12.1.1-x.md")
    put("done/PRP-12.2.1-x.md", "PRP-12.1.1", more="stage: 2\n")
    put("PRP-7-x.md")

    findings = lint_prps([Path("PRPs")], Path.cwd())

    assert (findings.prps, findings.problems) == (3, [])


NO_LOOP = "### Gate 2: A\n```bash\nfor x in; do\n```\n"
TWO_ALIKE = "### Gate 2: A\n- [ ] `sudo true`\n### Gate 3: B\n- [ ] Look.\n### Gate 4: C\n- [ ] `sudo true`\n"


@pytest.mark.parametrize(
    ("code", "of_file", "said"),
    [
        (
            "header-yaml",
            {"more": "batch: [\n"},
            (
                "9: warning: this is not YAML: did not find expected node content; "
                "the header is ignored until that is mended"
            ),
        ),
        (
            "open-header",
            {"text": "---\nstatus: new\n"},
            (
                "1: warning: the header that starts here is never closed, and is read as text; "
                "close it with a line `---`"
            ),
        ),
        (
            "other-id",
            {"text": "---\nprp_id: TBD\n---\n"},
            "1: warning: the header calls this TBD, and the file's name PRP-12.1.1; the name counts",
        ),
        (
            "two-ids",
            {"text": "---\nprp_id: PRP-9.1.1\n---\n"},
            (
                "1: error: the header calls this PRP-9.1.1, and the file's name PRP-12.1.1; "
                "give both the same id"
            ),
        ),
        (
            "dependency-mapping",
            {"text": "---\ndependencies: {a: b}\n---\n"},
            "2: error: the dependencies are a mapping; write a list of ids",
        ),
        (
            "unreadable",
            {"text": "a\0b"},
            "1: error: the file holds a NUL byte; save it as UTF-8 text",
        ),
        (
            "open-block",
            {"body": f"{BODY}```\n"},
            (
                "14: warning: the block that starts here is never closed and is taken to end before the next "
                "section; close it with a fence of its own kind"
            ),
        ),
        (
            "path-outside",
            {"more": "files_created: [/etc/x]\n"},
            (
                "8: warning: the path /etc/x leads out of the repository and is ignored; "
                "name a file below the repository's root"
            ),
        ),
        (
            "phases-elsewhere",
            {"body": "## Work\n### Phase 1: A\n1. Do it.\n"},
            "9: warning: the phases stand below 'Work'; call the section `Implementation Steps`",
        ),
        (
            "incomplete",
            {"text": "---\nprp_id: PRP-12.1.1\n---\n# T\n"},
            (
                "1: warning: PRP-12.1.1 says nothing of: status, dependencies, effort, file list, step, "
                "runnable gate; it runs all the same"
            ),
        ),
        (
            "not-bash",
            {"body": BODY + NO_LOOP},
            (
                "14: warning: gate 2 is left to a person: not bash: line 2: syntax error: "
                "unexpected end of file; mend its commands"
            ),
        ),
        (
            "manual-gate",
            {"body": BODY + TWO_ALIKE},
            "14: notice: gates 2, 4 have commands and are left to a person: sudo",
        ),
        (
            "manual-gate",
            {"body": f"{BODY}### Gate 2: A\n- [ ] `/sync-all now`\n"},
            "14: notice: gate 2 has commands and is left to a person: slash command /sync-all",
        ),
    ],
)
def test_what_is_odd_in_one_file_is_told_with_its_code_and_line(
    code: str, of_file: dict[str, str], said: str
) -> None:
    path = put("PRP-12.1.1-x.md", **of_file)

    assert [line for line in linted() if line.startswith(f"{code}: ")] == [f"{code}: {path}:{said}"]


def codes() -> set[str]:
    """Gather the codes of all problems a file can have; a problem without one is an empty code."""
    sources = [Path(lint.__file__), *Path(prp.__file__).parent.glob("*.py")]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))]
    return {
        code_of(node)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if (node.func.id == "Problem" and not is_nowhere(node.args[0])) or "code" in keywords(node)
    }


def is_nowhere(location: ast.expr) -> bool:
    return isinstance(location, ast.Constant) and location.value is None


def keywords(call: ast.Call) -> dict[str | None, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords}


def code_of(call: ast.Call) -> str:
    given = keywords(call).get("code") or next(iter(call.args[4:]), None)
    return str(ast.literal_eval(given)) if given else ""


def test_every_problem_of_a_file_has_a_code_and_every_code_is_documented() -> None:
    page = Path(__file__).parents[1].joinpath("docs/linting.md").read_text(encoding="utf-8")
    tables, _ = page.partition("### Errors")[2].split("## `batchexec show`")

    assert codes() == set(re.findall(r"^\| `([a-z-]+)` \|", tables, re.MULTILINE))


def test_what_is_wrong_with_a_batch_is_told_all_at_once() -> None:
    put("PRP-12.1.1-x.md", "PRP-12.1.2")
    put("PRP-12.1.2-x.md", "PRP-12.1.1")
    put("PRP-12.1.3-x.md", "PRP-12.1.3, PRP-12.9.9")
    put("PRP-12.1.10-x.md", more="stage: 4\n")
    put("old/PRP-12.1.10-x.md")
    put("PRP-7.1.1-x.md")
    put("old/PRP-7.1.1-x.md")

    assert linted() == [
        (
            "circular: PRPs/PRP-12.1.1-x.md:5: error: Circular dependency: "
            "PRP-12.1.1 -> PRP-12.1.2 -> PRP-12.1.1; take one of these dependencies out"
        ),
        "depends-on-itself: PRPs/PRP-12.1.3-x.md:5: error: PRP-12.1.3 depends on itself; take it out",
        (
            "undefined: PRPs/PRP-12.1.3-x.md:5: error: PRP-12.1.3 depends on undefined PRP-12.9.9; "
            "write it, or take it out"
        ),
        (
            "stage-hint: PRPs/PRP-12.1.10-x.md:1: warning: "
            "PRP-12.1.10 is in stage 1 by its dependencies; it declares 4"
        ),
        (
            "copy: PRPs/old/PRP-7.1.1-x.md:1: warning: "
            "PRPs/old/PRP-7.1.1-x.md is the same as PRPs/PRP-7.1.1-x.md; remove one of them"
        ),
        (
            "defined-twice: PRPs/old/PRP-12.1.10-x.md:1: error: PRP-12.1.10 is defined twice: "
            "PRPs/PRP-12.1.10-x.md and PRPs/old/PRP-12.1.10-x.md; keep one of them"
        ),
    ]


def test_what_a_file_depends_on_is_looked_for_in_all_of_its_directory_of_prps() -> None:
    put("new/PRP-12.2.1-x.md", "PRP-12.1.1")
    put("done/PRP-12.1.1-x.md", body="")

    assert linted("PRPs/new/PRP-12.2.1-x.md") == linted("PRPs/new") == []
    assert [line.partition(":")[0] for line in linted("PRPs")] == ["incomplete"]


def test_what_a_file_depends_on_may_stand_beside_it() -> None:
    put("PRP-12.1.1-x.md")
    put("PRP-12.2.1-x.md", "PRP-12.1.1")
    Path("PRPs").rename("elsewhere")

    assert linted("elsewhere/PRP-12.2.1-x.md") == []


def test_the_errors_of_a_batch_are_told_wherever_they_stand() -> None:
    put("new/PRP-12.1.2-x.md")
    put("done/PRP-12.1.1-x.md", "PRP-12.0.9", more="stage: 3\n")
    put("done/PRP-7.1.1-x.md", "PRP-7.0.9")

    assert linted("PRPs/new") == [
        (
            "undefined: PRPs/done/PRP-12.1.1-x.md:5: error: PRP-12.1.1 depends on undefined PRP-12.0.9; "
            "write it, or take it out"
        )
    ]


def test_a_copy_of_the_batch_elsewhere_is_none_of_its_business() -> None:
    put("PRP-12.1.1-x.md")
    path = Path("copy/PRP-12.1.1-x.md")
    path.parent.mkdir()
    path.write_text(HEADER.format(id="PRP-12.1.1", deps="", more="order: 3\n") + BODY)

    assert linted("copy") == linted("PRPs") == []
    assert [line.partition(":")[0] for line in linted(".")] == ["defined-twice"]


def test_a_file_that_is_no_prp_is_not_read() -> None:
    put("README.md")
    put("PRP-12.1.1-INITIAL.md")

    assert linted("PRPs") == []
    assert linted("PRPs/README.md", "PRPs/PRP-12.1.1-INITIAL.md") == [
        (
            "companion: PRPs/PRP-12.1.1-INITIAL.md:1: notice: "
            "this goes with a PRP and is none itself, and is not read"
        ),
        (
            "no-prp: PRPs/README.md:1: warning: this is not named like a PRP, and is not read; "
            "call it `PRP-<id>-<slug>.md`"
        ),
    ]


def test_every_path_that_leads_to_nothing_is_named() -> None:
    put("PRP-12.1.1-x.md")

    with pytest.raises(SelectionError) as caught:
        linted("a", "PRPs", "b/PRP-12.1.1-x.md")

    hint = "name files of PRPs, or directories that hold some"
    assert (
        str(caught.value) == f"error: there is no 'a'; {hint}\nerror: there is no 'b/PRP-12.1.1-x.md'; {hint}"
    )


def test_absolute_paths_of_the_repository_are_not_held_against_a_gate(root: Path) -> None:
    (root / ".git").mkdir()
    put("PRP-12.1.1-x.md", body=f"{BODY}### Gate 2: A\n**Command**: `ls {root}/a.py`\n")

    assert repository_root(Path("PRPs/PRP-12.1.1-x.md")) == root
    assert linted() == []


def test_no_command_of_a_gate_is_run(root: Path) -> None:
    put("PRP-12.1.1-x.md", body=f"{BODY}### Gate 2: A\n**Command**: `touch ran && echo $(touch ran)`\n")

    assert linted() == []
    assert not (root / "ran").exists()


def test_severities_are_counted() -> None:
    put("PRP-12.1.1-x.md", "PRP-12.0.9", more="stage: 3\n", body=f"{BODY}### Gate 2: A\n**Command**: `/x`\n")

    findings = lint_prps([Path("PRPs")], Path.cwd())

    assert {severity: findings.count(severity) for severity in Severity} == {
        Severity.ERROR: 1,
        Severity.WARNING: 1,
        Severity.NOTICE: 1,
    }
