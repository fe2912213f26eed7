"""SUBPLANs and EXECUTION_TASKs in batches: prerequisites, preview, dry run, question, writing, result."""

from __future__ import annotations

import json
import os
import signal
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from plan_bench import Session, Workspace, item

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("subplans", "executions")
WORKERS = ("--plan", "@MY-PLAN")
IN_THE_WAY = "# SUBPLAN: X\n\n**Achievement**: 2.1\n"
TAKEN = "work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_22.md is there already, and is no SUBPLAN of 2.2"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, workspace: Workspace) -> str:
    """Both kinds, each with 2.1, 2.2 and 2.3 to create and no other thing in the way."""
    kind = str(request.param)
    if kind == "executions":
        workspace.with_subplans("21", "22", "23", "31", "32")
    return kind


def folder(kind: str) -> str:
    return "subplans" if kind == "subplans" else "execution"


def numbers(workspace: Workspace, kind: str) -> list[str]:
    done = ("11", "12", "11_01", "12_01")
    return [name.removesuffix("_01") for name in workspace.names(folder(kind)) if name not in done]


def previewed(text: str) -> list[str]:
    """List the files of a preview."""
    lines = [line for line in text.splitlines() if line[:1].isdigit() and " - " in line]
    return [line.partition(" - ")[2].split()[0] for line in lines]


def test_three_ready_ones_get_their_files(workspace: Workspace, kind: str) -> None:
    done = workspace.say(f"plan_{kind}", *WORKERS, "--yes")

    assert done.code == 0
    assert numbers(workspace, kind) == (["21", "22", "23"])
    document = "SUBPLAN" if kind == "subplans" else "EXECUTION_TASK"
    assert f"✅ Created 3 {document}s:\n" in done.out


def test_one_missing_subplan_creates_nothing_and_is_named_with_the_command_to_create_it(
    workspace: Workspace,
) -> None:
    workspace.with_subplans("21", "23")
    before = workspace.state()

    done = workspace.say("plan_executions", *WORKERS, "--yes")

    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "⚠️  Missing 1 SUBPLANs (create these first):\n"
        "  - Achievement 2.2\n"
        "Next: batchexec plan_subplans --plan @MY-PLAN --ids 2.2\n"
    )
    assert workspace.state() == before


def test_a_second_time_creates_nothing_changes_nothing_and_lists_what_is_there(
    workspace: Workspace, kind: str
) -> None:
    workspace.say(f"plan_{kind}", *WORKERS, "--yes")
    before = workspace.state()

    done = workspace.say(f"plan_{kind}", *WORKERS, "--yes", "--json")

    assert done.code == 0
    document = json.loads(done.out)
    assert (document["created"], document["skipped"]) == ([], ["2.1", "2.2", "2.3"])
    assert workspace.state() == before


def test_where_none_is_missing_nobody_is_asked(workspace: Workspace, kind: str) -> None:
    workspace.say(f"plan_{kind}", *WORKERS, "--yes")

    done = workspace.say(f"plan_{kind}", *WORKERS)

    assert done.code == 0
    assert done.out.startswith("✅ All ")
    assert "⏭️  Skipped 3 (already exist):" in done.out


def test_a_file_that_appears_while_somebody_is_asked_survives(workspace: Workspace, kind: str) -> None:
    path = {
        "subplans": "subplans/SUBPLAN_MY-PLAN_22.md",
        "executions": "execution/EXECUTION_TASK_MY-PLAN_22_01.md",
    }
    with Session(workspace, f"plan_{kind}", *WORKERS) as session:
        session.until("(y/N) ")
        theirs = workspace.write(path[kind], "Mine.\n")
        session.type("y\n")

        assert session.end() == 0
    assert theirs.read_text() == "Mine.\n"
    assert "⏭️  Skipped 1 (already exist):\n  - Achievement 2.2\n" in session.shown
    assert "✅ Created 2 " in session.shown


FLAGS = ("--yes", "--json", "--quiet", "--atomic")


