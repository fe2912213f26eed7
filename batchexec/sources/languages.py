"""Which language a file name and the word after a fence speak of."""

from __future__ import annotations

# family: what fences call it, and the suffixes or whole names of its files
_PROGRAMS = {
    "python": "python py python3 pyi pyw",
    "javascript": "javascript js jsx mjs cjs node typescript ts tsx mts cts",
    "go": "go golang",
    "rust": "rust rs",
    "java": "java",
    "kotlin": "kotlin kt kts",
    "scala": "scala sc",
    "groovy": "groovy gradle",
    "c": "c h cpp c++ cc cxx hpp hh hxx objc objective-c m mm ino",
    "csharp": "csharp c# cs",
    "fsharp": "fsharp f# fs fsx",
    "swift": "swift",
    "php": "php",
    "ruby": "ruby rb rake gemfile rakefile",
    "perl": "perl pl pm",
    "lua": "lua",
    "r": "r",
    "julia": "julia jl",
    "haskell": "haskell hs",
    "ocaml": "ocaml ml mli",
    "elixir": "elixir ex exs",
    "erlang": "erlang erl hrl",
    "clojure": "clojure clj cljs cljc edn",
    "dart": "dart",
    "zig": "zig",
    "nim": "nim",
    "solidity": "solidity sol",
    "sql": "sql mysql postgresql postgres plpgsql sqlite",
    "shell": "shell sh bash zsh ksh fish console terminal shellsession shell-session",
    "powershell": "powershell ps1 psm1 pwsh",
    "batch": "bat batch cmd dosbatch",
    "protobuf": "protobuf proto",
    "prisma": "prisma",
    "graphql": "graphql gql",
    "terraform": "terraform tf hcl tfvars",
    "assembly": "asm assembly s",
}
_TEXTS = {
    "markdown": "markdown md mdx",
    "restructuredtext": "rst restructuredtext",
    "json": "json jsonc json5 jsonl ndjson webmanifest",
    "yaml": "yaml yml",
    "toml": "toml",
    "ini": "ini cfg conf properties env dotenv editorconfig gitignore dockerignore gitattributes"
    " nginx nginxconf apache apacheconf",
    "html": "html htm xhtml xml svg vue svelte jinja jinja2 j2 hbs handlebars ejs astro",
    "css": "css scss sass less stylus postcss",
    "docker": "docker dockerfile containerfile",
    "make": "make makefile mk",
    "csv": "csv tsv",
    "diff": "diff patch",
    "mermaid": "mermaid mmd",
}
_FAMILY = {
    word: family for table in (_PROGRAMS, _TEXTS) for family, words in table.items() for word in words.split()
}
_NAMED = {
    "dockerfile": "docker",
    "containerfile": "docker",
    "makefile": "make",
    "gemfile": "ruby",
    "rakefile": "ruby",
}


def of_language(word: str) -> str | None:
    return _FAMILY.get(word)


def of_path(path: str) -> str | None:
    """Name the language of a file by its suffix or, like `Dockerfile` and `.env.example`, by its name."""
    name = path[path.rfind("/") + 1 :].lower()
    _, dot, suffix = name.rpartition(".")
    if dot and (family := _FAMILY.get(suffix)):
        return family
    if name.startswith("."):
        return _FAMILY.get(name[1:].partition(".")[0])
    return _NAMED.get(name.partition(".")[0])


def suits(language: str, path: str) -> bool:
    """Say whether a block of this language can be the file; what is unknown can."""
    of_block = _FAMILY.get(language)
    if of_block is None:
        return True
    of_file = of_path(path)
    return of_file is None or of_file == of_block


def is_program(path: str) -> bool:
    return of_path(path) in _PROGRAMS
