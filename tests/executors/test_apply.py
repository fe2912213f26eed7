from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from apply_bench import RUN, block, task

from batchexec.executors import Apply
from batchexec.model import BlockKind, Location, Status

if TYPE_CHECKING:
    from apply_bench import Bench

CODE = "def total(items):\n    return sum(items)\n"
WRITTEN = f"# EVIDENCE_HOOK: TASK-1\n{CODE}"


def test_a_block_becomes_a_file_with_one_comment_that_names_the_task(bench: Bench) -> None:
    outcome = bench.run(task(block("src/total.py", CODE)))
    assert outcome.status is Status.PASSED
    assert bench.tree() == {"src/total.py": WRITTEN}


def test_a_block_without_a_last_newline_gets_one(bench: Bench) -> None:
    bench.run(task(block("a.json", '{"a": 1}')))
    assert bench.tree() == {"a.json": '{"a": 1}\n'}


def test_a_second_time_changes_nothing(bench: Bench) -> None:
    one = task(block("total.py", CODE))
    bench.run(one)
    before = (bench.root / "total.py").stat()
    outcome = bench.run(one)
    assert (outcome.status, outcome.notes) == (Status.PASSED, ("total.py unchanged",))
    assert (bench.root / "total.py").stat() == before


def test_a_file_that_is_there_already_and_the_same_is_fine(bench: Bench) -> None:
    bench.put("total.py", WRITTEN)
    assert bench.run(task(block("total.py", CODE))).status is Status.PASSED


def test_a_block_somebody_put_there_by_hand_is_the_same_without_the_comment(bench: Bench) -> None:
    bench.put("total.py", CODE)
    outcome = bench.run(task(block("total.py", CODE)))
    assert (outcome.status, outcome.notes) == (Status.PASSED, ("total.py unchanged",))
    assert bench.tree() == {"total.py": CODE}


def test_what_we_wrote_last_is_rewritten_when_the_prompt_changes(bench: Bench) -> None:
    bench.run(task(block("total.py", CODE)))
    outcome = bench.run(task(block("total.py", CODE.replace("sum", "max"))))
    assert outcome.status is Status.PASSED
    assert bench.tree() == {"total.py": WRITTEN.replace("sum", "max")}


def test_a_persons_edit_is_kept_while_the_prompt_says_the_same(bench: Bench) -> None:
    bench.run(task(block("total.py", CODE)))
    bench.put("total.py", "# by hand\n")
    outcome = bench.run(task(block("total.py", CODE)))
    assert (outcome.status, outcome.notes) == (Status.PASSED, ("kept total.py: edited since",))
    assert bench.tree() == {"total.py": "# by hand\n"}


def test_a_persons_edit_is_kept_when_the_prompt_changes_too(bench: Bench) -> None:
    bench.run(task(block("total.py", CODE)))
    bench.put("total.py", "# by hand\n")
    outcome = bench.run(task(block("total.py", CODE.replace("sum", "max"))))
    assert outcome.status is Status.NEEDS_WORK
    assert bench.tree() == {"total.py": "# by hand\n"}


def test_a_file_somebody_removed_is_made_again(bench: Bench) -> None:
    bench.run(task(block("total.py", CODE)))
    (bench.root / "total.py").unlink()
    bench.run(task(block("total.py", CODE)))
    assert bench.tree() == {"total.py": WRITTEN}


def test_by_default_it_is_left_alone_and_needs_work(bench: Bench) -> None:
    bench.put("total.py", "theirs\n")
    outcome = bench.run(task(block("total.py", CODE)))
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "total.py exists and differs; it was left as it is"
    assert outcome.hint == "--if-exists overwrite replaces it and keeps a copy"
    assert outcome.location == Location("prompt.md", 40)
    assert bench.tree() == {"total.py": "theirs\n"}


def test_overwrite_replaces_it_and_keeps_a_copy(bench: Bench) -> None:
    bench.put("src/total.py", "theirs\n")
    outcome = bench.run(task(block("src/total.py", CODE)), Apply(if_exists="overwrite"))
    copy = f".spec/backups/{RUN}/src/total.py"
    assert outcome.status is Status.PASSED
    assert outcome.notes == (f"overwrote src/total.py; what it was is in {copy}",)
    assert bench.tree() == {"src/total.py": WRITTEN, copy: "theirs\n"}


