"""Best of n, the baseline of every method that moves a policy: of n answers the one a reward likes best.

Nothing is trained, and the policy it stands for lies at most log n - (n-1)/n nats from the model
(Stiennon et al. 2020, arXiv:2009.01325, appendix G.3; a bound by Beirami et al. 2024, arXiv:2401.01879).
Gao et al. 2022 (arXiv:2210.10760) draw reward and gold score against the root of this KL.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from playground.errors import InputError
from playground.evaluation import intervals
from playground.model.load import Conversation, Model, RewardModel
from playground.world.gold import gold_of

Judge = Callable[[Sequence[tuple[Conversation, str]]], list[float]]
"""Rewards of (conversation, answer) pairs."""
SEEDS = 1_000_003
"""Apart lie the seeds of two answers to one prompt."""


class BestOf(Model):
    """A Model that draws `n` answers to everything it is asked and gives the one with the highest reward.

    reward: a RewardModel or its name, or a function from (prompt, answer) to points; or pass `judge`. Raw
    continuations (`complete`) are the model's own.
    """

    def __init__(self, model, reward=None, n: int = 8, temperature: float = 1.0, judge: Judge | None = None):
        model = Model.load(model)
        super().__init__(model.network, model.tokenizer, model.source, model._turn)
        self.n, self.temperature, self.judge = n, temperature, judge or judge_of(reward)
        _check(n, temperature)

    def reply_many(self, conversations: Sequence[Conversation], *, progress=None, **generation) -> list[str]:
        """The best of n answers to each, drawn at this model's own temperature."""
        seed = generation.pop("seed", 0)
        generation["temperature"] = self.temperature
        best: list[tuple[float, str]] = [(-math.inf, "")] * len(conversations)
        for number in range(self.n):
            texts = super().reply_many(conversations, seed=seed + SEEDS * number, **generation)
            scores = self.judge(list(zip(conversations, texts, strict=True)))
            for place, found in enumerate(zip(scores, texts, strict=True)):
                best[place] = max(best[place], found, key=lambda one: one[0])
            if progress:
                progress(number + 1, self.n)
        return [text for _, text in best]

    def stream(self, conversation: Conversation, *, raw: bool = False, **generation) -> Iterator[str]:
        """The whole answer at once: which is best is known when all are written."""
        if raw:
            return super().stream(conversation, raw=True, **generation)
        return iter([self.reply(conversation, **generation)])

    def __repr__(self) -> str:
        return f"BestOf({self.n}, {super().__repr__()})"


@dataclass(frozen=True)
class Best:
    """What `best_of` found: `n` answers to every prompt with their rewards."""

    n: int
    completions: Any
    """DataFrame, one row an answer: prompt, text, reward, gold (nan where no rule knows it)."""

    @property
    def best(self):
        """DataFrame, one row a prompt: the answer with the highest reward."""
        places = self.completions.groupby("prompt", sort=False).reward.idxmax()
        return self.completions.loc[places].reset_index(drop=True)

    @property
    def curve(self):
        """DataFrame, one row for each n = 1, 2, 4, … up to `n`: kl, and reward and gold with the interval of
        their means over prompts, as `expected` finds them from all answers drawn."""
        import pandas

        rows = []
        for size in sizes(self.n):
            row = {"n": size, "kl": kl(size)}
            for name in ("reward", "gold"):
                each = [
                    expected(list(of.reward), list(of[name]), size)
                    for _, of in self.completions.groupby("prompt", sort=False)
                ]
                names = (name, f"{name}_low", f"{name}_high")
                row |= dict(zip(names, intervals.mean(each), strict=True))
            rows.append(row)
        return pandas.DataFrame(rows)

    def __repr__(self) -> str:
        return f"<Best of {self.n}: {self.completions.prompt.nunique()} prompts>"


def best_of(
    model, prompts: Iterable, reward, n: int = 16, temperature: float = 1.0, seed: int = 0,
    max_tokens: int = 48, progress: Callable[[int, int], None] | None = None,
) -> Best:
    """Draw `n` answers to each prompt and score them all.

    model: a Model or what `Model.load` takes; prompts: texts, examples or a Dataset; reward: as for BestOf.
    `progress(done, total)` counts rounds of one answer a prompt. Raises InputError for no prompts, n < 1 or
    a temperature of 0, where all answers would be one.
    """
    import pandas

    _check(n, temperature)
    texts = list(dict.fromkeys(question(one) for one in _listed(prompts)))
    if not texts:
        raise InputError("There are no prompts", remedy="Give at least one")
    model, judge, gold, rows = Model.load(model), judge_of(reward), gold_of(texts), []
    for number in range(n):
        said = model.reply_many(
            texts, temperature=temperature, seed=seed + SEEDS * number, max_tokens=max_tokens
        )
        pairs = list(zip(texts, said, strict=True))
        known = [gold(*pair) if gold else math.nan for pair in pairs]
        rows += [(*pair, *told) for pair, *told in zip(pairs, judge(pairs), known, strict=True)]
        if progress:
            progress(number + 1, n)
    return Best(n, pandas.DataFrame(rows, columns=["prompt", "text", "reward", "gold"]))


def kl(n: int) -> float:
    """How far the best of n lies from the model, in nats, at most."""
    return math.log(n) - (n - 1) / n


def sizes(most: int) -> list[int]:
    """1, 2, 4, … and `most`."""
    return sorted({2**power for power in range(most.bit_length())} | {most})


def expected(rewards: Sequence[float], values: Sequence[float], n: int) -> float:
    """The mean of what `values` the best of n has, over all ways to draw n of these answers; ties share.

    Of N answers in order of reward, the i-th is the best of n drawn ones with C(i-1, n-1) / C(N, n): no
    estimate from these answers without bias has less variance.
    """
    total, order = math.comb(len(rewards), n), sorted(range(len(rewards)), key=lambda place: rewards[place])
    found, start = 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and rewards[order[end]] == rewards[order[start]]:
            end += 1
        share = (math.comb(end, n) - math.comb(start, n)) / total
        found += share * sum(values[place] for place in order[start:end]) / (end - start)
        start = end
    return found


def judge_of(reward) -> Judge:
    """Rewards of pairs, from a RewardModel, its name, or a function from (prompt, answer) to points."""
    if callable(reward):
        return lambda pairs: [float(reward(question(asked), text)) for asked, text in pairs]
    return RewardModel.load(reward).score_many


def question(conversation) -> str:
    """The last thing asked."""
    if isinstance(conversation, str):
        return conversation
    if hasattr(conversation, "question"):
        return conversation.question
    last = list(conversation)[-1]
    return last["content"] if isinstance(last, dict) else last.content


def _listed(prompts) -> list:
    if isinstance(prompts, str):
        raise InputError(
            f"The prompts are the text {prompts[:80]!r}", rule="Prompts are a list of texts or a Dataset",
            remedy="Put a single prompt into a list",
        )
    return list(prompts.prompts() if hasattr(prompts, "prompts") else prompts)


def _check(n: int, temperature: float) -> None:
    if n < 1 or (n > 1 and temperature <= 0):
        raise InputError(
            f"The best of {n} at temperature {temperature:g} is asked for",
            rule="It takes at least one answer, and a temperature above 0, where answers differ",
            remedy="Try the best of 8 at temperature 1",
        )
