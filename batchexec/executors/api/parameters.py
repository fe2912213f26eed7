"""Checks what an executor of this kind is told about itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from batchexec.errors import ExecutorError, Problem
from batchexec.executors.api.vendors import VENDORS
from batchexec.executors.parameters import one_of, only
from batchexec.executors.prices import parse_prices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")


def parse_parameters(spec: Mapping[str, object]) -> dict[str, Any]:
    """Take the parameters of `Api` out of a specification; the first that is wrong is refused."""
    only("api", spec, ("provider", "prices", *_CHECKS))
    found: dict[str, Any] = {"provider": one_of("api", "provider", spec.get("provider"), tuple(VENDORS))}
    if "model" not in spec:
        raise ExecutorError(Problem(None, "api: it has no model", "model: names the one to ask"))
    for key, (is_right, hint) in _CHECKS.items():
        value = spec.get(key)
        if value is None:
            continue
        if not is_right(value):
            # Somebody may have written the key itself, or a URL with a password.
            said = "what it is" if key in {"key", "base_url"} else repr(value)
            raise ExecutorError(Problem(None, f"api: {key} cannot be {said}", hint))
        found[key] = value
    if spec.get("prices") is not None:
        found["prices"] = parse_prices(spec["prices"])
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _is_time(value: object) -> bool:
    return _is_number(value) and value != 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_url(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_base_url(value: object) -> bool:
    return _is_url(value) and "@" not in str(value)


def _is_variable(value: object) -> bool:
    return isinstance(value, str) and _VARIABLE.fullmatch(value) is not None


_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "model": (_is_text, "it names a model"),
    "base_url": (_is_base_url, "it starts with http:// or https:// and holds no password"),
    "system": (_is_text, "it is a text"),
    "temperature": (_is_number, "it is a number, at least 0"),
    "max_tokens": (_is_count, "it is a whole number, at least 1"),
    "timeout_s": (_is_time, "it is a number of seconds above 0"),
    "silence_s": (_is_time, "it is a number of seconds above 0"),
    "key": (_is_variable, "it names an environment variable, never the key itself"),
}
