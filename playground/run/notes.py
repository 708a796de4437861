"""What people write beside a run: a note and tags. The only file of a run that may change afterwards."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.errors import InputError
from playground.store import files

LONGEST_NOTE = 4000
LONGEST_TAG = 32
MOST_TAGS = 12


@dataclass(frozen=True)
class Notes:
    """A note in free text, and tags in the order given."""

    note: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self):
        tags = tuple(dict.fromkeys(tag.strip() for tag in self.tags if tag.strip()))
        object.__setattr__(self, "note", self.note.strip())
        object.__setattr__(self, "tags", tags)
        if len(self.note) > LONGEST_NOTE:
            rule = f"A note has {LONGEST_NOTE:,} characters at most"
            raise InputError(f"The note has {len(self.note):,} characters", rule=rule, remedy="Shorten it")
        long = next((tag for tag in tags if len(tag) > LONGEST_TAG), None)
        if long or len(tags) > MOST_TAGS:
            raise InputError(
                f"A tag is {long[:60]!r}" if long else f"There are {len(tags)} tags",
                rule=f"A run has {MOST_TAGS} tags at most, each of {LONGEST_TAG} characters at most",
                remedy="Put longer thoughts into the note",
            )
        if files.has_lone_surrogate(self.note + "".join(tags)):
            raise InputError("The note holds half a character", remedy="Type it again")


def read(folder: Path) -> Notes:
    """The notes of a run; empty where there are none, or where the file is damaged."""
    try:
        found = json.loads((folder / "notes.json").read_text(encoding="utf-8"))
        return Notes(found["note"], tuple(found["tags"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Notes()


def write(folder: Path, notes: Notes) -> None:
    files.write_atomic(folder / "notes.json", json.dumps(asdict(notes), ensure_ascii=False))
