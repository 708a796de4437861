"""Preferences: comparisons ready to train on, from votes, from a file, or from a simulated annotator."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, overload

import sqlalchemy as sa

from playground.dataset import source
from playground.dataset.export import columns_of
from playground.dataset.mapping import Mapping as Columns
from playground.dataset.sharing import Shared
from playground.dataset.split import Splits, normalise, split_positions
from playground.dataset.table import Dataset
from playground.preference.assign import next_assignment, record_vote
from playground.preference.campaign import create_campaign
from playground.preference.imported import import_comparisons
from playground.preference.pairs import Ties, annotator_weights, training_pairs
from playground.preference.read import read_comparisons
from playground.preference.rewrites import rewrites_in
from playground.preference.settle import standing_comparisons
from playground.preference.simulate import answer
from playground.records import Choice, Comparison, Completion, Finding
from playground.store.database import connect
from playground.store.files import write_jsonl


class Annotator(Protocol):
    """Whoever can judge two completions as they are shown."""

    name: str

    def judge(self, prompt: str, first: str, second: str) -> Choice: ...


class Preferences(Shared, Sequence[Comparison]):
    """Comparisons of two completions each, immutable. `findings` tell what a file's rows lacked."""

    def __init__(
        self,
        comparisons: Iterable[Comparison],
        *,
        name: str = "preferences",
        findings: Iterable[Finding] = (),
        campaign: str | None = None,
        url: str | None = None,
        weights: Mapping[str, float] | None = None,
    ):
        self._weights = weights
        self._comparisons = tuple(comparisons)
        self._findings = tuple(findings)
        self.name = name
        self.campaign = campaign
        self.url = url

    @classmethod
    def load(
        cls,
        source_or_rows: str | Path | Iterable[dict[str, Any]],
        url: str | None = None,
        *,
        split: str | None = None,
        mapping: Columns | None = None,
        margin: int = 1,
    ) -> "Preferences":
        """The votes of a campaign by its id, a file, an archive or folder of files, or a list of rows.

        Ratings of a campaign that differ by less than `margin` points tie.


        Rows have prompt, chosen and rejected (TRL's form, text or turns); two answers and a label;
        several answers and their ranks; one answer each and its rank, or a label that says whether
        it is good; or, as `rows()` writes them, prompt, first, second and choice. `mapping` says
        what the columns hold where none of these fits, `split` which part is meant where a source
        has several. `url` names another database than the settings'.

        Raises NotFoundError for an unknown campaign, DatasetError for a file that cannot be read or
        whose labels may mean more than one thing; single rows that are no comparison become findings.
        """
        if not isinstance(source_or_rows, str | Path):
            return _from_source(cls, source.from_list(source_or_rows), mapping)
        path = Path(source_or_rows).expanduser()
        if path.exists() or isinstance(source_or_rows, Path) or source.is_file(path):
            return _from_source(cls, source.read(path, split=split), mapping)
        campaign = str(source_or_rows)
        found = standing_comparisons(campaign, connect(url), margin=margin)
        return cls(found, name=campaign, campaign=campaign, url=url)

    @property
    def findings(self) -> list[Finding]:
        return list(self._findings)

    def __len__(self) -> int:
        return len(self._comparisons)

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self._comparisons)

    @overload
    def __getitem__(self, index: int) -> Comparison: ...
    @overload
    def __getitem__(self, index: slice) -> "Preferences": ...

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self._part(range(len(self))[index])
        return self._comparisons[index]

    def __repr__(self) -> str:
        return f"<Preferences {self.name}: {len(self)} comparisons>"

    def split(self, train: float = 0.8, validation: float = 0.1, seed: int = 0) -> Splits:
        """Train, validation and test; all comparisons of a prompt, however it is typed, stay together."""
        keys = [normalise(comparison.prompt) for comparison in self]
        return Splits(*map(self._part, split_positions(keys, train, validation, seed)))

    @cached_property
    def _parts(self) -> Splits:
        return self.split(seed=0)

    @property
    def train(self) -> "Preferences":
        """`split(seed=0).train`."""
        return self._parts.train

    @property
    def validation(self) -> "Preferences":
        """`split(seed=0).validation`."""
        return self._parts.validation

    @property
    def test(self) -> "Preferences":
        """`split(seed=0).test`."""
        return self._parts.test

    def pairs(
        self, ties: Ties = "drop", weights: Mapping[str, float] | None = None, per_strength: float = 0.0
    ) -> list[dict]:
        """What trains a model: {"prompt", "chosen", "rejected"}, with "vote" where a vote tells it.

        The pairs of one ranking have one "vote". Ties (and two bad ones) have no winner: `drop` leaves
        them out, `half` gives them both ways round at half the weight. `weights` by annotator, as
        `annotator_weights` finds them, are 1 where nobody is named; the default are those of `weighted`. Rows
        that are not all alike have a "weight".

        With `per_strength` above 0 each has a "margin": so much for every step of how much better the chosen
        one was called. A reward model then learns to keep that distance; DPO refuses it.
        """
        given = self._weights if weights is None else weights
        return training_pairs(self, ties, given, per_strength)

    def by_criterion(self) -> "dict[str, Preferences]":
        """The comparisons of each criterion, by its name; "" is the whole."""
        places: dict[str, list[int]] = {}
        for place, comparison in enumerate(self):
            places.setdefault(comparison.criterion, []).append(place)
        return {name: self._part(places[name]) for name in sorted(places)}

    def rewrites(self) -> Dataset:
        """What annotators made of the better completions, as examples to tune on, each tagged with its vote.

        Only a campaign's votes have them; without any the dataset is empty.
        """
        return rewrites_in(self)

    def rows(self) -> list[dict[str, Any]]:
        """Every comparison: {"prompt", "first", "second", "choice", "annotator"}; what else is known of one,
        "vote", "criterion", "strength" and "note", where it is known of any."""
        return [{name: getattr(comparison, name) for name in self._columns} for comparison in self]

    def to_pandas(self):
        """A DataFrame of `rows()`."""
        import pandas

        return pandas.DataFrame(self.rows(), columns=self._columns)

    @property
    def _columns(self) -> list[str]:
        return columns_of(self)

    def save(self, path: str | Path) -> Path:
        """Write `rows()` as JSON lines, which `Preferences.load` reads."""
        return write_jsonl(path, self.rows())

    def keep(self, name: str = "", url: str | None = None) -> "Preferences":
        """Store as a campaign under a name (the source's by default): the app shows it, people judge on.

        See `import_comparisons`. `url` names another database than the settings'.
        """
        title, engine = name or self.name, connect(url)
        campaign = import_comparisons(title, self, engine=engine)
        kept = standing_comparisons(campaign, engine)
        return Preferences(kept, name=title, findings=self._findings, campaign=campaign, url=url)

    def _part(self, positions: Iterable[int]) -> "Preferences":
        chosen = [self._comparisons[position] for position in positions]
        return Preferences(
            chosen, name=self.name, findings=self._findings, campaign=self.campaign, url=self.url,
            weights=self._weights,
        )

    def weighted(self, weights: Mapping[str, float] | None = None) -> "Preferences":
        """The same comparisons, with a weight by annotator in `pairs` and so in every training on them.

        By default the weights are what `annotator_weights` finds: how far each agrees with the others.
        """
        return Preferences(
            self, name=self.name, findings=self._findings, campaign=self.campaign, url=self.url,
            weights=annotator_weights(self) if weights is None else dict(weights),
        )


