"""Better completions in people's own words: examples to tune on that lead back to their votes."""

from playground.dataset.origin import History, Origin, digest_rows
from playground.dataset.table import Dataset
from playground.preference.judgements import judgements_of
from playground.records import Example, Message

TAG = "rewrite"
VOTE = "vote:"
"""Begins the tag that names the vote a rewrite came with."""


def rewrites_in(source, url: str | None = None) -> Dataset:
    """Every rewrite that stands, in the order of arrival, as an example; see `Preferences.rewrites`.

    A completion that was only saved again as it was is no rewrite. Raises NotFoundError, InputError.
    """
    found = [
        Example((Message("user", one.prompt),), one.rewrite, _tags(one))
        for one in sorted(judgements_of(source, url, checks=True), key=lambda one: one.sequence)
        if one.rewrite and one.rewrite not in map(str.strip, one.completions)
    ]
    name = f"rewrites of {getattr(source, 'name', source)}"
    origin = Origin(kind="rows", name=name, sha256=digest_rows(found))
    return Dataset(found, name=name, format="rewrites of a campaign", history=History(origin))


def _tags(one) -> tuple[str, ...]:
    criterion = (one.criterion,) if one.criterion else ()
    return (TAG, *criterion, f"{VOTE}{one.vote}")
