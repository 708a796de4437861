"""What a model is examined on: probes with checkable answers, and prompts whose replies are judged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from playground.errors import InputError, NotFoundError
from playground.records import Probe

BUILTIN = ("larkspur",)


@dataclass(frozen=True)
class Suite:
    """Probes and prompts under a name.

    `gold`, where given, tells the true quality of (prompt, text) as a number.
    """

    name: str
    probes: tuple[Probe, ...]
    prompts: tuple[str, ...] = ()
    gold: Callable[[str, str], float] | None = None

    def __post_init__(self):
        object.__setattr__(self, "probes", tuple(self.probes))
        object.__setattr__(self, "prompts", tuple(self.prompts))
        if not self.probes and not self.prompts:
            raise InputError(f"The suite {self.name} is empty", rule="A suite has probes or prompts")

    @classmethod
    def load(cls, name: str = "larkspur", seed: int = 0) -> "Suite":
        """A built-in suite: nothing in it is ever trained on. Raises NotFoundError."""
        if name not in BUILTIN:
            raise NotFoundError(
                f"There is no suite called {name!r}",
                rule=f"Built in: {', '.join(BUILTIN)}",
                remedy="Make your own from probes: Suite('mine', probes)",
            )
        from playground.world import larkspur
        from playground.world.gold import gold

        return cls(name, tuple(larkspur.probes(seed)), tuple(larkspur.held_out_prompts(seed)), gold)

    def __len__(self) -> int:
        return len(self.probes)

    def of_kind(self, *kinds: str) -> tuple[Probe, ...]:
        """The probes of these kinds, in order."""
        return tuple(probe for probe in self.probes if probe.kind in kinds)

    def sample(self, probes: int, prompts: int, seed: int = 0) -> "Suite":
        """A smaller suite for a quick look: so many probes of each kind, and so many prompts."""
        import random

        chance = random.Random(seed)
        kinds = dict.fromkeys(probe.kind for probe in self.probes)
        kept = [probe for kind in kinds for probe in _some(self.of_kind(kind), probes, chance)]
        return Suite(self.name, tuple(kept), _some(self.prompts, prompts, chance), self.gold)

    def __repr__(self) -> str:
        return f"Suite({self.name!r}, {len(self.probes)} probes, {len(self.prompts)} prompts)"


def _some(items: Iterable, count: int, chance) -> tuple:
    items = tuple(items)
    return items if len(items) <= count else tuple(chance.sample(items, count))