@pytest.mark.parametrize("flags", list(product((True, False), repeat=len(FLAGS))))
def test_a_dry_run_writes_nothing_and_asks_nothing_whatever_else_is_said(
    workspace: Workspace, kind: str, flags: tuple[bool, ...]
) -> None:
    before = workspace.state()
    said = [flag for flag, is_said in zip(FLAGS, flags, strict=True) if is_said]

    done = workspace.say(f"plan_{kind}", *WORKERS, "--dry-run", "--level", "all", *said, stdin="y\n")

    assert done.code == 0
    assert "DRY-RUN MODE\n" in done.out + done.err
    assert "(y/N)" not in done.out + done.err
    assert len(previewed(done.err if "--json" in said else done.out)) == 5
    assert workspace.state() == before


def test_a_dry_run_at_a_terminal_asks_nothing(workspace: Workspace) -> None:
    with Session(workspace, "plan_subplans", *WORKERS, "--dry-run") as session:
        assert session.end() == 0

    assert session.shown.endswith("DRY-RUN MODE\n")


@pytest.mark.parametrize("level", ["ready", "next", "all", "0", "1", "2"])
def test_what_is_shown_once_and_asked_once_is_what_is_created(
    workspace: Workspace, kind: str, level: str
) -> None:
    before = set(workspace.tree())
    with Session(workspace, f"plan_{kind}", *WORKERS, "--level", level) as session:
        if level != "0":
            session.until("(y/N) ")
            session.type("y\n")
        assert session.end() == 0

    created = sorted(
        path.rpartition("/")[2] for path in set(workspace.tree()) - before if path.endswith(".md")
    )
    assert created == sorted(previewed(session.shown))
    assert session.shown.count("Creation Preview") == (0 if level == "0" else 1)
    assert session.shown.count("(y/N)") == (0 if level == "0" else 1)


@pytest.mark.parametrize(
    ("level", "ids"),
    [
        ("ready", ["21", "22", "23"]),
        ("next", ["21", "22", "23"]),
        ("all", ["21", "22", "23", "31", "32"]),
        ("0", []),
        ("1", ["21", "22", "23"]),
        ("2", ["31"]),
        ("3", ["32"]),
    ],
)
def test_a_level_selects_what_it_says(workspace: Workspace, kind: str, level: str, ids: list[str]) -> None:
    done = workspace.say(f"plan_{kind}", *WORKERS, "--level", level, "--yes")

    assert done.code == 0
    assert numbers(workspace, kind) == ids


def test_what_is_complete_is_created_by_its_id_only(workspace: Workspace) -> None:
    (workspace.directory / "subplans/SUBPLAN_MY-PLAN_11.md").unlink()

    assert "1.1" not in workspace.say("plan_subplans", *WORKERS, "--level", "all", "--dry-run").out
    assert workspace.say("plan_subplans", *WORKERS, "--ids", "1.1", "--yes").code == 0
    assert (workspace.directory / "subplans/SUBPLAN_MY-PLAN_11.md").is_file()


def test_a_level_there_is_not_is_refused(workspace: Workspace, kind: str) -> None:
    done = workspace.say(f"plan_{kind}", *WORKERS, "--level", "7", "--yes")

    assert (done.code, done.err) == (
        3,
        "error: there is no level '7'; write ready, next, all, or a number from 0 to 3\n",
    )


def test_what_is_blocked_says_by_what_in_the_preview(workspace: Workspace, kind: str) -> None:
    done = workspace.say(f"plan_{kind}", *WORKERS, "--ids", "3.2", "--dry-run")

    assert " (blocked by 3.1)\n" in done.out


@pytest.mark.parametrize("flags", list(product(("", "--yes"), ("", "--dry-run"))))
def test_prerequisites_come_before_everything_else(workspace: Workspace, flags: tuple[str, ...]) -> None:
    done = workspace.say("plan_executions", *WORKERS, *filter(None, flags))

    assert done.code == 3
    assert "Preview" not in done.out + done.err
    assert "DRY-RUN" not in done.out + done.err


def test_the_preview_comes_before_the_question_and_the_writing_after_it(workspace: Workspace) -> None:
    with Session(workspace, "plan_subplans", *WORKERS) as session:
        session.until("(y/N) ")
        assert numbers(workspace, "subplans") == []
        session.type("y\n")
        session.end()

    marks = ["Creation Preview", "(y/N)", "Creating 1/3", "✅ Created 3"]
    places = [session.shown.index(mark) for mark in marks]
    assert places == sorted(places)


