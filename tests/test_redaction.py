"""What is taken for a secret, in which disguises it is found, and that no cutting lets it through."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.redaction import Redactor, problem_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

KEY = "sk-ant-api03-hQ8x_Zk2-Lm9"
ODD = 'pa"ss\\wörd/+ &1'
PEM = "-----BEGIN KEY-----\n{}\n{}\n-----END KEY-----\n".format(
    "MIIEvQIBADANBgkqhkiG" * 3, "9w0BAQEFAASCBKcwggSj" * 3
)


def streamed(redactor: Redactor, chunks: Iterable[bytes]) -> bytes:
    out: list[bytes] = []
    stream = redactor.stream(out.append)
    for chunk in chunks:
        stream.write(chunk)
    stream.close()
    return b"".join(out)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "github_token", "MySecretThing", "DB_PASSWORD", "X_KEY_FILE", "PASSWORDS"]
)
def test_the_value_of_a_variable_with_such_a_name_is_a_secret(name: str) -> None:
    assert Redactor({name: KEY}).text(f"it is {KEY}.") == f"it is [redacted:{name}]."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOME_PASS", "correct horse"),
        ("TOKEN", "1234567"),
        ("TOKEN", " 1234567\n"),
        ("SSH_KEY", "/"),
        ("USE_KEYRING", "Disabled"),
    ],
)
def test_what_certainly_is_no_secret_is_left_alone(name: str, value: str) -> None:
    assert Redactor({name: value}).text(f"so {value} is") == f"so {value} is"


def test_a_path_is_a_secret_only_where_nothing_is_there(tmp_path: Path) -> None:
    redactor = Redactor({"KEY_FILE": str(tmp_path), "SECRET": f"{tmp_path}/not-there"})
    assert redactor.text(f"{tmp_path} {tmp_path}/not-there") == f"{tmp_path} [redacted:SECRET]"


def test_a_name_that_could_be_read_as_something_else_is_mended() -> None:
    assert Redactor({"a]\nTOKEN": KEY}).text(KEY) == "[redacted:a__TOKEN]"


def test_without_secrets_and_patterns_nothing_changes() -> None:
    assert Redactor({}).text("all of it\r\n\n") == "all of it\r\n\n"
    assert streamed(Redactor({}), [b"", b"\xff\n", b"\r"]) == b"\xff\n\r"


DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": lambda v: v,
    "hex": lambda v: v.encode().hex(),
    "HEX": lambda v: v.encode().hex().upper(),
    "quoted": lambda v: quote(v, safe=""),
    "quoted path": quote,
    "quoted form": quote_plus,
    "quoted in lower case": lambda v: re.sub("%..", lambda found: found[0].lower(), quote(v)),
    "json": json.dumps,
    "json in json": lambda v: json.dumps(json.dumps(v)),
    "json without escapes": lambda v: json.dumps(v, ensure_ascii=False),
    "json with escaped slashes": lambda v: json.dumps(v).replace("/", "\\/"),
}


@pytest.mark.parametrize("value", [KEY, ODD])
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_secret_is_found_in_a_disguise(disguise: str, value: str) -> None:
    shown = DISGUISES[disguise](value)
    found = Redactor({"A_KEY": value}).text(f"<{shown}>").replace("\\", "").replace('"', "")
    assert found == "<[redacted:A_KEY]>"


@pytest.mark.parametrize("value", [KEY, ODD, "12345678"])
@pytest.mark.parametrize("before", ["", "u", "us", "user:", "Basic user:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_found_wherever_in_it_the_secret_stands(encode: object, before: str, value: str) -> None:
    assert callable(encode)
    plain = base64.b64encode(f"{before}{value} and more".encode()).decode()
    shown = encode(f"{before}{value} and more".encode()).decode()
    found = Redactor({"A_KEY": value}).text(shown)
    head, tail = found.split("[redacted:A_KEY]")
    bits = 6 * (len(plain) - len(head) - len(tail))
    assert len(value.encode()) * 8 - 10 <= bits <= len(value.encode()) * 8


def test_base64_that_is_wrapped_is_found() -> None:
    shown = base64.encodebytes(f"{'x' * 40}{KEY * 2}".encode()).decode()
    assert shown.count("\n") == 2
    found = Redactor({"A_KEY": KEY * 2}).text(shown)
    assert found.count("[redacted:A_KEY]") == 1
    assert found.count("\n") == 2
    assert len(found.replace("[redacted:A_KEY]", "").strip()) < 65


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\n\n", "\r\n\r\n"])
@pytest.mark.parametrize("at", [1, 4, len(KEY) - 1])
def test_line_breaks_inside_a_secret_do_not_hide_it(at: int, ends: str) -> None:
    text = f"x {KEY[:at]}{ends}{KEY[at:]} y"
    for size in (1, 2, 3, len(text)):
        found = streamed(Redactor({"A_KEY": KEY}), cut(text.encode(), size)).decode()
        assert found == f"x [redacted:A_KEY]{ends.replace(chr(13), '')} y"


def test_a_secret_of_several_lines_is_found_in_pieces_with_any_line_ends() -> None:
    redactor = Redactor({"PRIVATE_KEY": PEM})
    for text in (PEM, PEM.replace("\n", "\r\n"), json.dumps(PEM)):
        assert "MII" not in redactor.text(text)
        assert "9w0" not in redactor.text(text)
    lines = [f"{n}: {line}" for n, line in enumerate(PEM.splitlines())]
    assert redactor.text(lines[1]) == "1: [redacted:PRIVATE_KEY]"


def test_a_long_secret_is_told_of_once_however_it_is_cut() -> None:
    value = "".join(f"{n:04d}" for n in range(500))
    for size in (1, 7, 100, 4096):
        found = streamed(Redactor({"A_KEY": value}), cut(f"<{value}>".encode(), size))
        assert found == b"<[redacted:A_KEY]>"


def test_a_part_of_a_long_secret_is_found() -> None:
    value = "".join(f"{n:04d}" for n in range(500))
    assert "0200" not in Redactor({"A_KEY": value}).text(value[400:1200])


def test_of_secrets_that_overlap_nothing_is_left() -> None:
    redactor = Redactor(
        {"A_KEY": "abcdefghij", "B_KEY": "ghijklmnop", "C_KEY": "abcdefgh", "D_KEY": "abcdefghij"}
    )
    for size in (1, 5, 100):
        assert streamed(redactor, cut(b"-abcdefghijklmnop-abcdefgh-", size)) == (
            b"-[redacted:A_KEY][redacted:B_KEY]-[redacted:C_KEY]-"
        )


def test_a_secret_that_repeats_itself_leaves_no_rest() -> None:
    for size in (1, 3, 100):
        assert streamed(Redactor({"A_KEY": "a" * 8}), cut(b"a" * 21 + b"b", size)) == b"[redacted:A_KEY]b"


SECRETS = {"A_KEY": "abcabcab", "B_TOKEN": "bcabcabcabca", "C_SECRET": "cab-cab-\ncab"}
TEXTS = st.lists(
    st.one_of(
        st.sampled_from([*SECRETS.values(), "abc", "cab-", "\n", "\r\n", "\n\n\n", "x ", "é"]),
        st.text("abc-\n", max_size=6),
    ),
    max_size=12,
).map("".join)


@given(TEXTS, st.data())
def test_how_a_text_is_cut_makes_no_difference(text: str, data: st.DataObject) -> None:
    redactor = Redactor(SECRETS)
    chunks, rest = [], text.encode()
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        chunks.append(rest[:size])
        rest = rest[size:]
    assert streamed(redactor, chunks).decode() == redactor.text(text)


@given(TEXTS, st.lists(st.integers(1, 5), max_size=4))
def test_no_secret_is_left_in_any_text(text: str, sizes: list[int]) -> None:
    found = streamed(Redactor(SECRETS), cut(text.encode(), max([1, *sizes]))).decode()
    assert not any(value in found for value in SECRETS.values())


@given(st.text(), st.sampled_from([(), ("b+",)]))
def test_a_text_without_secrets_stays_as_it_is(text: str, patterns: tuple[str, ...]) -> None:
    quiet = text.replace("b", "")
    assert Redactor({"A_KEY": "b" * 9}, patterns).text(quiet) == quiet


def test_bytes_that_are_no_text_pass() -> None:
    data = bytes(range(256)) * 2
    assert streamed(Redactor({"A_KEY": KEY}, ["nothing here"]), cut(data, 3)) == data


@pytest.mark.parametrize("text", ["done.\n", '{"type": "result"}\n', "50 %"])
def test_what_cannot_begin_a_secret_is_passed_on_at_once(text: str) -> None:
    out: list[bytes] = []
    Redactor({"A_KEY": KEY}).stream(out.append).write(text.encode())
    assert out == [text.encode()]


def test_what_may_begin_a_secret_waits_for_what_follows() -> None:
    out: list[bytes] = []
    stream = Redactor({"A_KEY": KEY}).stream(out.append)
    stream.write(f"see {KEY[:9]}".encode())
    assert out == [b"see "]
    stream.write(b" and")
    assert b"".join(out) == f"see {KEY[:9]} and".encode()


def test_line_ends_without_end_are_not_held() -> None:
    out: list[bytes] = []
    stream = Redactor({"A_KEY": KEY}).stream(out.append)
    stream.write(b"s")
    for _ in range(2000):
        stream.write(b"\n\n\n")
    assert len(b"".join(out)) > 5000


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"sk-\w{4,}", "a sk-12345, sk-1\nsk-abcd", "a [redacted], sk-1\n[redacted]"),
        (r"(?i)customer-\d+", "Customer-17\r\n", "[redacted]\r\n"),
        (r"^\d+$", "12\r\n1 2\n34", "[redacted]\r\n1 2\n[redacted]"),
        (r"a.*z", "a 1\n2 z", "a 1\n2 z"),
        (r"a\s+z", "a\nz a z", "a\nz [redacted]"),
        (r"[äö]+", "xäöx", "x[redacted]x"),
        (r"\b|x", "ax x", "a[redacted] [redacted]"),
    ],
)
def test_a_pattern_is_searched_for_line_by_line(pattern: str, text: str, found: str) -> None:
    assert Redactor({}, [pattern]).text(text) == found
    assert streamed(Redactor({}, [pattern]), cut(text.encode(), 1)).decode() == found


def test_patterns_that_overlap_leave_nothing() -> None:
    assert Redactor({}, ["abc", "cde", "b"]).text("xabcdex") == "x[redacted]x"


def test_values_are_named_before_patterns_are_searched_for() -> None:
    assert Redactor({"A_KEY": KEY}, ["sk-.*"]).text(f"{KEY} sk-1") == "[redacted:A_KEY] [redacted]"


@pytest.mark.parametrize("after", ["", "\n"])
@pytest.mark.parametrize("filler", ["-", "é"])
def test_in_a_line_without_end_a_pattern_is_found_wherever_windows_are_cut(filler: str, after: str) -> None:
    line = "".join(f"{filler * 997}id-{n:08d}" for n in range(300))
    redactor = Redactor({}, [r"id-\d+"])
    expected = f"{filler * 997}[redacted]" * 300 + after
    for size in (5000, 10**6):
        assert streamed(redactor, cut((line + after).encode(), size)).decode() == expected


def test_a_line_without_end_is_not_kept_back() -> None:
    out: list[bytes] = []
    stream = Redactor({}, ["x+y"]).stream(out.append)
    for _ in range(100):
        stream.write(b"." * 4096)
    assert len(b"".join(out)) > 300_000


def test_what_a_pattern_takes_too_long_for_is_left_out() -> None:
    redactor = Redactor({}, ["(a|a|aa)+$"])
    assert redactor.text(f"{'a' * 5000}b\nfine\n") == "[redacted]\nfine\n"


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("sk-.{3}", None),
        ("(a", ("'(a' is no regular expression: missing ), unterminated subpattern", "")),
        ("a?", ("'a?' fits everywhere, as it fits nothing at all", "say at least one character of it")),
    ],
)
def test_a_pattern_that_cannot_be_used_is_told(pattern: str, problem: tuple[str, str] | None) -> None:
    assert problem_with(pattern) == problem


def test_redaction_is_linear_in_hostile_output() -> None:
    environ = {f"K{n}_TOKEN": f"{n}{KEY}" * 3 for n in range(20)}
    hostile = [KEY[:-1] * 5000, f"0{KEY}" * 5000, "\n" * 100_000, f"0{KEY}\n" * 5000]
    for text in hostile:
        started = time.perf_counter()
        streamed(Redactor(environ, [r"zz\d+"]), cut(text.encode(), 4096))
        assert time.perf_counter() - started < 3
