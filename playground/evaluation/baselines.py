"""What a reward model has to beat: three judges that understand nothing.

Each takes rows {"prompt", "chosen", "rejected"} and gives margins, as a reward model does.
"""

import math
from collections.abc import Sequence

BAG, LONGER, COIN = "bag of words and length", "the longer answer wins", "a coin"


def margins(train: Sequence[dict], held: Sequence[dict]) -> dict[str, list[float]]:
    """The margins of every baseline on `held`, by name; only the bag of words learns from `train`."""
    return {BAG: bag_of_words(train, held), LONGER: longer(held), COIN: [0.0] * len(held)}


def longer(rows: Sequence[dict]) -> list[float]:
    """How many characters the chosen answer is longer."""
    return [float(len(row["chosen"]) - len(row["rejected"])) for row in rows]


def bag_of_words(train: Sequence[dict], held: Sequence[dict]) -> list[float]:
    """A logistic regression on which words an answer holds, and how often, and on its length.

    It is Bradley and Terry's model with a linear score: it sees the difference of the two answers' counts,
    every training pair both ways round, and has no intercept, so that neither side is favoured.
    """
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    counter = CountVectorizer(token_pattern=r"(?u)\w+|[^\w\s]")
    texts = [row[side] for row in train for side in ("chosen", "rejected")]
    if not any(text.strip() for text in texts):
        return [0.0] * len(held)
    counter.fit(texts)

    def features(rows: Sequence[dict]):
        good, bad = ([row[side] for row in rows] for side in ("chosen", "rejected"))
        words = counter.transform(good) - counter.transform(bad)
        lengths = [[_length(one) - _length(other)] for one, other in zip(good, bad, strict=True)]
        return sparse.hstack([words, np.array(lengths)]).tocsr()

    known = features(train)
    both = sparse.vstack([known, -known])
    sides = np.repeat([1, 0], known.shape[0])
    fitted = LogisticRegression(fit_intercept=False, max_iter=1000).fit(both, sides)
    return fitted.decision_function(features(held)).tolist() if held else []


def _length(text: str) -> float:
    return math.log1p(len(text.split()))