def test_fail_makes_it_a_failure(bench: Bench) -> None:
    bench.put("total.py", "theirs\n")
    outcome = bench.run(task(block("total.py", CODE)), Apply(if_exists="fail"))
    assert (outcome.status, outcome.summary) == (Status.FAILED, "total.py exists and differs")
    assert bench.tree() == {"total.py": "theirs\n"}


def test_the_other_files_of_a_task_are_written_when_one_is_left_alone(bench: Bench) -> None:
    bench.put("a.py", "theirs = 1\n")
    outcome = bench.run(task(block("a.py", "a = 1\n"), block("b.txt", "b\n")))
    assert outcome.status is Status.NEEDS_WORK
    assert bench.tree() == {"a.py": "theirs = 1\n", "b.txt": "b\n"}


def test_a_file_we_only_put_a_fragment_into_is_not_ours_to_replace(bench: Bench) -> None:
    bench.put("total.py", "import os\n")
    bench.run(task(block("total.py", CODE, BlockKind.SYMBOL, "total")))
    assert bench.remembers("total.py")
    outcome = bench.run(task(block("total.py", "other = 1\n")))
    assert outcome.status is Status.NEEDS_WORK


def test_a_syntax_error_in_the_second_file_leaves_nothing_of_the_task(bench: Bench) -> None:
    outcome = bench.run(task(block("a.py", "a = 1\n"), block("b.py", "b = 1\nc = (\n", line=60)))
    assert outcome.status is Status.FAILED
    assert outcome.summary == "would not parse: '(' was never closed (prompt.md:61)"
    assert outcome.location == Location("b.py", 2)
    assert bench.tree() == {}


def test_each_of_several_reasons_names_its_own_place(bench: Bench) -> None:
    bench.put("d.txt", "theirs\n")
    outcome = bench.run(
        task(block("b.py", "c = (\n"), block("c.json", "\n{\n", line=50), block("d.txt", "d\n"))
    )
    assert outcome.location == Location("b.py", 1)
    assert outcome.summary == (
        "would not parse: '(' was never closed (prompt.md:40);"
        " c.json:3: would not parse: Expecting property name enclosed in double quotes (prompt.md:52);"
        " prompt.md:40: d.txt exists and differs; it was left as it is"
    )


@pytest.mark.parametrize("path", ["../a.py", "/a.py", ".git/hooks/x.sh", "link/a.py"])
def test_a_path_that_may_not_be_written_fails_the_task(bench: Bench, path: str) -> None:
    (bench.root / "link").symlink_to(bench.root.parent)
    outcome = bench.run(task(block("fine.py", "a = 1\n"), block(path, "a = 1\n")))
    assert outcome.status is Status.FAILED
    assert path in outcome.summary
    assert bench.tree() == {}


def test_a_prompt_without_code_needs_work(bench: Bench) -> None:
    outcome = bench.run(task())
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "nothing to write: the prompt has no code"
    assert outcome.location == Location("prompt.md", 3)


def test_a_declared_file_without_a_block_needs_work_and_the_rest_is_written(bench: Bench) -> None:
    outcome = bench.run(task(block("a.py", "a = 1\n"), outputs=("a.py", "b.py")))
    assert (outcome.status, outcome.summary) == (Status.NEEDS_WORK, "no code for b.py in the prompt")
    assert list(bench.tree()) == ["a.py"]


def test_several_reasons_are_one_line(bench: Bench) -> None:
    outcome = bench.run(task(outputs=("a.py", "b.py")))
    assert outcome.summary == "no code for a.py in the prompt; no code for b.py in the prompt"


def test_a_template_is_not_written(bench: Bench) -> None:
    outcome = bench.run(task(block("a.py", "def total(items):\n    raise NotImplementedError\n")))
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "the block for a.py is a template, not an implementation"
    assert outcome.hint == "put the code into the prompt, or leave it to an agent executor"
    assert bench.tree() == {}


