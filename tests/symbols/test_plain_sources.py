from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from batchexec.symbols import Sighting, Source
from batchexec.symbols.imports import without_imports
from batchexec.symbols.places import Places
from batchexec.symbols.text import blanked

DEFINED, WEAK, STUB, ABSENT = Sighting.DEFINED, Sighting.WEAK, Sighting.STUB, Sighting.ABSENT


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("kotlin", "data class X(val a: Int)", DEFINED),
        ("kotlin", "suspend fun X(): Int = 5", DEFINED),
        ("kotlin", "fun X(): Int = TODO()", STUB),
        ("kotlin", 'class A {\n  fun X(): Int {\n    TODO("later")\n  }\n}', STUB),
        ("kotlin", "import a.X\nimport a.b as X", ABSENT),
        ("kotlin", 'val a = """\nclass X\n"""', ABSENT),
        ("swift", "public final class X: Y {}", DEFINED),
        ("swift", '@testable import X\nlet a = #"X " X"#', ABSENT),
        ("swift", 'func X() {\n  fatalError("not implemented")\n}', STUB),
        ("c", "struct X { int a; };", DEFINED),
        ("c", "struct X\n{\n  int a;\n};", DEFINED),
        ("c", "int X(void) { return '\"'; }", WEAK),
        ("c", "struct X *a;", WEAK),
        ("c", "const X *a;", WEAK),
        ("c", "typedef struct { int a; } X;", WEAK),
        ("c", '#include "X"\n#include <X.h>\nstruct X;', ABSENT),
        ("cpp", "template <class T>\nclass X final : public Y {};", DEFINED),
        ("cpp", "enum class X : int { A };", DEFINED),
        ("cpp", "using X = int;", WEAK),
        ("cpp", 'class X;\nusing namespace X;\nauto a = R"d(X" X)d";', ABSENT),
        ("cpp", "void A::X() {\n  // TODO\n}", STUB),
        ("csharp", "public sealed record X(int A);", DEFINED),
        ("csharp", "public async Task X() { return; }", WEAK),
        ("csharp", "public int X() => throw new NotImplementedException();", STUB),
        ("csharp", "public int X()\n{\n  throw new NotImplementedException();\n}", STUB),
        ("csharp", 'using X;\nglobal using A = X;\nvar a = @"\\";\n// X', ABSENT),
        ("csharp", "using (var a = new X()) {}", WEAK),
        ("php", "<?php\nfinal class X {}", DEFINED),
        ("php", "<?php\nclass A {\n  public function X() { return 1; }\n}", DEFINED),
        ("php", "<?php\nclass A { public $X; }", WEAK),
        ("php", "<?php\nnamespace X;\nuse A\\{B,\n X};\n# X\n$a = <<<EOT\nX isn't\nEOT;\n'\nX\n';", ABSENT),
        ("php", "<?php\n#[X]\nclass A {}", WEAK),
        ("csharp", "public int X() =>\n  throw new NotImplementedException();", STUB),
        ("csharp", "public int X() => a ?? throw new NotImplementedException();", WEAK),
        ("php", '<?php\nfunction X() {\n  throw new \\Exception("Not implemented");\n}', STUB),
        ("php", '<?php\nfunction X() {\n  throw new \\Exception("No such cart");\n}', DEFINED),
        ("go", 'func X() error {\n\treturn errors.New("not implemented")\n}', STUB),
        ("go", 'func X() (int, error) {\n\treturn 0, fmt.Errorf("X: not implemented: %d", 1)\n}', STUB),
        ("go", 'func X() error {\n\ty()\n\treturn errors.New("not implemented")\n}', DEFINED),
        ("go", 'func X() error {\n\treturn errors.New("no such cart")\n}', DEFINED),
        ("dart", "class X extends Y {}", DEFINED),
        ("dart", "int X() {\n  throw UnimplementedError();\n}", STUB),
        ("dart", "int X() => throw UnimplementedError('later');", STUB),
        ("dart", "int X() => 1;\n// TODO", WEAK),
        ("dart", "import 'X.dart' as X;\nvar a = '''\nX\n''';", ABSENT),
        ("elixir", "defmodule X do\n  def a, do: 1\nend", DEFINED),
        ("elixir", "defp X(a) do\n  a\nend", DEFINED),
        ("elixir", '  def X(a) do\n    raise "not implemented"\n  end', STUB),
        ("elixir", 'def X(a), do: raise "not implemented"', STUB),
        ("elixir", "alias Y.X\n# X", ABSENT),
        ("ruby", "class X < Y\nend", DEFINED),
        ("ruby", "  def X\n    1\n  end", DEFINED),
        ("ruby", "def X\n  raise NotImplementedError, 'later'\nend", STUB),
        ("ruby", "class X\n  def a\n    # TODO\n  end\nend", STUB),
        ("ruby", "def X\nend", DEFINED),
        ("ruby", "=begin\nX\n=end\nrequire 'X'\ninclude X\na = <<~EOS\n  X isn't\nEOS\n# X", ABSENT),
        ("scala", "sealed trait X", DEFINED),
        ("scala", "def X: Int = ???", STUB),
        ("scala", "package X\nimport a.{B,\n  X}\nval c = '\"'", ABSENT),
        ("shell", "X() {\n  true\n}", DEFINED),
        ("shell", "function X {\n  true\n}", DEFINED),
        ("shell", "X() {\n  # TODO\n  :\n}", STUB),
        ("shell", "X=1", WEAK),
        ("shell", "X-all() {\n  true\n}", ABSENT),
        ("shell", ". X\nsource ./X\necho 'X\nX' it\\'s \"X\" # X\ncat <<'EOF'\nX isn't\nEOF", ABSENT),
        ("sql", 'CREATE TABLE "X" (a int);', WEAK),
        ("sql", "-- X isn't\nselect 'X''X' /* X */;", ABSENT),
        ("prisma", "model X {\n  id Int\n}", DEFINED),
        ("prisma", '// X\nmodel Y {\n  id Int @map("X")\n}', ABSENT),
        ("proto", "message X { string a = 1; }", WEAK),
        ("proto", "enum X { A = 0; }", DEFINED),
        ("proto", 'import "X.proto";\npackage X;', ABSENT),
        ("lua", "local function X() return 1 end", DEFINED),
        ("lua", "local X = require('X')\n-- X\n--[[\nX ]] a = [[\nX]]", ABSENT),
        ("go", 'var a = \'"\'\nvar b = "X"', ABSENT),
        ("java", 'String a = """\n  X "quoted" X\n  """;', ABSENT),
        ("rust", "fn f<'a>(x: &'a str) -> X<'a> {}", WEAK),
        ("javascript", "import React, {\n  X\n} from 'y'", ABSENT),
        ("javascript", "const a = {\n  X() {\n    // TODO\n  },\n}", STUB),
        ("javascript", "class A extends X {\n  // TODO\n}", WEAK),
        ("javascript", "const a = b / c; const X = d / e;", WEAK),
        ("javascript", "const X = require('express')();", DEFINED),
        ("javascript", "import('X')\nimport 'X'\nexport {\n  X\n}", ABSENT),
        ("javascript", "const $X = 1", ABSENT),
        (None, "const X = 1", DEFINED),
        (None, "a: X", WEAK),
        (None, "src/*/a\nX", WEAK),
        (None, "don't\nX", WEAK),
        (None, "http://a/X", WEAK),
        (None, "X-ray", ABSENT),
        (None, "# X\n// X\n/* X */\n<!-- X -->\n-- X\n\"X\" 'X' `X`", ABSENT),
        (None, "from a import (\n  X\n)\nimport X\nuse a::X;\n#include <X>", ABSENT),
        (None, "XY\nYX", ABSENT),
    ],
)
def test_without_a_grammar_a_text_is_looked_at_with_care(
    language: str | None, text: str, kind: Sighting
) -> None:
    assert Source(text, language, with_grammars=False).look_up("X").kind is kind


