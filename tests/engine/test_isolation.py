"""Agents that work at the same time each have a place of their own, and nobody else's is touched."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from isolated_bench import Isolated, task

TWO = (task("TASK-001", "a.txt"), task("TASK-002", "b.txt"))
BOTH = {"TASK-001": "echo A > a.txt", "TASK-002": "echo B > b.txt"}


def test_each_of_several_agents_has_a_worktree_of_its_own_and_none_is_left(isolated: Isolated) -> None:
    isolated.prompts(*TWO)
    isolated.agents(
        {
            id_: f'meet 2; pwd > "$HERE/{path}"; ls "$ROOT" > "$HERE/{path}.ls"; echo x > {path}'
            for id_, path in (("TASK-001", "a.txt"), ("TASK-002", "b.txt"))
        }
    )

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    places = [Path((isolated.here / name).read_text().strip()) for name in ("a.txt", "b.txt")]
    assert len({*places, isolated.root}) == 3
    assert all(place.is_relative_to(isolated.here / "state" / "batchexec" / "worktrees") for place in places)
    assert "a.txt" not in (isolated.here / "b.txt.ls").read_text()
    assert isolated.worktrees == []
    assert not any(place.exists() for place in places)
    assert isolated.status == "?? a.txt\n?? b.txt\n"
    assert isolated.subjects == ["All there is"]
    assert isolated.kept == []


def test_two_agents_may_write_where_they_did_not_say_they_would(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001"), task("TASK-002"))
    isolated.write("shared.txt", "".join(f"{n}\n" for n in range(20)))
    isolated.agents(
        {
            "TASK-001": "meet 2; sed -i 's/^2$/two/' shared.txt",
            "TASK-002": "meet 2; sed -i 's/^18$/eighteen/' shared.txt",
        }
    )

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert {"two", "eighteen"} < set(isolated.read("shared.txt").split())


def test_tasks_that_declare_the_same_file_never_run_together(isolated: Isolated) -> None:
    isolated.prompts(*(task(f"TASK-00{n}", "a.txt") for n in range(1, 5)))
    script = 'mkdir "$HERE/alone" || exit 1; cat a.txt > "$HERE/seen" 2>/dev/null; sleep 0.1\n'
    isolated.agents({f"TASK-00{n}": f'{script} echo {n} >> a.txt; rmdir "$HERE/alone"' for n in range(1, 5)})

    done = isolated.doit("-n", "4")

    assert done.code == 0, done.out
    assert isolated.read("a.txt") == "1\n2\n3\n4\n"


def test_a_file_is_brought_home_under_any_name(isolated: Isolated) -> None:
    names = ["with space.txt", "งาน.txt", "-dash.txt", "quo'te\".txt", "a/b/c/deep.txt", "[x].txt", ":(top)x"]
    isolated.prompts(task("TASK-001"))
    quoted = " ".join("'./" + name.replace("'", "'\\''") + "'" for name in names)
    isolated.agents({"TASK-001": f'mkdir -p a/b/c; for f in {quoted}; do printf new > "$f"; done'})

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out + done.err
    assert {isolated.read(name) for name in names} == {"new"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("line\\nbreak.txt", "holds the invisible character U+000A"),
        ("not\\377utf8.txt", "is not UTF-8"),
        ("wild*card.txt", "holds the wildcard *"),
        ("sub/.gitmodules", "has the protected component .gitmodules"),
    ],
)
@pytest.mark.parametrize("slots", ["1", "2"])
def test_a_file_no_task_may_name_is_refused_and_not_in_the_tree(
    isolated: Isolated, name: str, why: str, slots: str
) -> None:
    isolated.prompts(task("TASK-001"))
    isolated.agents({"TASK-001": f"mkdir -p sub; printf x > \"$(printf '{name}')\""})

    done = isolated.doit("-n", slots)

    assert done.code == 1, done.out + done.err
    assert isolated.attempts == [("TASK-001", "failed")]
    assert why in isolated.told[0]
    assert isolated.status == ""


@pytest.mark.parametrize("slots", ["1", "2"])
@pytest.mark.parametrize(
    ("script", "why"),
    [
        (
            "printf x > \"$(printf 'a\\377')\"; printf x > 'b*'; printf x > good",
            r"'a\udcff': is not UTF-8; 'b*': holds the wildcard *",
        ),
        ("ln -s x one; ln -s x two", "one: is a symbolic link; two: is a symbolic link"),
    ],
)
def test_all_that_is_refused_is_named_at_once(isolated: Isolated, script: str, why: str, slots: str) -> None:
    isolated.prompts(task("TASK-001"))
    isolated.agents({"TASK-001": script})

    isolated.doit("-n", slots)

    assert why in isolated.told[0]


def test_all_that_can_become_of_a_file_is_brought_home(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001"))
    isolated.write("changed.bin", "old")
    isolated.write("run.sh", "true\n")
    isolated.write("plain.sh", "true\n").chmod(0o755)
    isolated.write("gone/away.txt", "text")
    isolated.write("old name.txt", "the same\n" * 9)
    isolated.agents(
        {
            "TASK-001": "printf '\\000\\377\\r\\n' > changed.bin; chmod +x run.sh; chmod -x plain.sh;"
            "rm -r gone; mv 'old name.txt' new.txt; printf '#!/bin/sh\\n' > tool; chmod +x tool; : > empty"
        }
    )

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert (isolated.root / "changed.bin").read_bytes() == b"\0\377\r\n"
    executable = {path: os.access(isolated.root / path, os.X_OK) for path in ("run.sh", "plain.sh", "tool")}
    assert executable == {"run.sh": True, "plain.sh": False, "tool": True}
    assert not (isolated.root / "gone").exists()
    assert not (isolated.root / "old name.txt").exists()
    assert isolated.read("new.txt") == "the same\n" * 9
    assert isolated.read("empty") == ""


@pytest.mark.parametrize("slots", ["1", "2"])
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("rm -r thing; echo file > thing", "thing"),
        ("rm other; mkdir other; echo x > other/x", "other"),
    ],
    ids=["directory-becomes-file", "file-becomes-directory"],
)
def test_a_file_in_the_place_of_a_directory_is_refused_and_does_not_stay(
    isolated: Isolated, script: str, why: str, slots: str
) -> None:
    isolated.prompts(task("TASK-001"))
    isolated.write("thing/a", "a")
    isolated.write("thing/b", "b")
    isolated.write("other", "o")
    isolated.agents({"TASK-001": script})

    done = isolated.doit("-n", slots)

    assert done.code == 1, done.out + done.err
    assert re.match(rf"{why}(/.)?: ({why} )?is (not )?a directory ", isolated.told[0])
    assert isolated.status == ""
    assert len(isolated.kept) == 1


@pytest.mark.parametrize("slots", ["1", "2"])
@pytest.mark.parametrize(
    "script",
    ["ln -s /etc/passwd a.txt", "ln -sf b.txt kept.txt", "ln -s /etc etc; echo x > ok.txt", "rm link"],
    ids=["new", "in-place-of-a-file", "to-a-directory", "removed"],
)
def test_a_symbolic_link_an_agent_made_is_refused_and_does_not_stay(
    isolated: Isolated, script: str, slots: str
) -> None:
    isolated.prompts(task("TASK-001"))
    isolated.write("kept.txt", "kept\n")
    (isolated.root / "link").symlink_to("kept.txt")
    isolated.agents({"TASK-001": script})

    done = isolated.doit("-n", slots)

    assert done.code == 1, done.out + done.err
    assert "is a symbolic link" in isolated.told[0]
    assert isolated.attempts == [("TASK-001", "failed")]
    assert isolated.status == ""
    assert isolated.read("kept.txt") == "kept\n"


def test_links_that_stand_in_the_repository_are_no_ones_doing(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.write("kept.txt", "kept\n")
    (isolated.root / "link").symlink_to("kept.txt")
    isolated.agents({"TASK-001": "cat link > a.txt"})
    (isolated.root / "fresh").symlink_to("kept.txt")

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.read("a.txt") == "kept\n"
    assert (isolated.root / "fresh").is_symlink()


def test_a_repository_inside_is_refused_and_the_next_task_does_not_meet_it(isolated: Isolated) -> None:
    isolated.prompts(*TWO)
    isolated.agents(
        {
            "TASK-001": "mkdir sub; cd sub; git init --quiet; echo x > x; echo A > ../a.txt",
            "TASK-002": f'await "$HERE/met"; ls > "$HERE/seen"; {BOTH["TASK-002"]}',
        },
        max_failures=0,
    )
    (isolated.here / "met").touch()

    done = isolated.doit("-n", "2")

    assert done.code in {1, 2}, done.out
    assert "sub/: is a repository of its own" in done.out
    assert sorted(isolated.attempts) == [("TASK-001", "failed"), ("TASK-002", "passed")]
    assert isolated.status == "?? b.txt\n"
    assert "sub" not in (isolated.here / "seen").read_text().split()


def test_work_with_a_repository_inside_is_kept_as_it_is(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": "git init --quiet sub; echo x > sub/x; echo A > a.txt"})

    isolated.doit("-n", "2")

    note = isolated.told[0].split(" | ")[-1]
    assert note.startswith("its work is kept: /")
    where = Path(note.removeprefix("its work is kept: "))
    assert [(where / path).read_text() for path in ("a.txt", "sub/x")] == ["A\n", "x\n"]
    assert isolated.worktrees == []


def test_an_attempt_may_mend_that_the_one_before_it_made_a_repository(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    script = "[ $CALL = 1 ] && git init --quiet sub || rm -rf sub/.git; echo x > sub/x; echo A > a.txt"
    isolated.agents({"TASK-001": script}, attempts=2)

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.read("sub/x") == "x\n"


def test_an_agent_that_deletes_the_directory_it_works_in_is_told_of(isolated: Isolated) -> None:
    isolated.prompts(*TWO)
    isolated.agents({"TASK-001": 'rm -rf "$PWD"', "TASK-002": BOTH["TASK-002"]}, max_failures=0)

    isolated.doit("-n", "2")

    assert sorted(isolated.attempts) == [("TASK-001", "error"), ("TASK-002", "passed")]
    (told,) = (one for one in isolated.told if one.startswith("the directory"))
    assert told == "the directory it worked in is gone | tell the agent to leave it"
    assert isolated.worktrees == []


@pytest.mark.parametrize(
    "script",
    [
        "git add --all; git commit --quiet -m mine",
        "git checkout --quiet -b mine; git add a.txt; git commit --quiet -m mine",
        "git add a.txt; git rm --quiet --cached -r . ",
        "rm -rf .git",
        "rm .git; git init --quiet; git add --all; git -c user.name=x -c user.email=x commit -qm x",
        "git worktree prune; git gc --quiet || :",
    ],
    ids=["commits", "branches", "stages", "unlinks", "starts-over", "prunes"],
)
def test_whatever_an_agent_does_with_git_its_files_count_and_the_branch_is_ours(
    isolated: Isolated, script: str
) -> None:
    isolated.prompts(*TWO)
    isolated.agents({"TASK-001": f"echo A > a.txt; {script}", "TASK-002": BOTH["TASK-002"]})

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.status == "?? a.txt\n?? b.txt\n"
    assert isolated.subjects == ["All there is"]
    assert isolated.git("symbolic-ref", "HEAD") == "refs/heads/main\n"


@pytest.mark.parametrize(
    "script",
    ["git config core.hooksPath evil", 'echo evil > "$(git rev-parse --git-common-dir)/hooks/pre-commit"'],
    ids=["configuration", "hook"],
)
def test_nothing_is_taken_over_from_an_agent_that_changed_what_git_would_run(
    isolated: Isolated, script: str
) -> None:
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": f"echo A > a.txt; {script}"})

    done = isolated.doit("-n", "2")

    assert done.code == 2, done.out
    assert isolated.told[0].startswith("the repository's configuration or hooks were changed")
    assert isolated.status == ""


@pytest.mark.parametrize("words", [("user.name", "Bot"), ("branch.main.merge", "refs/heads/main")])
def test_a_name_in_the_configuration_harms_nobody(isolated: Isolated, words: tuple[str, str]) -> None:
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": f"echo A > a.txt; git config {words[0]} {words[1]}"})

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.read("a.txt") == "A\n"


def test_a_batch_may_live_in_a_part_of_a_repository(tmp_path: Path) -> None:
    isolated = Isolated(tmp_path / "top" / "part one", tmp_path / "here", tmp_path / "top")
    isolated.prompts(*TWO, task("TASK-003"))
    (isolated.top / "beside.txt").write_text("beside\n")
    isolated.agents(
        {
            "TASK-001": 'cat ../beside.txt > a.txt; pwd > "$HERE/pwd"',
            "TASK-002": BOTH["TASK-002"],
            "TASK-003": "echo x > ../beside.txt; echo c > c.txt",
        },
        max_failures=0,
    )

    done = isolated.doit("-n", "2")

    assert done.code == 1, done.out
    assert sorted(isolated.attempts) == [
        ("TASK-001", "passed"), ("TASK-002", "passed"), ("TASK-003", "failed")
    ]  # fmt: skip
    assert "beside.txt: lies outside of the batch's directory" in done.out
    assert (isolated.here / "pwd").read_text().endswith("/part one\n")
    assert isolated.read("a.txt") == "beside\n"
    assert (isolated.top / "beside.txt").read_text() == "beside\n"
    assert not (isolated.root / "c.txt").exists()


def test_a_directory_the_repository_around_it_ignores_is_in_no_repository(tmp_path: Path) -> None:
    isolated = Isolated(tmp_path / "top" / "scratch", tmp_path / "here", tmp_path / "top")
    (isolated.top / ".gitignore").write_text("scratch/\n")
    isolated.prompts(*TWO)
    isolated.agents(BOTH)

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert "Not a git repository: one task at a time, in place.\n" in done.out
    assert (isolated.read("a.txt"), isolated.read("b.txt")) == ("A\n", "B\n")


def test_a_declared_file_that_git_ignores_is_brought_home(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "dist/out.txt"), task("TASK-002", "b.txt"))
    isolated.write(".gitignore", ".batchexec/\n.spec/\n__pycache__/\ndist/\n")
    isolated.agents(
        {
            "TASK-001": "mkdir -p dist; echo $CALL >> dist/out.txt; echo x > dist/scrap",
            "TASK-002": BOTH["TASK-002"],
        }
    )

    done = isolated.doit("-n", "2")
    isolated.scripts({"TASK-001": "echo again >> dist/out.txt"})
    isolated.doit("forget", "TASK-001")
    again = isolated.doit("-n", "2", "--no-cache")

    assert done.code == again.code == 0, done.out + again.out
    assert isolated.read("dist/out.txt") == "1\nagain\n"
    assert not (isolated.root / "dist" / "scrap").exists()


def test_a_declared_file_behind_a_link_fails_its_task_alone(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "link/out.txt"), TWO[1])
    isolated.write("real/kept.txt", "kept\n")
    (isolated.root / "link").symlink_to("real")
    isolated.agents({"TASK-001": "echo A > link/out.txt", "TASK-002": BOTH["TASK-002"]}, max_failures=0)

    done = isolated.doit("-n", "2")

    assert done.code == 1, done.out + done.err
    assert sorted(isolated.attempts) == [("TASK-001", "no_effect"), ("TASK-002", "passed")]


def test_what_git_ignores_and_nobody_declared_is_not_brought_home(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": "echo A > a.txt; mkdir __pycache__; echo x > __pycache__/x.pyc"})

    isolated.doit("-n", "2")

    assert not (isolated.root / "__pycache__" / "x.pyc").exists()


def test_line_ends_stay_what_they_are_in_the_tree(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001"))
    isolated.write(".gitattributes", "*.bat text eol=crlf\n*.txt text\n")
    (isolated.root / "a.bat").write_bytes(b"one\r\ntwo\r\n")
    (isolated.root / "b.txt").write_bytes(b"one\r\ntwo\r\n")
    (isolated.root / "c.raw").write_bytes(b"one\r\ntwo\r\n")
    isolated.agents({"TASK-001": "for f in a.bat b.txt c.raw; do printf 'three\\r\\n' >> $f; done"})

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert (isolated.root / "a.bat").read_bytes() == b"one\r\ntwo\r\nthree\r\n"
    assert (isolated.root / "c.raw").read_bytes() == b"one\r\ntwo\r\nthree\r\n"
    assert isolated.read("b.txt").split() == ["one", "two", "three"]


def test_a_worktree_is_set_up_once_for_all_tasks_in_it(isolated: Isolated) -> None:
    isolated.prompts(*(task(f"TASK-00{n}", f"{n}.txt") for n in range(1, 7)))
    isolated.write(".gitignore", ".batchexec/\n.spec/\n__pycache__/\nready\n")
    isolated.write("lock.json", "old\n")
    setup = [f'echo x >> "{isolated.here}/setups"', "echo ready > ready; echo new > lock.json; echo y > left"]
    isolated.agents(
        {f"TASK-00{n}": f"cat ready > {n}.txt; cat lock.json >> {n}.txt" for n in range(1, 7)}, setup=setup
    )

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert len((isolated.here / "setups").read_text().split()) <= 2
    assert {isolated.read(f"{n}.txt") for n in range(1, 7)} == {"ready\nold\n"}
    assert isolated.read("lock.json") == "old\n"
    assert not (isolated.root / "left").exists()


def test_a_setup_that_fails_is_told_and_no_agent_is_asked(isolated: Isolated) -> None:
    isolated.prompts(*(task(f"TASK-00{n}") for n in range(1, 7)))
    isolated.agents({}, setup=["echo no such thing; exit 3"], attempts=3)

    done = isolated.doit("-n", "2")

    assert done.code == 2
    assert isolated.calls == []
    assert isolated.told[0].startswith("setup: `echo no such thing; exit 3` ended with exit status 3:")
    assert 3 <= len(isolated.attempts) <= 4
    assert isolated.worktrees == []


def test_ignored_files_that_are_asked_for_are_copied_and_fresh_for_each_task(isolated: Isolated) -> None:
    isolated.prompts(*(task(f"TASK-00{n}", f"{n}.txt") for n in range(1, 5)))
    isolated.write(".gitignore", ".batchexec/\n.spec/\n__pycache__/\n.env*\nsecret/\n")
    isolated.write(".worktreeinclude", ".env\nsecret/*.pem\n")
    for path in (".env", ".env.local", "secret/a.pem", "secret/a.key"):
        isolated.write(path, f"{path}\n")
    isolated.agents(
        {
            f"TASK-00{n}": f"ls -A . secret > {n}.txt; cat .env >> {n}.txt; echo spoilt > .env"
            for n in range(1, 5)
        }
    )

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    for n in range(1, 5):
        seen = isolated.read(f"{n}.txt").split()
        assert {".env", "a.pem"} < set(seen)
        assert not {".env.local", "a.key", "spoilt"} & set(seen)
    assert isolated.read(".env") == ".env\n"


def test_what_leads_git_elsewhere_is_kept_from_agents(isolated: Isolated) -> None:
    isolated.prompts(TWO[0])
    isolated.agents({"TASK-001": "env > a.txt; git rev-parse --show-toplevel >> a.txt"})
    elsewhere = {"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index", "GIT_WORK_TREE": "/nowhere"}

    done = isolated.doit("-n", "2", **elsewhere)

    assert done.code == 0, done.out + done.err
    assert "GIT_" not in isolated.read("a.txt")
    assert isolated.read("a.txt").splitlines()[-1].endswith("/1")


@pytest.mark.parametrize("change", ["changed", "staged", "deleted"])
def test_a_dirty_tree_is_refused_before_anything_is_spent(isolated: Isolated, change: str) -> None:
    isolated.prompts(TWO[0])
    isolated.write("kept.txt", "kept\n")
    isolated.agents(BOTH)
    if change == "deleted":
        (isolated.root / "kept.txt").unlink()
    else:
        isolated.write("kept.txt", "mine\n")
    if change == "staged":
        isolated.git("add", "kept.txt")

    done = isolated.doit("-n", "2")

    assert done.code == 3
    assert done.err == (
        "ERROR: kept.txt changed since the last commit;"
        " commit it, or let --allow-dirty take the tree as it is\n"
    )
    assert isolated.calls == []


def test_what_the_batch_itself_left_uncommitted_is_no_dirt_unless_somebody_changed_it(
    isolated: Isolated,
) -> None:
    isolated.prompts(task("TASK-001", "kept.txt"))
    isolated.write("kept.txt", "kept\n")
    isolated.agents({"TASK-001": "echo A >> kept.txt", "TASK-002": BOTH["TASK-002"]})
    isolated.doit("-n", "2")
    isolated.prompts(task("TASK-001", "kept.txt"), TWO[1])
    isolated.git("commit", "--quiet", "-m", "prompts", "prompts")

    done = isolated.doit("-n", "2")
    isolated.write("kept.txt", "mine\n")
    isolated.doit("forget", "TASK-002")
    refused = isolated.doit("-n", "2")

    assert done.code == 0, done.out + done.err
    assert isolated.attempts == [("TASK-001", "passed"), ("TASK-002", "passed")]
    assert (refused.code, "kept.txt changed" in refused.err) == (3, True)


def test_a_dirty_tree_can_be_taken_as_it_is_with_index_and_stash_untouched(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001"))
    for path in ("staged.txt", "changed.txt", "both.txt", "gone.txt"):
        isolated.write(path, "old\n")
    isolated.agents(
        {
            "TASK-001": 'cat staged.txt changed.txt both.txt new.txt > "$HERE/seen";'
            'ls >> "$HERE/seen"; echo A > a.txt'
        }
    )
    isolated.write("both.txt", "stashed\n")
    isolated.git("stash", "--quiet")
    isolated.write("staged.txt", "staged\n")
    isolated.write("both.txt", "in the index\n")
    isolated.git("add", "staged.txt", "both.txt")
    isolated.write("both.txt", "in the tree\n")
    isolated.write("changed.txt", "changed\n")
    isolated.write("new.txt", "new\n")
    (isolated.root / "gone.txt").unlink()
    stash, staged = isolated.git("stash", "list"), isolated.git("diff", "--cached")
    before = isolated.status

    done = isolated.doit("-n", "2", "--allow-dirty")

    assert done.code == 0, done.out + done.err
    seen = (isolated.here / "seen").read_text()
    assert seen.startswith("staged\nchanged\nin the tree\nnew\n")
    assert "gone.txt" not in seen
    assert sorted(isolated.status.splitlines()) == sorted([*before.splitlines(), "?? a.txt"])
    assert (isolated.git("stash", "list"), isolated.git("diff", "--cached")) == (stash, staged)


def _unborn(isolated: Isolated) -> None:
    isolated.git("update-ref", "-d", "HEAD")


def _submodule(isolated: Isolated) -> None:
    head = isolated.git("rev-parse", "HEAD").strip()
    isolated.git("update-index", "--add", "--cacheinfo", f"160000,{head},vendor")
    isolated.git("commit", "--quiet", "-m", "a submodule")


def _locked(isolated: Isolated) -> None:
    (isolated.root / ".git" / "index.lock").touch()


def _merging(isolated: Isolated) -> None:
    (isolated.root / ".git" / "MERGE_HEAD").write_text(isolated.git("rev-parse", "HEAD"))


def _unwritable(isolated: Isolated) -> None:
    (isolated.here / "state").write_text("a file")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_unborn, "{root}: there is no commit yet; commit once, and run again"),
        (
            _submodule,
            (
                "{root}: has submodules, such as vendor; worktrees do not get them: run one task at a time,"
                " or PRPs with `worktrees: false`"
            ),
        ),
        (_locked, "{root}/.git/index.lock: a lock, "),
        (_merging, "{root}: a merge is in progress; end it by `git merge --continue` or `git merge --abort`"),
        (_unwritable, "{here}/state/batchexec/worktrees/repository-"),
    ],
)
def test_what_would_be_in_the_way_is_told_before_anything_is_spent(
    isolated: Isolated, spoil: object, message: str
) -> None:
    isolated.prompts(*TWO)
    isolated.agents(BOTH)
    assert callable(spoil)
    spoil(isolated)

    done = isolated.doit("-n", "2")

    assert done.code == 3, done.out + done.err
    assert done.err.startswith("ERROR: " + message.format(root=isolated.root, here=isolated.here))
    assert done.err.count("\n") == 1
    assert isolated.calls == []


def test_a_head_on_no_branch_is_good_enough_where_nothing_is_committed(isolated: Isolated) -> None:
    isolated.prompts(*TWO)
    isolated.agents(BOTH)
    isolated.git("checkout", "--quiet", "--detach")

    assert isolated.doit("-n", "2").code == 0
    refused = isolated.doit("-n", "2", "--commit", "task")

    assert refused.err == "" or refused.code == 3


def test_what_a_killed_run_left_of_its_worktrees_is_taken_away(isolated: Isolated) -> None:
    isolated.prompts(*TWO)
    isolated.agents({"TASK-001": 'kill -9 "$(cat "$HERE/pid")"; sleep 5', "TASK-002": "sleep 5"})
    run = isolated.start("-n", "2")
    (isolated.here / "pid").write_text(str(run.pid))
    run.communicate()
    assert isolated.worktrees

    isolated.scripts(BOTH)
    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.worktrees == []
    assert isolated.kept == []


THIEF = (
    'exec 2>>"$HERE/said"; git stash push -q; git stash clear; git branch -D keepme; git tag t;'
    " git commit -q --allow-empty -m evil; git update-ref refs/heads/main HEAD~1; git checkout -q -b mine;"
    " git init -q own; cd own; git -c user.name=x -c user.email=x commit -q --allow-empty -m fine || exit 1;"
    " cd ..; rm -rf own; echo 1 > a.txt"
)


@pytest.mark.parametrize("slots", ["1", "2"])
def test_branches_tags_and_the_stash_are_not_an_agents(isolated: Isolated, slots: str) -> None:
    isolated.agents({"TASK-001": THIEF})
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.write("old.txt", "old\n")
    isolated.git("add", "--all")
    isolated.git("commit", "--quiet", "--message", "more")
    isolated.git("branch", "keepme")
    isolated.write("old.txt", "of the user\n")
    isolated.git("stash", "push", "--quiet")
    before = isolated.git("for-each-ref"), isolated.git("stash", "list")

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out + done.err
    assert (isolated.git("for-each-ref"), isolated.git("stash", "list")) == before
    assert isolated.git("rev-parse", "--abbrev-ref", "HEAD") == "main\n"
    assert "refs/heads/mine is the user's own" in (isolated.here / "said").read_text()
