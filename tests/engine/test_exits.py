"""A run may end in odd ways; its books are true after each, and nothing finished is done again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from bench import DODO, Batch, section

if TYPE_CHECKING:
    from pathlib import Path


def gen(count: int) -> list[str]:
    return [section(f"TASK-{n:03}", f"T{n}", {f"out/{n}.txt": f"V = {n}"}) for n in range(1, count + 1)]


def attempts(batch: Batch) -> list[tuple[str, str]]:
    con = sqlite3.connect(f"file:{batch.root}/.batchexec/run.db?mode=ro", uri=True)
    rows = con.execute("select task, status from attempt order by id").fetchall()
    con.close()
    return [(task.partition(":")[2], status) for task, status in rows]


def run_status(batch: Batch) -> str:
    status: str = json.loads(batch.batchexec("status", "--json").out)["run"]["status"]
    return status


def test_a_checkpoint_that_cannot_be_written_is_said_and_ends_nothing(batch: Batch) -> None:
    batch.prompts(*gen(3))
    batch.write(".spec/checkpoints", "in the way")

    done = batch.doit("--checkpoint")

    assert done.code == 2
    assert done.err.count("the checkpoint cannot be written: ") == 1
    assert "Successful: 3/3 (100%)" in done.out
    assert batch.doit().code == 0


def test_a_report_that_cannot_be_written_is_said_and_the_run_is_summed_up(batch: Batch) -> None:
    batch.prompts(*gen(2))
    batch.write(".spec/reports", "in the way")

    done = batch.doit()

    assert done.code == 2
    assert "ERROR: the report cannot be written: " in done.err
    assert "Successful: 2/2 (100%)" in done.out
    assert run_status(batch) == "passed"


def test_a_report_that_can_be_neither_rendered_nor_written_ends_nothing(batch: Batch) -> None:
    batch.prompts(*gen(1))
    batch.write("templates/batch_execution.md.j2", "{{ nothing }}")
    batch.write(".spec/reports", "in the way")

    done = batch.doit()

    assert done.code == 2
    assert "templates/batch_execution.md.j2:1: error: " in done.err
    assert "ERROR: the report cannot be written: " in done.err
    assert "Traceback" not in done.err


def test_a_run_ended_by_an_exit_in_a_neighbours_action_is_recovered(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-{n}", body="x") for n in (1, 2)))
    batch.replay("calls: calls.log\ndefault: {delay_s: 0.5, files: {'out/{id}.txt': x}}\n")
    batch.write(
        "dodo.py",
        DODO + "import sys, time\ndef leave():\n    time.sleep(0.2)\n    sys.exit(9)\n"
        "def task_leave():\n    return {'actions': [leave]}\n",
    )

    batch.doit("-n", "3")
    assert run_status(batch) == "running"
    done = batch.doit("smartspec")

    assert done.code == 0, done.err
    assert "The last run was cut off: " in done.out
    assert {status for _, status in attempts(batch)} <= {"passed", "interrupted"}


def test_an_old_open_attempt_takes_nothing_from_a_task_that_passed_since(batch: Batch) -> None:
    batch.prompts(*gen(1))
    batch.doit()
    con = sqlite3.connect(batch.root / ".batchexec/run.db")
    with con:
        con.execute("update run set status = 'running'")
        con.execute(
            "insert into attempt (id, run, task, number, status, began_utc, reasons, components)"
            " select 0, run, task, 0, 'running', began_utc, reasons, components from attempt"
        )
    con.close()

    done = batch.doit()

    assert "⏭️ Up to date" in done.out


def test_output_that_finds_no_room_does_not_end_the_run(batch: Batch) -> None:
    batch.prompts(*gen(3))

    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device
        done = subprocess.run(
            batch.command("doit"),
            cwd=batch.root,
            env=batch.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert len(list(batch.root.glob("out/*"))) == 3


def test_a_lost_terminal_stops_what_is_running_and_is_reported(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-{n}", body="x") for n in (1, 2)))
    batch.replay("default: {delay_s: 30, files: {'out/{id}.txt': x}}\n")
    run = batch.start()
    while '"status": "running"' not in batch.batchexec("status", "--json").out:
        time.sleep(0.05)

    run.send_signal(signal.SIGHUP)
    run.communicate(timeout=20)

    assert run.returncode == 129
    assert [result["state"] for result in batch.report()["results"]] == ["not_run", "not_run"]


def test_ctrl_c_while_prompts_are_read_is_one_line(batch: Batch) -> None:
    batch.prompts(*gen(1))
    batch.write(
        "dodo.py", DODO + "import os, signal\ndef task_slow():\n    os.kill(os.getpid(), signal.SIGINT)\n"
    )

    done = batch.doit("list")

    assert done.code == 130
    assert done.err == "interrupted\n"


def test_a_refused_run_leaves_the_log_of_the_other_alone(batch: Batch) -> None:
    batch.prompts(section("TASK-1", body="x"))
    batch.replay("default: {delay_s: 5, files: {'out/{id}.txt': x}}\n")
    first = batch.start("-o", "log.txt")
    log = batch.root / "log.txt"
    while not log.exists() or not log.stat().st_size:
        time.sleep(0.05)
    before = log.read_bytes()

    second = batch.doit("-o", "log.txt")

    first.kill()
    first.communicate()
    assert second.code == 75
    assert before
    assert log.read_bytes().startswith(before)


def test_two_homes_of_one_tree_take_turns(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    homes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        home = Batch(tmp_path / name)
        home.prompts(section(f"TASK-{name}-1", body="x"))
        home.replay("default: {delay_s: 3, files: {'{id}.txt': x}}\n", repo_root="../tree")
        homes.append(home)
    first = homes[0].start()
    while '"status": "running"' not in homes[0].batchexec("status", "--json").out:
        time.sleep(0.05)

    second = homes[1].doit()

    first.communicate(timeout=30)
    assert second.code == 75
    assert f"a run of another batch is writing into {tree}; wait for it" in second.err
    assert homes[1].doit().code == 0


def test_prepared_work_whose_place_became_unwritable_waits_there(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"locked/a.txt": "a"}))
    batch.write(
        "dodo.py",
        DODO + "import os, signal, sys\n"
        "def crash(event, arguments):\n"
        "    if event == 'os.rename' and '000' in str(arguments[0]) and os.environ.get('CRASH'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(crash)\n",
    )
    batch.doit(CRASH="1")
    locked = batch.root / "locked"
    locked.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", str(locked)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    try:
        refused = batch.doit()
    finally:
        subprocess.run(["umount", str(locked)], check=True)

    assert refused.code == 3
    assert "smartspec:TASK-001 was finished but cannot be put in place (Read-only file system" in refused.err
    assert "make that place writable, then run it again" in refused.err
    assert "1 task had finished and is kept as it is" in batch.doit().out


@pytest.mark.parametrize("words", [["--db-file", "my.db"], ["--backend", "json"]])
def test_state_stands_in_one_place_only(batch: Batch, words: list[str]) -> None:
    batch.prompts(*gen(1))

    for command in ("run", "list", "forget"):
        done = batch.doit(command, *words)

        assert done.code == 3
        assert f"{words[0]}: a batch keeps its state in .batchexec; leave this out" in done.err
    assert sorted(path.name for path in batch.root.iterdir()) == ["batchexec.yaml", "dodo.py", "prompts"]


def test_a_doit_config_without_ours_is_explained(batch: Batch) -> None:
    batch.prompts(*gen(1))
    batch.write("dodo.py", DODO.replace("DOIT_CONFIG, task", "_, task") + "DOIT_CONFIG = {'verbosity': 2}\n")

    done = batch.doit()

    assert done.code == 3
    assert "DOIT_CONFIG lacks what batch() returned" in done.err


def test_settings_of_doit_can_stand_beside_ours(batch: Batch) -> None:
    batch.prompts(*gen(1))
    batch.write(
        "dodo.py", DODO.replace("DOIT_CONFIG", "config") + "DOIT_CONFIG = {**config, 'verbosity': 2}\n"
    )

    assert batch.doit().code == 0


def test_what_doit_was_told_to_ignore_is_no_success(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))
    batch.prompts(
        "## Task: TASK-002: Add b\n\n### File Information\n**Path:** `a.py`\n**Missing Symbol:** `b`\n\n"
        "### Symbol to Add\n```python\ndef b():\n    return 1\n```\n",
        category="symbol_issue",
    )
    batch.write("a.py", "A = 0\n")
    batch.doit("ignore", "smartspec:TASK-001")

    plan, done = batch.plan(), batch.doit()

    assert plan["TASK-001"]["status"] == "blocked"
    assert plan["TASK-001"]["reasons"][0]["detail"] == "`doit ignore` said so, until `doit forget`"
    assert done.code == 1
    assert "Successful: 1/2 (50%)" in done.out
    assert "def b():" in batch.read("a.py")


def test_a_dry_run_of_single_tasks_shows_what_the_run_would_do(batch: Batch) -> None:
    first, second = gen(2)
    batch.prompts(first, second.replace("#### File", "Depends on: TASK-001\n\n#### File"))

    assert "run: it has not run yet" in batch.doit("--dry-run", "-s", "TASK-002").out


def test_an_id_that_comes_back_finds_its_file_written_by_another(batch: Batch) -> None:
    old, new = section("TASK-002", files={"a.txt": "two"}), section("TASK-022", files={"a.txt": "five"})
    for text in (old, new):
        batch.prompts(text)
        assert batch.doit().code == 0
    batch.prompts(old)

    plan = batch.plan()["TASK-002"]
    done = batch.doit()

    assert plan["reasons"][0]["detail"] == (
        "a.txt was written anew by smartspec:TASK-022, which is no task any more"
    )
    assert done.code == 0
    assert batch.read("a.txt") == "two\n"


def test_a_task_under_a_new_id_with_the_same_file_is_up_to_date_after_one_run(batch: Batch) -> None:
    for id_ in ("TASK-002", "TASK-022"):
        batch.prompts(section(id_, files={"a.txt": "two"}))
        assert batch.doit().code == 0

    assert batch.statuses() == {"TASK-022": "up_to_date"}


def test_options_with_paths_start_where_the_user_stands(batch: Batch) -> None:
    batch.write("elsewhere/missing_code.md", section("TASK-001", files={"a.txt": "a"}))
    deep = batch.root / "sub/deep"
    deep.mkdir(parents=True)

    done = subprocess.run(
        batch.command("doit", "list", "-k", "--prompts-dir", "../../elsewhere"),
        cwd=deep,
        env=batch.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "TASK-001" in done.stdout


def test_an_output_that_became_a_pipe_does_not_hang_the_plan(batch: Batch) -> None:
    batch.prompts(*gen(1))
    batch.doit()
    (batch.root / "out/1.txt").unlink()
    os.mkfifo(batch.root / "out/1.txt")

    assert batch.doit("list").code == 0


@pytest.mark.parametrize("name", ["run.db", "lock"])
def test_a_directory_in_the_place_of_our_state_is_named(batch: Batch, name: str) -> None:
    batch.prompts(*gen(1))
    (batch.root / ".batchexec" / name).mkdir(parents=True)

    done = batch.doit()

    assert done.code == 3
    assert "Traceback" not in done.err
    assert ".batchexec" in done.err


def test_a_file_in_the_place_of_our_state_is_named(batch: Batch) -> None:
    batch.prompts(*gen(1))
    batch.write(".batchexec", "a file")

    done = batch.doit()

    assert done.code == 3
    assert "Traceback" not in done.err


def test_an_unknown_reporter_or_option_is_told_with_what_there_is(batch: Batch) -> None:
    batch.prompts(*gen(1))

    reporter, option = batch.doit("--reporter", "nope"), batch.doit("--bogus")

    assert (reporter.code, option.code) == (3, 3)
    assert "--reporter nope: there are console, " in reporter.err
    assert "ERROR: option --bogus not recognized; `" in option.err
    assert option.err.endswith(" help run` lists the options\n")
    assert len(option.err) < 200


def test_the_attempt_before_is_known_to_the_next(batch: Batch) -> None:
    batch.prompts(section("TASK-1", body="x"))
    batch.replay("tasks:\n  TASK-1:\n    attempts:\n      - {error: no luck}\n      - {files: {a.txt: a}}\n")
    batch.doit()

    assert "its last attempt ended as failed: no luck" in batch.doit("list").out
    assert batch.doit().code == 0


def test_an_interpreter_without_proc_still_tells_a_dead_holder(tmp_path: Path) -> None:
    program = (
        "import json, os, socket, sys; from pathlib import Path\n"
        "from batchexec.engine.lock import running\n"
        "note = {'pid': int(sys.argv[1]), 'host': socket.gethostname(), 'since_utc': 0, 'argv': []}\n"
        "Path('holder.json').write_text(json.dumps(note)); print(running(Path('.')) is not None)"
    )
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()

    for pid, alive in ((dead.pid, "False"), (os.getpid(), "True")):
        done = subprocess.run(
            [sys.executable, "-c", program, str(pid)],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert done.stdout.strip() == alive
