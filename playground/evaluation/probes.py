"""Questions whose answers a machine can check."""

import re
from collections.abc import Sequence

from playground.evaluation import intervals
from playground.evaluation.intervals import Estimate
from playground.records import Probe


def is_right(probe: Probe, text: str) -> bool:
    """Whether a text answers the probe: by whole words, in any case, and without any of its rejects.

    A cloze probe is right when the raw continuation starts with an answer.
    """
    text = " ".join(text.split())
    if any(re.search(_words(reject), text, re.IGNORECASE) for reject in probe.rejects):
        return False
    find = re.match if probe.kind == "cloze" else re.search
    return any(find(_words(answer), text, re.IGNORECASE) for answer in probe.answers)


def score(probes: Sequence[Probe], texts: Sequence[str]) -> dict[str, Estimate]:
    """The share answered right, by kind, with Wilson's intervals. texts: one per probe, in order."""
    verdicts: dict[str, list[bool]] = {}
    for probe, text in zip(probes, texts, strict=True):
        verdicts.setdefault(probe.kind, []).append(is_right(probe, text))
    return {kind: intervals.share(sum(found), len(found)) for kind, found in verdicts.items()}


def _words(phrase: str) -> str:
    """A pattern for the phrase that neither begins nor ends inside a word or a number."""
    inner = r"\s+".join(map(re.escape, phrase.split()))
    return rf"(?<![\w])(?<!\d[.,]){inner}(?!\w)(?![.,]\d)"
