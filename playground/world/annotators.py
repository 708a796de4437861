"""Simulated annotators: rule-bound judges with the habits of real ones, to practise and to test on."""

from dataclasses import dataclass
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
        rng = Random(f"{self.seed}|{self.persona}|{prompt}|{first}|{second}")
        if self.persona == "careless" and rng.random() < 0.4:
            return rng.choice(("first", "second"))
        gap = self._taste(first) - self._taste(second)
        if self.persona == "position-biased" and abs(gap) < 1:
            return "first"
        if abs(gap) >= _THRESHOLD:
            return "first" if gap > 0 else "second"
        return "both_bad" if gold.style(first) <= -1 else "tie"

    def _taste(self, text: str) -> float:
        """How much this persona likes one completion."""
        if self.persona == "brief":
            return -0.2 * len(text.split()) - 3 * (gold.style(text) <= -1)
        return gold.style(text)
