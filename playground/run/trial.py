"""Did people like it better? A blind trial of a policy against the model that it started from.

Both answer the same prompts, a campaign shows the answers in pairs without a name, and votes are counted
until it is known which of the two is preferred: by the same sequential test that tells when any two models
have been compared often enough.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from playground.errors import ConflictError, InputError
from playground.evaluation.intervals import Estimate
from playground.preference import assign
from playground.preference.campaign import create_campaign, progress
from playground.preference.stopping import enough_votes
from playground.records import Completion
from playground.run.job import RESULT, Run
from playground.store import files
from playground.store.database import connect
from playground.world import larkspur
from playground.world.gold import gold_of

FILE = "trial.json"
TOKENS = 64
Reply = Callable[[str, Sequence[str]], Sequence[str]]
"""(name of a model, prompts) → its answers."""


@dataclass(frozen=True)
class Liked:
    """What a trial has found so far."""

    rate: Estimate
    """Share of prompts on which the run's answer is preferred, a tie counting half, with its confidence
    sequence: it may be looked at after every vote."""
    prompts: int
    """Prompts judged."""
    verdict: Literal["better", "worse", "equal"] | None
    """None while nobody knows yet."""
    needed: int | None
    """About how many prompts a verdict takes in all, if the rate stays; None where out of sight."""
    people: int
    """Votes of people."""
    simulated: int
    """Votes of simulated annotators."""
    annotators: tuple[str, ...]

    def __str__(self) -> str:
        low, high = (f"{100 * bound:.0f}" for bound in self.rate[1:])
        told = f"preferred on {100 * self.rate.value:.0f} % ({low} to {high} %) of {self.prompts} prompts"
        return f"{self.verdict or 'not decided yet'}: {told}; judged by {', '.join(self.annotators)}"


@dataclass(frozen=True)
class Trial:
    """A blind trial as it lies in its run's folder."""

    run: str
    before: str
    """The model that it started from."""
    campaign: str
    pairs: int
    """Prompts that the two answer differently; only these can be judged."""
    alike: int
    """Prompts that both answer with the same words."""
    held_out: bool
    """Whether the prompts are ones that the run has not seen."""

    @property
    def result(self) -> Liked | None:
        """What is known; None before the first vote. Raises NotFoundError where the campaign is gone."""
        found = progress(self.campaign)
        rates = [one for one in enough_votes(self.campaign) if self.run in (one.first, one.second)]
        if not rates:
            return None
        rate, turned = rates[0], rates[0].second == self.run
        value = Estimate(1 - rate.rate.value, 1 - rate.rate.high, 1 - rate.rate.low) if turned else rate.rate
        own = "second" if turned else "first"
        verdict = {None: None, "equal": "equal", own: "better"}.get(rate.verdict, "worse")
        simulated = sum(votes for who, votes in found.annotators.items() if who.startswith("simulated:"))
        return Liked(
            value, rate.prompts, verdict, rate.needed, found.votes - simulated, simulated,
            tuple(found.annotators),
        )

    def judge(self, annotator, progress: Callable[[int, int], None] | None = None) -> Liked | None:
        """Have an annotator judge until it is known which is preferred, or nothing is left.

        `progress(done, total)` counts votes. Returns the result.
        """
        done, total = 0, None
        while not ((found := self.result) and found.verdict):
            lent = assign.next_assignment(self.campaign, annotator.name)
            if lent is None:
                break
            total = total or lent.remaining
            choice = annotator.judge(lent.prompt, *lent.completions)
            assign.record_vote(lent.id, secrets.token_hex(16), annotator=annotator.name, choice=choice)
            done += 1
            if progress:
                progress(done, total)
        return self.result


def blind_trial(run: Run | str, prompts: Sequence[str] | None = None, annotator=None) -> Trial:
    """Open a trial of a policy run against the model that it started from.

    `prompts` default to ones that it has not seen (see `unseen`). `annotator`, such as a
    SimulatedAnnotator, judges at once until it is known who is preferred; people judge at
    `/annotate/<trial.campaign>` in the app. The run keeps its newest trial.

    Raises as `open_trial`.
    """
    from playground.model.load import Model

    def reply(model: str, asked: Sequence[str]) -> list[str]:
        return Model.load(model).reply_many(asked, max_tokens=TOKENS)

    run = run if isinstance(run, Run) else Run.load(run)
    trial = open_trial(run, reply, prompts)
    if annotator is not None:
        trial.judge(annotator)
    return trial


def open_trial(run: Run, reply: Reply, prompts: Sequence[str] | None = None) -> Trial:
    """`blind_trial` with answers from wherever they come.

    Raises ConflictError where the run has no model, InputError for a reward model, for a run without
    prompts, and where the two answer everything alike.
    """
    if run.spec.stage == "reward":
        raise InputError(f"{run.id} is a reward model", rule="Only what writes answers can be liked")
    if not (run.folder / RESULT).is_dir():
        raise ConflictError(f"{run.id} has no model: it is {run.state}", remedy="Wait until it has completed")
    asked, held_out = (list(prompts), True) if prompts is not None else unseen(run)
    if not asked:
        raise InputError(f"{run.id} has no prompts to be tried on", remedy="Give some: prompts=[…]")
    both = {name: reply(name, asked) for name in (run.spec.model, run.id)}
    drafts = [
        Completion(prompt, text, name)
        for name, texts in both.items()
        for prompt, text in zip(asked, texts, strict=True)
    ]
    pairs = zip(*both.values(), strict=True)
    alike = sum(one.strip() == other.strip() for one, other in pairs)
    if alike == len(asked):
        raise InputError(
            f"{run.id} answers all {alike} prompts as {run.spec.model} does",
            rule="Who is to choose needs a choice", remedy="Try a run that has moved further",
        )
    campaign = create_campaign(f"{run.id} against {run.spec.model}", drafts, engine=connect())
    trial = Trial(run.id, run.spec.model, campaign, len(set(asked)) - alike, alike, held_out)
    files.write_atomic(run.folder / FILE, json.dumps(asdict(trial), ensure_ascii=False))
    return trial


def trial_of(run: Run) -> Trial | None:
    """The newest trial of a run, if it has one."""
    try:
        return Trial(**json.loads((Path(run.folder) / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def unseen(run: Run) -> tuple[list[str], bool]:
    """Prompts to try a run on, each once, and whether it has not seen them.

    For a run on Larkspur's questions these are the suite's held-out ones; else its validation part's; else
    the prompts that it learned on.
    """
    parts = {name: _questions(run.rows(name)) for name in ("prompts", "train", "validation")}
    own = parts["prompts"] or parts["train"]
    if own and gold_of(own):
        return larkspur.held_out_prompts(), True
    fresh = [one for one in parts["validation"] if one not in set(own)]
    return (fresh, True) if fresh else (own, False)


def _questions(rows: Sequence[dict]) -> list[str]:
    prompts = [row["prompt"] for row in rows]
    texts = [one if isinstance(one, str) else one[-1]["content"] for one in prompts]
    return list(dict.fromkeys(texts))
