"""What a program prints of secrets stands in no log, no database, no report and on no terminal."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from bench import section
from tries_bench import attempts, shell_agent, some

if TYPE_CHECKING:
    from bench import Batch, Done

SECRET = "sk-9f8e7d6c5b4a-Q2w3E4r5T6"
DISGUISES = (SECRET.encode(), b64encode(SECRET.encode()), SECRET.encode().hex().encode())


def told(batch: Batch, *done: Done) -> bytes:
    """Everything that is kept below the state, in reports, and was shown."""
    places = [*(batch.root / ".batchexec").rglob("*"), *(batch.root).rglob(".spec/**/*")]
    kept = [path.read_bytes() for path in places if path.is_file()]
    return b"\n".join([*kept, *(f"{one.out}\n{one.err}".encode() for one in done)])


def leaks(batch: Batch, *done: Done) -> list[bytes]:
    everything = told(batch, *done)
    return [one for one in DISGUISES if one in everything]


def agent(batch: Batch, script: str, **settings: object) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    spec = {"kind": "agent", "command": ["./agent.sh"], "pass_environment": ["MY_API_KEY"]}
    shell_agent(batch, script, spec, **{"repo_root": "tree", **settings})


HALVES = 'A=${MY_API_KEY%??????????}; B=${MY_API_KEY#"$A"}'


@pytest.mark.parametrize(
    "script",
    [
        'echo "the key is $MY_API_KEY."',
        'echo "the key is $MY_API_KEY." >&2',
        f'{HALVES}; printf %s "$A"; sleep 0.4; printf %s "$B"',
        f'{HALVES}; printf "%s\\n%s\\n" "$A" "$B"',
        'printf %s "$MY_API_KEY" | base64',
        'printf "user:%s" "$MY_API_KEY" | base64 -w 10',
        'printf %s "$MY_API_KEY" | od -An -v -tx1 | tr -d " \\n"',
        'for c in $(echo "$MY_API_KEY" | sed "s/./& /g"); do printf %s "$c"; sleep 0.01; done',
        'head -c 65530 /dev/zero | tr "\\0" x; printf %s "$MY_API_KEY"',
        'head -c 200000 /dev/zero | tr "\\0" "s"; printf "%s" "$MY_API_KEY"; head -c 70000 /dev/zero',
        'echo "STATUS:FAILED: $MY_API_KEY is refused"',
        'echo "HTTP 401: invalid api key $MY_API_KEY"; exit 1',
        'echo "usage limit reached for $MY_API_KEY"; exit 1',
        'echo "{\\"type\\":\\"result\\",\\"result\\":\\"$MY_API_KEY\\",\\"is_error\\":true}"; exit 1',
    ],
    ids=[
        "stdout",
        "stderr",
        "cut-by-a-pause",
        "cut-by-a-line-end",
        "base64",
        "base64-in-lines",
        "hexadecimal",
        "letter-by-letter",
        "across-chunks",
        "in-the-middle-of-much",
        "as-the-reason",
        "in-an-error",
        "in-a-limit",
        "in-an-event",
    ],
)
def test_a_secret_that_is_printed_is_nowhere_to_be_found(batch: Batch, script: str) -> None:
    agent(batch, f"{script}\necho $$ > a.txt")

    done = batch.doit("--no-wait-limit", MY_API_KEY=SECRET)
    explained = batch.batchexec("explain", "TASK-001", "--json")

    assert attempts(batch)
    assert leaks(batch, done, explained) == []
    assert b"[redacted:MY_API_KEY]" in told(batch, done)


def test_a_secret_in_the_summary_of_a_replay_is_nowhere_to_be_found(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(f"default: {{trouble: quality, error: 'no: {SECRET}', log: 'x{SECRET}x'}}\n")
    (batch.root / "script.yaml").rename(batch.root / "elsewhere.yaml")
    batch.write("batchexec.yaml", batch.read("batchexec.yaml").replace("script.yaml", "elsewhere.yaml"))

    done = batch.doit(MY_API_KEY=SECRET)

    assert done.code == 1
    assert leaks(batch, done) == []
    assert "❌ Failed: no: [redacted:MY_API_KEY]" in done.out


def test_a_secret_that_the_command_of_a_hook_prints_is_nowhere_to_be_found(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))
    batch.write("key", SECRET)
    batch.write("t.py", "def test_a():\n    pass\n")
    batch.write(
        "tasks.md",
        '# Tasks\n\n- [ ] TASK-001 A\n  evidence: test path=t.py command="cat key; exit 1"\n',
    )

    done = batch.doit("--run-commands", "--checkpoint", MY_API_KEY=SECRET)
    again = batch.doit("--run-commands", MY_API_KEY=SECRET)

    assert done.code == 1
    assert "exit status 1" in done.out
    assert leaks(batch, done, again) == []


def test_a_failing_agent_is_told_why_without_the_secret(batch: Batch) -> None:
    agent(batch, 'cat > "$HERE/prompt"; echo "STATUS:FAILED: $MY_API_KEY is refused"', attempts=2)

    batch.doit(MY_API_KEY=SECRET)

    assert "[redacted:MY_API_KEY] is refused" in batch.read("prompt")


def test_what_a_pattern_describes_is_nowhere_to_be_found(batch: Batch) -> None:
    agent(
        batch,
        'printf "card 4111 1111"; sleep 0.3; echo " 1111 1111 end"\n'
        'echo "STATUS:FAILED: 4111 1111 1111 1111"',
        redact=[r"\d{4}( \d{4}){3}"],
    )

    done = batch.doit()

    assert done.code == 1
    assert b"1111 1111" not in told(batch, done)
    assert b"card [redacted] end" in told(batch)
    assert "❌ Failed: agent.sh: it gave up: [redacted]\n" in done.out


def test_a_key_that_is_set_for_the_program_in_the_settings_is_a_secret_too(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    spec = {"kind": "agent", "command": ["./agent.sh"], "environment": {"OTHER_TOKEN": SECRET}}
    shell_agent(batch, 'echo "$OTHER_TOKEN"; echo x > a.txt', spec, repo_root="tree")

    done = batch.doit()

    assert done.code == 0
    assert leaks(batch, done) == []


def test_what_is_no_secret_stays_as_it_is(batch: Batch) -> None:
    agent(batch, 'echo "plain words, $PLAIN"; echo x > a.txt')

    done = batch.doit(PLAIN="as they are", MY_API_KEY=SECRET)

    assert done.code == 0
    assert b"plain words" in told(batch)
    assert b"redacted" not in told(batch)


def test_the_books_keep_no_environment(batch: Batch) -> None:
    agent(batch, "echo x > a.txt")

    done = batch.doit(MY_API_KEY=SECRET, SOMETHING="very particular 4711")

    assert done.code == 0
    assert b"very particular 4711" not in told(batch, done)
    status = json.loads(batch.batchexec("status", "--json", MY_API_KEY=SECRET).out)
    assert SECRET not in json.dumps(status)