def collect(
    drafts: Iterable[Completion],
    annotator: Annotator,
    *,
    name: str | None = None,
    pairing: str = "disjoint",
    seed: int = 0,
    url: str | None = None,
) -> Preferences:
    """Have an annotator judge every pair of drafts, through the same tables as people's votes.

    The pairs are shown in orders drawn from `seed`; with the same drafts and annotator the same
    votes come out. Raises InputError where no prompt has two different completions.
    """
    engine = connect(url)
    title = name or f"Judged by {annotator.name}"
    campaign = create_campaign(title, drafts, pairing=pairing, seed=seed, engine=engine)
    judge_campaign(campaign, annotator, engine=engine)
    return Preferences(standing_comparisons(campaign, engine), name=title, campaign=campaign, url=url)


def judge_campaign(campaign: str, annotator: Annotator, *, engine: sa.Engine | None = None) -> int:
    """Have an annotator judge whatever a campaign has left for them; the number judged.

    Raises InputError for a kind of task that this annotator cannot do.
    """
    engine = engine or connect()
    judged = 0
    while item := next_assignment(campaign, annotator.name, engine=engine):
        said = answer(annotator, item)
        record_vote(item.id, secrets.token_hex(16), annotator=annotator.name, engine=engine, **said)
        judged += 1
    return judged


def _from_source(kind: type[Preferences], read: source.Source, mapping: Columns | None) -> Preferences:
    comparisons, findings = read_comparisons(read, mapping)
    return kind(comparisons, name=read.name, findings=findings)