def test_a_merge_block_makes_a_file_that_is_missing(bench: Bench) -> None:
    bench.run(task(block("total.py", CODE, BlockKind.MERGE)))
    assert bench.tree() == {"total.py": WRITTEN}


def test_a_merge_block_rewrites_a_file_that_is_ours(bench: Bench) -> None:
    bench.run(task(block("total.py", CODE, BlockKind.MERGE)))
    bench.run(task(block("total.py", CODE.replace("sum", "max"), BlockKind.MERGE)))
    assert bench.tree() == {"total.py": WRITTEN.replace("sum", "max")}


def test_a_merge_block_goes_into_a_file_that_is_somebodys(bench: Bench) -> None:
    bench.put("total.py", "def other():\n    return 1\n")
    assert bench.run(task(block("total.py", CODE, BlockKind.MERGE))).status is Status.PASSED
    assert bench.text("total.py") == f"def other():\n    return 1\n\n\n{WRITTEN}"


def test_a_merge_block_that_would_change_a_definition_needs_work(bench: Bench) -> None:
    bench.put("total.py", "def total(items):\n    return 0\n")
    outcome = bench.run(task(block("total.py", CODE, BlockKind.MERGE)))
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "total.py defines total in other words; a fragment replaces only stubs"
    assert bench.text("total.py") == "def total(items):\n    return 0\n"


def test_a_merge_block_of_text_goes_to_the_end(bench: Bench) -> None:
    bench.put("README.md", "# Cart\n")
    bench.run(task(block("README.md", "## Totals\n", BlockKind.MERGE)))
    assert bench.text("README.md") == "# Cart\n\n<!-- EVIDENCE_HOOK: TASK-1 -->\n## Totals\n"


def test_fragments_after_a_whole_file_are_part_of_what_the_task_says_it_is(bench: Bench) -> None:
    one = task(
        block("total.py", CODE),
        block("total.py", "def count(items):\n    return len(items)\n", BlockKind.SYMBOL, "count"),
    )
    bench.run(one)
    assert bench.text("total.py") == f"{WRITTEN}\n\ndef count(items):\n    return len(items)\n"
    bench.put("total.py", "# by hand\n")
    assert bench.run(one).notes == ("kept total.py: edited since",)


def test_a_fragment_never_makes_a_file(bench: Bench) -> None:
    outcome = bench.run(task(block("total.py", CODE, BlockKind.SYMBOL, "total")))
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "total.py does not exist; a fragment never makes a file"
    assert bench.tree() == {}


def test_a_fragment_in_a_file_that_does_not_parse_fails_where_the_file_is_broken(bench: Bench) -> None:
    bench.put("total.py", "a = 1\nb = = 2\n")
    outcome = bench.run(task(block("total.py", CODE, BlockKind.SYMBOL, "total")))
    assert (outcome.status, outcome.location) == (Status.FAILED, Location("total.py", 2))
    assert outcome.summary == "does not parse as it is: invalid syntax"


def test_a_fragment_that_does_not_parse_fails_where_it_stands(bench: Bench) -> None:
    bench.put("total.py", "a = 1\n")
    outcome = bench.run(task(block("total.py", "def a():\n    return = 1\n", BlockKind.SYMBOL, "a")))
    assert (outcome.status, outcome.location) == (Status.FAILED, Location("prompt.md", 41))
    assert outcome.summary == "the fragment for total.py does not parse: invalid syntax"


def test_a_fragment_leaves_a_file_that_is_not_utf_8_alone(bench: Bench) -> None:
    bench.put("total.py", b"# \xe9\n")
    outcome = bench.run(task(block("total.py", CODE, BlockKind.SYMBOL, "total")))
    assert outcome.summary == "total.py is not UTF-8; the fragment was not put in"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("README.md", "# Cart\n", "# Cart\n\n<!-- EVIDENCE_HOOK: TASK-1 -->\nNEW=1\n"),
        ("notes.txt", "old", "old\n\nNEW=1\n"),
        (".env", "OLD=1\r\n", "OLD=1\r\n# EVIDENCE_HOOK: TASK-1\r\nNEW=1\r\n"),
        (".gitignore", "build\n", "build\nNEW=1\n"),
        ("sub/.gitignore", "", "NEW=1\n"),
    ],
)
def test_text_goes_to_the_end_once(bench: Bench, path: str, old: str, new: str) -> None:
    bench.put(path, old)
    one = task(block(path, "NEW=1\n", BlockKind.CONTENT))
    assert [bench.run(one).status, bench.run(one).status] == [Status.PASSED, Status.PASSED]
    assert bench.text(path) == new


