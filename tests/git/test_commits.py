from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import GitError
from batchexec.git import Committed

if TYPE_CHECKING:
    from pathlib import Path

    from checkout import Checkout

NOTHING = Committed(None, "nothing to commit: these files are as HEAD has them\n")


def changed(checkout: Checkout, commit: str) -> dict[str, str]:
    listing = checkout.git("show", "--format=", "--name-status", "--no-renames", "-z", commit).split("\0")
    return dict(zip(listing[1::2], listing[:-1:2], strict=True))


class TestInTheWorkTree:
    def test_exactly_these_paths_are_committed(self, checkout: Checkout) -> None:
        parent = checkout.commit_all({"a": "1", "gone": "g", "staged": "1", "dirty": "1"})
        for path in ("a", "staged", "dirty", "ใหม่\n", "other"):
            checkout.write(path, "2")
        (checkout.root / "gone").unlink()
        checkout.git("add", "staged")

        made = checkout.repository.commit_paths(["a", "gone", "ใหม่\n"], "subject\n\nTask: T\n")

        assert made == Committed(checkout.head, "")
        assert changed(checkout, "HEAD") == {"a": "M", "gone": "D", "ใหม่\n": "A"}
        assert checkout.git("show", "-s", "--format=%P %an %B") == f"{parent} Ann subject\n\nTask: T\n\n"
        assert checkout.status == " M dirty\0M  staged\0?? other\0"

    def test_what_was_staged_of_a_path_stays(self, checkout: Checkout) -> None:
        checkout.commit(a="1")
        checkout.write("a", "staged")
        checkout.git("add", "a")
        checkout.write("a", "2")

        checkout.repository.commit_paths(["a"], "m")

        assert checkout.git("show", "HEAD:a") == "2"
        assert checkout.git("show", ":a") == "staged"

    def test_nothing_is_committed_where_nothing_is_different(self, checkout: Checkout) -> None:
        head = checkout.commit(a="1", b="1")
        checkout.write("b", "2")

        assert checkout.repository.commit_paths(["a", "nowhere"], "m") == NOTHING
        assert checkout.head == head

    def test_the_first_commit_has_no_parent(self, checkout: Checkout) -> None:
        checkout.write("a", "1")
        checkout.write("b", "1")

        checkout.repository.commit_paths(["a"], "m")

        assert checkout.git("show", "-s", "--format=%P") == "\n"
        assert checkout.status == "?? b\0"

    def test_a_detached_head_moves_on_alone(self, checkout: Checkout) -> None:
        one = checkout.commit(a="1")
        checkout.git("checkout", "--quiet", "--detach")
        checkout.write("a", "2")

        checkout.repository.commit_paths(["a"], "m")

        assert checkout.git("rev-parse", "main").strip() == one
        assert checkout.git("rev-parse", "HEAD^").strip() == one
        assert checkout.status == ""

    def test_a_file_that_became_a_directory_is_committed_so(self, checkout: Checkout) -> None:
        checkout.commit_all({"f": "1", "d/x": "1"})
        (checkout.root / "f").unlink()
        checkout.write("f/x", "2")
        (checkout.root / "d/x").unlink()
        (checkout.root / "d").rmdir()
        checkout.write("d", "2")

        checkout.repository.commit_paths(["f", "f/x", "d", "d/x"], "m")

        assert checkout.files_of("HEAD") == {"f/x": "2", "d": "2"}
        assert checkout.status == ""

    def test_an_ignored_file_that_is_named_is_committed(self, checkout: Checkout) -> None:
        checkout.commit_all({".gitignore": "*.log"})
        checkout.write("x.log")

        checkout.repository.commit_paths(["x.log"], "m")

        assert changed(checkout, "HEAD") == {"x.log": "A"}

    def test_paths_of_a_merge_that_went_wrong_are_committed_alone(self, checkout: Checkout) -> None:
        checkout.commit(a="1", b="1")
        blob = checkout.git("rev-parse", "HEAD:a").strip()
        stages = "".join(f"100644 {blob} {stage}\tb\n" for stage in (1, 2, 3))
        checkout.git("update-index", "--force-remove", "b")
        checkout.git("update-index", "--index-info", stdin=stages)
        checkout.write("a", "2")

        checkout.repository.commit_paths(["a"], "m")

        assert changed(checkout, "HEAD") == {"a": "M"}
        assert "UU b\0" in checkout.status


