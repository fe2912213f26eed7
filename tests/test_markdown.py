from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from batchexec.errors import SourceError
from batchexec.markdown import Aside, Excerpt, Fence, Heading, Label, parse_label, prose, scan
from batchexec.model import Location

NAMES = frozenset({"file", "priority", "depends on"})


def excerpt(text: str) -> Excerpt:
    return Excerpt.of("a.md", text.encode())


def headings(text: str) -> list[tuple[int, str, int]]:
    return [(item.level, item.text, item.line) for item in scan(excerpt(text)) if isinstance(item, Heading)]


def fences(text: str) -> list[Fence]:
    return [item for item in scan(excerpt(text)) if isinstance(item, Fence)]


class TestExcerpt:
    def test_a_byte_order_mark_and_carriage_returns_leave_no_trace(self) -> None:
        found = Excerpt.of("a.md", b"\xef\xbb\xbf# One\r\ntwo\r\n")
        assert found == Excerpt("a.md", ("# One", "two", ""))

    def test_only_line_feeds_end_lines(self) -> None:
        found = excerpt("one\u2028still one\x0cand on\ntwo")
        assert found.lines == ("one\u2028still one\x0cand on", "two")

    def test_a_piece_knows_where_it_stands(self) -> None:
        piece = excerpt("one\ntwo\nthree\nfour").between(2, 4)
        assert piece == Excerpt("a.md", ("two", "three"), 2)
        assert (piece.end, piece.text, piece.at(3)) == (4, "two\nthree", Location("a.md", 3))

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ("x".encode("utf-16"), "a.md:1: error: the file is UTF-16; save it as UTF-8"),
            (b"\xfe\xff\0x", "a.md:1: error: the file is UTF-16; save it as UTF-8"),
            ("x".encode("utf-32"), "a.md:1: error: the file is UTF-32; save it as UTF-8"),
            (
                "one\ntwo".encode("utf-16-le"),
                "a.md:1: error: the file holds a NUL byte; save it as UTF-8 text",
            ),
            (b"one\ntwo\n\0", "a.md:3: error: the file holds a NUL byte; save it as UTF-8 text"),
            (
                b"one\ntw\xff\n",
                "a.md:2: error: byte 7 of the file (0xff) is not UTF-8; save it as UTF-8",
            ),
            (
                b"\xef\xbb\xbfone\ntw\xff\n",
                "a.md:2: error: byte 10 of the file (0xff) is not UTF-8; save it as UTF-8",
            ),
        ],
    )
    def test_bytes_that_are_no_utf_8_are_an_error_with_the_line(self, data: bytes, message: str) -> None:
        with pytest.raises(SourceError) as caught:
            Excerpt.of("a.md", data)
        assert str(caught.value) == message


class TestHeadings:
    @pytest.mark.parametrize(
        ("line", "heading"),
        [
            ("# One", (1, "One", 1)),
            ("###### Six", (6, "Six", 1)),
            ("   ## Indented", (2, "Indented", 1)),
            ("##\tTab", (2, "Tab", 1)),
            ("## Closed ##", (2, "Closed", 1)),
            ("## Closed ####   ", (2, "Closed", 1)),
            ("## C#", (2, "C#", 1)),
            ("## ###", (2, "", 1)),
            ("##", (2, "", 1)),
            ("## " + "x" * 5000, (2, "x" * 999, 1)),
        ],
    )
    def test_a_line_of_hashes_and_text_is_a_heading(self, line: str, heading: tuple[int, str, int]) -> None:
        assert headings(line) == [heading]

    @pytest.mark.parametrize(
        "line", ["#One", "####### Seven", "    # Code", "\t# Code", "text # no", "\\# no"]
    )
    def test_other_hashes_are_text(self, line: str) -> None:
        assert headings(line) == []


