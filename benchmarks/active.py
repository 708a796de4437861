"""Does asking first what a reward model is unsure of save votes? `python -m benchmarks.active`.

For each seed campaigns of the same answers are judged by the same simulated annotator, one in random order,
the others in rounds: a reward model learns from the votes so far, the items it is least sure of come next.
After every so many decided votes a reward model is trained anew, and judged on held-out pairs that the
courteous annotator decides. Told are its accuracy by votes, and how many votes each order needs for the
accuracy that the random one ends with; intervals are over seeds, which differ in answers, order, annotator
and training.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Sequence
from functools import partial

import numpy as np


def judge(campaign: str, annotator, decided: int, so_far: int) -> int:
    """Have votes given until `decided` prefer one answer; how many do, fewer where nothing is left."""
    import secrets

    from playground.preference.assign import next_assignment, record_vote
    from playground.preference.simulate import answer

    while so_far < decided and (item := next_assignment(campaign, annotator.name)):
        said = answer(annotator, item)
        record_vote(item.id, secrets.token_hex(16), annotator=annotator.name, **said)
        so_far += said["choice"] in ("first", "second")
    return so_far


def accuracy(reward, pairs: Sequence[dict]) -> float:
    """Share of pairs whose chosen answer scores higher."""
    chosen = reward.score_many([(pair["prompt"], pair["chosen"]) for pair in pairs])
    rejected = reward.score_many([(pair["prompt"], pair["rejected"]) for pair in pairs])
    return sum(one > other for one, other in zip(chosen, rejected, strict=True)) / len(pairs)


def learned(campaign: str, model, members: int, seed: int) -> list:
    """Reward models trained on all votes of a campaign: one, or an ensemble that differs in its seeds."""
    import playground as pg

    prefs = pg.Preferences.load(campaign)
    return [pg.RewardModeling(seed=seed + 100 * one).fit(model, prefs).model for one in range(members)]


def curve(drafts, model, held_out, annotator, sizes: Sequence[int], members: int, seed: int) -> list[float]:
    """Held-out accuracy after each of `sizes` decided votes; `members` 0 asks in random order."""
    from random import Random

    import playground as pg
    from playground.preference.campaign import create_campaign

    prompts = list(dict.fromkeys(one.prompt for one in drafts))
    Random(seed).shuffle(prompts)
    place = {prompt: number for number, prompt in enumerate(prompts)}
    ordered = sorted(drafts, key=lambda one: place[one.prompt])
    campaign, given, found = create_campaign("active", ordered, pairing="all", seed=seed), 0, []
    for size in sizes:
        given = judge(campaign, annotator, size, given)
        if given < size:
            raise SystemExit(f"All is judged, and only {given} votes prefer one answer: smaller --sizes")
        rewards = learned(campaign, model, max(members, 1), seed)
        found.append(accuracy(rewards[0], held_out))
        if members:
            pg.prioritise(campaign, [one.score_many for one in rewards], control=0.0, seed=seed)
    return found


def needed(sizes: Sequence[int], reached: Sequence[float], target: float) -> float:
    """Votes at which a curve first reaches `target`, between two sizes on a line; inf where it never does."""
    before = None
    for size, value in zip(sizes, reached, strict=True):
        if value >= target:
            if before is None or value == before[1]:
                return float(size)
            return before[0] + (size - before[0]) * (target - before[1]) / (value - before[1])
        before = (size, value)
    return float("inf")


def interval(values: Sequence[float]) -> str:
    """The mean with its 95 % bootstrap interval over seeds."""
    from playground.evaluation.intervals import mean

    found = mean(values)
    return f"{found.value:.3g} [{found.low:.3g}, {found.high:.3g}]"


def tell(sizes: Sequence[int], curves: dict[str, list[list[float]]]) -> None:
    """Print the curves and what the others save against `random`, the target being where that one ends."""
    print(f"{'votes':>8}", *(f"{name:>26}" for name in curves))
    for at, size in enumerate(sizes):
        shown = (interval([one[at] for one in found]) for found in curves.values())
        print(f"{size:>8}", *(f"{text:>26}" for text in shown))
    target = statistics.fmean(one[-1] for one in curves["random"])
    print(f"votes to reach {target:.3f}, the accuracy that the random order ends with:")
    means = {name: np.array(found) for name, found in curves.items()}
    rng = np.random.default_rng(0)
    seeds = len(curves["random"])
    draws = rng.integers(seeds, size=(2000, seeds))
    drawn = {
        name: np.array([needed(sizes, found[pick].mean(axis=0), target) for pick in draws])
        for name, found in means.items()
    }
    for name, found in means.items():
        value = needed(sizes, found.mean(axis=0), target)
        saved = needed(sizes, means["random"].mean(axis=0), target) - value
        # A draw in which an order never gets there counts as needing more than all its votes.
        differences = np.minimum(drawn["random"], 2 * sizes[-1]) - np.minimum(drawn[name], 2 * sizes[-1])
        low, high = np.quantile(differences, [0.025, 0.975])
        line = f"{name:>12}: {value:.0f}"
        if name != "random":
            helps = "it helps" if low > 0 else "it harms" if high < 0 else "no difference can be told"
            line += f", saves {saved:.0f} [{low:.0f}, {high:.0f}]: {helps}"
        print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 32, 64, 96, 128, 192])
    parser.add_argument("--prompts", type=int, default=0, help="prompts to judge; 0: all that are left")
    parser.add_argument("--answers", type=int, default=4, help="answers to each prompt, judged in all pairs")
    parser.add_argument("--held-out", type=int, default=60, help="prompts that measure accuracy")
    parser.add_argument("--persona", default="courteous")
    parser.add_argument("--ensemble", type=int, default=3, help="members of the ensemble; 0: leave it out")
    chosen = parser.parse_args()
    os.environ["PLAYGROUND_HOME"] = tempfile.mkdtemp(prefix="active-")
    import playground as pg
    from playground.preference.collect import collect

    parts = pg.Dataset.load("larkspur").clean().split(seed=0)
    sft = pg.SFT().fit("pocket", parts.train, parts.validation).model
    asked = pg.Dataset.load("larkspur-prompts").prompts()
    held, asked = asked[: chosen.held_out], asked[chosen.held_out :]
    asked = asked[: chosen.prompts] if chosen.prompts else asked
    ways = {"random": 0, "margin": 1} | ({"ensemble": chosen.ensemble} if chosen.ensemble else {})
    curves: dict[str, list[list[float]]] = {name: [] for name in ways}
    for seed in chosen.seeds:
        sampled = partial(pg.sample_completions, sft, seed=seed)
        judge_well = pg.SimulatedAnnotator("courteous", seed=seed)
        measured = collect(sampled(held, chosen.answers), judge_well, name="held out", pairing="all").pairs()
        drafts, annotator = sampled(asked, chosen.answers), pg.SimulatedAnnotator(chosen.persona, seed=seed)
        for name, members in ways.items():
            found = curve(drafts, sft, measured, annotator, chosen.sizes, members, seed)
            curves[name].append(found)
            shown = " ".join(f"{one:.3f}" for one in found)
            print(f"seed {seed}, {name}: {shown} on {len(measured)} held-out pairs", flush=True)
    tell(chosen.sizes, curves)


if __name__ == "__main__":
    main()
