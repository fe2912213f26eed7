"""Each way to write a task down, read back."""

from __future__ import annotations

import pytest
from reading_bench import files_of, messages, one, read

from batchexec.errors import Severity
from batchexec.model import BlockKind, Candidate, Location, Naming, Resolution, Role

CODE = "def total(items):\n    return sum(items)\n"
TEST = "def test_total():\n    assert total([1]) == 1\n"


class TestCompact:
    HEAD = "## Task: TASK-014: Add totals\nPriority: 3\nCode file: `src/a.py`\nTest file: `tests/test_a.py`\n"

    def test_labels_and_blocks_pair_in_order(self) -> None:
        task = one(f"{self.HEAD}```python\n{CODE}```\n```python\n{TEST}```\n")
        assert (task.id, task.title, task.priority) == ("TASK-014", "Add totals", 3)
        assert [(block.path, block.text) for block in task.blocks] == [
            ("src/a.py", CODE),
            ("tests/test_a.py", TEST),
        ]
        assert files_of(task) == [("src/a.py", "code", "file"), ("tests/test_a.py", "test", "file")]

    @pytest.mark.parametrize(("text", "path"), [(CODE, "src/a.py"), (TEST, "tests/test_a.py")])
    def test_one_block_below_two_labels_is_the_test_if_it_looks_like_one(self, text: str, path: str) -> None:
        task = one(f"{self.HEAD}```python\n{text}```\n")
        assert [(block.path, block.text) for block in task.blocks] == [(path, text)]

    def test_labels_with_their_blocks_below_them_need_not_agree_in_number(self) -> None:
        task = one(
            f"## TASK-1: T\nCode file: `a.py`\n```python\n{CODE}```\n```python\nusage\n```\n"
            f"Test file: `test_a.py`\n"
        )
        assert files_of(task) == [("a.py", "code", "file"), ("test_a.py", "test", "-")]

    def test_blocks_of_other_languages_are_not_counted(self) -> None:
        task = one(f"{self.HEAD}```bash\nls\n```\n```python\n{CODE}```\n```python\n{TEST}```\n")
        assert [block.path for block in task.blocks] == ["src/a.py", "tests/test_a.py"]

    def test_too_many_blocks_below_the_labels_are_left_alone_with_a_warning(self) -> None:
        reading = read(self.HEAD + "```python\nx = 1\n```\n" * 3)
        assert messages(reading) == [
            (
                "run/topic.md:5: warning: 3 blocks stand below 2 labels, so none is taken; put each block "
                "below its label"
            )
        ]
        assert files_of(reading.tasks[0]) == [("src/a.py", "code", "-"), ("tests/test_a.py", "test", "-")]

    def test_tests_in_the_block_for_the_code_file_are_an_error(self) -> None:
        reading = read(f"## TASK-1: T\nCode file: `a.py`\n```python\n{TEST}```\n")
        assert messages(reading) == [
            (
                "run/topic.md:3: error: the block for the code file a.py holds tests; name the tests' file "
                "with `Test file:`"
            )
        ]

    @pytest.mark.parametrize(
        "text", ["describe('x', () => {})", "it('x')", "func TestX(t *testing.T) {}", "#[test]\nfn x() {}"]
    )
    def test_what_looks_like_a_test(self, text: str) -> None:
        task = one(f"## TASK-1: T\nCode file: a.x\nTest file: b.x\n```\n{text}\n```\n")
        assert [block.path for block in task.blocks] == ["b.x"]

    @pytest.mark.parametrize("text", ["await(x)", "exit(1)", "#[cfg(test)]\nmod t { #[test] fn x() {} }"])
    def test_what_does_not(self, text: str) -> None:
        task = one(f"## TASK-1: T\nCode file: a.x\nTest file: b.x\n```\n{text}\n```\n")
        assert [block.path for block in task.blocks] == ["a.x"]