class TestFences:
    def test_a_block_keeps_its_lines_and_their_numbers(self) -> None:
        (fence,) = fences("intro\n```python title=x\na = 1\n\nb = 2\n```\n")
        assert fence == Fence(
            info="python title=x",
            language="python",
            lines=("a = 1", "", "b = 2"),
            line=2,
            first=3,
            end=7,
        )
        assert fence.text == "a = 1\n\nb = 2\n"

    def test_a_tab_after_a_bullet_moves_the_text_of_the_item_to_the_next_stop(self) -> None:
        (found,) = fences("-\tfirst\n\n\t```python\n\tif x:\n\t\ty()\n\t```\n")
        assert found.text == "if x:\n\ty()\n"

    def test_an_empty_block_has_no_text(self) -> None:
        (fence,) = fences("```\n```")
        assert (fence.lines, fence.text, fence.end) == ((), "", 3)

    @pytest.mark.parametrize(
        ("text", "content"),
        [
            ("````md\n```py\nx\n```\n````", "```py\nx\n```\n"),
            ("~~~\n```\n~~~", "```\n"),
            ("```\n~~~\n```", "~~~\n"),
            ("```\nx\n`````", "x\n"),
            ("```\n``` py\n```", "``` py\n"),
            ("```\n    ```\n```", "    ```\n"),
            ("   ```\n   x\n     y\n z\n  ```", "x\n  y\nz\n"),
            ("- item\n  ```\n  x\n  ```", "x\n"),
            ("- ```\n  x\n  ```", "x\n"),
            ("1. a\n\n   ~~~\n   x\n   ~~~", "x\n"),
            ("- a\n  - b\n\n    ```\n    x\n    ```", "x\n"),
            ("- a\n\n\t```\n\tx\n\t```", "x\n"),
            ("- a\n  ```\nunindented\n  ```", "unindented\n"),
            ("  ```\n  \tx\n\ty\nz\tz\n  ```", "\tx\n  y\nz\tz\n"),
        ],
    )
    def test_a_block_ends_at_a_bare_fence_of_its_kind_and_loses_its_indentation(
        self, text: str, content: str
    ) -> None:
        (fence,) = fences(text)
        assert (fence.text, fence.closed) == (content, True)

    @pytest.mark.parametrize(
        "text",
        [
            "``\nx\n``",
            "    ```\n    x\n    ```",
            "```a`b\nx",
            "text ```\nx",
            "> ```\n> x\n> ```",
            "para\n\n    ```\n",
        ],
    )
    def test_what_looks_like_a_fence_may_be_text(self, text: str) -> None:
        assert fences(text) == []

    def test_a_block_nobody_closed_runs_to_the_end_and_says_so(self) -> None:
        (fence,) = fences("a\n```py\nb\n## c")
        assert (fence.line, fence.lines, fence.end, fence.closed) == (2, ("b", "## c"), 5, False)

    @pytest.mark.parametrize(
        ("info", "language"),
        [
            ("python", "python"),
            ("Python", "python"),
            ("python:src/a.py", "python"),
            ("ts {1,3}", "ts"),
            ("{.python file=a.py}", ""),
            ("js{1}", "js"),
            ("", ""),
        ],
    )
    def test_the_language_is_the_first_word(self, info: str, language: str) -> None:
        assert fences(f"~~~{info}\n~~~")[0].language == language

    def test_inside_a_block_everything_is_text(self) -> None:
        found = scan(excerpt("```\n# no\n**File:** no\n<!--\n```\n**File:** yes"), NAMES)
        assert [type(item) for item in found] == [Fence, Label]


class TestAsides:
    def test_front_matter_is_no_heading_but_may_hold_labels(self) -> None:
        found = scan(excerpt("---\n\npriority: 1\n# no\n---\n# Yes"), NAMES)
        assert found == [Aside(1, 6), Label("priority", "1", 3), Heading(1, "Yes", 6)]

    @pytest.mark.parametrize("text", ["---\n# Yes\n---", "---\nkey: x\n# Yes", "a\n---\nkey: x\n---\n# Yes"])
    def test_a_rule_is_no_front_matter(self, text: str) -> None:
        assert [item[1] for item in headings(text)] == ["Yes"]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("<!-- # a -->\n# b", ["b"]),
            ("<!--\n# a\n-->\n# b", ["b"]),
            ("<!--\n```\n-->\n# b", ["b"]),
            ("<!-- never closed\n# b", ["b"]),
            ("a <!-- b\n# c\n-->", ["c"]),
        ],
    )
    def test_an_html_comment_that_starts_a_line_is_text(self, text: str, found: list[str]) -> None:
        assert [item[1] for item in headings(text)] == found

    def test_prose_leaves_out_fences_and_asides(self) -> None:
        source = excerpt("---\na: b\n---\none\n```\nx\n```\ntwo\n<!-- x -->\nthree")
        assert list(prose(source, scan(source))) == [(4, "one"), (8, "two"), (10, "three")]


class TestLabels:
    @pytest.mark.parametrize(
        "line",
        [
            "File: `a.py`",
            "file: `a.py`",
            "**File:** `a.py`",
            "**File**: `a.py`",
            "**File: `a.py`**",
            "__File:__ `a.py`",
            "- **File:** `a.py`",
            "* File: `a.py`",
            "1. **File:** `a.py`",
            "📁 **File:** `a.py`",
            "> **File:** `a.py`  ",
            "  **File:**    `a.py`",
            "*File:* `a.py`",
            "* *File:* `a.py`",
            "_File: `a.py`_",
            "**`File:`** `a.py`",
            "**📁 File:** `a.py`",
            "**File：** `a.py`",
            "File： `a.py`",
        ],
    )
    def test_a_label_may_be_bold_or_plain_and_in_a_list(self, line: str) -> None:
        name, value = parse_label(line, NAMES) or ("", "")
        assert (name, value) == ("file", "`a.py`")

    @pytest.mark.parametrize(
        "line", ["File `a.py`", "Profile: x", "The file: x", "File/Path: x", "x" * 99 + ":"]
    )
    def test_other_lines_are_none(self, line: str) -> None:
        assert parse_label(line, NAMES) is None

    def test_a_wildcard_keeps_its_asterisks(self) -> None:
        assert parse_label("**File:** **/*.py", NAMES) == ("file", "**/*.py")
        assert parse_label("File: *.py", NAMES) == ("file", "*.py")

    def test_the_first_colon_ends_the_name(self) -> None:
        assert parse_label("File: a：b.py", NAMES) == ("file", "a：b.py")
        assert parse_label("File：a:b.py", NAMES) == ("file", "a:b.py")


