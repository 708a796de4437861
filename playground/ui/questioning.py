"""The reward model, questioned: the verdict with its rules, accuracy, calibration, what moves its score."""

import subprocess
import sys
from collections.abc import Iterator

import gradio as gr

from playground.errors import ConflictError, UnavailableError
from playground.evaluation.questions import FILE, Questions
from playground.run.job import Run, worker_environment
from playground.training.members import add_members
from playground.ui import charts, markup
from playground.ui.jobs import follow
from playground.ui.picker import Picker, required
from playground.ui.room import QUIET, STREAMED
from playground.ui.studio import Studio, has_result, run_of, sentence

WORDS = {"yes": "Yes", "not yet": "Not yet", "no": "No"}
KINDS = {"yes": "yes", "not yet": "open", "no": "no"}
MORE = 2


def build(studio: Studio, shown: Picker) -> tuple:
    """The panel about the reward run in `shown`; what is to run whenever a run has changed."""
    with gr.Column(elem_classes="card", elem_id="rlhf-questions"):
        gr.HTML("<h3>Good enough to optimise against?</h3>")
        verdict = gr.HTML(empty(), elem_id="rlhf-verdict")
        ask = gr.Button("Question it", visible=False, elem_id="rlhf-question", scale=0, min_width=240)
        said = gr.HTML(elem_id="rlhf-question-said")
        with gr.Accordion("How right, and how sure?", open=False, visible=False) as sure:
            table = gr.HTML(elem_id="rlhf-accuracy")
            with gr.Row():
                curve = gr.Plot(show_label=False, min_width=300)
                bars = gr.Plot(show_label=False, min_width=300)
        with gr.Accordion("What moves its score?", open=False, visible=False) as moved:
            biases = gr.HTML(elem_id="rlhf-biases")
        with gr.Accordion("Ask several: an ensemble", open=False, visible=False) as several:
            gr.HTML(
                markup.lede(
                    "Reward models that differ in their seed alone agree where the judgements taught them "
                    "something. Their mean, or the mean less one standard deviation, can be chosen below "
                    "wherever a reward model can."
                )
            )
            more = gr.Button(
                f"Train {MORE} more with other seeds", elem_id="rlhf-more", scale=0, min_width=240
            )
            trained = gr.HTML(elem_id="rlhf-more-said")
    seen = gr.State("")
    out = [verdict, ask, sure, table, curve, bars, moved, biases, several, seen]

    def asking(run):
        yield from _ask(studio, run)

    asked = ask.click(asking, shown, [said, *out], **STREAMED)
    # What is still being found out about the run before must not land under this one's name.
    shown.change(lambda *now: ["", *show(*now)], [shown, seen], [said, *out], cancels=[asked], **QUIET)
    more.click(lambda run: _more(studio, run), shown, trained, **QUIET)
    return show, [shown, seen], out


def show(run_id: str | None, before: str = "") -> list:
    """Updates of the panel; nothing where it shows this already."""
    run = run_of(run_id)
    state = "" if run is None else f"{run.id} {run.state}"
    found = Questions.read(run.folder) if run else None
    stamp = f"{state} {(run.folder / FILE).stat().st_mtime_ns}" if found else state
    if stamp == before:
        return [gr.skip()] * 10
    asked = found is not None
    figures = [gr.update(value=None)] * 2
    if asked:
        figures = [
            charts.questioned(found, "calibration", "How sure, and how often right"),
            charts.questioned(found, "margins", "By how much"),
        ]
    visible = gr.update(visible=asked)
    return [
        told(found) if asked else empty(run),
        gr.update(visible=bool(run and has_result(run) and not asked)),
        *(visible, accuracy(found) if asked else "", *figures),
        *(visible, moves(found) if asked else ""),
        gr.update(visible=bool(run and has_result(run))),
        stamp,
    ]


def empty(run: Run | None = None) -> str:
    if run is None:
        return markup.empty("Nobody to question yet", "Train a reward model above: it is questioned at once.")
    if not has_result(run):
        return markup.empty(f"{run.id} is {run.state}", "It is questioned when it has learned.")
    if not run.rows("validation"):
        return markup.empty(
            f"{run.id} held nothing out", "Judge more pairs: a reward model is asked about unseen ones."
        )
    return markup.empty(f"{run.id} has not been questioned", "It takes a few seconds.")


