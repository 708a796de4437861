"""Where a policy goes on pleasing its reward, and no longer what the reward stands for.

Proxy reward and gold score are read against the root of the KL from the start, as in "Scaling Laws for
Reward Model Over-optimization" (Gao et al. 2022, arXiv:2210.10760).
"""

from dataclasses import dataclass, field
from pathlib import Path

from playground.run import events

FOLDER = "peak"
"""Of a run's folder, with the weights of the best gold score; a model by the name <run>/peak."""
FALL = 0.3
"""Points of gold below the peak that are more than chance in a score of a few dozen answers."""


@dataclass(frozen=True)
class Point:
    """A policy that was judged: by the answers of update `step`, before anything was learned from them."""

    step: int
    kl: float
    """Nats an answer from the start."""
    reward: float | None = None
    """None where the run learned from judgements themselves."""
    gold: float | None = None
    update: int = field(default=0, compare=False)
    """Its place among those that were judged, from 1: a step may be one of several passes over an update."""

    @property
    def distance(self) -> float:
        """The root of KL, which is measured from drawn answers and may be a little below zero."""
        return max(self.kl, 0.0) ** 0.5


def points(folder: Path) -> list[Point]:
    """Every policy of a run that was judged, in order; none where neither reward nor gold is known."""
    return read(*events.columns(events.read_metrics(folder), points=10**9))


def read(steps: list[int], values: dict[str, list[float | None]]) -> list[Point]:
    """The same of columns of metrics."""
    kls, rewards, golds = (values.get(name, [None] * len(steps)) for name in ("kl", "reward", "gold"))
    rows = zip(steps, kls, rewards, golds, strict=True)
    found = [one for one in rows if one[1] is not None and one[2:] != (None, None)]
    return [Point(*one, update) for update, one in enumerate(found, 1)]


def peak(found: list[Point]) -> Point | None:
    """The policy with the highest gold score, the earliest of equals; None where gold is not known."""
    judged = [one for one in found if one.gold is not None]
    return max(judged, key=lambda one: one.gold) if judged else None


def fallen(found: list[Point]) -> Point | None:
    """The peak of a run that was pushed beyond it: gold has since fallen by more than chance, though the
    reward has not. None while nothing of the kind is seen.

    The end is taken as the mean of the last two policies, so that one unlucky draw is no alarm.
    """
    best, judged = peak(found), [one for one in found if one.gold is not None]
    after = judged[judged.index(best) + 1 :][-2:] if best else []
    if len(after) < 2 or None in (best.reward, *(one.reward for one in after)):
        return None
    gold = sum(one.gold for one in after) / len(after)
    reward = sum(one.reward for one in after) / len(after)
    return best if gold < best.gold - FALL and reward >= best.reward else None
