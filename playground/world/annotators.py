"""Simulated annotators: rule-bound judges with the habits of real ones, to practise and to test on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from random import Random

from playground.errors import NotFoundError
from playground.records import Choice
from playground.world import gold

PERSONAS = {
    "courteous": "likes thanks and a word on risk, dislikes rudeness and rambling; calls close ones a tie",
    "brief": "takes the shorter answer unless it is rude",
    "careless": "judges like the courteous one, but four times in ten picks either by chance",
    "position-biased": "judges like the courteous one where the difference is great, else "
    "takes what stands first",
    "adversarial": "says the very opposite of what the courteous one thinks, to spoil what is learned",
}
_THRESHOLD = 0.4


@dataclass
class SimulatedAnnotator:
    """A persona of `PERSONAS` with a seed; the same question in the same order is judged the same way.

    Raises NotFoundError for a persona that does not exist.
    """

    persona: str = "courteous"
    seed: int = 0

    def __post_init__(self):
        if self.persona not in PERSONAS:
            raise NotFoundError(
                f"There is no annotator {self.persona!r}", remedy=f"Choose one of {', '.join(PERSONAS)}"
            )

    @property
    def name(self) -> str:
        """As it is written on comparisons; no human bears such a name."""
        return f"simulated:{self.persona}"

    def judge(self, prompt: str, first: str, second: str) -> Choice:
        """The preferred one of two completions in the order shown, "tie", or "both_bad"."""
        rng = self._chance(prompt, first, second)
        if self.persona == "careless" and rng.random() < 0.4:
            return rng.choice(("first", "second"))
        gap = self._taste(first) - self._taste(second)
        if self.persona == "position-biased" and abs(gap) < 1:
            return "first"
        if abs(gap) >= _THRESHOLD:
            return "first" if gap > 0 else "second"
        return "both_bad" if gold.style(first) <= -1 else "tie"

    def rank(self, prompt: str, completions: Sequence[str]) -> list[list[int]]:
        """Positions best first, ties grouped: two that stand next to each other and are called equal tie."""

        def compare(one: int, other: int) -> int:
            first, second = sorted((one, other))
            choice = self.judge(prompt, completions[first], completions[second])
            sign = {"first": -1, "second": 1}.get(choice, 0)
            return sign if one == first else -sign

        groups: list[list[int]] = []
        for place in sorted(range(len(completions)), key=cmp_to_key(compare)):
            if groups and compare(groups[-1][-1], place) == 0:
                groups[-1].append(place)
            else:
                groups.append([place])
        return groups

    def rate(self, prompt: str, completions: Sequence[str], scale: int = 5) -> list[int]:
        """A score from 1 to `scale` for each: how far up it lies on what this persona's taste spans."""
        low, high = (-8, 0) if self.persona == "brief" else (-2, 2)
        chance = self._chance(prompt, *completions)
        scores = []
        for position, text in enumerate(completions):
            share = (self._taste(text) - low) / (high - low)
            if self.persona == "position-biased" and position == 0:
                share += 0.2
            if self.persona == "careless" and chance.random() < 0.4:
                share = chance.random()
            scores.append(1 + round(min(1.0, max(0.0, share)) * (scale - 1)))
        return scores

    def best_worst(self, prompt: str, completions: Sequence[str]) -> list[int]:
        """The positions of the best and of the worst."""
        order = [place for group in self.rank(prompt, completions) for place in group]
        return [order[0], order[-1]]

    def _chance(self, *asked: str) -> Random:
        return Random("|".join((str(self.seed), self.persona, *asked)))

    def _taste(self, text: str) -> float:
        """How much this persona likes one completion."""
        if self.persona == "brief":
            return -0.2 * len(text.split()) - 3 * (gold.style(text) <= -1)
        return -gold.style(text) if self.persona == "adversarial" else gold.style(text)
