from __future__ import annotations

import ast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchexec.executors.apply.lines import UnfitError
from batchexec.executors.apply.python_fragment import merge_python


def merged(current: str, fragment: str, symbol: str | None = None, comment: str | None = None) -> str:
    result = merge_python(current, fragment, symbol, comment).text
    assert merge_python(result, fragment, symbol, comment).text == result, "twice is not once"
    return result


def test_a_missing_function_goes_below_the_last_definition() -> None:
    assert merged("import os\n\n\ndef a():\n    return 1\n\n\nprint(a())\n", "def b():\n    return 2\n") == (
        "import os\n\n\ndef a():\n    return 1\n\n\ndef b():\n    return 2\n\n\nprint(a())\n"
    )


def test_it_stands_before_the_main_guard() -> None:
    current = 'def a():\n    return 1\n\n\nif __name__ == "__main__":\n    a()\n'
    assert merged(current, "def b():\n    return 2\n") == (
        'def a():\n    return 1\n\n\ndef b():\n    return 2\n\n\nif __name__ == "__main__":\n    a()\n'
    )


def test_a_file_with_only_a_main_guard_gets_it_above() -> None:
    assert merged("if __name__ == '__main__':\n    print()\n", "def b():\n    return 2\n") == (
        "def b():\n    return 2\n\n\nif __name__ == '__main__':\n    print()\n"
    )


@pytest.mark.parametrize("current", ["", "# only a comment\n", '"""Says."""\n', "import os\n"])
def test_a_file_without_definitions_gets_it_at_the_end(current: str) -> None:
    result = merged(current, "def b():\n    return 2\n")
    assert result.startswith(current.rstrip("\n"))
    assert result.endswith("def b():\n    return 2\n")


def test_a_last_line_without_newline_gets_one() -> None:
    assert merged("a = 1", "b = 2\n") == "a = 1\nb = 2\n"


def test_what_is_really_defined_is_left_alone_and_named_if_it_differs() -> None:
    current = "import os\n\ndef a():\n    return 1\n"
    result = merge_python(current, "import sys\n\ndef a():\n    return 2\n", "a", "# EVIDENCE_HOOK: T1")
    assert (result.text, result.differing) == (current, ("a",))
    assert merge_python(current, "def a():\n    # the same\n    return 1\n", "a", None).differing == ()


@pytest.mark.parametrize(
    "stub",
    [
        "def a(): pass\n",
        "def a():\n    ...\n",
        'def a():\n    """Do it."""\n    # TODO: implement\n',
        "@cache\ndef a():\n    raise NotImplementedError\n",
        "async def a():\n    raise NotImplementedError('later')\n",
    ],
)
def test_a_stub_is_replaced_where_it_stands(stub: str) -> None:
    assert merged(f"x = 1\n\n\n{stub}\n\ny = 2\n", "def a():\n    return 1\n", "a") == (
        "x = 1\n\n\ndef a():\n    return 1\n\n\ny = 2\n"
    )


def test_a_stub_in_a_condition_is_replaced_at_its_indentation() -> None:
    current = "if X:\n    def a():\n        pass\nelse:\n    b = 1\n"
    assert merged(current, "def a():\n    return 1\n") == (
        "if X:\n    def a():\n        return 1\nelse:\n    b = 1\n"
    )


def test_a_stub_class_is_replaced_by_the_whole_class() -> None:
    assert (
        merged("class A:\n    def f(self):\n        pass\n", "class A:\n    x = 1\n", "A")
        == "class A:\n    x = 1\n"
    )


def test_a_member_goes_to_the_end_of_its_class_at_its_indentation() -> None:
    current = "class A:\n\tdef f(self):\n\t\treturn 1\n\t\t# the end of f\n\nx = A()\n"
    assert merged(current, "def g(self):\n    return 2\n", "A.g") == (
        "class A:\n\tdef f(self):\n\t\treturn 1\n\t\t# the end of f\n\n"
        "\tdef g(self):\n\t    return 2\n\nx = A()\n"
    )


