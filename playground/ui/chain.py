"""The whole of RLHF at one press, for a stage: answers, simulated judgements, reward model, policy."""

import time
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from playground.errors import ConflictError
from playground.preference.collect import Preferences
from playground.run import goodhart
from playground.run.job import Run
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.training.sft import SFT
from playground.ui import ballots, markup, shelf
from playground.ui.jobs import Job, follow
from playground.ui.room import STREAMED
from playground.ui.studio import BASE, Studio, sentence

DATA = "larkspur"
PAIRS = 300
WARMTH = 0.9
PERSONA = "courteous"
SHORT = 10
"""Chosen pairs below which a reward model has too little to go by."""


def build() -> tuple[gr.Button, gr.HTML]:
    """The button under the four steps, and where the chain tells how far it is."""
    with gr.Row(elem_classes="chain"):
        button = gr.Button("Run all four steps", elem_id="rlhf-chain", scale=0, min_width=200)
        gr.HTML(
            markup.lede(
                f"{PAIRS} pairs from the model to move, judged by a simulated annotator ({PERSONA}), then a "
                "reward model and PPO, all with their default settings. The base is tuned first."
            )
        )
    return button, gr.HTML(elem_id="rlhf-chain-said")


def wire(studio: Studio, button: gr.Button, said: gr.HTML, model: gr.Dropdown) -> None:
    """Have the button start from the model that is chosen."""

    def tell(model_now):
        try:
            job = start(studio, model_now or BASE)
            for line in follow(job):
                yield markup.note(line)
        except Exception as error:
            yield markup.note(sentence(error), bad=True)
            return
        yield markup.note(job.note)

    button.click(tell, model, said, **STREAMED)


def start(studio: Studio, model: str) -> Job:
    """Begin the chain in the background, or find the one under way; its result is the policy's run id."""

    def work(job: Job) -> str:
        began = time.monotonic()
        tuned = model if model != BASE else _run(studio, job, "Tuning", _tuning()).id
        job.what, job.done, job.total = "1 of 4, answering", 0, 0
        campaign = _under(job, ballots.sample(studio, tuned, shelf.PROMPTS, PAIRS, WARMTH))
        job.what = f"2 of 4, judging (simulated: {PERSONA})"
        _under(job, ballots.simulate(studio, campaign, PERSONA))
        judged = Preferences.load(campaign)
        if len(judged.train.pairs()) < SHORT:
            raise ConflictError(
                f"Only {len(judged.train.pairs())} pairs had a better answer",
                rule=f"A reward model needs {SHORT} at the least",
                remedy="Choose a model whose answers differ more from each other",
            )
        held = judged.validation if judged.validation.pairs() else None
        learned = RewardModeling().prepare(tuned, judged.train, held)
        reward, settings = _run(studio, job, "3 of 4, reward model", learned), PPO()
        prompts = ballots.to_answer(studio.engine, campaign, settings.prompts_an_update)
        policy = _run(studio, job, "4 of 4, policy", settings.prepare(tuned, prompts, reward=reward.id))
        job.note = _told(policy.folder, policy.id, tuned, time.monotonic() - began)
        return policy.id

    return studio.jobs.start("chain", "Starting", work)


def _tuning() -> Run:
    parts = shelf.parts(DATA)
    return SFT().prepare(BASE, parts.train, parts.validation)


def _under(job: Job, part: Job):
    """The result of a job that is a part of this one, whose progress is told as its own."""
    for _ in follow(part):
        job.step(part.done, part.total)
    return part.result


def _run(studio: Studio, job: Job, what: str, run: Run) -> Run:
    """Launch a run and wait until it has completed. Raises ConflictError where it ends otherwise."""
    studio.launch(run)
    job.what = f"{what} ({run.id})"
    while not (status := run.status).finished:
        job.step(status.step, status.total)
        time.sleep(0.3)
    if status.state != "completed":
        raise ConflictError(
            f"{run.id} {status.state}" + (f": {status.message}" if status.message else ""),
            rule="The next step needs what this one makes",
            remedy="See the run, then press again",
        )
    return run


def _told(folder: Path, policy: str, start: str, seconds: float) -> str:
    """What came of it, from the run's own numbers."""
    found = goodhart.points(folder)
    first, last = found[0], found[-1]
    figures: list[tuple[str, Callable]] = [("reward", lambda one: one.reward), ("gold", lambda one: one.gold)]
    moves = [
        f"{name} {of(first):.2g} → {of(last):.2g}"
        for name, of in figures
        if of(first) is not None and of(last) is not None
    ]
    return f"Done in {seconds:.0f} s: {policy} from {start}, {', '.join(moves)}. Its curves are below."
