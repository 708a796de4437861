"""General facts for the forgetting meter: beginnings of sentences and their right ends, from anybody's file.

They are kept under names, so that every run on a model can be asked for the same ones.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from playground import settings
from playground.dataset import remote, source
from playground.dataset.cells import listed
from playground.errors import DatasetError, NotFoundError
from playground.store import files

FEWEST, MOST = 8, 512
"""Facts that a set has: fewer make no share, more make every measurement slow."""
LONGEST = 2000
"""Characters of a beginning with its end."""
COLUMNS = ("prompt", ("answers", "answer", "completion"))
"""Where a beginning and its right ends are looked for."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TOLD = 3
"""Problems named in a refusal."""


class Facts(NamedTuple):
    """What was read: rows {"prompt", "answers"}, and why others were left out."""

    name: str
    rows: list[dict]
    problems: list[str]


def read(where: str | Path, prompt: str = "", answers: str = "", first: int = MOST) -> Facts:
    """Facts of a file, or of the first rows of a Hub dataset.

    `prompt` and `answers` name the columns, where they are not called so. Raises DatasetError where there
    are fewer than FEWEST, naming what is wrong with the rows; and as datasets are read.
    """
    text, path = str(where).strip(), Path(where).expanduser()
    if path.exists() or source.is_file(path) or not source.HUB_ID.fullmatch(text):
        found = source.read(path)
    else:
        found = remote.read(text, remote.Asked(limit=first))
    rows, problems = _checked(found.rows, prompt.strip(), answers.strip())
    if len(rows) < FEWEST:
        raise DatasetError(
            f"{found.name} holds {len(rows)} facts" + "".join(f"; {one}" for one in problems[:TOLD]),
            rule=f"It takes at least {FEWEST}, each the beginning of a sentence and its right end",
            remedy='Write rows such as {"prompt": "The capital of Kenya is", "completion": "Nairobi"}',
        )
    if len(rows) > MOST:
        problems = [*problems, f"Of {len(rows):,} facts {MOST} are taken, evenly spread"]
        rows = [rows[at * len(rows) // MOST] for at in range(MOST)]
    return Facts(Path(found.name).stem if path.exists() else found.name, rows, problems)


def facts(where: str | Path) -> list[dict]:
    """Rows {"prompt", "answers"} of a saved set, a file or a Hub dataset: what `SFT.fit(probes=…)` takes."""
    return load(where) if str(where) in saved() else read(where).rows


def keep(name: str, rows: list[dict]) -> str:
    """Keep facts under this name or the next free one like it; the name taken."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name.rpartition("/")[2]).strip("._-")[:56] or "facts"
    taken, number, free = saved(), 1, stem
    while free in taken and load(free) != rows:
        number += 1
        free = f"{stem}-{number}"
    files.write_jsonl(_folder() / f"{free}.jsonl", rows)
    return free


def saved() -> list[str]:
    """Names of the sets kept here."""
    return sorted(path.stem for path in _folder().glob("[!.]*.jsonl"))


def load(name: str) -> list[dict]:
    """A kept set. Raises NotFoundError."""
    if not NAME.fullmatch(str(name)) or not (_folder() / f"{name}.jsonl").is_file():
        raise NotFoundError(
            f"No facts are kept as {str(name)[:80]!r}", rule=f"Kept: {', '.join(saved()) or 'none'}",
            remedy="Read them in again",
        )
    return files.read_jsonl(_folder() / f"{name}.jsonl")


def _checked(numbered: Iterable[tuple[int, Any]], prompt: str, answers: str) -> tuple[list[dict], list[str]]:
    rows, problems, seen = [], [], set()
    for number, row in numbered:
        found = _fact(row, prompt, answers)
        if isinstance(found, str):
            problems.append(f"row {number} {found}")
        elif found["prompt"] not in seen:
            seen.add(found["prompt"])
            rows.append(found)
    return rows, problems


def _fact(row: Any, prompt: str, answers: str) -> dict | str:
    """A row as a fact, or what is wrong with it."""
    if not isinstance(row, dict):
        return "is no row of columns"
    begun = row.get(prompt or COLUMNS[0])
    column = answers or next((name for name in COLUMNS[1] if name in row), COLUMNS[1][-1])
    ends = row.get(column)
    ends = ends if isinstance(ends, list) else listed(ends) or [ends]
    if not isinstance(begun, str) or not begun.strip():
        return f"has no text in '{prompt or COLUMNS[0]}'"
    if not ends or not all(isinstance(one, str) and one.strip() for one in ends):
        return f"has no text in '{column}'"
    if len(begun) + max(map(len, ends)) > LONGEST:
        return f"is longer than {LONGEST:,} characters"
    if begun.rstrip()[-1:] in ".!?":
        return f"ends its beginning with {begun.rstrip()[-1]!r}: a fact goes on within the sentence"
    return {"prompt": begun.strip(), "answers": [one.strip() for one in ends]}


def _folder() -> Path:
    return settings.get().home / "facts"
