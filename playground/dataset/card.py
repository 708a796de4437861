"""The card of a dataset that goes to the Hub: what is in it, where it is from, what was done to it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from playground.dataset import export
from playground.dataset.drafts import SYNTHETIC, is_draft
from playground.dataset.recipe import Recipe, told
from playground.records import Comparison, Example
from playground.store.files import json_line

MARK = "fine-tuning-playground"
"""The tag by which a card of ours is known again."""

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGEST = "1M<n<10M"

_COLUMNS = {
    "prompt": "the turns that come before the completion, each with role and content",
    "completion": "what is to be learned",
    "tags": "where a row is from; never trained on",
    "first": "one completion",
    "second": "another completion of the same prompt",
    "choice": "which is better: first, second, tie, both_bad or skip",
    "annotator": "who judged; `simulated:` where no person did",
    "vote": "the name of the vote, the same for all pairs of one ranking",
    "criterion": "what they were judged by; empty where as a whole",
    "strength": "how much better: 1 slightly, 2 clearly, 3 far, or points between ratings; 0 untold",
    "note": "what the annotator wrote beside it",
}


def text(data, parts: Mapping[str, Sequence[Example | Comparison]], license: str | list[str] = "") -> str:
    """README.md: metadata for the Hub in YAML, then the same for people.

    `data` is the Dataset or Preferences, `parts` its rows by the name of a split. Without a `license`
    the field is left out, and the card says that it is to be chosen.
    """
    named = license if isinstance(license, str) else ", ".join(license)
    lines = [
        _metadata(data, parts, license),
        f"# {_plain(data.name)}\n",
        f"{len(_all(parts)):,} rows for fine-tuning, put together with the Fine-Tuning Playground.\n",
        _table(("part", "rows"), [(name, f"{len(rows):,}") for name, rows in parts.items()]),
        "## Columns\n",
        _table(("column", "holds"), [(name, _told(name, parts)) for name in _columns(parts)]),
        "## Source\n",
        _source(data),
        _made(parts),
        "## What was done to it\n",
        _recipe(getattr(data, "recipe", None)),
        _findings(data),
        "## License\n",
        f"{_plain(named)}\n" if named else "Not chosen yet: write the `license` into this card's metadata.\n",
    ]
    return "\n".join(filter(None, lines))


def _metadata(data, parts: Mapping[str, Sequence], license: str | list[str]) -> str:
    from datasets import Features
    from datasets.info import DatasetInfo, DatasetInfosDict
    from datasets.splits import SplitDict, SplitInfo
    from huggingface_hub import DatasetCardData

    total = sum(map(len, parts.values()))
    judged = "completion" not in _columns(parts) and "choice" in _columns(parts)
    about = DatasetCardData(
        pretty_name=_plain(data.name),
        license=license or None,
        size_categories=[next((name for size, name in _SIZES if total < size), _LARGEST)],
        task_categories=["text-generation"],
        tags=[MARK, *(["preference"] if judged else [])],
        configs=[{
            "config_name": "default",
            "data_files": [{"split": name, "path": f"data/{name}.parquet"} for name in parts],
        }],
    )  # fmt: skip
    splits = SplitDict(
        {name: SplitInfo(name, _bytes(rows), num_examples=len(rows)) for name, rows in parts.items()}
    )
    features = Features.from_arrow_schema(export.schema(_all(parts)))
    DatasetInfosDict(default=DatasetInfo(features=features, splits=splits)).to_dataset_card_data(about)
    return f"---\n{about.to_yaml()}\n---\n"


def _bytes(rows: Sequence) -> int:
    """How large the rows are as JSON lines."""
    return sum(len(json_line(row)) for row in export.plain_rows(rows))


def _columns(parts: Mapping[str, Sequence]) -> list[str]:
    return export.schema(_all(parts)).names


def _all(parts: Mapping[str, Sequence]) -> list:
    """Every row of every part: their columns are the same, even where one part has prompts alone."""
    return [row for rows in parts.values() for row in rows]


def _told(name: str, parts: Mapping[str, Sequence]) -> str:
    return "what is asked" if name == "prompt" and "choice" in _columns(parts) else _COLUMNS[name]


def _source(data) -> str:
    format, reason = getattr(data, "format", ""), getattr(data, "reason", "")
    told = f" It was read as {_plain(format)}: {_plain(reason)}." if format and reason else ""
    return f"`{_plain(data.name)}`.{told}\n"


def _made(parts: Mapping[str, Sequence]) -> str:
    """How many rows no person has written."""
    rows = [row for row in _all(parts) if isinstance(row, Example)]
    made, drafts = sum(SYNTHETIC in row.tags for row in rows), sum(map(is_draft, rows))
    if not made and not drafts:
        return ""
    waiting = f" {drafts:,} are drafts that nobody has approved yet, tagged `draft`." if drafts else ""
    return f"{made:,} rows were written by a template or a model and are tagged `{SYNTHETIC}`.{waiting}\n"


def _recipe(recipe: Recipe | None) -> str:
    """The steps as they are told. The recipe itself also holds texts that a later step took out again."""
    if recipe is None or not recipe.steps:
        return "Nothing: the rows are as they came.\n"
    return "\n".join(f"{number}. {told(step)}" for number, step in enumerate(recipe.steps, start=1)) + "\n"


def _findings(data) -> str:
    counts = Counter((finding.kind, finding.action) for finding in data.findings)
    if not counts:
        return ""
    rows = [(kind, action, f"{count:,}") for (kind, action), count in counts.most_common()]
    return _table(("finding", "what was done", "times"), rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines) + "\n"


def _plain(text: str) -> str:
    """A text for one line of Markdown that cannot begin or end anything there."""
    line = " ".join(str(text).split())
    return "".join("'" if sign == "`" else f"\\{sign}" if sign in "|<>[]" else sign for sign in line)