REPORT_HEADER = "# Prompts\n\n**Category:** {category}\n**Priority:** 3\n**Generated:** today\n\n"


class TestReportTemplates:
    def test_not_implemented_names_the_code_and_the_test(self) -> None:
        task = one(
            "## Task 1: TSK-CART-014 - Title\n\n### Files to Create\n\n#### 1. Implementation File\n"
            "**Path:** `src/a.py`\n**Required Symbol:** `total`\n\n#### 2. Test File\n"
            "**Path:** `tests/test_a.py`\n"
            f"**Required Test:** `test_total`\n\n**Implementation Template:**\n```python\n{CODE}```\n"
            f"**Test Template:**\n```python\n{TEST}```\n"
        )
        assert (task.id, task.title) == ("TSK-CART-014", "Title")
        assert [(block.path, block.text, block.role) for block in task.blocks] == [
            ("src/a.py", CODE, Role.CODE),
            ("tests/test_a.py", TEST, Role.TEST),
        ]

    def test_a_template_below_its_path_goes_there(self) -> None:
        task = one(
            "## TASK-1: T\n### Files to Create\n#### 1. Implementation File\nPath: `a.py`\n"
            f"Implementation Template:\n```python\n{CODE}```\n#### 2. Test File\nPath: `check.py`\n"
            f"Test Template:\n```python\n{TEST}```\n"
        )
        assert files_of(task) == [("a.py", "code", "file"), ("check.py", "test", "file")]

    def test_missing_tests_reads_the_implementation_and_writes_the_test(self) -> None:
        task = one(
            {
                "missing_tests.md": "## Task 1: TASK-1: T\n"
                "### Existing Implementation\n**File:** `src/a.py`\n"
                f"**Symbol:** `total`\n```python\n{CODE}```\n### Test File to Create\n**Path:** `spec/a.py`\n"
                f"### Test Template\n```python\n{TEST}```\n"
            }
        )
        assert task.inputs == ("src/a.py",)
        assert [(block.path, block.text) for block in task.blocks] == [("spec/a.py", TEST)]
        assert files_of(task) == [("spec/a.py", "test", "file")]

    def test_missing_code_reads_the_test_and_takes_the_first_of_two_skeletons(self) -> None:
        task = one(
            {
                "missing_code.md": "## Task 1: TASK-1: T\n### Existing Test\n**File:** `tests/test_a.py`\n"
                "### Implementation File to Create\n**Path:** `src/a.py`\n### Implementation Template\n"
                f"```python\n{CODE}```\n```python\nclass Total: ...\n```\n"
            }
        )
        assert task.inputs == ("tests/test_a.py",)
        assert [(block.path, block.text) for block in task.blocks] == [("src/a.py", CODE)]

    def test_a_naming_issue_has_expected_paths_and_similar_files_and_writes_nothing(self) -> None:
        task = one(
            {
                "naming_issues.md": "## Task 1: TASK-1: T\n### Evidence Expectations\n**Code Evidence:**\n"
                "- Expected path: `src/user.py`\n\n**Test Evidence:**\n"
                "- Expected path: `tests/test_user.py`\n\n"
                "### Similar Files Found\n- `src/users.py` (91% similar)\n"
                "- `tests/test_users.py` (85.5% similar)\n\n"
                "**Resolution:** rename\n\n### Option A\n**Before:**\n```markdown\n"
                "evidence: code path=src/user.py\n```\n"
                "### Option B\n```bash\nmv src/users.py src/user.py\n```\n### Option C\n```bash\n"
                "touch src/user.py\n```\n"
            }
        )
        where = "run/naming_issues.md"
        assert task.naming == (
            Naming(
                expected="src/user.py",
                location=Location(where, 4),
                candidates=(Candidate("src/users.py", 91),),
                resolution=Resolution.RENAME,
            ),
            Naming(
                expected="tests/test_user.py",
                location=Location(where, 7),
                candidates=(Candidate("tests/test_users.py", 85),),
                resolution=Resolution.RENAME,
            ),
        )
        assert (task.outputs, task.blocks, task.category, task.priority) == ((), (), "naming_issue", 4)

    def test_a_resolution_may_stand_above_the_paths(self) -> None:
        task = one("## TASK-1: T\nResolution: rename\n### Evidence Expectations\n- Expected path: `a.py`\n")
        assert [naming.resolution for naming in task.naming] == [Resolution.RENAME]

    def test_files_of_a_role_nobody_expects_may_be_meant_by_any_path(self) -> None:
        task = one(
            "## TASK-1: T\n### Evidence Expectations\n- Expected path: `a.py`\n### Similar Files Found\n"
            "- `tests/a.py` (90% similar)\n- `b.py` (85% similar)\n"
        )
        assert task.naming[0].candidates == (Candidate("tests/a.py", 90), Candidate("b.py", 85))

    def test_a_resolution_nobody_knows_is_a_warning(self) -> None:
        reading = read(
            "## TASK-1: T\n### Evidence Expectations\n- Expected path: `a.py`\nResolution: guess\n"
        )
        assert messages(reading) == [
            "run/topic.md:4: warning: 'guess' is no resolution; there is update-evidence, rename, manual"
        ]

    def test_a_symbol_issue_adds_a_symbol_to_its_file(self) -> None:
        task = one(
            {
                "symbol_issues.md": "## Task 1: TASK-1: T\n### File Information\n**Path:** `src/a.py`\n"
                f"**Missing Symbol:** `total`\n### Symbol to Add\n```python\n{CODE}```\n"
                "### Verification\n```python\nprint(total([]))\n```\n"
            }
        )
        (block,) = task.blocks
        assert (block.path, block.kind, block.symbol, block.text) == (
            "src/a.py",
            BlockKind.SYMBOL,
            "total",
            CODE,
        )
        assert block.location == Location("run/symbol_issues.md", 7)

    def test_a_content_issue_adds_every_fragment(self) -> None:
        task = one(
            {
                "content_issue.md": "## Task 1: TASK-1: T\n### File Information\n**Path:** `README.md`\n"
                "**Missing Content:** `Usage`\n### Content to Add\n```markdown\n## Usage\n```\nand\n```\n"
                "more\n```\n"
            }
        )
        assert [(block.path, block.kind, block.text) for block in task.blocks] == [
            ("README.md", BlockKind.CONTENT, "## Usage\n"),
            ("README.md", BlockKind.CONTENT, "more\n"),
        ]

    def test_nothing_below_the_heading_leaves_the_file_to_be_produced(self) -> None:
        task = one(
            {"symbol_issue.md": "## TASK-1: T\n### File Information\nPath: `a.py`\n### Symbol to Add\n"}
        )
        assert files_of(task) == [("a.py", "code", "-")]

    def test_the_file_header_says_category_and_priority(self) -> None:
        reading = read(
            REPORT_HEADER.format(category="Missing Tests") + "## TASK-1: A\n## TASK-2: B\nPriority: 1\n"
        )
        assert [(task.category, task.priority) for task in reading.tasks] == [
            ("missing_tests", 3),
            ("missing_tests", 1),
        ]

    def test_what_follows_the_tasks_is_no_task(self) -> None:
        task = one(
            "## Task 1: TASK-1: T\nDo it.\n\n---\n\n## Summary\n- [ ] TASK-9: no\n### What's Next?\nRest.\n"
        )
        assert (task.id, task.prompt) == ("TASK-1", "Do it.")