class TestHooks:
    def test_a_hook_that_fails_keeps_the_commit_from_being_made(self, checkout: Checkout) -> None:
        head = checkout.commit(a="1")
        checkout.write("a", "2")
        checkout.hook("pre-commit", "echo no tabs; echo please >&2; exit 3")

        assert checkout.repository.commit_paths(["a"], "m") == Committed(None, "no tabs\nplease\n")
        assert checkout.head == head
        assert checkout.status == " M a\0"

    @pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg", "commit-msg"])
    def test_a_hook_that_fails_in_silence_is_named(self, checkout: Checkout, name: str) -> None:
        checkout.commit(a="1")
        checkout.write("a", "2")
        checkout.hook(name, "exit 1")

        made = checkout.repository.commit_paths(["a"], "m")

        assert made == Committed(None, f"{name} ended with exit status 1\n")

    def test_hooks_see_what_is_committed_and_may_add_to_it(self, checkout: Checkout) -> None:
        checkout.commit_all({"a.py": "1", "b.py": "1"})
        checkout.write("a.py", "2")
        checkout.write("b.py", "2")
        checkout.hook(
            "pre-commit",
            "git diff --cached --name-only -- '*.py' >seen; echo 3 >a.py; echo new >c.py; git add a.py c.py",
        )

        made = checkout.repository.commit_paths(["a.py"], "m")

        assert made.sha == checkout.head
        assert (checkout.root / "seen").read_text() == "a.py\n"
        assert changed(checkout, "HEAD") == {"a.py": "M", "c.py": "A"}
        assert checkout.git("show", "HEAD:a.py") == "3\n"
        assert checkout.status == " M b.py\0?? seen\0"

    def test_hooks_may_change_the_message(self, checkout: Checkout) -> None:
        checkout.write("a")
        checkout.hook("prepare-commit-msg", 'test "$2" = message && echo "Change-Id: 1" >>"$1"')
        checkout.hook("commit-msg", 'grep -q "Change-Id" "$1"')

        checkout.repository.commit_paths(["a"], "--amend\n\n# kept\n")

        assert checkout.git("show", "-s", "--format=%B") == "--amend\n\n# kept\nChange-Id: 1\n\n"

    def test_a_hook_after_the_commit_sees_it_and_is_in_nobody_s_way(self, checkout: Checkout) -> None:
        checkout.write("a")
        checkout.hook("post-commit", "git rev-parse HEAD; exit 1")

        made = checkout.repository.commit_paths(["a"], "m")

        assert made == Committed(checkout.head, f"{checkout.head}\n")

    def test_a_hook_that_does_not_end_is_ended_when_the_run_is(self, checkout: Checkout) -> None:
        head = checkout.commit(a="1")
        checkout.write("a", "2")
        checkout.hook("pre-commit", "echo waiting; sleep 60")
        begun = time.monotonic()

        made = checkout.repository.commit_paths(["a"], "m", cancelled=lambda: time.monotonic() > begun + 0.3)

        assert made == Committed(None, "waiting\n\nbatchexec: cancelled\n")
        assert checkout.head == head

    def test_hooks_that_were_configured_elsewhere_are_run(self, checkout: Checkout) -> None:
        checkout.write("a")
        checkout.write(".husky/pre-commit", "#!/bin/sh\necho husky\nexit 1\n").chmod(0o755)
        checkout.git("config", "core.hooksPath", ".husky")

        assert checkout.repository.commit_paths(["a"], "m") == Committed(None, "husky\n")

    def test_nothing_is_signed(self, checkout: Checkout) -> None:
        checkout.write("a")
        checkout.git("config", "commit.gpgSign", "true")
        checkout.git("config", "gpg.program", "false")

        assert checkout.repository.commit_paths(["a"], "m").sha == checkout.head


