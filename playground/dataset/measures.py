"""The numbers behind a dataset's charts: lengths, costs, what a vocabulary lacks, balance, repetition."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy

from playground.dataset import clean
from playground.dataset.progress import Progress
from playground.dataset.split import prompt_key
from playground.dataset.tokens import Count
from playground.errors import InputError, NotFoundError
from playground.records import Example

PARTS = ("prompt", "completion", "whole")
SAMPLE = 20_000
"""Rows whose tokens are counted at most: enough for shares that are sure to half a percent."""
_AT_ONCE = 2000
_BARS = 40
_WORST = 20
_LABELS, _ROWS_PER_LABEL = 50, 5

Render = Callable[[Example], Sequence[tuple[str, bool]]]
"""An example's tokens and which of them are learned, as `dataset.render.render` tells them."""


@dataclass(frozen=True)
class Lengths:
    """A histogram: `counts[i]` rows have from `edges[i]` up to but not including `edges[i + 1]` tokens."""

    edges: list[int]
    counts: list[int]
    mean: float
    median: int
    most: int
    """What 95 of 100 rows do not exceed."""
    longest: int


class Lacking(NamedTuple):
    """A row with tokens that are pieces of characters."""

    row: int
    tokens: int
    share: float
    prompt: str


@dataclass(frozen=True)
class Measures:
    """What a dataset costs and consists of, in tokens of one model."""

    rows: int
    measured: int
    """Rows whose tokens were counted: all, or a sample. Lengths, `tokens`, `learned`, `over`, `unknown` and
    `lacking` are of these; turns, tags, labels and repetition of all rows."""
    tokens: int
    """Tokens read of them in one epoch, what a template puts around the texts included."""
    learned: int
    """Those of them that carry loss: completions and what ends them."""
    lengths: dict[str, Lengths]
    """By part: prompt and completion as texts, whole as the model sees it."""
    window: int | None
    over: int
    """Rows longer than the window."""
    unknown: int
    """Tokens that are pieces of characters the vocabulary lacks."""
    lacking: list[Lacking]
    """The rows with the largest share of those."""
    turns: dict[int, int]
    """Rows by turns, the completion counted."""
    tags: dict[str, int]
    labels: dict[str, int]
    """Rows by completion, where there are few and each stands often: the classes of a classification."""
    duplicates: int
    """Rows that repeat an earlier one but for spaces."""
    repeated_prompts: int
    """Rows whose prompt is an earlier one's but for case, spaces and punctuation."""

    @property
    def epoch(self) -> int:
        """Tokens read in one epoch of all rows; of a sample, what it leads to expect."""
        return round(self.tokens * self.rows / self.measured) if self.measured else 0

    @property
    def learned_share(self) -> float:
        return self.learned / self.tokens if self.tokens else 0.0

    @property
    def unknown_share(self) -> float:
        return self.unknown / self.tokens if self.tokens else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self) | {"lacking": [one._asdict() for one in self.lacking]}

    def plot(self, name: str = "lengths"):
        """A plotly figure: lengths against the window, or rows by turns, tags or labels.

        Raises NotFoundError for another name.
        """
        import plotly.graph_objects as go

        if name not in ("lengths", "turns", "tags", "labels"):
            raise NotFoundError(f"There is no chart {name}", rule="It has lengths, turns, tags, labels")
        figure = go.Figure()
        if name == "lengths":
            for part in PARTS:
                bars = self.lengths[part]
                figure.add_scatter(x=bars.edges[:-1], y=bars.counts, name=part, line_shape="hv")
            if self.window:
                figure.add_vline(self.window, line_dash="dot", annotation_text="context window")
        else:
            found = getattr(self, name)
            figure.add_bar(x=list(map(str, found)), y=list(found.values()))
        return figure.update_layout(xaxis_title="tokens" if name == "lengths" else name, yaxis_title="rows")


