"""Which programming language a file is written in."""

from __future__ import annotations

from pathlib import PurePosixPath

_LANGUAGES = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript",
    ".cjs": "javascript", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx",
    ".go": "go", ".java": "java", ".rs": "rust", ".kt": "kotlin", ".kts": "kotlin", ".swift": "swift",
    ".c": "c", ".h": "c", ".cpp": "cpp", ".hpp": "cpp", ".cc": "cpp", ".cs": "csharp", ".php": "php",
    ".scala": "scala", ".rb": "ruby", ".sh": "shell", ".bash": "shell", ".sql": "sql", ".proto": "proto",
    ".prisma": "prisma", ".lua": "lua", ".dart": "dart", ".ex": "elixir", ".exs": "elixir",
}  # fmt: skip


def language_of(path: str) -> str | None:
    """Name the programming language of a file by its suffix; None for text, data and the unknown."""
    return _LANGUAGES.get(PurePosixPath(path).suffix.lower())
