"""Who carries a task out is said by the settings, and what is wrong with that before anything starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import section
from tries_bench import WORK, attempts, executors, shell_agent, some, standing

if TYPE_CHECKING:
    from bench import Batch


def scripts(batch: Batch, *names: str) -> dict[str, dict[str, object]]:
    for name in names:
        batch.write(f"{name}.yaml", f"calls: {name}.log\ndefault: {{{WORK}}}\n")
    return {name: {"kind": "replay", "script": f"{name}.yaml"} for name in names}


def asked(batch: Batch) -> dict[str, str]:
    return {row["task"]: row["executor"] for row in attempts(batch)}


def test_a_category_may_have_another_executor_than_the_rest(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.prompts(*some(1, first=2), category="missing_tests")
    executors(batch, scripts(batch, "one", "two"), executor_by_category={"Missing Tests": "two"})

    assert batch.doit().code == 0
    assert asked(batch) == {"TASK-001": "one", "TASK-002": "two"}


def test_the_environment_chooses_before_the_file(batch: Batch) -> None:
    batch.prompts(*some(1))
    executors(batch, scripts(batch, "one", "two"))

    assert batch.doit(BATCHEXEC_EXECUTOR="two").code == 0
    assert asked(batch) == {"TASK-001": "two"}


def test_another_way_to_carry_out_concerns_its_own_tasks_only(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.prompts(*some(1, first=2), category="missing_tests")
    batch.write("tree/.keep", "")
    work = "read line; echo x > out-$(echo $line | cut -c 6-13)"
    given: dict[str, dict[str, object]] = {
        name: {"kind": "agent", "command": ["./agent.sh"], "model": name} for name in ("one", "two")
    }
    shell_agent(batch, work)
    executors(batch, given, executor_by_category={"missing_tests": "two"}, repo_root="tree")
    assert batch.doit().code == 0
    assert set(batch.statuses().values()) == {"up_to_date"}

    given["two"]["model"] = "better"
    executors(batch, given, executor_by_category={"missing_tests": "two"}, repo_root="tree")

    assert batch.statuses() == {"TASK-001": "up_to_date", "TASK-002": "run"}
    assert [reason["component"] for reason in batch.plan()["TASK-002"]["reasons"]] == ["executor"]


@pytest.mark.parametrize("limit", [{"timeout_s": 5}, {"silence_s": 5}, {"environment": {"A": "b"}}])
def test_limits_and_environment_make_no_task_run_again(batch: Batch, limit: dict[str, object]) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    shell_agent(batch, "echo x > a.txt", repo_root="tree")
    assert batch.doit().code == 0

    spec = {"kind": "agent", "command": ["./agent.sh"], **limit}
    shell_agent(batch, "echo y > a.txt", spec, repo_root="tree")

    assert batch.statuses() == {"TASK-001": "up_to_date"}


def test_a_name_that_is_unknown_is_told_with_the_nearest_one(batch: Batch) -> None:
    batch.prompts(*some(1))
    executors(batch, scripts(batch, "claude"), executor="cluade")

    done = batch.doit()

    assert done.code == 3
    assert "executor: there is no executor 'cluade'; did you mean 'claude'?" in done.err
    assert not (batch.root / ".batchexec").exists()


def test_everything_that_keeps_executors_from_working_is_told_at_once(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    batch.prompts(*some(1))
    batch.prompts(*some(1, first=2), category="missing_tests")
    batch.prompts(*some(1, first=3), category="missing_code")
    given: dict[str, dict[str, object]] = {
        "gone": {"kind": "agent", "command": ["no-such-program"]},
        "mute": {"kind": "agent", "preset": "claude", "program": "no-claude-here"},
        "api": {"kind": "api", "provider": "openai", "model": "m", "base_url": "http://127.0.0.1:9"},
    }
    executors(
        batch, given, executor_by_category={"missing_tests": "mute", "missing_code": "api"}, budget={"run": 1}
    )

    done = batch.doit("-n", "2")

    assert done.code == 3
    assert "4 problems found, nothing was started\n" in done.err
    for said in (
        "executor api: nobody can tell what it costs; add its model to `prices:`, or leave `budget:` out",
        "executor gone: agent: there is no program no-such-program that can be started",
        "executor gone: nobody can tell what it costs",
        "executor mute: agent: there is no program no-claude-here that can be started",
    ):
        assert said in done.err
    assert standing_or_nothing(batch) == {}


def test_what_cannot_even_be_set_up_is_told_with_all_that_is_missing(batch: Batch) -> None:
    batch.prompts(*some(1))
    given: dict[str, dict[str, object]] = {
        "one": {"kind": "replay", "script": "nix.yaml"},
        "two": {"kind": "agent", "command": ["no-such-program"]},
        "three": {"kind": "agent", "command": ["sh", "{promt}"]},
        "four": {"kind": "replay", "run": "2020"},
    }
    executors(batch, given, executor=["one", "two", "three", "four"], budget={"run": 1})

    done = batch.doit()

    assert done.code == 3
    assert done.err == (
        "ERROR: 5 problems found, nothing was started\n"
        f"batchexec.yaml:3: error: executor one: replay: there is no script {batch.root}/nix.yaml\n"
        "batchexec.yaml:4: error: executor two: agent: there is no program no-such-program"
        " that can be started; the command names it\n"
        "batchexec.yaml:4: error: executor two: nobody can tell what it costs;"
        " add its model to `prices:`, or leave `budget:` out\n"
        "batchexec.yaml:5: error: executor three: agent: unknown word '{promt}' in the command;"
        " did you mean {prompt}?\n"
        "batchexec.yaml:6: error: executor four: replay: there are no answers of a run 2020;"
        " the runs that have some: none\n"
    )


def standing_or_nothing(batch: Batch) -> dict[str, str]:
    return standing(batch) if (batch.root / ".batchexec/run.db").exists() else {}


def test_a_missing_key_is_told_before_anything_starts(batch: Batch) -> None:
    batch.prompts(*some(1))
    executors(batch, {"small": {"kind": "api", "provider": "openai", "model": "m", "key": "NO_SUCH_KEY"}})

    done = batch.doit()

    assert done.code == 3
    assert "NO_SUCH_KEY" in done.err
    assert standing_or_nothing(batch) == {}


def test_a_missing_script_is_told_before_anything_starts(batch: Batch) -> None:
    batch.prompts(*some(1))
    executors(batch, {"one": {"kind": "replay", "script": "gone.yaml"}})

    done = batch.doit()

    assert done.code == 3
    assert f"replay: there is no script {batch.root}/gone.yaml" in done.err


def test_an_executor_that_no_task_needs_may_be_missing(batch: Batch) -> None:
    batch.prompts(*some(1))
    given = scripts(batch, "one") | {"two": {"kind": "agent", "command": ["no-such-program"]}}
    executors(batch, given, executor_by_category={"missing_tests": "two"})

    assert batch.doit().code == 0


def test_an_executor_whose_tasks_are_all_done_may_be_missing(batch: Batch) -> None:
    batch.prompts(*some(1), section("TASK-002", files={"b.py": "B = 1"}))
    batch.write("tree/.keep", "")
    shell_agent(batch, "echo $$ > a.txt; echo $$ > b.py", repo_root="tree")
    assert batch.doit().code == 0
    (batch.root / "agent.sh").unlink()

    assert batch.doit().code == 0
    batch.prompts(*some(1), section("TASK-002", files={"b.py": "B = 2"}))
    assert batch.doit().code == 3


def test_an_executor_that_may_be_needed_on_the_way_is_looked_at_before(batch: Batch) -> None:
    """A task that is up to date runs when what it depends on comes out otherwise."""
    first = section("TASK-001", files={"a.py": "A = 1"})
    second = section("TASK-002", after=["TASK-001"], body="Go by a.py.")
    batch.prompts(first)
    batch.prompts(second, category="missing_tests")
    batch.write("tree/.keep", "")
    by_category = {"missing_tests": "sh"}
    shell_agent(batch, "cp a.py b.py", executor="apply", executor_by_category=by_category, repo_root="tree")
    assert batch.doit().code == 0
    batch.prompts(first.replace("A = 1", "A = 2"))
    (batch.root / "agent.sh").unlink()

    done = batch.doit("--if-exists", "overwrite")

    assert done.code == 3
    assert "executor sh: agent: there is no program" in done.err
    assert batch.read("tree/a.py").endswith("A = 1\n")


def test_a_dry_run_needs_no_program(batch: Batch) -> None:
    batch.prompts(*some(1))
    executors(batch, {"gone": {"kind": "agent", "command": ["no-such-program"]}})

    assert batch.doit("--dry-run").code == 0
    assert batch.statuses() == {"TASK-001": "run"}


def test_an_agent_that_changes_nothing_it_declares_had_no_effect_whatever_it_says(batch: Batch) -> None:
    batch.prompts(section("TASK-001", body="#### File: a.py"))
    batch.write("tree/a.py", "A = 1\n")
    shell_agent(batch, "echo 'All done, all tests pass!'", repo_root="tree", attempts=1)

    done = batch.doit()

    assert done.code == 1
    assert standing(batch) == {"TASK-001": "no_effect"}
    assert "❌ Failed: it changed nothing of what it declares to change: a.py" in done.out


def test_an_agent_that_is_no_program_any_more_is_an_error_that_is_not_tried_again(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.write("tree/.keep", "")
    shell_agent(batch, 'rm "$HERE/agent.sh"; echo x > a.txt', repo_root="tree")

    done = batch.doit()

    assert done.code == 2
    assert [row["status"] for row in attempts(batch)] == ["passed", "error"]


def test_the_next_executor_is_told_why_the_one_before_it_failed(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    script = (
        'cat > "$HERE/prompt.$1.$(ls "$HERE" | grep -c "^prompt.$1")"\n'
        '[ $1 = large ] && echo x > a.txt || echo "STATUS:FAILED: too hard for me"'
    )
    shell_agent(batch, script)
    given: dict[str, dict[str, object]] = {
        name: {"kind": "agent", "command": ["./agent.sh", name]} for name in ("small", "large")
    }
    executors(batch, given, executor=["small", "large"], repo_root="tree", attempts=2)

    done = batch.doit()

    assert done.code == 0, done.out
    assert [(row["executor"], row["status"]) for row in attempts(batch)] == [
        ("small", "failed"),
        ("small", "failed"),
        ("large", "passed"),
    ]
    assert "too hard for me" not in batch.read("prompt.small.0")
    assert "too hard for me" in batch.read("prompt.small.1")
    assert "too hard for me" in batch.read("prompt.large.0")
    assert "because small left it open: agent.sh: it gave up: too hard for me" in done.out