class TestFileBlocks:
    def test_each_heading_takes_the_block_below_it(self) -> None:
        task = one(
            "## TASK-1: T\n### Implementation\n#### File: src/a.py\n```python\nx = 1\n```\n"
            "#### File: `src/b.go`\n```go\npackage b\n```\n#### File: README.md\n````md\n# A\n```sh\nls\n"
            "```\n````\n"
            "#### File: tests/test_a.py\n**Required Content:** `x`\n"
        )
        assert files_of(task) == [
            ("src/a.py", "code", "file"),
            ("src/b.go", "code", "file"),
            ("README.md", "code", "file"),
            ("tests/test_a.py", "test", "-"),
        ]
        assert task.blocks[2].text == "# A\n```sh\nls\n```\n"
        assert task.blocks[2].location == Location("run/topic.md", 13)

    def test_existing_files_are_read_and_never_written(self) -> None:
        task = one(
            "## Task 1: TASK-1 - T\n### Existing Implementation\n**File:** `./src/a.py`\n```python\nold\n"
            "```\n"
            "### Implementation\n#### File: tests/test_a.py\n### Verification\n```bash\n"
            "batchexec verify tasks.md\n```\n"
        )
        assert task.inputs == ("src/a.py",)
        assert files_of(task) == [("tests/test_a.py", "test", "-")]

    @pytest.mark.parametrize(
        "heading", ["#### 📄 File: a.ts", "#### **File:** `a.ts`", "### 2. File: a.ts", "#### FILE: a.ts"]
    )
    def test_the_heading_may_be_decorated(self, heading: str) -> None:
        assert files_of(one(f"## TASK-1: T\n{heading}\n```ts\nx\n```\n")) == [("a.ts", "code", "file")]

    def test_a_label_may_name_an_existing_file_too(self) -> None:
        task = one("## TASK-1: T\n**Existing Implementation:** `src/a.py`\n**Existing Test:** see below\n")
        assert (task.inputs, task.outputs) == (("src/a.py",), ())

    def test_an_elided_block_is_a_whole_file_all_the_same(self) -> None:
        task = one("## TASK-1: T\n#### File: a.ts\n```ts\n// ... existing code\n```\n")
        assert files_of(task) == [("a.ts", "code", "file")]


