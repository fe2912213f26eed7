"""Each task of a tasks.md gets the first finding that fits what its hooks say of the tree."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bench import Done
from hypothesis import given
from hypothesis import strategies as st

from batchexec.errors import SourceError
from batchexec.evidence import Commands, Tree, check_all, parse_all
from batchexec.model import Candidate, HookLine, Location
from batchexec.sources.verification_report import complete, read_report
from batchexec.verification import FINDINGS
from batchexec.verify import finding, finding_of, read_list, save, verify_file

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Batch

    from batchexec.verification import Verification

WHERE = Location("tasks.md", 7)
FILES = {
    "src/a.py": "A = 1\n\n\ndef stub(): ...\n",
    "src/torn.py": "def f(:\n",
    "src/empty.py": "",
    "tests/test_a.py": "def test_a():\n    assert 1\n",
    "tests/test_none.py": "A = 1\n",
    "README.md": "# Setup\n",
    "page.html": "<p id='top'></p>\n",
}

CODE = "code path=src/a.py symbol=A"
TEST = "test path=tests/test_a.py contains=test_a"
NO_CODE = "code path=src/zzz.py symbol=Z"
NO_TEST = "test path=tests/test_zzz.py"
NO_DOCS = "docs path=NOTES.md"
NO_UI = "ui path=zzz.html selector='#a'"
MOVED_CODE = "code path=lib/a.py"
MOVED_TEST = "test path=unit/test_a.py"
NO_SYMBOL = "code path=src/a.py symbol=B"
STUB = "code path=src/a.py symbol=stub"
TORN = "code path=src/torn.py symbol=f"
NO_TEXT = "code path=src/a.py contains=zzz"
NO_HEADING = "docs path=README.md heading=Usage"
NO_SELECTOR = "ui path=page.html selector='#end'"
NO_REGEX = "code path=src/a.py regex=^B"
NO_TEST_IN_IT = "test path=tests/test_none.py"
INVALID = "code path=src/a.py contains=don't"
MANUAL = "ui screen=Login"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    root = tmp_path_factory.mktemp("tree")
    write(root, FILES)
    (root / "out.py").symlink_to("/etc/passwd")
    return Tree(root)


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def lines(payloads: list[str]) -> list[HookLine]:
    return [HookLine(payload, WHERE) for payload in payloads]


@pytest.mark.parametrize(
    ("expected", "payloads"),
    [
        ("no_evidence", []),
        ("verified", [CODE]),
        ("verified", [CODE, TEST, "docs path=README.md heading=Setup", "ui path=page.html selector='#top'"]),
        ("verified", ["code path=src/a.py"]),
        ("needs_manual", [MANUAL]),
        ("needs_manual", [CODE, MANUAL]),
        ("content_issue", [NO_TEXT, MANUAL]),
        ("not_implemented", [NO_CODE, MANUAL]),
        # Paths are missing, and each has a similar file.
        ("naming_issue", [MOVED_CODE]),
        ("naming_issue", [MOVED_TEST]),
        ("naming_issue", [MOVED_CODE, MOVED_TEST]),
        ("naming_issue", [MOVED_CODE, NO_SYMBOL]),
        ("naming_issue", [MOVED_CODE, INVALID]),
        ("not_implemented", [MOVED_CODE, NO_CODE]),
        ("missing_tests", [MOVED_TEST, NO_TEST]),
        ("not_implemented", [MOVED_CODE, NO_TEST]),
        ("missing_code", [NO_CODE, TEST, MOVED_CODE]),
        # A file that another hook of the list rests on is not the one that is meant.
        ("not_implemented", [CODE, MOVED_CODE]),
        # Paths are missing.
        ("not_implemented", [NO_CODE]),
        ("not_implemented", [NO_DOCS]),
        ("not_implemented", [NO_UI]),
        ("not_implemented", [NO_CODE, NO_TEST]),
        ("not_implemented", [NO_CODE, TEST, NO_TEST]),
        ("not_implemented", [NO_CODE, CODE, NO_TEST]),
        ("not_implemented", ["code path=zzz/"]),
        ("missing_code", [NO_CODE, TEST]),
        ("missing_code", [NO_DOCS, TEST]),
        ("missing_code", [NO_CODE, NO_TEST_IN_IT]),
        ("missing_tests", [NO_TEST]),
        ("missing_tests", [CODE, NO_TEST]),
        ("missing_tests", [NO_SYMBOL, NO_TEST]),
        ("missing_tests", [INVALID, NO_TEST]),
        ("missing_code", [NO_CODE, INVALID, TEST]),
        # All is there, and something is not in it.
        ("symbol_issue", [NO_SYMBOL]),
        ("symbol_issue", [STUB]),
        ("symbol_issue", [TORN]),
        ("symbol_issue", ["code path=src/empty.py symbol=A"]),
        ("symbol_issue", ["code path=src/ symbol=Nowhere"]),
        ("symbol_issue", [NO_TEXT, NO_SYMBOL]),
        ("symbol_issue", [NO_SYMBOL, INVALID]),
        ("content_issue", [NO_TEXT]),
        ("content_issue", [NO_REGEX]),
        ("content_issue", [NO_HEADING]),
        ("content_issue", [NO_SELECTOR]),
        ("content_issue", [NO_TEST_IN_IT]),
        ("content_issue", ["docs path=src/empty.py"]),
        ("content_issue", ["code path=src/a.py symbol=A contains=zzz"]),
        ("content_issue", [NO_TEXT, INVALID]),
        ("invalid_evidence", [INVALID]),
        ("invalid_evidence", [CODE, INVALID]),
        ("invalid_evidence", [INVALID, MANUAL]),
        ("invalid_evidence", ["code path=out.py contains=root"]),
        ("invalid_evidence", ["code path=", "code path=."]),
    ],
    ids=lambda value: value if isinstance(value, str) else " + ".join(value),
)
def test_the_first_rule_that_fits_gives_the_finding(tree: Tree, expected: str, payloads: list[str]) -> None:
    assert finding(lines(payloads), tree) == expected


@given(
    st.lists(st.sampled_from([CODE, TEST, NO_CODE, NO_TEST, MOVED_CODE, NO_SYMBOL, NO_TEXT, INVALID, MANUAL]))
    .filter(bool)
    .flatmap(lambda hooks: st.tuples(st.just(hooks), st.permutations(hooks)))
)
def test_neither_the_order_of_hooks_nor_saying_one_twice_matters(
    tree: Tree, both: tuple[list[str], list[str]]
) -> None:
    hooks, shuffled = both
    found = finding(lines(hooks), tree)

    assert found in FINDINGS
    assert finding(lines(shuffled), tree) == found
    assert finding(lines([*hooks, *hooks]), tree) == found


def test_without_similar_files_a_missing_path_is_no_naming_issue(tree: Tree) -> None:
    hooks = check_all(parse_all(lines([MOVED_CODE])), tree)

    assert finding_of(hooks, {}) == "not_implemented"
    assert finding_of(hooks, {"lib/a.py": ()}) == "not_implemented"
    assert finding_of(hooks, {"lib/a.py": (Candidate("src/a.py", 100),)}) == "naming_issue"


class TestList:
    @pytest.fixture
    def root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        write(tmp_path, FILES)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    def verified(self, root: Path, *tasks: str, strict: bool = False, run: bool = False) -> Verification:
        write(root, {"tasks.md": "# Tasks\n\n" + "".join(tasks)})
        commands = Commands(root) if run else None
        return verify_file(root / "tasks.md", root, commands=commands, strict=strict)

    def test_a_task_is_told_with_its_finding_priority_and_what_would_help(self, root: Path) -> None:
        found = self.verified(
            root, task("T1", NO_SYMBOL), task("T2", MOVED_CODE, ticked=True), task("T3", CODE)
        )

        assert [(one.id, one.finding, one.priority, one.ticked) for one in found.tasks] == [
            ("T1", "symbol_issue", 3, False),
            ("T2", "not_implemented", 1, True),
            ("T3", "verified", None, False),
        ]
        assert found.tasks[0].suggestions == (
            "Define B in src/a.py; an import, a comment or a longer name does not count.",
        )
        assert found.tasks[2].suggestions == ()

    def test_what_another_task_proves_itself_by_is_no_similar_file(self, root: Path) -> None:
        alone = self.verified(root, task("T1", MOVED_CODE))
        beside = self.verified(root, task("T1", MOVED_CODE), task("T2", CODE))

        assert (alone.tasks[0].finding, alone.tasks[0].similar) == (
            "naming_issue",
            (Candidate("src/a.py", 100),),
        )
        assert (beside.tasks[0].finding, beside.tasks[0].similar) == ("not_implemented", ())

    @pytest.mark.parametrize(
        ("payloads", "fitting"),
        [
            (["code path=widget.py symbol=Widget"], {"lib/widget.py", "src/widget.py"}),
            (["code path=widget.py symbol=Widget contains=lib"], {"lib/widget.py"}),
            (["code path=widget.py symbol=Widget", "code path=widget.py contains=src"], {"src/widget.py"}),
            (["code path=widget.py symbol=Gadget"], set()),
            (
                ["test path=unit/test_a.py contains=zzz", "code path=widget.py contains=lib"],
                {"lib/widget.py"},
            ),
            (["test path=unit/test_a.py command=false"], {"tests/test_a.py"}),
        ],
    )
    def test_it_is_told_which_similar_files_hold_what_is_claimed(
        self, root: Path, payloads: list[str], fitting: set[str]
    ) -> None:
        for place in ("lib", "src"):
            write(root, {f"{place}/widget.py": f"class Widget:\n    place = '{place}'\n"})

        found = self.verified(root, task("T1", *payloads), task("T2", NO_DOCS), run=True)

        assert [one.fitting for one in found.tasks] == [fitting, None]
        _, document = save(root, found, 1_800_000_000.0)
        similar = document["tasks"][0]["similar_files"]
        assert {one["file"] for one in similar if one["fits"]} == fitting
        assert [set(one) for one in similar] == [{"file", "similarity", "fits"}] * len(similar)

    def test_a_report_of_ours_is_read_back_as_it_was(self, root: Path) -> None:
        write(root, {"lib/widget.py": "class Widget:\n    x = 1\n"})
        first = (
            "- [ ] T1 Two  blanks\n  - [ ] a  criterion\n  - evidence: code path=widget.py symbol=Widget\n"
        )
        found = self.verified(root, first, task("T2", "code path=widget.py symbol=No"), task("T3", NO_CODE))
        directory, _ = save(root, found, 1_800_000_000.0)

        checklist = read_list(root / "tasks.md", root)
        read = read_report(root / directory / "summary.json", checklist, "tasks.md").verification

        said = [(one.title, one.criteria, one.fitting) for one in read.tasks]
        assert said == [(one.title, one.criteria, one.fitting) for one in found.tasks]
        assert said == [
            ("Two  blanks", ("a  criterion",), {"lib/widget.py"}),
            ("Title of T2", (), set()),
            ("Title of T3", (), None),
        ]

    def test_what_a_report_leaves_out_is_completed_with_what_fits(self, root: Path) -> None:
        write(root, {"lib/widget.py": "class Widget:\n    x = 1\n"})
        found = self.verified(root, task("T1", "code path=widget.py symbol=Widget"))
        (bare,) = (replace(one, similar=(), fitting=None) for one in found.tasks)
        (told,) = (replace(one, fitting=None) for one in found.tasks)

        for one, fitting in ((bare, {"lib/widget.py"}), (told, None)):
            completed = complete(replace(found, tasks=(one,)), found)
            assert [task.fitting for task in completed.tasks] == [fitting]

    def test_a_similar_name_that_is_no_utf_8_cannot_be_written_down_and_is_left_out(self, root: Path) -> None:
        (root / os.fsdecode(b"src/widget\xff.py")).write_text("x = 1\n")

        found = self.verified(root, task("T1", "code path=src/widget.py"))

        assert found.tasks[0].similar == ()
        save(root, found, 1_800_000_000.0)

    def test_at_most_five_similar_files_are_named_each_once_the_best_first(self, root: Path) -> None:
        write(root, {f"lib{n}/widget.py": "x = 1\n" for n in range(7)})
        write(root, {"lib/widgets.py": "x = 1\n"})

        (one,) = self.verified(root, task("T1", "code path=widget.py", "code path=widgetz.py")).tasks

        assert len(one.similar) == len({similar.path for similar in one.similar}) == 5
        percents = [similar.similarity for similar in one.similar]
        assert percents == sorted(percents, reverse=True)

    @pytest.mark.parametrize(
        ("payloads", "lenient", "strict"),
        [
            ([CODE], "verified", "verified"),
            (["code path=src/a.py"], "verified", "no_evidence"),
            ([CODE, "code path=src/a.py"], "verified", "no_evidence"),
            (["code path=src/a.py", NO_TEXT], "content_issue", "content_issue"),
        ],
    )
    def test_a_strict_verification_takes_weak_evidence_for_none(
        self, root: Path, payloads: list[str], lenient: str, strict: str
    ) -> None:
        assert self.verified(root, task("T1", *payloads)).tasks[0].finding == lenient
        assert self.verified(root, task("T1", *payloads), strict=True).tasks[0].finding == strict

    def test_a_command_that_ran_makes_a_hook_strong(self, root: Path) -> None:
        hook = "test path=README.md command=true"

        assert self.verified(root, task("T1", hook), strict=True).tasks[0].finding == "no_evidence"
        assert self.verified(root, task("T1", hook), strict=True, run=True).tasks[0].finding == "verified"

    def test_a_command_that_fails_is_a_content_issue(self, root: Path) -> None:
        (one,) = self.verified(root, task("T1", "test path=README.md command=false"), run=True).tasks

        assert (one.finding, one.hooks[0].reason) == ("content_issue", "command failed")
        assert one.suggestions == ("Run false, and mend what it complains about.",)

    def test_each_command_runs_once_in_a_verification(self, root: Path) -> None:
        hook = "test path=README.md command='echo x >> ran'"

        self.verified(root, task("T1", hook), task("T2", hook, hook), run=True)

        assert (root / "ran").read_text() == "x\n"

    def test_invalid_hooks_are_problems_of_the_list_with_their_lines(self, root: Path) -> None:
        found = self.verified(root, task("T1", INVALID), task("T2", "file_exists path=src/a.py"))

        assert [str(problem) for problem in found.problems] == [
            'tasks.md:4: error: a quote is not closed; put the value in double quotes: contains="don\'t"',
            "tasks.md:6: notice: file_exists is read as code; write `evidence: code path=src/a.py`",
        ]

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("words\n", "tasks.md:1: error: no task found; a task looks like `- [ ] TASK-001 Title`"),
            ("- [ ] T1 One\n- [ ] T1 Two\n", "tasks.md:2: error: "),
            ("evidence: code path=a\n\n- [ ] T1 One\n", "tasks.md:1: error: "),
            ("- [ ] T1 One\n```\nx\n", "tasks.md:2: error: "),
        ],
        ids=["no-task", "duplicate", "hook-without-task", "open-fence"],
    )
    def test_a_list_that_cannot_be_used_is_refused(self, root: Path, text: str, complaint: str) -> None:
        write(root, {"tasks.md": text})

        with pytest.raises(SourceError) as refused:
            verify_file(root / "tasks.md", root)

        assert str(refused.value).startswith(complaint)

    def test_a_list_outside_the_tree_is_shown_as_seen_from_its_root(self, root: Path, tmp_path: Path) -> None:
        write(tmp_path, {"sub/a.py": "A = 1\n", "specs/tasks.md": task("T1", "code path=a.py symbol=A")})

        inside = verify_file(tmp_path / "specs/tasks.md", tmp_path)
        outside = verify_file(tmp_path / "specs/tasks.md", tmp_path / "sub")

        assert inside.tasks_path == "specs/tasks.md"
        assert outside.tasks_path == "../specs/tasks.md"
        assert outside.tasks[0].verified

    def test_a_saved_verification_is_what_was_found(self, root: Path) -> None:
        found = self.verified(root, task("T1", CODE), task("T2", NO_CODE))

        directory, document = save(root, found, 1_800_000_000.0)

        assert json.loads((root / directory / "summary.json").read_text()) == document
        assert document["run_id"] == directory.rpartition("/")[2]
        assert document["totals"]["verified"] == 1
        assert "T2" in (root / directory / "report.md").read_text()


def task(id_: str, *payloads: str, ticked: bool = False) -> str:
    hooks = "".join(f"  - evidence: {payload}\n" for payload in payloads)
    return f"- [{'x' if ticked else ' '}] {id_} Title of {id_}\n{hooks}"


class TestWord:
    """`batchexec verify FILE`."""

    @pytest.fixture
    def batch(self, batch: Batch) -> Batch:
        for name in ("dodo.py", "batchexec.yaml"):
            (batch.root / name).unlink()
        batch.write("src/a.py", "A = 1\n")
        return batch

    def test_all_that_is_claimed_is_there(self, batch: Batch) -> None:
        batch.write("tasks.md", task("T1", CODE))

        done = batch.batchexec("verify", "tasks.md")

        assert (done.code, done.err) == (0, "")
        name = newest(batch)
        assert done.out == f"Verified: 1 of 1 task (100%)\nReport: .spec/reports/{name}/report.md\n"

    def test_what_is_not_there_is_listed_the_most_urgent_first(self, batch: Batch) -> None:
        batch.write(
            "tasks.md",
            task("T1", "docs path=zzz.md")
            + task("T2", NO_SYMBOL, ticked=True)
            + task("T3", CODE)
            + task("T4")
            + task("T5", MOVED_TEST)
            + task("T6", INVALID)
            + task("T7", "code path=src/a.py"),
        )
        batch.write("tests/test_a.py", "def test_a():\n    assert 1\n")

        done = batch.batchexec("verify", "tasks.md")

        assert done.code == 1
        assert done.out == (
            'tasks.md:11: error: a quote is not closed; put the value in double quotes: contains="don\'t"\n'
            "\n"
            "critical (Priority 1), ticked all the same:\n"
            "  T2: Title of T2 [symbol_issue]\n"
            "     tasks.md:4: symbol not found: code path=src/a.py symbol=B\n"
            "\n"
            "not_implemented (Priority 2):\n"
            "  T1: Title of T1\n"
            "     tasks.md:2: file not found: docs path=zzz.md\n"
            "\n"
            "naming_issue (Priority 4):\n"
            "  T5: Title of T5\n"
            "     tasks.md:9: file not found: test path=unit/test_a.py\n"
            "     similar: tests/test_a.py (100%)\n"
            "\n"
            "no_evidence:\n"
            "  T4: Title of T4\n"
            "\n"
            "invalid_evidence:\n"
            "  T6: Title of T6\n"
            "     tasks.md:11: invalid hook: code path=src/a.py contains=don't [a quote is not closed]\n"
            "\n"
            "Verified: 2 of 7 tasks (29%), 1 of them only weakly\n"
            f"Report: .spec/reports/{newest(batch)}/report.md\n"
        )

    def test_json_is_one_document_and_the_one_that_is_saved(self, batch: Batch) -> None:
        batch.write("tasks.md", task("T1", NO_SYMBOL) + task("T2", INVALID))

        done = batch.batchexec("verify", "--json", "tasks.md")

        document = json.loads(done.out)
        assert done.code == 1
        assert document == json.loads(batch.read(".spec/reports/latest/summary.json"))
        assert set(document["by_category"]) == set(FINDINGS)
        assert document["totals"]["not_verified"] == 2

    def test_nothing_absolute_stands_in_a_report_wherever_one_was_standing(self, batch: Batch) -> None:
        batch.write("specs/tasks.md", task("T1", NO_SYMBOL) + task("T2", INVALID) + task("T3", MOVED_CODE))
        batch.write("elsewhere/x", "")
        root = str(batch.root)

        for where, file in (("specs", "tasks.md"), ("elsewhere", f"{root}/specs/tasks.md")):
            done = run_in(batch, where, "verify", file, "--repo-root", "..", "--json")
            document = json.loads(done.out)
            assert root not in done.out
            assert document["inputs"]["tasks_path"] == "specs/tasks.md"
            assert [problem["file"] for problem in document["problems"]] == ["specs/tasks.md"]
            assert root not in batch.read(".spec/reports/latest/report.md")

    def test_strict_and_run_commands_are_heard(self, batch: Batch) -> None:
        batch.write("tasks.md", task("T1", "test path=src/a.py command='touch ran'"))

        assert batch.batchexec("verify", "tasks.md").code == 0
        assert batch.batchexec("verify", "tasks.md", "--strict").code == 1
        assert not (batch.root / "ran").exists()
        assert batch.batchexec("verify", "tasks.md", "--strict", "--run-commands").code == 0
        assert (batch.root / "ran").exists()

    def test_the_batch_around_a_list_tells_the_root(self, batch: Batch) -> None:
        batch.write("project/batchexec.yaml", "repo_root: code\n")
        batch.write("project/code/src/a.py", "A = 1\n")
        batch.write("project/specs/cart/tasks.md", task("T1", CODE))
        (batch.root / "src/a.py").unlink()

        done = batch.batchexec("verify", "project/specs/cart/tasks.md")

        assert done.code == 0, done.out + done.err
        assert (batch.root / "project/code/.spec/reports/latest/summary.json").exists()

    def test_without_a_batch_around_it_paths_start_where_one_stands(self, batch: Batch) -> None:
        batch.write("specs/tasks.md", task("T1", CODE))

        assert batch.batchexec("verify", "specs/tasks.md").code == 0
        assert run_in(batch, "specs", "verify", "tasks.md").code == 1
        assert run_in(batch, "specs", "verify", "tasks.md", "--repo-root", "..").code == 0

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            (None, "tasks.md"),
            (b"words\n", "tasks.md:1: error: no task found; a task looks like `- [ ] TASK-001 Title`\n"),
            (b"- [ ] T1 \xff\xfe\n", "tasks.md:1: error: "),
            (b"- [ ] T1 One\n- [ ] T1 Two\n", "tasks.md:2: error: "),
            (b"evidence: code path=a\n\n- [ ] T1 One\n", "tasks.md:1: error: "),
        ],
        ids=["missing", "no-task", "not-utf-8", "duplicate", "hook-without-task"],
    )
    def test_bad_input_writes_nothing(self, batch: Batch, text: bytes | None, complaint: str) -> None:
        if text is not None:
            (batch.root / "tasks.md").write_bytes(text)

        done = batch.batchexec("verify", "tasks.md", "--json")

        assert (done.code, done.out) == (3, "")
        assert done.err.startswith(complaint)
        assert not (batch.root / ".spec").exists()

    def test_a_root_that_is_none_is_refused(self, batch: Batch) -> None:
        batch.write("tasks.md", task("T1", CODE))

        done = batch.batchexec("verify", "tasks.md", "--repo-root", "nowhere")

        assert (done.code, done.err) == (3, "error: --repo-root: nowhere is no directory\n")

    def test_a_place_for_reports_that_is_no_directory_is_said(self, batch: Batch) -> None:
        batch.write("tasks.md", task("T1", CODE))
        batch.write(".spec", "in the way")

        done = batch.batchexec("verify", "tasks.md")

        assert (done.code, done.out) == (3, "Verified: 1 of 1 task (100%)\n")
        assert done.err == "error: .spec/reports: .spec is not a directory\n"


def newest(batch: Batch) -> str:
    return (batch.root / ".spec/reports/latest").readlink().name


def run_in(batch: Batch, where: str, *words: str) -> Done:
    done = subprocess.run(
        batch.command("batchexec", *words),
        cwd=batch.root / where,
        env=batch.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
