"""Did people like it better? A blind trial of the policy shown, opened by one click."""

from collections.abc import Iterator, Sequence

import gradio as gr

from playground.errors import NotFoundError
from playground.run.job import Run
from playground.run.trial import TOKENS, Liked, Trial, open_trial, trial_of
from playground.ui import markup
from playground.ui.jobs import Job, follow
from playground.ui.picker import Picker, required
from playground.ui.room import QUIET, STREAMED
from playground.ui.studio import Studio, has_result, run_of, sentence
from playground.world.annotators import PERSONAS, SimulatedAnnotator

CHUNK = 16
VERDICTS = {
    "better": "Enough votes: it is liked better.",
    "worse": "Enough votes: it is liked less.",
    "equal": "Enough votes: the two are liked alike.",
    None: "Not decided yet.",
}


def build(studio: Studio, shown: Picker) -> tuple:
    """The panel about the policy run in `shown`; what is to run whenever a run or a campaign has changed."""
    with gr.Column(elem_classes="card", elem_id="rlhf-trial"):
        gr.HTML("<h3>Did people like it better?</h3>")
        result = gr.HTML(_result(None), elem_id="rlhf-trial-result")
        with gr.Row():
            begin = gr.Button(
                "Try it blind", visible=False, elem_id="rlhf-trial-start", scale=0, min_width=240
            )
            persona = gr.Dropdown(
                list(PERSONAS),
                value="courteous",
                label="A simulated annotator",
                visible=False,
                scale=1,
                min_width=200,
                elem_id="rlhf-trial-persona",
            )
            judge = gr.Button(
                "Let it judge", visible=False, elem_id="rlhf-trial-judge", scale=0, min_width=160
            )
        said = gr.HTML(elem_id="rlhf-trial-said")
    out = [result, begin, persona, judge]
    shown.change(show, shown, out, **QUIET)

    def beginning(run):
        yield from _begin(studio, run)

    def judging(run, who):
        yield from _judge(studio, run, who)

    begin.click(beginning, shown, [said, *out], **STREAMED)
    judge.click(judging, [shown, persona], [said, *out], **STREAMED)
    return show, shown, out


def show(run_id: str | None) -> list:
    """Updates of the panel for a policy run."""
    run = run_of(run_id)
    ready = bool(run and has_result(run))
    trial = trial_of(run) if ready else None
    verb = f"Try {run.id} against {run.spec.model}, blind" if ready else "Try it blind"
    tried = gr.update(visible=trial is not None)
    first = "secondary" if trial else "primary"
    return [_result(run), gr.update(value=verb, visible=ready, variant=first), tried, tried]


def line(run: Run) -> str:
    """A run's trial in one sentence; empty where it has none with votes."""
    try:
        trial = trial_of(run)
        found = trial.result if trial else None
    except NotFoundError:
        return ""
    return f"{_told(trial, found)} {_by(found)}" if found else ""


def _result(run: Run | None) -> str:
    if run is None:
        return markup.empty(
            "No policy yet", "Move one above; then it can be tried against what it started from."
        )
    trial = trial_of(run)
    if trial is None:
        return markup.lede(
            "The model before and the model after answer the same prompts; who judges does not know whose "
            "answer is whose, and votes are counted until it is known which is liked better."
        )
    try:
        found = trial.result
    except NotFoundError:
        return markup.empty("Its campaign is gone", "Try it again.")
    page = f"annotate/{markup.escape(trial.campaign)}"
    link = f'<p class="lede"><a href="{page}" target="_blank">Judge it, or share the page</a>'
    if found is None:
        return markup.lede(_asked(trial)) + f"{link}; nobody has yet.</p>"
    figures = [
        (
            _percent(found.rate.value),
            f"prefer {run.id} ({_percent(found.rate.low)} to {_percent(found.rate.high)})",
        ),
        (f"{found.prompts}", f"of {trial.pairs} prompts judged{_needed(found, trial)}"),
    ]
    more = "" if found.prompts >= trial.pairs else f"{link}.</p>"
    said = f"{VERDICTS[found.verdict]} {_by(found)} {_asked(trial)}"
    return markup.figures(figures) + markup.lede(said) + more


def _told(trial: Trial, found: Liked) -> str:
    low, high = _percent(found.rate.low), _percent(found.rate.high)
    return (
        f"Liked better than {trial.before} on {_percent(found.rate.value)} ({low} to {high}) of "
        f"{found.prompts} prompts. {VERDICTS[found.verdict]}"
    )


def _by(found: Liked) -> str:
    parts = [f"{found.people} by people"] * bool(found.people)
    names = ", ".join(one for one in found.annotators if one.startswith("simulated:"))
    parts += [f"{found.simulated} by simulated annotators ({names})"] * bool(found.simulated)
    return f"Votes: {' and '.join(parts)}."


def _asked(trial: Trial) -> str:
    kind = "unseen" if trial.held_out else "of its own"
    alike = f"; {trial.alike} more were answered alike and cannot be judged" if trial.alike else ""
    return f"{trial.pairs} prompts {kind}{alike}."


def _needed(found: Liked, trial: Trial) -> str:
    if found.verdict or found.needed is None:
        return ""
    return (
        f"; about {found.needed} would do"
        if found.needed <= trial.pairs
        else "; more are needed than there are"
    )


def _begin(studio: Studio, run_id: str | None) -> Iterator[list]:
    def work(job: Job) -> Trial:
        run = Run.load(run_id)

        def reply(model: str, prompts: Sequence[str]) -> list[str]:
            texts = []
            for start in range(0, len(prompts), CHUNK):
                texts += studio.host.replies(model, prompts[start : start + CHUNK], max_tokens=TOKENS)
                job.step(min(start + CHUNK, len(prompts)), len(prompts))
            return texts

        return open_trial(run, reply)

    yield from _follow(studio, run_id, f"try {run_id}", "Prompts answered", work)


def _judge(studio: Studio, run_id: str | None, persona: str) -> Iterator[list]:
    annotator = SimulatedAnnotator(persona)

    def work(job: Job) -> Liked | None:
        return trial_of(Run.load(run_id)).judge(annotator, job.step)

    yield from _follow(studio, run_id, f"judge {run_id} {persona}", f"Judged by {annotator.name}", work)


def _follow(studio: Studio, run_id: str | None, name: str, what: str, work) -> Iterator[list]:
    try:
        required(run_id, "policy run")
        for told in follow(studio.jobs.start(name, what, work)):
            yield [markup.note(told), *[gr.skip()] * 4]
    except Exception as error:
        yield [markup.note(sentence(error), bad=True), *[gr.skip()] * 4]
        return
    yield ["", *show(run_id)]


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"
