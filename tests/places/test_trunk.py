from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import GitError
from batchexec.model import Edit
from batchexec.places import Trunk
from batchexec.places.place import Commit

if TYPE_CHECKING:
    from checkout import Checkout

A, B = "1\n2\n3\n", "b\n"


def new(path: str, text: str = "new\n") -> Edit:
    return Edit(path=path, before=None, after=text.encode())


def test_the_tip_is_head_where_nothing_is_changed(checkout: Checkout, trunk: Trunk) -> None:
    assert trunk.tip == checkout.head


def test_the_tip_has_what_is_not_committed_and_nobody_s_index_knows(checkout: Checkout) -> None:
    checkout.write("a.txt", "changed\n")
    checkout.write("new.txt", "new\n")
    status = checkout.status
    trunk = Trunk(checkout.repository, checkout.root)

    trunk.begin()

    assert checkout.files_of(trunk.tip) == {"a.txt": "changed\n", "b.txt": B, "new.txt": "new\n"}
    assert checkout.status == status
    assert checkout.git("rev-parse", f"{trunk.tip}^").strip() == checkout.head


def test_the_tip_is_kept_while_a_run_goes_on_and_no_longer(checkout: Checkout, trunk: Trunk) -> None:
    trunk.advance([new("x.txt")])
    during = checkout.git("rev-parse", "refs/batchexec/tip").strip()

    trunk.close()
    trunk.close()

    assert during == trunk.tip != checkout.head
    assert checkout.git("for-each-ref", "refs/batchexec") == ""


def test_an_ignored_file_counts_where_it_is_asked_for(checkout: Checkout) -> None:
    checkout.commit_all({".gitignore": "dist/\n"})
    checkout.write("dist/out.txt", "out\n")
    checkout.write("dist/scrap.txt", "scrap\n")
    trunk = Trunk(checkout.repository, checkout.root, {"dist/out.txt"})

    trunk.begin()

    assert checkout.files_of(trunk.tip).keys() - {".gitignore", "a.txt", "b.txt"} == {"dist/out.txt"}
    assert trunk.committable([new("dist/out.txt"), new("x.txt")]) == (new("x.txt"),)


def test_of_those_that_wait_the_first_in_the_plan_has_the_next_turn(trunk: Trunk) -> None:
    had: list[int] = []

    def work(order: int) -> None:
        with trunk.turn(order):
            had.append(order)

    with trunk.turn(9):
        threads = [threading.Thread(target=work, args=(order,)) for order in (5, 3, 8, 1)]
        for thread in threads:
            thread.start()
            time.sleep(0.05)
    for thread in threads:
        thread.join()

    assert had == [1, 3, 5, 8]


def test_a_turn_that_ends_badly_ends(trunk: Trunk) -> None:
    with pytest.raises(KeyError), trunk.turn(1):
        raise KeyError

    with trunk.turn(2):
        pass


def commit(checkout: Checkout, trunk: Trunk, edit: Edit) -> Commit:
    tree = trunk.with_edits(checkout.repository.tree_of(checkout.head), [edit])
    sha = checkout.repository.commit_tree(tree, [checkout.head], "ours")
    return Commit(sha=sha, tip=sha, parent=checkout.head, message="ours", edits=(edit,))


def test_the_branch_is_moved_and_the_index_follows(checkout: Checkout, trunk: Trunk) -> None:
    made = commit(checkout, trunk, new("x.txt"))
    checkout.write("x.txt", "new\n")

    assert trunk.move_branch(made) == ""
    assert (checkout.head, checkout.status) == (made.sha, "")


def test_a_commit_goes_on_top_of_what_somebody_else_committed_meanwhile(
    checkout: Checkout, trunk: Trunk
) -> None:
    made = commit(checkout, trunk, new("x.txt"))
    theirs = checkout.commit(b_txt="theirs\n")
    checkout.write("x.txt", "new\n")

    assert trunk.move_branch(made) == ""
    assert checkout.git("rev-parse", "HEAD^").strip() == theirs
    assert checkout.files_of("HEAD") == {"a.txt": A, "b.txt": "theirs\n", "x.txt": "new\n"}
    assert checkout.status == ""


def test_a_commit_of_files_somebody_else_committed_meanwhile_is_refused(
    checkout: Checkout, trunk: Trunk
) -> None:
    made = commit(checkout, trunk, new("x.txt"))
    theirs = checkout.commit(x_txt="theirs\n")

    assert trunk.move_branch(made) == "refs/heads/main was moved by somebody else, who changed the same files"
    assert checkout.head == theirs


def test_a_commit_needs_a_branch_to_be_on(checkout: Checkout, trunk: Trunk) -> None:
    made = commit(checkout, trunk, new("x.txt"))
    checkout.git("checkout", "--quiet", "--detach")

    assert trunk.move_branch(made) == "HEAD is on no branch any more"


def test_git_is_not_trusted_with_anything_once_it_is_told_otherwise(checkout: Checkout, trunk: Trunk) -> None:
    checkout.git("config", "filter.x.clean", "evil")

    with pytest.raises(GitError, match="the repository's configuration or hooks were changed"):
        trunk.check()

    trunk.trust()
    trunk.check()