def told(found: Questions) -> str:
    """The verdict, its rules and what else is to be known."""
    rules = [
        [
            markup.Raw(
                markup.chip("not known" if one.passed is None else "passes" if one.passed else "fails",
                            "" if one.passed is None else "good" if one.passed else "bad")
            ),
            one.name, one.asks, one.found,
        ]
        for one in found.verdict.rules
    ]  # fmt: skip
    answer = found.verdict.answer
    line = markup.escape(found.verdict.reason)
    head = f'<div class="verdict {KINDS[answer]}"><b>{WORDS[answer]}</b><p>{line}</p></div>'
    table = markup.table(["", "rule", "asks", "found"], rules, kind="stacked")
    return head + table + "".join(map(markup.lede, found.remarks))


def accuracy(found: Questions) -> str:
    """Every judge on the held-out pairs."""
    rows = [
        [
            one.name,
            markup.span(one.accuracy, _percent),
            "" if one.ahead is None else markup.span(one.ahead, _points),
        ]
        for one in found.standings
    ]
    limit = "nobody judged a pair twice" if found.ceiling is None else markup.span(found.ceiling, _percent)
    rows.append(["noise ceiling: what annotators who differ allow", limit, ""])
    curve = found.calibration
    note = (
        f"{found.pairs} held-out pairs of {found.prompts} prompts; {found.trained_on} to learn from. "
        f"Expected calibration error {curve.error:.2g}; a perfectly calibrated model would show "
        f"{curve.by_chance:.2g} on as many pairs."
    )
    head = ["judge", "right", "reward model ahead by, in points"]
    return markup.table(head, rows, numbers=[1, 2]) + markup.lede(note)


def moves(found: Questions) -> str:
    """What each edit does, and how scores go with length."""
    hidden = any(one.gold.value == one.gold.value for one in found.biases)
    rows = [
        [
            f"If {one.edit}",
            "nothing" if one.empty else "courtesy",
            markup.span(one.change, _signed),
            markup.span(one.relative, _signed),
            *([markup.span(one.gold, _signed)] if hidden else []),
        ]
        for one in found.biases
        if one.answers
    ]
    head = ["the same answer", "adds", "score", "typical margins", *(["hidden rule"] if hidden else [])]
    length = found.length
    lines = (
        "A typical margin is the median distance of two answers that people told apart.",
        f"Length at fixed content: correlation {_interval(length.fixed)}; ten words of filler change the "
        f"score by {_interval(length.slope)}. Over different answers the correlation is "
        f"{_interval(length.across)}.",
        f"Order: it scores one answer at a time, so no place is better than another; beside others a score "
        f"changes by {found.alone:.1g} at most.",
    )
    return markup.table(head, rows, numbers=range(2, len(head))) + "".join(map(markup.lede, lines))


def _ask(studio: Studio, run_id: str | None) -> Iterator[list]:
    """Question a run in a process of its own, which needs torch."""
    idle = [gr.skip()] * 10
    try:
        run_id = required(run_id, "reward run")
        job = studio.jobs.start(
            f"question {run_id}", f"{run_id} is being questioned", lambda _: _work(run_id)
        )
        for line in follow(job):
            yield [markup.note(line), *idle]
    except Exception as error:
        yield [markup.note(sentence(error), bad=True), *idle]
        return
    yield ["", *show(run_id)]


def _work(run_id: str) -> None:
    command = [sys.executable, "-m", "playground", "question", run_id]
    done = subprocess.run(command, env=worker_environment(), capture_output=True, text=True)
    if done.returncode == 1:
        raise ConflictError(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise UnavailableError(f"{run_id} could not be questioned", remedy="The terminal shows why")


def _more(studio: Studio, run_id: str | None) -> str:
    try:
        runs = add_members(Run.load(required(run_id, "reward run")), MORE)
        for run in runs:
            studio.launch(run)
    except Exception as error:
        return markup.note(sentence(error), bad=True)
    return markup.note(f"{' and '.join(run.id for run in runs)} wait for their turn.")


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _points(value: float) -> str:
    return f"{100 * value:+.0f}"


def _signed(value: float) -> str:
    return f"{value:+.2f}"


def _interval(estimate) -> str:
    if estimate.value != estimate.value:
        return "not known"
    if estimate.low != estimate.low:
        return f"{estimate.value:+.2f}, from one answer"
    return f"{estimate.value:+.2f} ({estimate.low:+.2f} to {estimate.high:+.2f})"