def measure(
    examples: Sequence[Example],
    numbers: Sequence[int],
    count: Count,
    *,
    window: int | None = None,
    render: Render | None = None,
    most: int = SAMPLE,
    progress: Progress | None = None,
) -> Measures:
    """Measure a table; `count` as `tokens.counter` makes it.

    Of more than `most` rows the tokens of so many are counted, drawn at random and always the same ones.
    `render` is asked once for every order of roles that occurs: what it puts around the texts of that one
    example is taken for all of them. Without it the texts alone are counted.
    """
    if window is not None and window < 1:
        raise InputError(f"The window is {window}", rule="It is a number of tokens")
    if most < 1:
        raise InputError(f"The sample has {most} rows", rule="It has at least one")
    turns = Counter(len(one.prompt) + bool(one.completion) for one in examples)
    tags = Counter(tag for one in examples for tag in dict.fromkeys(one.tags))
    of_all = {
        "rows": len(examples),
        "turns": dict(sorted(turns.items())),
        "tags": dict(tags.most_common()),
        "labels": _labels(examples),
        "duplicates": len(examples) - len({clean.identity(one) for one in examples}),
        "repeated_prompts": len(examples) - len({prompt_key(one) for one in examples}),
    }
    if len(examples) > most:
        drawn = sorted(random.Random(0).sample(range(len(examples)), most))
        examples, numbers = [examples[at] for at in drawn], [numbers[at] for at in drawn]
    counted = _count(examples, count, progress or (lambda done, total: None))
    around = _around(examples, counted, render)
    prompt, completion, unknown = counted.T
    frame, ends = (numpy.array([around[_shape(one)][at] for one in examples], numpy.int64) for at in (0, 1))
    whole = prompt + completion + frame
    told = numpy.array([bool(one.completion) for one in examples], bool)
    return Measures(
        measured=len(examples),
        tokens=int(whole.sum()),
        learned=int((completion + ends)[told].sum()),
        lengths={
            part: _lengths(sizes) for part, sizes in zip(PARTS, (prompt, completion, whole), strict=True)
        },
        window=window,
        over=int((whole > window).sum()) if window else 0,
        unknown=int(unknown.sum()),
        lacking=list(_lacking(examples, numbers, unknown, whole)),
        **of_all,
    )


def _count(examples: Sequence[Example], count: Count, tell: Progress) -> numpy.ndarray:
    """Tokens of prompt and completion and the unknown ones among them, a row for each example."""
    found = numpy.zeros((len(examples), 3), numpy.int64)
    for start in range(0, len(examples), _AT_ONCE):
        tell(start, len(examples))
        part = examples[start : start + _AT_ONCE]
        texts = [(at, column, text) for at, one in enumerate(part, start) for column, text in _texts(one)]
        counted = count([text for *_, text in texts])
        for (at, column, _), (tokens, unknown) in zip(texts, counted, strict=True):
            found[at, column] += tokens
            found[at, 2] += unknown
    tell(len(examples), len(examples))
    return found


def _texts(example: Example) -> Iterator[tuple[int, str]]:
    for message in example.prompt:
        yield 0, message.content
    if example.completion:
        yield 1, example.completion


def _shape(example: Example) -> tuple[str, ...]:
    return tuple(message.role for message in example.prompt)


def _around(
    examples: Sequence[Example], counted: numpy.ndarray, render: Render | None
) -> dict[tuple[str, ...], tuple[int, int]]:
    """For every order of roles, the tokens around the texts, and those of them that are learned."""
    around: dict[tuple[str, ...], tuple[int, int]] = {}
    for example, (prompt, completion, _) in zip(examples, counted.tolist(), strict=True):
        shape = _shape(example)
        if shape not in around:
            pieces = render(example) if render else ()
            learned = sum(loss for _, loss in pieces)
            around[shape] = (len(pieces) - prompt - completion, learned - completion) if render else (0, 0)
    return around


def _lengths(sizes: numpy.ndarray) -> Lengths:
    if not len(sizes):
        return Lengths([0, 1], [0], 0.0, 0, 0, 0)
    longest = int(sizes.max())
    width = _round_up((longest + 1) / _BARS)
    edges = list(range(0, longest + 1 + width, width))
    counts = numpy.bincount(sizes // width, minlength=len(edges) - 1).tolist()
    middle, most = (int(numpy.quantile(sizes, share, method="higher")) for share in (0.5, 0.95))
    return Lengths(edges[: len(counts) + 1], counts, float(sizes.mean()), middle, most, longest)


def _round_up(width: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50 …"""
    scale = 10 ** math.floor(math.log10(max(width, 1)))
    return next(scale * step for step in (1, 2, 5, 10) if scale * step >= width)


def _lacking(
    examples: Sequence[Example], numbers: Sequence[int], unknown: numpy.ndarray, whole: numpy.ndarray
) -> Iterator[Lacking]:
    shares = unknown / numpy.maximum(whole, 1)
    for at in numpy.argsort(-shares, kind="stable")[:_WORST].tolist():
        if unknown[at]:
            yield Lacking(numbers[at], int(unknown[at]), float(shares[at]), examples[at].question)


def _labels(examples: Sequence[Example]) -> dict[str, int]:
    """Completions as classes; none where they are too many to be classes."""
    found: Counter[str] = Counter()
    for example in examples:
        found[example.completion] += 1
        if len(found) > _LABELS:
            return {}
    classes = 1 < len(found) <= len(examples) / _ROWS_PER_LABEL
    return dict(found.most_common()) if classes else {}