class TestBullets:
    def test_blocks_say_by_base_name_which_listed_file_they_are(self) -> None:
        task = one(
            "### TASK-002: Cache\n**Files to Create:**\n- `src/cache.py` - the cache\n- tests/test_cache.py\n"
            "* docs/cache.md: how to\n\n**Requirements:**\n- fast\n- small/cheap\n\n**Evidence to Add:**\n"
            "```python\n# In cache.py\nclass Cache:\n    size = 1\n```\n```markdown\n"
            "evidence: code path=src/cache.py\n```\n"
            "**Tests to Add:**\n```python\n# In test_cache.py\ndef test_cache(): pass\n```\n"
        )
        assert files_of(task) == [
            ("src/cache.py", "code", "merge"),
            ("tests/test_cache.py", "test", "merge"),
            ("docs/cache.md", "code", "-"),
        ]
        assert task.blocks[0].text == "# In cache.py\nclass Cache:\n    size = 1\n"

    def test_the_list_may_stand_beside_its_label(self) -> None:
        task = one(
            "## TASK-1: T\n**Files to Create:** `src/a.py` (new), tests/test_a.py\n\n**Evidence to Add:**\n"
            "```python\n# In a.py\n```\n"
        )
        assert files_of(task) == [("src/a.py", "code", "merge"), ("tests/test_a.py", "test", "-")]

    def test_a_count_beside_the_label_hides_no_list(self) -> None:
        task = one("## TASK-1: T\n**Files to Create:** (2 files)\n- a/x.py\n- a/y.py\n")
        assert files_of(task) == [("a/x.py", "code", "-"), ("a/y.py", "code", "-")]

    def test_a_block_may_name_a_listed_file_by_more_than_its_base_name(self) -> None:
        task = one(
            "## TASK-1: T\nFiles to Create:\n- src/a/x.py\n- src/b/x.py\n\nEvidence to Add:\n"
            "```python\n# In b/x.py\n```\n```python\n# docs/x.py\n```\n"
        )
        assert files_of(task) == [
            ("src/a/x.py", "code", "-"),
            ("src/b/x.py", "code", "merge"),
            ("docs/x.py", "code", "merge"),
        ]

    @pytest.mark.parametrize(
        ("listed", "named"),
        [("- a/x.py\n- b/x.py\n", "a/x.py and b/x.py"), ("- a/y.py\n", "no listed file")],
    )
    def test_a_base_name_has_to_mean_one_listed_file(self, listed: str, named: str) -> None:
        reading = read(
            f"## TASK-1: T\nFiles to Create:\n{listed}\nEvidence to Add:\n```python\n# In x.py\n```\n"
        )
        assert messages(reading) == [
            (
                f"run/topic.md:{5 + listed.count('-')}: error: the block is for x.py, which is the name of "
                f"{named};"
                " name one file by its whole path"
            )
        ]

    def test_a_block_without_a_name_is_only_shown_with_a_warning(self) -> None:
        reading = read(
            "## TASK-1: T\nFiles to Create:\n- a/y.py\n\nEvidence to Add:\n```python\ny = 1\n```\n"
        )
        assert messages(reading) == [
            (
                "run/topic.md:6: warning: the block does not say which file it is, so it is only shown;"
                " start it with a comment like `# In cache.py`"
            )
        ]


