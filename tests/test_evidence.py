"""Evidence is what stands in the tree and nothing else: no link out of it, no other case, no pipe."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import Problem
from batchexec.evidence import Commands, Tree, Verdict, check_all, parse_all
from batchexec.model import HookLine, Location

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.verification import CheckedHook

WHERE = Location("tasks.md", 7)
TEST = "def test_a():\n    assert 1\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    write(path, "a.py", "A = 1\n")
    return path


@pytest.fixture(autouse=True)
def _no_global_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


def write(root: Path, path: str, text: str | bytes) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def check(root: Path, *payloads: str, commands: Commands | None = None) -> list[CheckedHook]:
    return check_all(parse_all(HookLine(one, WHERE) for one in payloads), Tree(root), commands)


def said(root: Path, payload: str) -> tuple[str, str]:
    """Return the reason and the detail of one hook."""
    (one,) = check(root, payload)
    assert one.ok is (one.reason == "")
    return one.reason, one.detail


def test_a_definition_in_a_file_is_proof(root: Path) -> None:
    write(root, "src/a.py", "A = 1\n")

    (one,) = check(root, "code path=src/a.py symbol=A")

    assert (one.ok, one.weak, one.reason, one.detail) == (True, False, "", "")


def test_a_file_that_is_there_is_only_weak_evidence(root: Path) -> None:
    write(root, "src/a.py", "A = 1\n")

    (one,) = check(root, "code path=src/a.py")

    assert (one.ok, one.weak) == (True, True)


def test_hooks_come_back_in_their_order_whatever_file_they_are_about(root: Path) -> None:
    write(root, "a.py", "A = 1\n")
    payloads = ["code path=a.py symbol=A", "code path=b.py", "oops", "code path=a.py symbol=B", "ui screen=x"]

    found = check(root, *payloads)

    assert [one.raw for one in found] == payloads
    assert [one.reason for one in found] == [
        "",
        "file not found",
        "invalid hook",
        "symbol not found",
        "needs a person",
    ]


class TestPaths:
    @pytest.mark.parametrize("path", ["a.py", "sub/a.py"])
    def test_a_link_out_of_the_repository_is_no_proof(self, root: Path, outside: Path, path: str) -> None:
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).symlink_to(outside / "a.py")

        assert said(root, f"code path={path} symbol=A") == (
            "path leads outside the repository",
            f"{path} is a symbolic link",
        )

    @pytest.mark.parametrize(
        "payload",
        ["code path=lib/a.py symbol=A", "code path=lib/", "code path=lib contains=A", "code path=lib"],
    )
    def test_a_linked_directory_outside_is_no_proof(self, root: Path, outside: Path, payload: str) -> None:
        (root / "lib").symlink_to(outside)

        assert said(root, payload) == ("path leads outside the repository", "lib is a symbolic link")

    def test_a_relative_link_that_climbs_out_is_no_proof(self, root: Path, outside: Path) -> None:
        write(root, "sub/b.py", "")
        (root / "sub/lib").symlink_to("../../outside")

        assert said(root, "code path=sub/lib/a.py")[0] == "path leads outside the repository"
        assert outside.exists()

    def test_a_link_to_a_link_that_leads_out_is_no_proof(self, root: Path, outside: Path) -> None:
        (root / "one").symlink_to("two")
        (root / "two").symlink_to(outside / "a.py")

        assert said(root, "code path=one symbol=A")[0] == "path leads outside the repository"

    def test_a_directory_whose_name_only_starts_like_the_root_is_outside(self, root: Path) -> None:
        write(root.parent, "root2/a.py", "A = 1\n")
        (root / "a.py").symlink_to(root.parent / "root2/a.py")

        assert said(root, "code path=a.py symbol=A")[0] == "path leads outside the repository"

    def test_links_that_stay_inside_are_followed(self, root: Path) -> None:
        write(root, "src/a.py", "A = 1\n")
        (root / "b.py").symlink_to("src/a.py")
        (root / "lib").symlink_to(root / "src")

        assert said(root, "code path=b.py symbol=A") == ("", "")
        assert said(root, "code path=lib/a.py symbol=A") == ("", "")

    def test_links_are_followed_where_the_root_itself_is_one(self, root: Path) -> None:
        write(root, "src/a.py", "A = 1\n")
        (root / "b.py").symlink_to("src/a.py")
        linked = root.parent / "linked"
        linked.symlink_to(root)

        assert said(linked, "code path=b.py symbol=A") == ("", "")

    def test_a_link_to_nothing_is_a_file_that_is_not_there(self, root: Path) -> None:
        (root / "a.py").symlink_to("nowhere.py")
        (root / "b.py").symlink_to("b.py")
        (root / "c.py").symlink_to("c" * 300)

        assert [said(root, f"code path={path}")[0] for path in ("a.py", "b.py", "c.py")] == [
            "file not found"
        ] * 3

    @pytest.mark.parametrize(
        ("path", "detail"),
        [
            ("src/a.py", "there is src/A.py, in other case"),
            ("SRC/A.py", "there is src, in other case"),
            ("src/b.py", ""),
            ("src/A.py/b.py", "src/A.py is a file"),
            ("lib/a.py", ""),
        ],
    )
    def test_a_path_that_is_not_there_to_the_letter_is_not_found(
        self, root: Path, path: str, detail: str
    ) -> None:
        write(root, "src/A.py", "A = 1\n")

        assert said(root, f"code path={path}") == ("file not found", detail)

    @pytest.mark.parametrize(
        "path", ["", ".", "./", "/etc/passwd", "../root/a.py", "~/a.py", "C:/a.py", "*.py"]
    )
    def test_a_path_that_is_refused_proves_nothing(self, root: Path, path: str) -> None:
        write(root, "a.py", "A = 1\n")

        assert said(root, f'code path="{path}"')[0] == "invalid hook"

    @pytest.mark.parametrize(
        "path", [".github/x.yml", "./a.yml", "app/[id]/page.tsx", "my docs/a file.md", "sub/ä.md"]
    )
    def test_an_odd_path_that_is_allowed_is_found(self, root: Path, path: str) -> None:
        write(root, path, "words\n")

        assert said(root, f'docs path="{path}" contains=words') == ("", "")


class TestDirectories:
    @pytest.mark.parametrize("payload", ["code path=src/", "code path=src symbol=Directory", "code path=src"])
    def test_a_directory_that_is_there_is_weak_evidence(self, root: Path, payload: str) -> None:
        write(root, "src/a.py", "A = 1\n")

        (one,) = check(root, payload)

        assert (one.ok, one.weak) == (True, True)

    @pytest.mark.parametrize(
        ("payload", "expected"),
        [
            ("code path=lib/", ("directory not found", "")),
            ("code path=lib symbol=Directory", ("directory not found", "")),
            ("code path=src/a.py symbol=Directory", ("directory not found", "")),
            ("code path=src/a.py/", ("directory not found", "")),
            ("code path=SRC/", ("directory not found", "there is src, in other case")),
            ("code path=lib", ("file not found", "")),
        ],
    )
    def test_a_directory_that_is_not_there_is_missing(
        self, root: Path, payload: str, expected: tuple[str, str]
    ) -> None:
        write(root, "src/a.py", "A = 1\n")

        assert said(root, payload) == expected

    def test_one_file_with_all_that_is_claimed_suffices(self, root: Path) -> None:
        write(root, "src/a.py", "A = 1\n")
        write(root, "src/deep/b.py", "class B:\n    x = 1\n")

        assert said(root, "code path=src/ symbol=B") == ("", "")
        assert said(root, "code path=src/ contains='x = 1' symbol=B") == ("", "")

    def test_two_files_with_half_of_it_each_do_not(self, root: Path) -> None:
        write(root, "src/a.py", "A = 1\n")
        write(root, "src/b.py", "B = 1\n")

        assert said(root, "code path=src/ symbol=A contains='B = 1'")[0] in (
            "symbol not found",
            "contains not found",
        )

    def test_a_definition_outweighs_a_mere_mention_that_comes_first(self, root: Path) -> None:
        write(root, "src/a.sql", "select widget from t;\n")
        write(root, "src/b.py", "class widget:\n    x = 1\n")

        (one,) = check(root, "code path=src symbol=widget")

        assert (one.ok, one.weak) == (True, False)

    def test_an_empty_directory_holds_nothing_that_could_match(self, root: Path) -> None:
        (root / "src").mkdir()

        assert said(root, "code path=src/ contains=a") == ("directory is empty", "")

    def test_a_neighbour_whose_name_starts_alike_does_not_count(self, root: Path) -> None:
        (root / "src").mkdir()
        write(root, "src2/a.py", "A = 1\n")

        assert said(root, "code path=src/ symbol=A")[0] == "directory is empty"

    def test_a_link_out_of_a_directory_does_not_count(self, root: Path, outside: Path) -> None:
        (root / "src").mkdir()
        (root / "src/a.py").symlink_to(outside / "a.py")

        assert said(root, "code path=src/ symbol=A")[0] == "directory is empty"

    def test_what_git_ignores_does_not_count_in_a_directory(self, root: Path) -> None:
        subprocess.run(["git", "init", "-q", root], check=True)
        write(root, ".gitignore", "build/\n*.gen.py\n")
        write(root, "src/a.gen.py", "A = 1\n")
        write(root, "src/b.py", "B = 1\n")

        assert said(root, "code path=src/ symbol=A")[0] == "symbol not found"
        assert said(root, "code path=src/ symbol=B") == ("", "")
        assert said(root, "code path=src/a.gen.py symbol=A") == ("", "")

    def test_untracked_files_count_and_deleted_ones_do_not(self, root: Path) -> None:
        subprocess.run(["git", "init", "-q", root], check=True)
        write(root, "src/a.py", "A = 1\n")
        subprocess.run(["git", "add", "src/a.py"], cwd=root, check=True)
        (root / "src/a.py").unlink()
        write(root, "src/b.py", "B = 1\n")

        assert said(root, "code path=src/ symbol=A")[0] == "symbol not found"
        assert said(root, "code path=src/ symbol=B") == ("", "")

    def test_a_directory_that_is_linked_to_inside_holds_what_it_links_to(self, root: Path) -> None:
        write(root, "src/a.py", "A = 1\n")
        (root / "lib").symlink_to("src")

        assert said(root, "code path=lib/ symbol=A") == ("", "")


class TestReading:
    @pytest.mark.parametrize("name", ["a.txt", "sub/a.txt"])
    def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(self, root: Path, name: str) -> None:
        write(root, name, b"\xef\xbb\xbf# Setup\r\nfirst\r\nsecond\r\n")

        assert said(root, f'docs path={name} regex="^# Setup$" contains="first\nsecond"') == ("", "")

    def test_a_binary_file_holds_the_text_that_is_in_it(self, root: Path) -> None:
        write(root, "logo.bin", b"\x00\xff\xfeMAGIC\x80\x00")

        assert said(root, "code path=logo.bin contains=MAGIC") == ("", "")
        assert said(root, "code path=logo.bin contains=other") == ("contains not found", "")

    def test_a_named_pipe_is_no_file_to_read(self, root: Path) -> None:
        os.mkfifo(root / "pipe")

        assert said(root, "code path=pipe") == ("file cannot be read", "it is no regular file")

    def test_a_file_of_more_than_20_mb_is_not_read(self, root: Path) -> None:
        for name, size in (("fits.txt", 20_000_000), ("large.txt", 20_000_001)):
            with (root / name).open("wb") as file:
                file.write(b"start\n")
                file.truncate(size)

        assert said(root, "docs path=fits.txt contains=start") == ("", "")
        assert said(root, "docs path=large.txt contains=start") == ("file is too large", "more than 20 MB")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read_is_no_proof(self, root: Path) -> None:
        write(root, "a.py", "A = 1\n").chmod(0)

        assert said(root, "code path=a.py") == ("file cannot be read", "Permission denied")

    def test_a_socket_is_no_proof(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(root)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("a.sock")

        assert said(root, "code path=a.sock") == ("file cannot be read", "No such device or address")

    @pytest.mark.parametrize(
        ("name", "text", "reason"),
        [
            ("a.py", "", "file is empty"),
            ("a.py", " \n\t\n", "file is empty"),
            ("__init__.py", "", ""),
            (".gitkeep", "", ""),
        ],
    )
    def test_an_empty_file_proves_something_only_where_it_is_meant_to_be_empty(
        self, root: Path, name: str, text: str, reason: str
    ) -> None:
        write(root, name, text)

        assert said(root, f"code path={name}")[0] == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class UserAuth:\n    x = 1\n", "symbol not found"),
        ("# class User:\n", "symbol not found"),
        ("TEXT = '''\nclass User:\n'''\n", "symbol not found"),
        ("from users import User\n", "symbol not found"),
        ("class User: ...\n", "symbol is a stub"),
        ("def User():\n    raise NotImplementedError\n", "symbol is a stub"),
        ("class User:\n", "file does not parse"),
        ("class User:\n    name = 'x'\n", ""),
    ],
)
def test_only_a_definition_proves_a_symbol(root: Path, text: str, reason: str) -> None:
    write(root, "src/users.py", text)

    assert said(root, "code path=src/users.py symbol=User")[0] == reason


@pytest.mark.parametrize(
    "payload",
    [
        "code path=a.py contains=don't",
        "code path=a.py A",
        r"code path=a.py regex=class\s+X",
        "code path=a.py symbol=A symbol=A",
        "code path=a.py colour=red",
        "kode path=a.py",
        "code symbol=A",
        'code path=a.py regex="("',
    ],
)
def test_an_invalid_hook_has_a_line_and_a_hint_and_proves_nothing(root: Path, payload: str) -> None:
    write(root, "a.py", "A = 1\nclass X:\n    y = 'don\\'t'\n")
    line = HookLine(payload, WHERE)

    ((_, problem),) = parse_all([line])
    (one,) = check(root, payload)

    assert isinstance(problem, Problem)
    assert problem.location == WHERE
    assert problem.hint
    assert (one.ok, one.reason, one.detail) == (False, "invalid hook", problem.message)


def opens(root: Path, path: str, work: str) -> int:
    """Count how often a file is opened while a piece of Python works in a process of its own."""
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from batchexec.evidence import *\nfrom batchexec.model import HookLine, Location\n"
        f"count = 0\ndef hook(event, args):\n    global count\n"
        f"    count += event == 'open' and str(args[0]).endswith({path!r})\n"
        "def run(*payloads):\n"
        "    lines = [HookLine(one, Location('t', 1)) for one in payloads]\n"
        f"    return check_all(parse_all(lines), Tree(Path({str(root)!r})))\n"
        f"sys.addaudithook(hook)\n{work}\nprint(count)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, encoding="utf-8")
    return int(done.stdout)


def test_a_file_is_opened_once_however_many_hooks_are_about_it(root: Path) -> None:
    write(root, "src/a.py", "A = 1\nB = 2\n")

    work = (
        "found = run('code path=src/a.py symbol=A', 'code path=src/b.py', 'code path=src/a.py symbol=B',"
        " 'code path=./src/a.py contains=A', 'docs path=src/a.py contains=B')\n"
        "assert [one.ok for one in found] == [True, False, True, True, True]"
    )

    assert opens(root, "a.py", work) == 1


def test_the_files_of_a_directory_are_opened_once_however_many_hooks_are_about_it(root: Path) -> None:
    write(root, "src/a.py", "A = 1\nB = 2\n")

    assert opens(root, "a.py", "run('code path=src/ symbol=A', 'code path=src/ symbol=B')") == 1


def test_a_file_that_is_only_claimed_to_be_a_directory_is_not_opened(root: Path) -> None:
    write(root, "src/a.py", "A = 1\n")

    assert opens(root, "a.py", "run('code path=src/', 'code path=src/a.py/')") == 0


class TestCommands:
    HOOK = "test path=a.txt contains=x command="

    @pytest.fixture
    def root(self, root: Path) -> Path:
        write(root, "a.txt", "x\n")
        return root

    def test_a_command_runs_only_where_there_is_somebody_to_run_it(self, root: Path) -> None:
        payload = self.HOOK + "'touch ran'"

        (asked,) = check(root, payload)
        assert (asked.ok, (root / "ran").exists()) == (True, False)
        (asked,) = check(root, payload, commands=Commands(root))
        assert (asked.ok, (root / "ran").exists()) == (True, True)

    def test_a_command_runs_once_however_many_hooks_name_it(self, root: Path) -> None:
        payload = self.HOOK + "'echo x >> ran'"

        check(root, payload, payload, payload, commands=Commands(root))

        assert (root / "ran").read_text() == "x\n"

    def test_another_verification_runs_it_again(self, root: Path) -> None:
        for _ in range(2):
            check(root, self.HOOK + "'echo x >> ran'", commands=Commands(root))

        assert (root / "ran").read_text() == "x\nx\n"

    def test_a_command_that_fails_is_told_with_its_status_and_last_line(self, root: Path) -> None:
        payload = self.HOOK + "'echo one; echo two >&2; exit 4'"

        (one,) = check(root, payload, commands=Commands(root))

        assert (one.ok, one.reason) == (False, "command failed")
        assert one.detail == "echo one; echo two >&2; exit 4: exit status 4: two"

    def test_a_command_that_says_nothing_is_told_with_its_status(self, root: Path) -> None:
        (one,) = check(root, self.HOOK + "false", commands=Commands(root))

        assert one.detail == "false: exit status 1"

    def test_a_command_that_does_not_end_fails_in_time(self, root: Path) -> None:
        started = time.monotonic()

        (one,) = check(root, self.HOOK + "'sleep 30'", commands=Commands(root, timeout_s=0.2))

        assert time.monotonic() - started < 10
        assert one.reason == "command failed"
        assert one.detail.startswith("sleep 30: no end after 0.2 s")

    def test_a_command_does_not_run_where_the_file_already_speaks_against_it(self, root: Path) -> None:
        payloads = ["test path=b.txt command='touch ran'", "test path=a.txt contains=y command='touch ran'"]

        found = check(root, *payloads, commands=Commands(root))

        assert [one.reason for one in found] == ["file not found", "contains not found"]
        assert not (root / "ran").exists()

    def test_a_command_gets_no_secrets(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MY_API_KEY", "hunter2")
        monkeypatch.setenv("MY_HOME", "plain")

        check(root, self.HOOK + "'env > ran'", commands=Commands(root))

        inherited = (root / "ran").read_text()
        assert "MY_HOME=plain" in inherited
        assert "hunter2" not in inherited

    def test_a_command_that_succeeds_is_proof_and_no_weak_one(self, root: Path) -> None:
        (one,) = check(root, "test path=a.txt command=true", commands=Commands(root))

        assert (one.ok, one.weak) == (True, False)

    def test_a_bare_command_is_about_the_first_file_of_its_kind_that_exists(self, root: Path) -> None:
        write(root, "setup.cfg", "[a]\n")

        (one,) = check(root, "pytest -q")

        assert one.hook
        assert (one.hook.path, one.ok, one.weak) == ("setup.cfg", True, True)


class TestVerdict:
    def verdict(self, root: Path, *payloads: str, strict: bool = False) -> Verdict:
        return Verdict(tuple(check(root, *payloads)), strict)

    @pytest.fixture
    def root(self, root: Path) -> Path:
        write(root, "a.py", "A = 1\n")
        return root

    @pytest.mark.parametrize(
        ("payloads", "strict", "holds", "proven"),
        [
            ([], False, False, False),
            (["code path=a.py symbol=A"], False, True, True),
            (["code path=a.py"], False, True, False),
            (["code path=a.py"], True, False, False),
            (["code path=a.py symbol=A", "code path=a.py"], True, False, False),
            (["code path=a.py symbol=A", "code path=b.py"], False, False, False),
            (["code path=a.py symbol=A", "ui screen=x"], False, True, False),
            (["code path=a.py symbol=A", "oops"], False, False, False),
            (["ui screen=x"], False, False, False),
        ],
    )
    def test_every_hook_has_to_hold_and_one_at_least(
        self, root: Path, payloads: list[str], strict: bool, holds: bool, proven: bool
    ) -> None:
        verdict = self.verdict(root, *payloads, strict=strict)

        assert (verdict.holds, verdict.proven) == (holds, proven)

    @pytest.mark.parametrize(
        ("payloads", "strict", "complaint"),
        [
            (["code path=a.py symbol=A"], True, ""),
            (["code path=b.py"], False, "file not found: code path=b.py (tasks.md:7)"),
            (
                ["code path=A.py", "code path=b.py", "code path=c.py"],
                False,
                "file not found: code path=A.py [there is a.py, in other case] (tasks.md:7), and 2 more",
            ),
            (["code path=a.py"], True, "holds only weakly: code path=a.py (tasks.md:7)"),
        ],
    )
    def test_the_complaint_names_the_first_hook_that_fails_and_counts_the_others(
        self, root: Path, payloads: list[str], strict: bool, complaint: str
    ) -> None:
        assert self.verdict(root, *payloads, strict=strict).complaint == complaint


def test_twenty_thousand_hooks_about_a_few_missing_files_are_quick(root: Path) -> None:
    lines = [HookLine(f"code path=a/b{n % 7}.py symbol=A", WHERE) for n in range(20_000)]
    started = time.monotonic()

    found = check_all(parse_all(lines), Tree(root))

    assert len(found) == 20_000
    assert time.monotonic() - started < 5
