from __future__ import annotations

from dataclasses import replace

import pytest
from hook_bench import WHERE, hook, parsed

from batchexec.errors import Problem
from batchexec.hooks import Hook, HookType, parse_hook
from batchexec.model import HookLine

CODE, TEST, DOCS, _ = HookType
README = "README.md"
PYTHON = ("pyproject.toml", "requirements.txt", "setup.cfg", "README.md")
DOCKER = ("Dockerfile", "docker-compose.yml", "README.md")


def mended(hook: Hook) -> Hook:
    return replace(hook, notice="", alternatives=())


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("file_exists path=src/a.py", hook(CODE, "src/a.py")),
        ("FILE path=src/a.py", hook(CODE, "src/a.py")),
        ("file README.md", hook(DOCS, "README.md")),
        ("file `docs/a.md`", hook(DOCS, "docs/a.md")),
        ("file ./docs/a.MD", hook(DOCS, "docs/a.MD")),
        ('file "my notes.txt"', hook(DOCS, "my notes.txt")),
        *((f"file a.{s}", hook(DOCS, f"a.{s}")) for s in ("markdown", "rst", "yaml", "yml", "json")),
        ("file a.toml", hook(CODE, "a.toml")),
        ("file src/", hook(CODE, "src/")),
        ("file a.md heading=Use", hook(DOCS, "a.md", heading="Use")),
        ("file_exists path=a.py contains=x symbol=Y", hook(CODE, "a.py", contains="x", symbol="Y")),
        ("test_exists path=t.py name=test_a", hook(TEST, "t.py", contains="test_a")),
        ("test_exists path=t.py name='adds two'", hook(TEST, "t.py", contains="adds two")),
        ("test_exists t.py", hook(TEST, "t.py")),
        ("api_route path=src/r.ts route=/users", hook(CODE, "src/r.ts", contains="/users")),
        ("route route=/users", hook(DOCS, "openapi.yaml", contains="/users")),
        ("endpoint path=/users", hook(DOCS, "openapi.yaml", contains="/users")),
        ("endpoint path=/users method=GET", hook(DOCS, "openapi.yaml", contains="/users")),
        ("api_route /users", hook(DOCS, "openapi.yaml", contains="/users")),
        ("api_route POST /users?x=1", hook(DOCS, "openapi.yaml", contains="/users?x=1")),
        ("api_route route='get /users'", hook(DOCS, "openapi.yaml", contains="/users")),
        ("api_route path=src/r.ts", hook(CODE, "src/r.ts")),
        ("db_schema model=User", hook(CODE, "prisma/schema.prisma", contains="User")),
        ("schema table=users path=db/a.sql", hook(CODE, "db/a.sql", contains="users")),
        ("prisma User", hook(CODE, "prisma/schema.prisma", contains="User")),
        ("code path=docs/a.md heading=Use", hook(DOCS, "docs/a.md", heading="Use")),
        ("command command='npm test'", hook(TEST, README, command="npm test")),
        ("cmd cmd='npm test'", hook(TEST, README, command="npm test")),
        ("shell npm run build", hook(TEST, README, command="npm run build")),
        ('command "npm run build"', hook(TEST, README, command="npm run build")),
        ("command CI=1 npm test", hook(TEST, README, command="CI=1 npm test")),
        ("command path=web/a.json cmd=x", hook(TEST, "web/a.json", command="x")),
        ("command npm run say -- it's", hook(TEST, README, command="npm run say -- it's")),
        (r"npm run x --grep '\w", hook(TEST, README, command=r"npm run x --grep '\w")),
        ("make", hook(TEST, README, command="make")),
        ('code path="npm run build"', hook(TEST, README, command="npm run build")),
        (
            'test path="pytest -q" contains=pytest',
            hook(TEST, README, contains="pytest", command="pytest -q"),
        ),
    ],
)
def test_an_old_form_is_read_as(payload: str, expected: Hook) -> None:
    hook = parsed(payload)
    assert mended(hook) == expected
    assert hook.notice