def test_of_a_name_with_a_sign_the_sign_counts() -> None:
    source = Source("<?php\n$a = 1; $ab = $b;", "php")
    assert [source.look_up(name).kind for name in ("$a", "$c", "$", "$b", "=", "$a =")] == [
        WEAK, ABSENT, ABSENT, WEAK, ABSENT, WEAK,
    ]  # fmt: skip


@given(st.text("ab$ \n", max_size=30), st.text("ab$ ", min_size=1, max_size=4))
def test_names_are_found_where_an_expression_finds_them(code: str, name: str) -> None:
    assume(set(name) & set("ab"))
    expression = rf"(?<!\w)(?={re.escape(name)}(?!\w))"
    assert list(Places(code, r"\w").of(name)) == [match.start() for match in re.finditer(expression, code)]


LANGUAGES = [
    "javascript", "go", "java", "rust", "kotlin", "scala", "swift", "c", "cpp", "csharp", "php", "ruby",
    "shell", "sql", "dart", "elixir", "proto", "prisma", "lua", None,
]  # fmt: skip


@given(st.sampled_from(LANGUAGES), st.text("aX \n\"'`/*#-${}()\\<=import;", max_size=60))
def test_what_is_blanked_leaves_the_rest_where_it_was(language: str | None, text: str) -> None:
    code = without_imports(blanked(text, language), language)

    assert len(code) == len(text)
    assert all(
        new in (old, " ") and (old != "\n" or new == "\n") for new, old in zip(code, text, strict=True)
    )
