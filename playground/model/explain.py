"""Where a score comes from: what each token of an answer added to it when it came.

The answer is cut off after each of its tokens and ended there, and each part is scored as an answer of its
own. A token's contribution is the score with it less the score before it. So the contributions add up to
the whole score, less what an empty answer would get: nothing is left over, and nothing is counted twice.
They tell what the model thought while it read, not what it would think without a word: for that, edit the
answer and score it again.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from playground.model import generate


@dataclass(frozen=True)
class Contributions:
    """An answer's score, token by token."""

    tokens: tuple[str, ...]
    """The answer's tokens as text; the first bytes of a character of several tokens are empty."""
    added: tuple[float, ...]
    """What each added to the score."""
    start: float
    """The score of an empty answer."""
    score: float
    """The score of the whole answer: `start` and all of `added` together."""

    def to_pandas(self):
        """A DataFrame, one row a token: token, contribution, and the score so far."""
        import pandas

        table = pandas.DataFrame({"token": self.tokens, "contribution": self.added})
        return table.assign(score=self.start + table.contribution.cumsum())


def contributions(reward, prompt, completion: str) -> Contributions:
    """The contributions of an answer's tokens to its score; `reward` is a RewardModel.

    An answer of n tokens costs n + 1 scores.
    """
    tokenizer = reward.tokenizer
    whole, empty = generate.encode(
        tokenizer, [reward.render(prompt, completion), reward.render(prompt, "")], chat=True
    )
    begin = _common(whole, empty)
    end = len(whole) - _common(whole[begin:][::-1], empty[begin:][::-1])
    parts = [[*whole[:place], *whole[end:]] for place in range(begin, end + 1)]
    scores = reward.score_ids(parts)
    added = tuple(after - before for before, after in itertools.pairwise(scores))
    return Contributions(tuple(_spelled(tokenizer, whole[begin:end])), added, scores[0], scores[-1])


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two rows begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _spelled(tokenizer, ids: Sequence[int]) -> list[str]:
    """The text of each token; joined, they are the text of all."""
    texts, shown = [], ""
    for place in range(len(ids)):
        text = tokenizer.decode(ids[: place + 1], clean_up_tokenization_spaces=False)
        text = text.rstrip("\ufffd") if place + 1 < len(ids) else text
        texts.append(text[len(shown) :] if text.startswith(shown) else "")
        shown = text if text.startswith(shown) else shown
    return texts