class TestMeanwhile:
    def test_a_commit_of_the_user_s_is_never_lost(self, checkout: Checkout) -> None:
        checkout.commit(a="1", b="1")
        checkout.write("a", "2")
        checkout.write("b", "2")
        checkout.hook(
            "pre-commit",
            "test -e .git/once || { touch .git/once; unset GIT_INDEX_FILE; git commit -qnm theirs -- b; }",
        )

        made = checkout.repository.commit_paths(["a"], "ours")

        assert made.sha == checkout.head
        assert checkout.git("log", "--format=%s") == "ours\ntheirs\nm\n"
        assert checkout.git("show", "HEAD:b") == "2"
        assert checkout.status == ""

    def test_a_commit_of_the_same_file_by_the_user_is_told_about(self, checkout: Checkout) -> None:
        checkout.commit(a="1")
        checkout.write("a", "2")
        checkout.hook("pre-commit", "unset GIT_INDEX_FILE; git commit -qnm theirs -- a")

        with pytest.raises(GitError) as raised:
            checkout.repository.commit_paths(["a"], "ours")

        assert str(raised.value) == (
            "error: refs/heads/main was moved by somebody else, who changed the same files; "
            "look at what both made of them, and run again"
        )
        assert checkout.git("log", "-1", "--format=%s") == "theirs\n"

    def test_a_branch_that_never_stands_still_is_told_about(self, checkout: Checkout) -> None:
        checkout.commit(a="1")
        checkout.write("a", "2")
        checkout.hook("pre-commit", "git commit-tree -m x -p HEAD HEAD^{tree} | xargs git update-ref HEAD")

        with pytest.raises(GitError) as raised:
            checkout.repository.commit_paths(["a"], "ours")

        assert str(raised.value) == (
            "error: HEAD was moved again and again by somebody else; "
            "leave the branch alone for a moment, and run again"
        )

    def test_an_index_that_is_locked_for_a_moment_is_waited_for(self, checkout: Checkout) -> None:
        checkout.commit(a="1")
        checkout.write("a", "2")
        lock = checkout.write(".git/index.lock", "")
        Timer(0.3, lock.unlink).start()

        checkout.repository.commit_paths(["a"], "m")

        assert checkout.status == ""

    def test_an_index_that_stays_locked_is_left_alone(self, checkout: Checkout) -> None:
        checkout.commit(a="1")
        checkout.write("a", "2")
        checkout.write(".git/index.lock", "")

        made = checkout.repository.commit_paths(["a"], "m")

        assert made.sha == checkout.head
        assert (checkout.root / ".git/index.lock").exists()

    def test_many_commits_at_once_have_each_their_own_files(self, checkout: Checkout) -> None:
        found, base = checkout.repository, checkout.commit(a="1")
        tree = found.tree_of(base)

        def land(n: int) -> None:
            from batchexec.git import Blob

            blob = Blob(found.write_blob(str(n).encode()), "100644")
            for _ in range(200):
                head = checkout.head
                sha = found.commit_tree(found.with_changes(found.tree_of(head), {f"f{n}": blob}), [head], "m")
                if found.move("refs/heads/main", sha, head):
                    return
            pytest.fail("never moved")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(land, range(8)))

        commits = checkout.git("rev-list", "main").split()[:-1]
        assert sorted(path for sha in commits for path in changed(checkout, sha)) == [
            f"f{n}" for n in range(8)
        ]
        assert found.differences(tree, "main") != []