def test_a_member_may_come_inside_its_class() -> None:
    current = "class A:\n    def f(self):\n        return 1\n"
    fragment = "class A:\n    # ... existing methods ...\n    def g(self):\n        return 2\n"
    assert merged(current, fragment, "A.g") == f"{current}\n    def g(self):\n        return 2\n"


def test_a_stub_member_is_replaced() -> None:
    current = "class A:\n    x = 1\n\n    def g(self):\n        pass\n\n    y = 2\n"
    assert merged(current, "def g(self):\n    return 2\n", "A.g") == (
        "class A:\n    x = 1\n\n    def g(self):\n        return 2\n\n    y = 2\n"
    )


def test_a_field_joins_the_fields_above_it() -> None:
    assert merged("class A:\n    x: int\n", "y: str\n", "A.y") == "class A:\n    x: int\n    y: str\n"


def test_a_property_and_its_setter_stay_together() -> None:
    fragment = "@property\ndef p(self):\n    return 1\n\n@p.setter\ndef p(self, value):\n    self.q = value\n"
    result = merged("class A:\n    x = 1\n", fragment, "A.p")
    assert result.count("def p(") == 2


def test_the_text_of_a_string_keeps_its_own_indentation() -> None:
    fragment = 'def g(self):\n    """\n    Say.\n    """\n    return """\nraw\n"""\n'
    result = merged("class A:\n    x = 1\n", fragment, "A.g")
    assert result == (
        'class A:\n    x = 1\n\n    def g(self):\n        """\n'
        '        Say.\n        """\n        return """\nraw\n"""\n'
    )


def test_a_comment_above_a_definition_comes_with_it_but_not_an_aside() -> None:
    assert merged("a = 1\n", "# rest of the file\n\n# Why b.\nb = 2\n") == "a = 1\n# Why b.\nb = 2\n"


def test_the_hook_comment_stands_above_the_first_thing_brought() -> None:
    result = merge_python(
        "a = 1\n", "def b():\n    return 1\n\ndef c():\n    return 2\n", None, "# EVIDENCE_HOOK: T1"
    )
    assert result.text == (
        "a = 1\n\n\n# EVIDENCE_HOOK: T1\ndef b():\n    return 1\n\n\ndef c():\n    return 2\n"
    )


def test_missing_imports_go_below_those_there_are() -> None:
    current = '"""Says."""\n\nimport os\nfrom a import (\n    b,\n)\n\n\ndef f():\n    return 1\n'
    fragment = (
        "import os\nimport sys\nfrom a import b, c\nfrom d import (\n"
        "    e,  # noqa: F401\n)\n\ndef g():\n    return 2\n"
    )
    assert merged(current, fragment) == (
        '"""Says."""\n\nimport os\nfrom a import (\n    b,\n)\nimport sys\nfrom a import c\n'
        "from d import (\n    e,  # noqa: F401\n)\n"
        "\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n"
    )


def test_a_file_without_imports_gets_them_below_its_docstring() -> None:
    assert (
        merged('"""Says."""\na = 1\n', "import os\nb = os\n") == '"""Says."""\n\nimport os\n\na = 1\nb = os\n'
    )


def test_a_future_import_stays_first() -> None:
    result = merged('"""Says."""\nimport os\na = 1\n', "from __future__ import annotations\nb = 1\n")
    assert result == '"""Says."""\n\nfrom __future__ import annotations\nimport os\na = 1\nb = 1\n'


def test_imports_for_types_only_come_as_they_are() -> None:
    fragment = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from a import A\n\ndef b(x: 'A'):\n    return x\n"
    )
    result = merged("import os\n", fragment)
    assert result == (
        "import os\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import A\n\n\n"
        "def b(x: 'A'):\n    return x\n"
    )


def test_an_import_of_what_the_file_defines_is_left_out() -> None:
    assert merged("class A:\n    x = 1\n", "from here import A\ndef b():\n    return A\n").startswith(
        "class A"
    )


def test_another_import_of_the_same_name_does_not_fit() -> None:
    with pytest.raises(UnfitError, match=r"^it has another import of the name X$"):
        merge_python("from a import X\n", "from b import X\ny = X\n", None, None)


def test_a_fragment_of_imports_brings_them() -> None:
    assert merged("import os\nimport re\n", "import re\nimport sys\n") == "import os\nimport re\nimport sys\n"