def test_text_for_any_other_file_needs_work(bench: Bench) -> None:
    bench.put("a.yaml", "a: 1\n")
    outcome = bench.run(task(block("a.yaml", "b: 1\n", BlockKind.CONTENT)))
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "a.yaml: where the fragment belongs is not said"
    assert outcome.hint == "put the fragment in by hand"


def test_code_in_another_language_goes_to_the_end_if_the_file_still_parses(bench: Bench) -> None:
    bench.put("a.go", "package a\n")
    one = task(block("a.go", "func B() int {\n\treturn 1\n}\n", BlockKind.SYMBOL, "B"))
    assert [bench.run(one).status, bench.run(one).status] == [Status.PASSED, Status.PASSED]
    assert bench.text("a.go") == ("package a\n\n// EVIDENCE_HOOK: TASK-1\nfunc B() int {\n\treturn 1\n}\n")


@pytest.mark.parametrize(
    ("path", "text", "symbol", "summary"),
    [
        ("a.go", "x := 1\n", None, "a.go: with the fragment at its end it would not parse"),
        ("a.go", "func (a A) B() {}\n", "A.B", "a.go: A.B belongs inside A, not at the end"),
        (
            "a.java",
            "int total() { return 1; }\n",
            "total",
            "a.java: with the fragment at its end it would not parse",
        ),
        ("a.kt", "fun b() = 1\n", "b", "a.kt: no grammar for kotlin to check it with"),
    ],
)
def test_code_that_does_not_belong_at_the_end_needs_work(
    bench: Bench, path: str, text: str, symbol: str | None, summary: str
) -> None:
    bench.put(path, "package a;\n" if path.endswith("java") else "package a\n")
    before = bench.tree()
    outcome = bench.run(task(block(path, text, BlockKind.SYMBOL, symbol)))
    assert (outcome.status, outcome.summary) == (Status.NEEDS_WORK, summary)
    assert bench.tree() == before


def test_a_symbol_another_language_defines_already_is_left_alone(bench: Bench) -> None:
    bench.put("a.ts", "export class Cart {\n  total() { return 1 }\n}\n")
    outcome = bench.run(task(block("a.ts", "class Cart { x() { return 2 } }\n", BlockKind.SYMBOL, "Cart")))
    assert (outcome.status, outcome.notes) == (Status.PASSED, ("kept Cart in a.ts: defined already",))


def test_a_class_another_language_gets_needs_no_symbol_and_comes_once(bench: Bench) -> None:
    bench.put("a.ts", "export const a = 1;")
    one = task(block("a.ts", "export class B {}\n", BlockKind.MERGE))
    assert [bench.run(one).status, bench.run(one).status] == [Status.PASSED, Status.PASSED]
    assert bench.text("a.ts") == "export const a = 1;\n\n// EVIDENCE_HOOK: TASK-1\nexport class B {}\n"


def test_a_fragment_that_breaks_a_whole_block_fails_the_task(bench: Bench) -> None:
    outcome = bench.run(task(block("a.py", CODE), block("a.py", "def (:\n", BlockKind.SYMBOL, line=70)))
    assert (outcome.status, outcome.location) == (Status.FAILED, Location("prompt.md", 70))
    assert bench.tree() == {}


def test_text_that_would_break_a_file_is_not_appended(bench: Bench) -> None:
    bench.put(".env.json", "{}\n")
    outcome = bench.run(task(block(".env.json", '{"a": 1}\n', BlockKind.CONTENT)))
    assert outcome.status is Status.NEEDS_WORK
    assert bench.text(".env.json") == "{}\n"