@pytest.mark.parametrize("answer", ["\n", "n\n", "no\n", "yes please\n", "\x04", "\x03"])
def test_any_other_answer_at_a_terminal_creates_nothing(workspace: Workspace, answer: str) -> None:
    before = workspace.state()
    with Session(workspace, "plan_subplans", *WORKERS) as session:
        session.until("(y/N) ")
        session.type(answer)

        assert session.end() == 4
    assert "Cancelled: nothing was created.\n" in session.shown
    assert workspace.state() == before


@pytest.mark.parametrize("answer", ["Y\n", " yes \n", "y\n", "YES\n"])
def test_a_yes_at_a_terminal_creates(workspace: Workspace, answer: str) -> None:
    with Session(workspace, "plan_subplans", *WORKERS) as session:
        session.until("(y/N) ")
        session.type(answer)

        assert session.end() == 0
    assert numbers(workspace, "subplans") == ["21", "22", "23"]


@pytest.mark.parametrize("stdin", [None, "", "n\n", "y\n"])
def test_where_there_is_no_terminal_nothing_is_created_and_yes_is_named(
    workspace: Workspace, kind: str, stdin: str | None
) -> None:
    before = workspace.state()

    done = workspace.say(f"plan_{kind}", *WORKERS, stdin=stdin)

    assert done.code == 4
    assert "give --yes" in done.err
    assert workspace.state() == before


def listed(text: str, heading: str) -> list[str]:
    """List what stands below a heading of a result."""
    _, found, rest = text.partition(heading)
    lines = rest.split("\n")[1:] if found else []
    return [
        line.removeprefix("  - ")
        for line in lines[: next((n for n, line in enumerate(lines) if line[:4] != "  - "), None)]
    ]


