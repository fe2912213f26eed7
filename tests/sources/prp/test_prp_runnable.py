"""Which commands of a gate are run, and why others are left to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.sources.prp.commands import take_apart
from batchexec.sources.prp.runnable import reason_against


@pytest.mark.parametrize(
    "script",
    [
        "python3 -m pytest -q",
        'grep -c "retry(" shop/mail.py',
        "cd tools && uv run pytest tests/test_x.py::test_y -v",
        "ls 2>/dev/null >/tmp/out",
        "/usr/bin/env python3 --version; /bin/ls",
        "/repo/run.sh && cd /repo && cat /mapped/elsewhere/x",
        "git log --oneline | head -5; git diff HEAD~1 HEAD; git merge-base a b",
        "git show HEAD@{1} @{u} stash@{0}",
        'echo ${NAME} "$NAME" "${NAME}" $(date)',
        "find . -name '*.py' -exec wc -l {} \\;",
        "curl -w %{http_code} http://localhost",
        "command -v vim",
        "sort <in >out; diff <(sort a) <(sort b)",
        "echo $((1<<2)) $(( $(wc -c < f) / 4 )); (( a / b ))",
        "case $x in a) echo b;; esac",
        "awk '{print $1}' f; sed -n '/foo/p' f",
        "[[ $x =~ y ]] && echo ok",
        "cp a{b,c} d; echo {1..5}; { true; }",
        "tmp/run --in ./x ../y",
    ],
)
def test_ordinary_commands_are_run(script: str) -> None:
    assert reason_against(script, ("/repo", "/mapped/")) == ""


@pytest.mark.parametrize(
    "script",
    [
        'grep -q "sudo rm" x',
        "grep -c '/peer-review' x",
        'echo "run /peer-review now"',
        "echo ok # then sudo /peer-review {NAME} <name> ~/x",
        "# sudo\necho ok",
        'grep -q "/etc/passwd" x',
        "git log --grep 'git push'",
        "python3 -c \"print(f'{NAME}')\"",
        "python3 - <<'EOF'\nprint(f'{NAME} <name>')\n/peer-review\nsudo x\nEOF\necho ok",
        "cat <<-EOF > out\n\t/peer-review\n\tEOF\n",
        "cat <<A <<B\nsudo\nA\nvim\nB\ntrue",
        "grep vim x; echo sudo git push",
        "printf '%s' \"a 'b\" 'c \"d'",
        "echo $'it\\'s' && true",
    ],
)
def test_words_in_quotes_comments_and_documents_are_no_commands(script: str) -> None:
    assert reason_against(script, ("/repo",)) == ""


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("/peer-review PRP-12", "slash command /peer-review"),
        ("  /sync", "slash command /sync"),
        ("time /peer-review", "slash command /peer-review"),
        ("# In the agent:\n/sync --all", "slash command /sync"),
        ("cd /Users/me/x && ls", "path outside the repository: /Users/me/x"),
        ("cd /repository", "path outside the repository: /repository"),
        ("cat /repo/../etc/x", "path outside the repository: /repo/../etc/x"),
        ("cat /tmp/../etc/x", "path outside the repository: /tmp/../etc/x"),
        ("ls ~", "path outside the repository: ~"),
        ("cat ~/.config/x", "path outside the repository: ~/.config/x"),
        ('test -f "/Users/me/a b"', "path outside the repository: /Users/me/a b"),
        ("echo x > /etc/x", "path outside the repository: /etc/x"),
        ('echo x >"/etc/x"', "path outside the repository: /etc/x"),
        ("run --in=/opt/x", "path outside the repository: /opt/x"),
        ("HOME=/root run", "path outside the repository: /root"),
        ("for f in /home/x/*; do cat $f; done", "path outside the repository: /home/x/*"),
        ("pytest tests/test_{feature}.py", "placeholder {feature}"),
        ("run {NAME}", "placeholder {NAME}"),
        ("run <name>", "placeholder <name>"),
        ("run <the file> x", "placeholder <the file>"),
        ("watch ls", "interactive program watch"),
        ("ls | vim -", "interactive program vim"),
        ("timeout 5s /usr/bin/nano x", "interactive program nano"),
        ("sudo ls", "sudo"),
        ("X=1 Y=2 sudo ls", "sudo"),
        ("if sudo ls; then true; fi", "sudo"),
        ("true && (sudo ls)", "sudo"),
        ("! sudo ls", "sudo"),
        ("env -i A=b sudo ls", "sudo"),
        ('test "$(sudo ls)" = ""', "sudo"),
        ("x=`sudo ls`", "sudo"),
        ("cat <<EOF\nx\nEOF\nsudo ls", "sudo"),
        ("echo \\\n  a && \\\n  sudo ls", "sudo"),
        ("git push", "git push moves HEAD or publishes"),
        ("git -C x -c a=b --no-pager checkout y", "git checkout moves HEAD or publishes"),
        ("git worktree list", "git worktree moves HEAD or publishes"),
        ("git pull", "git pull moves HEAD or publishes"),
        ("echo 'a", "not bash: a quote is never closed"),
        ('echo "a', "not bash: a quote is never closed"),
        ("# only a comment\n\n", "no command"),
        ("", "no command"),
    ],
)
def test_some_commands_are_for_a_person_and_it_is_said_why(script: str, reason: str) -> None:
    assert reason_against(script, ("/repo",)) == reason


@pytest.mark.parametrize(
    "verb", ["checkout", "switch", "reset", "merge", "rebase", "commit", "push", "stash", "worktree"]
)
def test_git_may_not_move_head_or_publish(verb: str) -> None:
    assert reason_against(f"git {verb} x") == f"git {verb} moves HEAD or publishes"


_PIECES = st.sampled_from(
    [
        "a",
        " ",
        "\n",
        "'",
        '"',
        "`",
        "$(",
        ")",
        "(",
        "((",
        "$((",
        "<<E",
        "E",
        "\\",
        "#",
        "|",
        ">",
        "${x}",
        "\t",
        "$'",
    ]
)


@given(st.lists(_PIECES, max_size=60).map("".join))
def test_every_text_can_be_taken_apart(script: str) -> None:
    words = [word for command in take_apart(script).words for word in command]

    assert all(word.text or word.quoted for word in words)


@given(st.lists(st.sampled_from(["ls", "-l", "'a b'", '"c d"', "e\\ f"]), min_size=1, max_size=8))
def test_quotes_do_not_belong_to_words(words: list[str]) -> None:
    plain = [word.strip("'\"").replace("\\", "") for word in words]

    assert [word.text for word in take_apart(" ".join(words)).words[0]] == plain