class TestOnePerFile:
    def test_the_headings_stand_one_level_higher(self) -> None:
        task = one(
            {
                "one.md": "# Task: TASK-002 - Title\n\n## Category: Not Implemented\n## Priority: High\n\n"
                "## Files to Create\n### 1. Implementation File\n**Path:** `src/a.py`\n**Implementation:**\n"
                f"```python\n{CODE}```\n### 2. Test File\n**Path:** `tests/test_a.py`\n"
            }
        )
        assert (task.id, task.title, task.category, task.priority) == (
            "TASK-002",
            "Title",
            "not_implemented",
            2,
        )
        assert files_of(task) == [("src/a.py", "code", "file"), ("tests/test_a.py", "test", "-")]


class TestFreeForm:
    def test_steps_name_their_files(self) -> None:
        reading = read(
            "Intro\n\n## Task 1: Points\n\n### 1.1 Service\n\n**File:** `pkg/points.ts`\n\n```typescript\n"
            "export {}\n```\n"
            "### 1.2 Migrate\n```bash\nmigrate\n```\n### 1.3 Unit Tests\n**File**: `pkg/check.ts`\n```ts\n"
            "it('x')\n```\n"
            "- [ ] done\n## Success Criteria\n- [ ] all\n"
        )
        (task,) = reading.tasks
        assert (task.id, task.title, task.category) == ("topic#1", "Points", "uncategorised")
        assert files_of(task) == [("pkg/points.ts", "code", "merge"), ("pkg/check.ts", "test", "merge")]
        assert messages(reading, Severity.ERROR, Severity.WARNING) == []

    @pytest.mark.parametrize("value", ["/api/v1/users/{id}", "src/services/"])
    def test_a_route_or_a_directory_may_be_called_a_path(self, value: str) -> None:
        reading = read(f"## TASK-1: T\n**Path:** `{value}`\n```js\nx\n```\n")
        assert messages(reading) == [
            (
                f"run/topic.md:2: warning: {value} looks like a route or a directory and is read as text;"
                " use `File:` for a file the task is to write"
            )
        ]
        assert files_of(reading.tasks[0]) == []

    def test_prose_after_a_file_label_is_no_path(self) -> None:
        task = one("## TASK-1: T\n**File**: Create or update (e.g., `a/b.js`)\n```js\nx\n```\n")
        assert files_of(task) == []

    @pytest.mark.parametrize("value", ["`a/b.js` (new)", "a/b.js (new)", "a/b.js - the entry"])
    def test_a_path_with_a_remark_is_no_path_either_but_said_so(self, value: str) -> None:
        reading = read(f"## TASK-1: T\n**File:** {value}\n```js\nx\n```\n")
        assert messages(reading) == [
            (
                "run/topic.md:2: warning: `File:` says more than a path and is read as text;"
                " leave only `a/b.js` there if the task is to write it"
            )
        ]

    @pytest.mark.parametrize("value", ["None", "N/A", "-"])
    def test_a_label_may_say_that_there_is_no_file(self, value: str) -> None:
        assert files_of(one(f"## TASK-1: T\n**File:** {value}\n")) == []

    def test_a_heading_beside_the_label_ends_its_wait(self) -> None:
        task = one("## TASK-1: T\n### 1. Service\n**File:** a.ts\n### 2. Usage\n```ts\nuse()\n```\n")
        assert files_of(task) == [("a.ts", "code", "-")]

    def test_a_label_for_the_implementation_does_not_reach_back(self) -> None:
        task = one("## TASK-1: T\n**File:** a.ts\n**File:** b.ts\n**Implementation:**\n```ts\nuse()\n```\n")
        assert files_of(task) == [("a.ts", "code", "-"), ("b.ts", "code", "merge")]

    def test_a_heading_below_it_does_not(self) -> None:
        task = one("## TASK-1: T\n### 1. Service\n**File:** a.ts\n#### Code\n```ts\nuse()\n```\n")
        assert files_of(task) == [("a.ts", "code", "merge")]

    def test_a_second_block_for_a_file_is_a_fragment(self) -> None:
        task = one("## TASK-1: T\n**File:** a.ts\n```ts\na\n```\n**File:** a.ts\n```ts\nb\n```\n")
        assert [block.kind for block in task.blocks] == [BlockKind.MERGE, BlockKind.SYMBOL]
        assert len(task.outputs) == 1

    def test_a_later_section_adds_to_what_an_earlier_one_writes(self) -> None:
        first = "## TASK-1: T\n**File:** a.ts\n```ts\na\n```\n**File:** b.env\n```\nA=1\n```\n"
        second = "## TASK-2: T\n**File:** a.ts\n```ts\nb\n```\n**File:** b.env\n```\nB=1\n```\n"
        assert [block.kind for block in read(first + second).tasks[1].blocks] == [
            BlockKind.SYMBOL,
            BlockKind.CONTENT,
        ]
        assert [block.kind for block in read({"1.md": first, "2.md": second}).tasks[1].blocks] == [
            BlockKind.SYMBOL,
            BlockKind.CONTENT,
        ]

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("a.ts", "import x\n\n// ... existing code ...\n\nx()"),
            ("a.ts", "...\nx()"),
            ("a.ts", "// Existing fields\nx()"),
            ("a.ts", "function x() { ... }"),
            ("a.py", "# ... rest of the file"),
            ("a.py", "x = 1\n..."),
            ("a.html", "<!-- rest of page -->"),
            ("a.tsx", "{/* … */}"),
        ],
    )
    def test_a_block_that_leaves_something_out_is_a_fragment(self, path: str, text: str) -> None:
        (block,) = one(f"## TASK-1: T\n**File:** {path}\n```\n{text}\n```\n").blocks
        assert block.kind is (BlockKind.CONTENT if path == "a.html" else BlockKind.SYMBOL)

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("a.ts", "f(...rest)\n// all done\nconst [a, ...b] = c"),
            ("a.py", "class P(Protocol):\n    def f(self) -> Tuple[int, ...]:\n        ..."),
            ("a.py", 'print("existing ...")'),
        ],
    )
    def test_dots_that_belong_to_the_language_leave_nothing_out(self, path: str, text: str) -> None:
        (block,) = one(f"## TASK-1: T\n**File:** {path}\n```\n{text}\n```\n").blocks
        assert block.kind is BlockKind.MERGE
