from __future__ import annotations

import pytest

from batchexec.executors.apply.syntax import fault


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.py", "a = 1\ndef f(:\n", (2, "invalid syntax")),
        ("a.pyi", "a: =\n", (1, "invalid syntax")),
        ("a.JSON", '{\n  "a": 1,\n}\n', (3, "Expecting property name enclosed in double quotes")),
        ("a.json", "[" * 100_000, (1, "nested too deeply")),
        ("a.yaml", "a: 1\n" + "b: " + "[" * 100_000, (2, "nested too deeply")),
        ("a.toml", "a = 1\nb = \n", (2, "Invalid value")),
        ("a.toml", "a = 1\n\nb = [1,\n\n", (3, "Invalid value")),
        ("a.xml", "<a>\n<b>\n</a>\n", (3, "mismatched tag")),
        ("a.svg", "", (1, "no element found")),
        ("a.yaml", "a: 1\nb: [1\n", (3, "expected ',' or ']', but got '<stream end>'")),
        ("a.yml", "a: 1\n  b: 2\n", (2, "mapping values are not allowed here")),
        ("a.yml", "a: 1\nb: \x01\n", (2, "special characters are not allowed")),
    ],
)
def test_a_text_that_does_not_parse(path: str, text: str, found: tuple[int, str]) -> None:
    assert fault(path, text) == found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "\ufeffa = '\\d'\n"),
        ("a.json", "\ufeff[1]\n"),
        ("tsconfig.json", "{ // comments\n}\n"),
        (".vscode/settings.json", "{ // comments\n}\n"),
        ("a.toml", "a = 1\n"),
        ("a.xml", '<?xml version="1.0"?>\n<a/>\n'),
        ("a.yaml", "a: !Ref b\n---\nc: 1\n"),
        ("chart/a.yaml", "{{- if .Values.a }}\na: 1\n{{- end }}\n"),
        ("a.ts", "const = ;\n"),
        ("a.md", "{\n"),
    ],
)
def test_a_text_that_parses_or_is_not_looked_at(path: str, text: str) -> None:
    assert fault(path, text) is None