def test_text_and_json_carry_the_same_lists(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    twin = Workspace(tmp_path / "twin")
    twin.half_done()
    twin.with_subplans("21", "22", "23", "31", "32") if kind == "executions" else None
    for one in (workspace, twin):
        assert one.say(f"plan_{kind}", *WORKERS, "--ids", "2.2", "--yes").code == 0

    text = workspace.say(f"plan_{kind}", *WORKERS, "--yes").out
    document = json.loads(twin.say(f"plan_{kind}", *WORKERS, "--yes", "--json").out)

    assert listed(text, "✅ Created") == document["created"] != []
    assert listed(text, "⏭️  Skipped") == [f"Achievement {id_}" for id_ in document["skipped"]] != []
    assert (
        listed(text, "⚠️  To be filled")
        == [f"{one['file']} ({one['count']})" for one in document["unfilled"]]
        != []
    )
    assert document["errors"] == document["missing_subplans"] == []
    assert set(document) == {
        "schema_version", "created", "skipped", "errors", "missing_subplans", "unfilled", "run_id",
        "problems", "next",
    }  # fmt: skip


def test_json_stands_alone_on_stdout_and_the_preview_aside(workspace: Workspace) -> None:
    done = workspace.say("plan_subplans", *WORKERS, "--yes", "--json")

    assert json.loads(done.out)["created"]
    assert done.err.startswith("📋 Batch SUBPLAN Creation Preview\n")


def test_a_refusal_in_json_names_what_is_missing(workspace: Workspace) -> None:
    done = workspace.say("plan_executions", *WORKERS, "--json")

    assert done.code == 3
    document = json.loads(done.out)
    assert document["missing_subplans"] == ["2.1", "2.2", "2.3"]
    assert document["next"] == "batchexec plan_subplans --plan @MY-PLAN --ids 2.1,2.2,2.3"


def test_at_a_terminal_the_question_does_not_mix_with_json(workspace: Workspace) -> None:
    with Session(workspace, "plan_subplans", *WORKERS, "--json", apart=True) as session:
        session.until("(y/N) ")
        session.type("y\n")

        assert session.end() == 0
        assert len(json.loads(session.piped())["created"]) == 3
    assert "Creation Preview" in session.shown


def test_ten_files_tell_of_their_progress_in_ten_lines(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    site.plan(*(f"1.{n}: Part {n}" for n in range(1, 11)))
    site.parallel(*(item(f"1.{n}") for n in range(1, 11)))

    done = site.say("plan_subplans", *WORKERS, "--yes")

    lines = [line for line in done.err.splitlines() if line.startswith("Creating ")]
    assert len(lines) == 10
    assert (lines[0], lines[9]) == (
        "Creating 1/10: SUBPLAN_MY-PLAN_11.md",
        "Creating 10/10: SUBPLAN_MY-PLAN_1-10.md",
    )


@pytest.mark.parametrize("flag", ["--quiet", "--json"])
def test_progress_can_be_left_out(workspace: Workspace, kind: str, flag: str) -> None:
    done = workspace.say(f"plan_{kind}", *WORKERS, "--yes", flag)

    assert done.code == 0
    assert "Creating" not in done.err


def test_one_that_cannot_be_written_keeps_no_other_and_is_created_by_the_same_command(
    workspace: Workspace,
) -> None:
    # 2.2's name is too long for a file, because its execution is a sub-execution of a broken template.
    workspace.with_subplans()
    bad = workspace.directory / "subplans/SUBPLAN_MY-PLAN_22.md"
    good = bad.read_bytes()
    bad.write_bytes(good + b"\xff\xfe")

    done = workspace.say("plan_executions", *WORKERS, "--yes")

    assert done.code == 1
    assert numbers(workspace, "executions") == ["21", "23"]
    assert "❌ Errors (1):\n  - Achievement 2.2: " in done.out
    bad.write_bytes(good)
    again = workspace.say("plan_executions", *WORKERS, "--yes")
    assert again.code == 0
    assert numbers(workspace, "executions") == ["21", "22", "23"]


def test_atomic_leaves_the_tree_as_it_was_where_one_fails(workspace: Workspace) -> None:
    workspace.with_subplans()
    bad = workspace.directory / "subplans/SUBPLAN_MY-PLAN_23.md"
    bad.write_bytes(bad.read_bytes() + b"\xff\xfe")
    workspace.write("execution/mine.md", "not committed")
    before = workspace.tree()

    done = workspace.say("plan_executions", *WORKERS, "--yes", "--atomic")

    assert done.code == 1
    assert "✅ Created" not in done.out
    assert workspace.tree() == before
    assert "Next: batchexec plan_executions --plan @MY-PLAN --level ready --atomic --yes\n" in done.out


def test_what_failed_of_one_more_is_asked_for_alone(workspace: Workspace) -> None:
    workspace.with_subplans()
    workspace.say("plan_executions", *WORKERS, "--yes")
    bad = workspace.directory / "subplans/SUBPLAN_MY-PLAN_22.md"
    bad.write_bytes(bad.read_bytes() + b"\xff\xfe")

    done = workspace.say("plan_executions", *WORKERS, "--yes", "--again")

    assert done.code == 1
    assert "Next: batchexec plan_executions --plan @MY-PLAN --ids 2.2 --again --yes\n" in done.out


def test_again_makes_the_next_number(workspace: Workspace) -> None:
    workspace.with_subplans()
    workspace.say("plan_executions", *WORKERS, "--ids", "2.1", "--yes")

    done = workspace.say("plan_executions", *WORKERS, "--ids", "2.1", "--yes", "--again")

    assert done.code == 0
    assert "21_02" in workspace.names("execution")


def test_a_lone_second_execution_counts_and_a_draft_does_not(workspace: Workspace) -> None:
    workspace.with_subplans()
    workspace.write("execution/EXECUTION_TASK_MY-PLAN_21_02.md", "# EXECUTION_TASK: Achievement 2.1\n")
    workspace.write("execution/EXECUTION_TASK_MY-PLAN_22_draft.md", "# EXECUTION_TASK: Achievement 2.2\n")

    document = json.loads(workspace.say("plan_executions", *WORKERS, "--yes", "--json").out)

    assert document["skipped"] == ["2.1"]
    assert [path.rpartition("_MY-PLAN_")[2] for path in document["created"]] == ["22_01.md", "23_01.md"]


def test_ids_with_the_same_digits_get_two_files(tmp_path: Path) -> None:
    site = Workspace(tmp_path)
    site.plan("2.12: One", "21.2: Other")
    site.parallel(item("2.12"), item("21.2"))

    assert site.say("plan_subplans", *WORKERS, "--yes").code == 0
    assert site.names("subplans") == ["2-12", "21-2"]


@pytest.mark.parametrize("text", ["[TO BE FILLED]", "[TO BE FILLED: what for]", "[FILL: what for]"])
def test_a_subplan_that_is_not_filled_blocks_unless_it_is_allowed(workspace: Workspace, text: str) -> None:
    workspace.with_subplans()
    workspace.subplan("22", text)
    before = workspace.state()

    done = workspace.say("plan_executions", *WORKERS, "--yes")

    assert done.code == 3
    assert "work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_22.md (1)" in done.err
    assert "Next: batchexec plan_fill --plan @MY-PLAN --ids 2.2\n" in done.err
    assert workspace.state() == before
    assert workspace.say("plan_executions", *WORKERS, "--yes", "--allow-unfilled").code == 0


def test_other_places_to_fill_only_warn(workspace: Workspace) -> None:
    workspace.with_subplans("21", "23")
    path = workspace.subplan("22")
    path.write_text(f"{path.read_text()}\n## Testing Strategy\n\n[TO BE FILLED: tests]\n")

    done = workspace.say("plan_executions", *WORKERS, "--yes")

    assert done.code == 0
    assert "⚠️  work-space/plans/MY-PLAN/subplans/SUBPLAN_MY-PLAN_22.md has 1 place to fill\n" in done.out


NAMES = (
    "parallel.json",
    "PARALLEL-EXECUTION-ANALYSIS.json",
    "parallel-execution.json",
    "parallel_analysis.json",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_of_any_of_its_names_is_used_everywhere(workspace: Workspace, kind: str, name: str) -> None:
    (workspace.directory / "parallel.json").rename(workspace.directory / name)

    assert workspace.say(f"plan_{kind}", *WORKERS, "--yes").code == 0
    assert name in workspace.say("plan_lint", *WORKERS).out
    assert "3.1 → depends on: 2.1, 2.2\n" in workspace.say("plan_graph", *WORKERS).out


def test_without_a_graph_only_batches_are_refused_and_say_where_they_looked(
    workspace: Workspace, kind: str
) -> None:
    (workspace.directory / "parallel.json").unlink()

    done = workspace.say(f"plan_{kind}", *WORKERS, "--yes")

    assert done.code == 3
    assert f"looked for {', '.join(NAMES)}; make one: batchexec plan_discover --plan @MY-PLAN" in done.err
    for word in ("plan_status", "plan_graph", "plan_lint", "plan_next"):
        assert workspace.say(word, *WORKERS).code == 0, word
    assert "3.1 → depends on: 2.1, 2.2\n" in workspace.say("plan_graph", *WORKERS).out


def test_a_graph_with_errors_stops_a_batch(workspace: Workspace, kind: str) -> None:
    workspace.parallel(item("2.1", "9.9"))
    before = workspace.state()

    done = workspace.say(f"plan_{kind}", *WORKERS, "--yes")

    assert done.code == 3
    assert "❌ Invalid parallel.json: " in done.err
    assert "see batchexec plan_lint --plan @MY-PLAN" in done.err
    assert workspace.state() == before


def test_a_graph_without_a_name_stops_none(workspace: Workspace, kind: str) -> None:
    path = workspace.directory / "parallel.json"
    document = json.loads(path.read_text())
    del document["plan_name"]
    path.write_text(json.dumps(document))

    assert workspace.say(f"plan_{kind}", *WORKERS, "--yes").code == 0


def test_a_bom_and_crlf_are_accepted(workspace: Workspace) -> None:
    for path in (workspace.directory / "PLAN_MY-PLAN.md", workspace.directory / "parallel.json"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert workspace.say("plan_subplans", *WORKERS, "--yes").code == 0
    assert workspace.say("plan_executions", *WORKERS, "--yes", "--allow-unfilled").code == 0
    assert b"\r" not in (workspace.directory / "execution/EXECUTION_TASK_MY-PLAN_21_01.md").read_bytes()


def test_a_project_has_its_own_templates(workspace: Workspace) -> None:
    templates = workspace.root / "templates"
    templates.mkdir()
    (templates / "subplan.md.j2").write_text("# SUBPLAN: Achievement {{ id }}\n\nOurs.\n")

    workspace.say("plan_subplans", *WORKERS, "--ids", "2.1", "--yes")

    text = (workspace.directory / "subplans/SUBPLAN_MY-PLAN_21.md").read_text()
    assert text == "# SUBPLAN: Achievement 2.1\n\nOurs.\n"


def test_where_the_journal_cannot_be_kept_nothing_is_written(workspace: Workspace) -> None:
    (workspace.root / ".batchexec").write_text("in the way")
    before = workspace.state()

    done = workspace.say("plan_subplans", *WORKERS, "--yes")

    assert done.code == 1
    assert "nothing is written that cannot be noted there" in done.out
    assert workspace.state() == before


def test_a_dry_run_warns_of_what_is_in_the_way(workspace: Workspace) -> None:
    workspace.write("subplans/SUBPLAN_MY-PLAN_22.md", IN_THE_WAY)

    done = workspace.say("plan_subplans", *WORKERS, "--dry-run", "--json")

    assert [one[-5:] for one in json.loads(done.out)["to_create"]] == ["23.md"]
    assert done.code == 0
    assert f"Achievement 2.2: {TAKEN};" in done.err


def test_a_file_in_the_way_is_an_error_of_its_id_and_the_others_are_created(workspace: Workspace) -> None:
    workspace.write("subplans/SUBPLAN_MY-PLAN_22.md", IN_THE_WAY)

    done = workspace.say("plan_subplans", *WORKERS, "--yes")

    assert done.code == 1
    assert "✅ Created 1 SUBPLANs:\n" in done.out
    assert (
        f"❌ Errors (1):\n  - Achievement 2.2: {TAKEN}; correct the id in it, or move it away\n" in done.out
    )
    assert "already exist" not in done.out.partition("✅")[0]
    assert workspace.names("subplans") == ["11", "12", "22", "23"]


@pytest.mark.parametrize("flags", [("--ids", "2.2", "--yes"), ("--ids", "2.2,2.3", "--yes", "--atomic")])
def test_where_nothing_can_be_created_for_what_is_in_the_way_nobody_is_asked(
    workspace: Workspace, flags: tuple[str, ...]
) -> None:
    workspace.write("subplans/SUBPLAN_MY-PLAN_22.md", IN_THE_WAY)
    before = workspace.state()

    done = workspace.say("plan_subplans", *WORKERS, *flags)

    assert done.code == 1
    assert f"  - Achievement 2.2: {TAKEN}; correct the id in it, or move it away\n" in done.out
    assert "already exist" not in done.out
    assert done.out.splitlines()[-1].startswith("Next: batchexec plan_subplans --plan @MY-PLAN --ids 2.2")
    assert workspace.state() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_atomic_run_that_is_interrupted_leaves_nothing(
    workspace: Workspace, number: signal.Signals
) -> None:
    before = workspace.tree()
    links = os.link

    def interrupted(*arguments: Any, **options: Any) -> None:
        links(*arguments, **options)
        os.kill(os.getpid(), number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "link", interrupted)
        done = workspace.say("plan_subplans", *WORKERS, "--yes", "--atomic")

    assert (done.code, done.err.splitlines()[-1]) == (130, "interrupted")
    assert workspace.tree() == before
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_where_nothing_is_chosen_it_is_said_what_to_do(workspace: Workspace) -> None:
    done = workspace.say("plan_subplans", *WORKERS, "--level", "0")

    assert done.code == 0
    assert "Nothing was chosen. Create the SUBPLAN of 2.1, 2.2, 2.3\n" in done.out


def test_at_a_terminal_a_no_in_json_is_a_document_too(workspace: Workspace) -> None:
    with Session(workspace, "plan_subplans", *WORKERS, "--json", apart=True) as session:
        session.until("(y/N) ")
        session.type("n\n")

        assert session.end() == 4
        assert json.loads(session.piped())["created"] == []
