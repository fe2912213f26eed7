from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchexec.git import repository

if TYPE_CHECKING:
    from pathlib import Path

    from checkout import Checkout

TRAPS = (
    *("applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit"),
    *("prepare-commit-msg", "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge"),
    *("pre-push", "post-rewrite", "pre-auto-gc", "post-index-change", "reference-transaction"),
)
SETTINGS = {
    "core.pager": "",
    "core.editor": "",
    "core.sshCommand": "",
    "core.askPass": "",
    "core.alternateRefsCommand": "",
    "credential.helper": "!",
    "diff.external": "",
    "diff.loud.command": "",
    "diff.loud.textconv": "",
    "gpg.program": "",
    "sequence.editor": "",
    "alias.add": "!",
    "alias.commit-tree": "!",
}


def test_the_guard_is_the_same_whatever_work_was_done(checkout: Checkout, tmp_path: Path) -> None:
    base = checkout.commit(a="1")
    found = checkout.repository
    before = found.guard()

    found.add_worktree(tmp_path / "wt", base)
    checkout.git("checkout", "--quiet", "-b", "mine", at=tmp_path / "wt")
    checkout.git("commit", "--quiet", "--allow-empty", "--message=m", at=tmp_path / "wt")
    checkout.write("a", "2")
    found.commit_paths(["a"], "m")
    checkout.git("update-server-info")
    checkout.git("gc", "--quiet")

    assert found.guard() == before


@pytest.mark.parametrize(
    "path",
    [
        "config",
        "config.worktree",
        "hooks/pre-commit",
        "hooks/deep/er",
        "info/attributes",
        "info/exclude",
        "objects/info/alternates",
    ],
)
def test_the_guard_sees_what_is_changed(checkout: Checkout, path: str) -> None:
    found = checkout.repository
    seen = {found.guard()}
    file = checkout.root / ".git" / path

    checkout.write(f".git/{path}", "[core]\npager = a\n")
    seen.add(found.guard())
    checkout.write(f".git/{path}", "[core]\npager = b\n")
    seen.add(found.guard())
    file.chmod(0o755)
    seen.add(found.guard())
    file.unlink()
    file.symlink_to("/dev/null")
    seen.add(found.guard())
    file.unlink()
    file.symlink_to("/dev/zero")
    seen.add(found.guard())

    assert len(seen) == 6


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("user.name", False),
        ("user.email", False),
        ("branch.main.merge", False),
        ("branch.main.remote", False),
        ("user.signingKey", True),
        ("core.hooksPath", True),
        ("include.path", True),
        ("remote.origin.url", True),
        ("filter.x.clean", True),
    ],
)
def test_the_guard_leaves_people_their_names_and_branches(
    checkout: Checkout, name: str, *, seen: bool
) -> None:
    before = checkout.repository.guard()

    checkout.git("config", name, "x")

    assert (checkout.repository.guard() != before) is seen


def test_nothing_hides_behind_a_harmless_section(checkout: Checkout) -> None:
    config = checkout.root / ".git/config"
    before = checkout.repository.guard()

    config.write_text(config.read_text() + "[user] [core] hooksPath = evil\n")

    assert checkout.repository.guard() != before


def test_the_guard_sees_a_directory_of_hooks_become_a_link(checkout: Checkout, tmp_path: Path) -> None:
    found = checkout.repository
    before = found.guard()
    (checkout.root / ".git/hooks").rename(tmp_path / "hooks")
    (checkout.root / ".git/hooks").symlink_to(tmp_path / "hooks")

    assert found.guard() != before


def test_the_guard_of_a_worktree_is_that_of_all(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit(a="1")
    checkout.git("worktree", "add", "--quiet", str(tmp_path / "mine"))
    found = repository(tmp_path / "mine")
    assert found
    before = found.guard()

    checkout.git("config", "alias.x", "!true")

    assert found.guard() != before


def test_nothing_that_is_configured_is_run(checkout: Checkout, tmp_path: Path) -> None:
    base = checkout.commit_all({"a": "1", "b": "1", ".gitattributes": "* diff=loud\n"})
    trap = checkout.write("trap", f"#!/bin/sh\necho $0 $* >>{tmp_path}/fired\n", at=tmp_path)
    trap.chmod(0o755)
    for name in TRAPS:
        (checkout.root / ".git/hooks" / name).write_text(trap.read_text())
        (checkout.root / ".git/hooks" / name).chmod(0o755)
    for name, mark in SETTINGS.items():
        checkout.git("config", name, f"{mark}{trap}")
    checkout.git("config", "core.fsmonitor", str(trap))
    checkout.git("config", "commit.gpgSign", "true")
    (tmp_path / "fired").unlink(missing_ok=True)
    found, wt = checkout.repository, tmp_path / "wt"

    checkout.write("a", "2")
    found.head()
    found.obstacles(isolated=True)
    found.dirty()
    found.snapshot(untracked=True)
    found.add_worktree(wt, base)
    checkout.write("b", "2", at=wt)
    tree = found.worktree_tree(wt)
    found.blobs([one.after.sha for one in found.differences(base, tree) if one.after])
    other = found.commit_tree(tree, [base], "m")
    found.merge(base, other)
    found.checkout_tree(wt, base, tree)
    found.reset_worktree(wt, base)
    found.keep("refs/batchexec/r/t", other)
    found.move("refs/heads/main", other, base)
    found.refresh_index(["b"], base)
    found.remove_worktree(wt)
    found.forget_worktrees(tmp_path)

    assert not (tmp_path / "fired").exists()


def test_a_bare_repository_in_the_tree_leads_nowhere(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit(a="1")
    inner = checkout.root / "inner"
    checkout.git("init", "--quiet", "--bare", str(inner))
    trap = checkout.write("trap", f"#!/bin/sh\n: >{tmp_path}/fired\n", at=tmp_path)
    trap.chmod(0o755)
    checkout.git("config", "--file", str(inner / "config"), "core.fsmonitor", str(trap))
    checkout.git("config", "--file", str(inner / "config"), "core.worktree", str(checkout.root))

    assert repository(inner) is None or repository(inner).top == checkout.root  # type: ignore[union-attr]
    checkout.repository.snapshot(untracked=True)
    assert not (tmp_path / "fired").exists()