class TestInAWorktree:
    @pytest.fixture
    def worktree(self, checkout: Checkout, tmp_path: Path) -> Path:
        base = checkout.commit_all({"a": "1", "b": "1", ".gitignore": "seen\n"})
        checkout.repository.add_worktree(tmp_path / "wt", base)
        return tmp_path / "wt"

    def staged(self, checkout: Checkout, worktree: Path) -> str:
        found = checkout.repository
        checkout.write("a", "2", at=worktree)
        checkout.write("new", "n", at=worktree)
        tree = found.worktree_tree(worktree)
        found.checkout_tree(worktree, checkout.head, tree)
        return tree

    def test_what_is_staged_is_committed_and_no_branch_moves(
        self, checkout: Checkout, worktree: Path
    ) -> None:
        base = checkout.head
        tree = self.staged(checkout, worktree)

        made = checkout.repository.commit_in(worktree, "m", parent=base)

        assert made.sha
        assert checkout.repository.tree_of(made.sha) == tree
        assert checkout.git("rev-parse", "HEAD", "HEAD^", at=worktree).split() == [made.sha, base]
        assert checkout.git("status", "--porcelain", at=worktree) == ""
        assert checkout.head == base
        assert checkout.status == ""

    def test_hooks_run_where_the_files_are(self, checkout: Checkout, worktree: Path) -> None:
        self.staged(checkout, worktree)
        checkout.hook("pre-commit", "git diff --cached --name-only | tee seen; echo 3 >b; git add b")
        checkout.hook("post-commit", "git log -1 --format=%s")

        made = checkout.repository.commit_in(worktree, "subject", parent=checkout.head)

        assert made.sha
        assert made.output == "a\nnew\nsubject\n"
        assert (worktree / "seen").exists()
        assert changed(checkout, made.sha) == {"a": "M", "new": "A", "b": "M"}

    def test_a_hook_that_fails_leaves_all_as_it_was(self, checkout: Checkout, worktree: Path) -> None:
        base = checkout.head
        self.staged(checkout, worktree)
        checkout.hook("commit-msg", "echo 'no such ticket'; exit 1")

        made = checkout.repository.commit_in(worktree, "subject", parent=base)

        assert made == Committed(None, "no such ticket\n")
        assert checkout.git("rev-parse", "HEAD", at=worktree).strip() == base
        assert checkout.git("status", "--porcelain", at=worktree) == "M  a\nA  new\n"


class TestTheIndexBelowAMovingHead:
    def test_entries_follow_head_where_they_were_as_before(self, checkout: Checkout) -> None:
        old = checkout.commit_all({"a": "1", "gone": "1", "staged": "1", "other": "1"})
        checkout.write("staged", "mine")
        checkout.git("add", "staged")
        self._move_to(checkout, {"a": "2", "gone": None, "staged": "2", "other": "2", "new": "n"})

        done = checkout.repository.refresh_index(["a", "gone", "staged", "new", "nowhere"], old)

        assert done
        assert checkout.git("show", ":a") == "2"
        assert checkout.git("show", ":new") == "n"
        assert checkout.git("show", ":staged") == "mine"
        assert checkout.git("show", ":other") == "1"
        assert "gone" not in checkout.git("ls-files").split()

    def _move_to(self, checkout: Checkout, files: dict[str, str | None]) -> None:
        from batchexec.git import Blob

        found = checkout.repository
        changes = {
            path: None if text is None else Blob(found.write_blob(text.encode()), "100644")
            for path, text in files.items()
        }
        tree = found.with_changes(found.tree_of(checkout.head), changes)
        assert found.move("refs/heads/main", found.commit_tree(tree, [checkout.head], "m"), checkout.head)

    def test_an_index_where_nothing_is_to_be_done_is_not_written(self, checkout: Checkout) -> None:
        old = checkout.commit(a="1")
        checkout.write(".git/index.lock", "")

        assert checkout.repository.refresh_index(["a"], old)
