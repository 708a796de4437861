"""What was worked out about a saved dataset, kept beside its rows: they never change, so it stays true.

It stays true for the code that found it. So a note bears the mark of this package's code; under other code it
is found anew.
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground import settings
from playground.dataset import saved
from playground.dataset.origin import Version
from playground.store.files import write_atomic

LEAST = 5000
"""Rows from which on it is worth a file."""


def recalled(version: Version | None, rows: int, what: str, asked: Any, find: Callable[[], Any]) -> Any:
    """What `find()` gives, as JSON holds it; asked once for a saved version of many rows.

    `asked` is whatever `find` depends on besides the rows.
    """
    if version is None or rows < LEAST:
        return find()
    folder = settings.get().datasets / version.name
    stem = f"{what}-{hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]}"
    path = folder / f"{stem}-{_code()}.json"
    with contextlib.suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    found = find()
    with contextlib.suppress(OSError, ValueError, KeyError):
        if saved.version(folder) == version:
            write_atomic(path, json.dumps(found))
            for old in folder.glob(f"{stem}-*.json"):
                if old != path:
                    old.unlink()
    return found


@functools.cache
def _code() -> str:
    """A mark of the code of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
