"""How an ejected script is put together: pieces of text with `$names` and what they import, and calls."""

import itertools
import json
import re
from collections.abc import Iterable
from string import Template
from typing import Any

WIDTH = 100
PLAIN = ("copy", "itertools", "json", "operator", "pathlib")


class Piece:
    """Part of a script: `imports` are `module` or `module:name`."""

    def __init__(self, text: str, *imports: str):
        self.text, self.imports = text.strip("\n"), imports

    def fill(self, **names: Any) -> "Piece":
        return Piece(Template(self.text).substitute({n: str(v) for n, v in names.items()}), *self.imports)


def together(*pieces: Piece) -> Piece:
    """Several pieces as one, with no empty line between."""
    return Piece("\n".join(p.text for p in pieces), *(one for p in pieces for one in p.imports))


def joined(head: str, pieces: Iterable[Piece]) -> str:
    """The script: what it says of itself, its imports in order, and its pieces."""
    pieces = list(pieces)
    blocks = [block for piece in pieces for block in piece.text.split("\n\n\n")]
    text = blocks[0]
    for before, block in itertools.pairwise(blocks):
        defines = any(re.match(r"(def|class) ", one) for one in (before, block))
        text += ("\n\n\n" if defines else "\n\n") + block
    return f"{head}\n\n{_imports({one for piece in pieces for one in piece.imports})}\n\n{text}\n"


def call(name: str, *plain: str, raw: Iterable[str] = (), notes: dict[str, str] | None = None, **named: Any):
    """A call of `name` as code, in one line where it fits and needs no notes, else one argument a line.

    Positional arguments, and those named in `raw`, are code already; the others are told as literals.
    """
    notes, raw = notes or {}, set(raw)
    told = {one: one for one in plain}
    told |= {key: f"{key}={value if key in raw else quoted(value)}" for key, value in named.items()}
    line = f"{name}({', '.join(told.values())})"
    if not set(notes) & set(told) and len(line) <= WIDTH:
        return line
    rows = [f"    {text}," + (f"  # {notes[key]}" if key in notes else "") for key, text in told.items()]
    return "\n".join([f"{name}(", *rows, ")"])


def unlike(defaults: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    """The arguments whose value is not the library's default."""
    return {k: v for k, v in arguments.items() if k not in defaults or defaults[k] != v}


def quoted(value: Any) -> str:
    """A value as code, strings in double quotes."""
    if isinstance(value, list) and len(value) > 7 and all(isinstance(one, str) for one in value):
        return f"{json.dumps(' '.join(value))}.split()"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"[{', '.join(map(quoted, value))}]" if isinstance(value, list) else repr(value)


def _imports(names: set[str]) -> str:
    whole, parts = set(), {}
    for name in names:
        module, _, part = name.partition(":")
        if part:
            parts.setdefault(module, set()).add(part)
        else:
            whole.add(module)
    sections = []
    for plain in (True, False):
        lines = [f"import {one}" for one in sorted(whole) if (one in PLAIN) is plain]
        chosen = [module for module in sorted(parts) if (module in PLAIN) is plain]
        lines += [_from(module, sorted(parts[module], key=_case)) for module in chosen]
        sections.append("\n".join(lines))
    return "\n\n".join(filter(None, sections))


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _case(name: str) -> tuple[int, str]:
    """Constants, classes, functions: the order in which linters want them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name