# The two differ on purpose where CommonMark lets a container end a block: a fence in a list item that
# is not indented on. They also differ in what is not read here: setext headings, quotes, HTML, indented
# code in lists, lists that interrupt a paragraph. So a list has blank lines around it, its content is
# indented, a word at the margin ends it, and paragraphs are words.
_words = st.sampled_from(["word", "two words", "C#", "a # b", "x `y` z", "1 2"])
_hashes = st.builds(
    lambda indent, level, gap, text, tail: " " * indent + "#" * level + gap + text + tail,
    st.integers(0, 4),
    st.integers(1, 7),
    st.sampled_from(["", " ", "  ", "\t"]),
    _words,
    st.sampled_from(["", " #", " ## ", "#"]),
)
_fence_lines = st.builds(
    lambda indent, mark, size, info: " " * indent + mark * size + info,
    st.integers(0, 5),
    st.sampled_from("`~"),
    st.integers(2, 5),
    st.sampled_from(["", "", "py", " py x", "a`b", "  "]),
)
_lines = st.one_of(_words, _hashes, _fence_lines, _fence_lines, st.just(""), st.just(""))


@st.composite
def _list_item(draw: st.DrawFn) -> str:
    marker, width = draw(st.sampled_from([("- ", 2), ("* ", 2), ("1. ", 3), ("10. ", 4)]))
    size = draw(st.integers(3, 5))
    indent = " " * (width + draw(st.integers(0, 3)))
    inner = [indent + line for line in draw(st.lists(st.sampled_from(["x", "  y", "# z", "``"]), max_size=3))]
    return "\n".join([f"\n\n{marker}item", "", indent + "`" * size, *inner, indent + "`" * size, "\nend\n"])


@settings(max_examples=600, deadline=None)
@given(st.lists(st.one_of(_lines, _lines, _lines, _list_item()), max_size=14))
def test_fences_and_headings_are_those_of_commonmark(parts: list[str]) -> None:
    text = "\n".join([*parts, ""])
    tokens = MarkdownIt("commonmark").parse(text)
    expected = [
        (token.map[0] + 1, token.info.strip(), token.content)
        if token.type == "fence"
        else (token.map[0] + 1, int(token.tag[1]))
        for token in tokens
        if token.map and (token.type == "fence" or (token.type == "heading_open" and "#" in token.markup))
    ]
    found = [
        (item.line, item.info, _as_commonmark(item)) if isinstance(item, Fence) else (item.line, item.level)
        for item in scan(excerpt(text))
        if isinstance(item, Fence | Heading)
    ]
    assert found == expected


def _as_commonmark(fence: Fence) -> str:
    # Where nobody closes a block, the end of the file is no line of it.
    lines = fence.lines if fence.closed or not fence.lines or fence.lines[-1] else fence.lines[:-1]
    return "".join(f"{line}\n" for line in lines)


@settings(deadline=None)
@given(st.text(alphabet="#`~-*+ 1.\t\n<!>:ab\u0e01", max_size=400))
def test_any_text_is_scanned_and_every_line_is_accounted_for(text: str) -> None:
    source = excerpt(text)
    items = scan(source, NAMES)
    assert [item.line for item in items] == sorted(item.line for item in items)
    hidden = sum(item.end - item.line for item in items if isinstance(item, Fence | Aside))
    assert hidden + len(list(prose(source, items))) == len(source.lines)


@pytest.mark.parametrize(
    "piece",
    [
        "# T\n\nSome text: with a colon\n- **File:** `x`\n```python\nx = 1\n```\n",
        "`" * 10 + "\n",
        "#" * 100_000,
        "<!-- x\n",
        "- ",
        "[",
        ">",
        "*a_",
        "**File",
        "1. ",
        "\t",
    ],
)
def test_a_million_characters_of_anything_take_no_time(piece: str) -> None:
    source = excerpt((piece * (1_000_000 // len(piece)))[:1_000_000])
    start = time.process_time()
    scan(source, NAMES)
    assert time.process_time() - start < 1


def test_lists_in_lists_take_no_time() -> None:
    source = excerpt("".join(" " * (2 * depth) + "- a\n" for depth in range(2000)))
    start = time.process_time()
    scan(source, NAMES)
    assert time.process_time() - start < 1
