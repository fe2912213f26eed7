"""What marks a test in the frameworks of a language: at the start of a line, or anywhere in its code."""

from __future__ import annotations

import re
from functools import cache

# The code has its comments taken out, and of its strings only the quotes are left.
_CALLED = r"\s{0,20}\(\s{0,200}\"\""
_BLOCKS = (
    r"(?<![\w.$])(?:[fx]?(?:describe|it|context)|test|suite|bench|specify|scenario|feature|given|should"
    r"|group|property|testWidgets|testProperty)"
)
_SCRIPT = (
    rf"{_BLOCKS}(?:\.(?!todo)\w{{1,40}}){{0,5}}(?:\([^()\n]{{0,200}}\)|\"\")?{_CALLED}"
    r"|\b(?:Deno|QUnit|tap|tape|tester|\w{0,40}Tester|suite|bench|t)\.(?:test|run|add)(?:\.\w{1,20})?\s{0,20}\("
)
_ANNOTATED = (
    r"@(?:\w{1,40}\.){0,8}(?:Parameterized|Repeated|Property|Fuzz)?Test(?:Factory|Template)?\b|@Property\b"
)
_JVM = (
    rf"{_ANNOTATED}|\bvoid\s{{1,20}}test\w*\s{{0,20}}\(|(?<![\w.]){_BLOCKS}{_CALLED}"
    # A text with a block, as the specifications of Kotest and ScalaTest have it.
    r"|\"\"\s{0,20}(?:(?:should|must|can|in|ignore|when|which|>>|!|-|taggedAs)\s{0,20}(?:\"\"|\{)|\{)"
)
_C = (
    r"\b(?:\w{0,40}_)?(?:TEST|TEST_CASE|SCENARIO|PROPERTY)(?:_\w{1,40})?\s{0,20}\("
    r"|\bcmocka_unit_test\w*\s{0,20}\(|\bTest\s{0,20}\(\s{0,20}\w|\bvoid\s{1,20}test\w*\s{0,20}\("
)
_ANYWHERE = {
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "dart": _SCRIPT,
    "java": _JVM,
    "kotlin": _JVM,
    "scala": _JVM,
    "csharp": r"[\[,]\s{0,20}(?:\w{1,40}\.){0,4}(?:Fact|Theory|Test|(?:Data)?TestMethod|TestCase(?:Source)?"
    r"|Property|Benchmark|Scenario|(?:Skippable|Retry|UI|Wpf|Sta)(?:Fact|Theory))(?:Attribute)?\s{0,20}[\](,]",
    "go": r"\bfunc\s{1,20}(?:\([^()\n]{0,200}\)\s{0,20})?(?:Test|Benchmark|Fuzz|Example)\w*\s{0,20}\("
    rf"|\b[FPX]?(?:Describe(?:Table)?|It|Specify|Context|When|Entry){_CALLED}",
    "rust": r"#\[[ ]?(?:[\w:]{0,80}test\b|rstest|test_case|quickcheck|bench\b)|\b(?:proptest|quickcheck)!",
    "swift": rf"{_ANNOTATED}|\bfunc\s{{1,20}}test|(?<![\w.])(?:describe|it|context){_CALLED}",
    "php": rf"\bfunction\s{{1,20}}test|#\[[\w\\]{{0,100}}\bTest\b|(?<![\w.>$])(?:it|test|describe){_CALLED}",
    "ruby": r"^[ \t]{0,200}(?:its?|specify|example|scenario)[ \t]{0,20}(?:\(|\{|do\b|:|\"\")"
    r"|^[ \t]{0,200}(?:test|should|describe|context|feature|it_behaves_like|include_examples)[ \t(]{1,20}\"\""
    r"|\bdef[ \t]{1,20}test_",
    "elixir": r"^[ \t]{0,200}(?:test|property|feature)[ \t(]{1,20}\"\"|^[ \t]{0,200}doctest\b",
    "lua": rf"(?<![\w.:])(?:describe|it|test|spec){_CALLED}|\bfunction\s{{1,20}}\w{{0,60}}[.:]?test",
    "c": _C,
    "cpp": _C,
}
_ASSERTION = re.compile(
    r"\b(?:assert|expect|should|verify)\w{0,40}\s{0,20}[(!.{]|\.(?:to|should)\.\w|\b(?:CHECK|REQUIRE|EXPECT|ASSERT)\w{0,40}\("
    r"|\bt\.(?:Error|Fatal|Fail)\w{0,20}\(|\bassert\b",
    re.IGNORECASE,
)


def has_mark(code: str, language: str | None) -> bool:
    return _marks(language).search(code) is not None


def has_assertion(code: str) -> bool:
    return _ASSERTION.search(code) is not None


@cache
def _marks(language: str | None) -> re.Pattern[str]:
    return re.compile(_ANYWHERE.get(language or "", "(?!)"), re.MULTILINE)