@pytest.mark.parametrize(
    ("current", "fragment", "symbol", "message"),
    [
        ("a = 1\n", "def g(self):\n    return 1\n", "A.g", "it has no class A"),
        (
            "class A: x = 1\n",
            "def g(self):\n    return 1\n",
            "A.g",
            "the body of class A stands on the line of its name",
        ),
        ("a = 1\n", "b = 1\nrun(b)\n", None, "line 2 of the block is neither an import nor a definition"),
        ("a = 1\n", "def b():\n    return 1\n", "c", "the block does not define c"),
        ("a = 1\n", "def b():\n    pass\n", "b", "the block does not define b"),
        ("a = 1\n", "b = 1\nc = b\nb = 2\n", None, "the block defines b twice"),
    ],
)
def test_what_does_not_fit_is_said(current: str, fragment: str, symbol: str | None, message: str) -> None:
    with pytest.raises(UnfitError) as caught:
        merge_python(current, fragment, symbol, None)
    assert str(caught.value) == message


def test_crlf_and_a_byte_order_mark_survive() -> None:
    assert merged("\ufeffa = 1\r\n", "def b():\n    return 1\n") == (
        "\ufeffa = 1\r\n\r\n\r\ndef b():\r\n    return 1\r\n"
    )


def test_statements_that_share_a_line_are_not_torn() -> None:
    assert (
        merged("import os; x = (\n    1)\n", "import sys\ny = 1\n")
        == "import os; x = (\n    1)\nimport sys\ny = 1\n"
    )


STATEMENTS = [
    "import os",
    "import os.path",
    "from a import b, c",
    "from a import (\n    d,\n    e,\n)",
    "from __future__ import annotations",
    "x = 1",
    "x: int = 1; y = 2",
    "Z = '''\n  raw\n'''",
    "def f():\n    return 1",
    "def f():\n    pass",
    "@deco(\n    1\n)\ndef g(a, /, *, b=2):\n    '''Say.'''\n    return '''\nraw'''\n    # end",
    "async def h(): ...",
    "class A:\n    x: int\n\n    def f(self):\n        return 1",
    "class A:\n\tdef g(self):\n\t\traise NotImplementedError",
    "class B(Exception):\n    pass",
    "if True:\n    def f():\n        return 2\nelse:\n    k = 3",
    "try:\n    import json\nexcept ImportError:\n    json = None",
    "# a comment",
    "",
    "    ",
]
STATEMENTS_WITH_EFFECT = [
    *STATEMENTS,
    "print(1)",
    'if __name__ == "__main__":\n    f()',
    "for i in []:\n    m = i",
]
ENDS = st.sampled_from(["\n", "\r\n", "\n\n\n", "\r\n\r\n"])


def module(parts: list[str], end: str, *, closed: bool = True) -> str:
    future = [p for p in parts if "__future__" in p][:1]
    newline = "\r\n" if "\r" in end else "\n"
    text = end.join([*future, *(p.replace("\n", newline) for p in parts if "__future__" not in p)])
    return text + newline if closed else text


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(STATEMENTS_WITH_EFFECT), max_size=8),
    st.lists(st.sampled_from(STATEMENTS), max_size=4),
    ENDS,
    st.booleans(),
)
def test_whatever_is_merged_the_old_lines_stay_and_twice_is_once(
    old: list[str], new: list[str], end: str, closed: bool
) -> None:
    current, fragment = module(old, end, closed=closed), module(new, "\n")
    ast.parse(current)
    try:
        result = merge_python(current, fragment, None, "# EVIDENCE_HOOK: T1").text
    except UnfitError:
        return
    ast.parse(result)
    stubs = ["pass", "...", "raise NotImplementedError", "def ", "class ", "@deco", "    1", ")"]
    lines = iter(result.replace("\r", "").split("\n"))
    for line in current.replace("\r", "").split("\n"):
        gone = any(word in line for word in stubs)
        assert gone or not line.strip() or any(line == other for other in lines), f"{line!r} is lost or moved"
    # The caller leaves the comment out where it is already.
    assert merge_python(result, fragment, None, None).text == result