@pytest.mark.parametrize(
    ("payload", "notice"),
    [
        ("file_exists path=a.py", "file_exists is read as code; write `evidence: code path=a.py`"),
        ("file 'a b.md'", 'file is read as docs; write `evidence: docs path="a b.md"`'),
        (
            "test_exists name=x path=t.py",
            "test_exists is read as test; write `evidence: test contains=x path=t.py`",
        ),
        (
            "api_route /x",
            "api_route is read as docs; write `evidence: docs path=openapi.yaml contains=/x`",
        ),
        (
            "npm test",
            (
                'a bare command is read as test; write `evidence: test path=FILE command="npm test"`'
                " with FILE the file it belongs to"
            ),
        ),
        (
            "test path='go test'",
            (
                'a command as path is read as test; write `evidence: test path=FILE command="go test"`'
                " with FILE the file it belongs to"
            ),
        ),
        (
            "cmd path=a.json cmd=x",
            "cmd is read as test; write `evidence: test path=a.json command=x`",
        ),
        (
            "code path=a.md heading=Use",
            "code with a heading is read as docs; write `evidence: docs path=a.md heading=Use`",
        ),
    ],
)
def test_how_an_old_form_is_read_is_told(payload: str, notice: str) -> None:
    assert parsed(payload).notice == notice


@pytest.mark.parametrize("payload", ["code path=a.py", "docs path=a.md heading=Use", "test path=t command=x"])
def test_there_is_nothing_to_tell_of_the_form_of_today(payload: str) -> None:
    assert parsed(payload).notice == ""


@pytest.mark.parametrize(
    ("tools", "files"),
    [
        ("npm pnpm yarn bun npx node", ("package.json", "README.md")),
        ("python python3 pip pip3 pytest", PYTHON),
        ("docker docker-compose compose", DOCKER),
        ("swagger-cli", ("openapi.yaml", "README.md")),
        ("make go cargo mvn gradle java dotnet", ("README.md",)),
    ],
)
def test_a_command_hangs_on_the_files_its_program_works_with(tools: str, files: tuple[str, ...]) -> None:
    for tool in tools.split():
        hook = parsed(f"{tool} x")
        assert (hook.alternatives, hook.path, hook.command) == (files, README, f"{tool} x")
        assert parsed(f'code path="{tool} x"').alternatives == files
        assert parsed(f"command {tool} x").alternatives == files


def test_a_command_with_a_path_of_its_own_needs_no_alternatives() -> None:
    hook = parsed("command path=web/package.json command='npm test'")
    assert (hook.path, hook.alternatives) == ("web/package.json", ())


@pytest.mark.parametrize(
    ("payload", "message", "hint"),
    [
        ("command", "the hook has no command", 'write command="what to run"'),
        ("command path=a", "the hook has no command", 'write command="what to run"'),
        ("command cmd=a command=b", "cmd= and command= ask for the same", "write two hooks"),
        (
            "command command=npm test",
            "'test' has no =",
            "write key=value, and quotes around a value with blanks",
        ),
        ("file", "the hook has no path", "add path=the/file"),
        ("file path=", "the hook has no path", "add path=the/file"),
        ("prisma path= model=User", "the hook has no path", "add path=the/file"),
        ("file ../a.py", "the path has the component ..", "write it as seen from the root of the repository"),
        ("file a.md symbol=A", "unknown key 'symbol'", "the keys are path, heading, contains, regex"),
        ("file path=a Symbol=A", "unknown key 'Symbol'", "keys are in lower case: symbol="),
        ("test_exists path=t name=a contains=b", "name= and contains= ask for the same", "write two hooks"),
        ("schema model=a table=b", "table= and model= ask for the same", "write two hooks"),
        ("test path='npm test' command=x", "path= and command= are both a command", "write path=the/file"),
    ],
)
def test_an_old_form_can_be_invalid_as_well(payload: str, message: str, hint: str) -> None:
    assert parse_hook(HookLine(payload, WHERE)) == Problem(WHERE, message, hint)


@pytest.mark.parametrize(
    "payload", ["file 'a b.md'", r"shell grep '\w'", "shell 'x' \"y\" don't", "api_route /x"]
)
def test_what_the_notice_says_to_write_reads_the_same(payload: str) -> None:
    hook = parsed(payload)
    told = hook.notice.partition("`evidence: ")[2].partition("`")[0]
    assert parsed(told.replace("path=FILE", f"path={hook.path}")) == mended(hook)
