"""What agents made at the same time is put together, or nothing of it is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from isolated_bench import task

if TYPE_CHECKING:
    from isolated_bench import Isolated

LINES = "".join(f"line {n}\n" for n in range(1, 21))
TWO = (task("TASK-001"), task("TASK-002"))
LIST = "# Tasks\n\n- [ ] TASK-001 A\n  evidence: {}\n- [ ] TASK-002 B\n  evidence: {}\n"


def shared(isolated: Isolated, first: str, second: str, **settings: object) -> None:
    """Have two agents change one file from the same state of it; the second waits for the first to land."""
    isolated.prompts(*TWO)
    isolated.write("shared.txt", LINES)
    isolated.agents(
        {
            "TASK-001": f"meet 2; {first}; echo 1 > one.txt",
            "TASK-002": f'meet 2; {second}; await "$ROOT/one.txt"; sleep 0.3; echo 2 > two.txt',
        },
        **settings,
    )


def edit(line: int, text: str) -> str:
    return f'sed -i "{line}s/.*/{text}/" shared.txt'


def test_what_two_agents_did_to_one_file_is_put_together(isolated: Isolated) -> None:
    shared(isolated, edit(2, "first"), edit(18, "second"))

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.read("shared.txt") == LINES.replace("line 2\n", "first\n").replace(
        "line 18\n", "second\n"
    )
    assert sorted(isolated.calls) == ["TASK-001", "TASK-002"]
    assert isolated.kept == []


def test_what_does_not_go_together_is_kept_and_asked_for_once_more_with_git_s_words(
    isolated: Isolated,
) -> None:
    shared(
        isolated,
        edit(5, "first"),
        '[ $CALL = 1 ] && sed -i "s/^line 5$/second/" shared.txt || sed -i "s/^first$/both/" shared.txt',
    )

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.read("shared.txt") == LINES.replace("line 5\n", "both\n")
    assert sorted(isolated.attempts) == [
        ("TASK-001", "passed"), ("TASK-002", "conflict"), ("TASK-002", "passed")
    ]  # fmt: skip
    assert "CONFLICT (content): Merge conflict in shared.txt" in done.out
    (kept,) = isolated.kept
    assert kept.startswith("refs/batchexec/")
    assert isolated.file_of(kept, "shared.txt") == LINES.replace("line 5\n", "second\n")
    assert isolated.file_of(kept, "two.txt") == "2\n"


def test_the_agent_is_told_what_its_work_did_not_go_together_with(isolated: Isolated) -> None:
    shared(isolated, edit(5, "first"), edit(5, "second"))
    agent = isolated.here / "agent.sh"
    agent.write_text(agent.read_text().replace("ID=$(", f"ID=$(tee -a '{isolated.here}/prompts' | "))

    isolated.doit("-n", "2")

    assert "Merge conflict in shared.txt" in (isolated.here / "prompts").read_text()


def test_a_second_conflict_is_the_end_and_both_works_are_kept(isolated: Isolated) -> None:
    shared(
        isolated,
        edit(5, "first"),
        f'{edit(5, "second $CALL")}; [ $CALL = 1 ] || echo mine > "$ROOT/two.txt"',
    )

    done = isolated.doit("-n", "2")

    assert done.code == 1, done.out
    assert [status for id_, status in isolated.attempts if id_ == "TASK-002"] == ["conflict", "conflict"]
    assert isolated.read("shared.txt") == LINES.replace("line 5\n", "first\n")
    assert isolated.read("two.txt") == "mine\n"
    (kept,) = isolated.kept
    assert isolated.file_of(kept, "two.txt") == "2\n"
    assert "second 1" in isolated.git("log", "-p", "--format=", "-m", kept)


def test_edits_people_make_meanwhile_are_put_together_with_the_agent_s(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.write("shared.txt", LINES)
    isolated.agents(
        {
            "TASK-001": f'{edit(2, "agent")}; [ $CALL = 1 ] && sed -i "18s/.*/person/" "$ROOT/shared.txt";'
            'echo mine > "$ROOT/mine.txt"'
        }
    )

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.read("shared.txt") == LINES.replace("line 2\n", "agent\n").replace(
        "line 18\n", "person\n"
    )
    assert isolated.read("mine.txt") == "mine\n"


def test_an_edit_of_the_same_line_stays_the_person_s(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.write("shared.txt", LINES)
    isolated.agents({"TASK-001": f'{edit(1, "agent $CALL")}; echo "person $CALL" > "$ROOT/shared.txt"'})

    done = isolated.doit("-n", "2")

    assert done.code == 1, done.out
    assert {status for _, status in isolated.attempts} == {"conflict"}
    assert isolated.read("shared.txt") == "person 2\n"
    assert len(isolated.kept) == 1


@pytest.mark.parametrize("commit", ["none", "task"])
def test_commits_people_make_meanwhile_stay_where_they_are(isolated: Isolated, commit: str) -> None:
    isolated.prompts(TWO[0])
    isolated.write("shared.txt", LINES)
    isolated.agents(
        {
            "TASK-001": 'echo A > a.txt; cd "$ROOT"; echo mine > mine.txt; git add mine.txt;'
            '"$(command -pv git)" commit --quiet -m Mine'
        },
        commit=commit,
    )

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.subjects == [*(["TASK-001: A title"] if commit == "task" else []), "Mine", "All there is"]
    assert (isolated.read("a.txt"), isolated.read("mine.txt")) == ("A\n", "mine\n")
    assert isolated.status == ("" if commit == "task" else "?? a.txt\n")


def test_two_works_that_are_good_alone_and_bad_together_are_not_both_taken(isolated: Isolated) -> None:
    isolated.prompts(*TWO)
    isolated.write(
        "tasks.md", LIST.format(*['test path=a.txt command="test $(cat *.txt | wc -l) -le 1"'] * 2)
    )
    isolated.agents(
        {
            "TASK-001": "meet 2; echo 1 > a.txt",
            "TASK-002": 'meet 2; touch a.txt; echo 2 > b.txt; await "$ROOT/a.txt"; sleep 0.3',
        },
        run_commands=True,
        verify_at_end=False,
    )

    done = isolated.doit("-n", "2")

    assert done.code == 1, done.out
    assert min(isolated.attempts) == ("TASK-001", "passed")
    assert not (isolated.root / "b.txt").exists()
    assert isolated.read("a.txt") == "1\n"
    last = isolated.told[[id_ for id_, _ in isolated.attempts].index("TASK-002")]
    assert "b.txt" in isolated.git("ls-tree", "-r", "--name-only", isolated.kept[0]), last


def test_what_waits_lands_in_the_order_of_the_plan(isolated: Isolated) -> None:
    isolated.prompts(*(task(f"TASK-00{n}", f"{n}.txt") for n in range(1, 5)))
    slow = 'until [ "$(ls "$HERE" | grep -c "^ready[.]")" -ge 4 ]; do sleep 0.02; done; sleep 0.3'
    isolated.agents(
        {f"TASK-00{n}": f'echo {n} > {n}.txt; : > "$HERE/ready.{n}"' for n in range(1, 5)}, commit="task"
    )
    isolated.hook("pre-commit", f"HERE='{isolated.here}'; {slow}")

    done = isolated.doit("-n", "4")

    assert done.code == 0, done.out
    landed = [subject[:8] for subject in isolated.subjects[::-1][1:]]
    assert landed[1:] == sorted(landed[1:])
    assert sorted(landed) == ["TASK-001", "TASK-002", "TASK-003", "TASK-004"]


def test_a_file_one_agent_deletes_and_another_one_changes_is_a_conflict(isolated: Isolated) -> None:
    shared(isolated, edit(5, "first"), "rm shared.txt")

    done = isolated.doit("-n", "2")

    # The second time the agent sees what the first one made of it, and deletes that.
    assert done.code == 0, done.out
    assert sorted(isolated.attempts)[1:] == [("TASK-002", "conflict"), ("TASK-002", "passed")]
    assert not (isolated.root / "shared.txt").exists()
