"""What a program gets to know of our environment."""

from __future__ import annotations

import os

_SECRETS = tuple(
    word + plural for word in ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD") for plural in ("", "S")
)


def inherited() -> dict[str, str]:
    """
    Give our environment without what leads git elsewhere or is a secret by its name.

    A name is one if a part of it, cut at underscores, ends like `API_KEY`,
    `PGPASSWORD` or `TOKENS`; `KEYBOARD` and `TOKENIZERS_PARALLELISM` are none.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_")
        and not any(part.endswith(_SECRETS) for part in name.upper().split("_"))
    }
